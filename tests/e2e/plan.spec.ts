import type { Page } from "@playwright/test";
import { accessible, evaluate, expect, open, run, shot, sideways, test } from "./app";
import { compact, duration, money, number } from "./numbers";

/** Digits and unit of a headline figure, as shown. */
async function figure(page: Page, key: string): Promise<string> {
  const value = page.locator(`[data-figure=${key}] .figure-value`);
  const parts = [await value.locator("span").innerText(), await value.locator("small").innerText()];
  return parts.filter(Boolean).join(" ").replaceAll("\u00a0", " ");
}

const KEYS = ["output", "users", "tpot", "ttft", "cost", "energy"];

async function figures(page: Page): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const key of KEYS) entries.push([key, await figure(page, key)]);
  return Object.fromEntries(entries);
}

/** The same figures from the command line, written as the page writes them. */
function expected(json: any): Record<string, string> {
  const yuan = !json.link.includes("cur=usd");
  const amount = (a: any) => a ? money(yuan ? a.cny : a.usd, yuan ? "¥" : "$") : "unknown";
  const kwh = json.power.kwh_per_million_output;
  return {
    output: compact(json.output_tokens_per_s ?? json.tokens_per_s.output),
    users: compact(json.concurrency),
    tpot: duration(json.tpot_ms),
    ttft: duration(json.ttft_ms.p50),
    cost: amount(json.cost_per_million_tokens?.output),
    energy: kwh == null ? "unknown" : `${number(kwh)} kWh`,
  };
}

const presets: { id: string; link: string }[] = run(["presets", "--json"]).json;

test("every preset shows what the command line says, to the last digit", async ({ page }) => {
  test.setTimeout(180_000);
  expect(presets.length).toBeGreaterThanOrEqual(6);
  await open(page, "#v=1&view=plan");
  for (const { id, link } of presets) {
    const json = evaluate(link);
    // A link typed into the address bar of the open page.
    await page.evaluate((fragment) => { location.hash = fragment; }, link);
    if (json.training) {
      // A training run has other figures: days first.
      await expect(page.locator("[data-figure=days] .figure-value"), id).toContainText(number(json.training.days), { timeout: 20_000 });
      continue;
    }
    await expect.poll(() => figures(page), { message: id, timeout: 20_000 }).toEqual(expected(json));
    // Beyond the digits shown, the very same calculation.
    const shown = Number(await page.locator("[data-figure=output]").getAttribute("data-value"));
    expect(Math.abs(shown / json.tokens_per_s.output - 1), id).toBeLessThan(1e-9);
    const sentence = (await page.locator("h1.sentence").innerText()).replaceAll("\u00a0", " ");
    expect(sentence, id).toContain(`${compact(json.tokens_per_day.output)} a day`);
    expect(sentence, id).toContain(new Intl.NumberFormat("en").format(json.cards));
  }
});

test("a slider moved by keyboard changes the answer, undo takes it back, the link keeps it", async ({ page, context }) => {
  await open(page);
  const before = await figures(page);
  const slider = page.getByRole("slider", { name: /^Super-nodes/ });
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => figure(page, "output")).not.toBe(before.output);
  await expect(page.locator("h1.sentence")).toContainText("1,920");
  await expect(page).toHaveURL(/pods=5/);
  const after = await figures(page);

  await page.getByRole("button", { name: "Share", exact: true }).click();
  const link = await page.locator("#share-link").inputValue();
  await page.keyboard.press("Escape");
  const other = await context.newPage();
  await open(other, link.slice(link.indexOf("#")));
  expect(await figures(other)).toEqual(after);
  await other.close();

  await page.keyboard.press("Control+z");
  await expect.poll(() => figures(page)).toEqual(before);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => figures(page)).toEqual(after);
});

test("the words of the sentence lead to their inputs, its numbers explain themselves", async ({ page }) => {
  await open(page);
  await page.locator("h1.sentence").getByRole("button", { name: "1,536" }).click();
  await expect(page.locator("#pool-0-nodes")).toBeFocused();
  await page.locator("h1.sentence").getByRole("button", { name: "DeepSeek-R1" }).click();
  await expect(page.locator("#pick-model")).toBeFocused();
  for (const key of KEYS) {
    const why = page.locator(`[data-figure=${key}] .panel`);
    await page.locator(`[data-figure=${key}] .term`).click();
    await expect(why.getByRole("heading")).toContainText("why");
    await expect(why).toContainText("80 % band");
    expect(await why.locator("tr").count(), key).toBeGreaterThan(1);
    await page.keyboard.press("Escape");
    await expect(why).toBeHidden();
  }
  // From the explanation to the input, inside a group that was folded.
  await page.locator("#group-money > summary").click();
  await page.locator("[data-figure=cost] .term").click();
  const why = page.locator("[data-figure=cost] .panel");
  await expect(why.getByRole("link").first()).toHaveAttribute("href", /^https?:/);
  await why.getByRole("button", { name: "Change it" }).click();
  await expect(page.locator("#group-money")).toHaveAttribute("open", "");
  await expect(why).toBeHidden();
});

test("what does not fit shows no number, says by how much, and offers what would fit", async ({ page }) => {
  const link = "#v=1&hw=h20&pods=1&cards=8&w=bf16";
  expect(run(["evaluate", link, "--json"]).code).toBe(1);
  await open(page, link);
  await expect(page.locator("h1.sentence")).toContainText("cannot serve");
  await expect(page.locator("[data-figure]")).toHaveCount(0);
  await expect(page.locator(".verdict")).toContainText("does not fit");
  await expect(page.locator(".notes")).toContainText(/GB a card/);
  await page.locator(".tips").getByRole("button", { name: /^Apply/ }).first().click();
  await expect(page.locator("[data-figure=output]")).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(page.locator("[data-figure]")).toHaveCount(0);
});

test("missed targets, overload and unknown things are said", async ({ page }) => {
  await open(page, "#v=1&tpot=5");
  await expect(page.locator(".verdict")).toContainText("misses a target");
  await expect(page.locator(".notes .bad")).toContainText("No layout meets both targets");
  await open(page, "#v=1&rps=100000");
  await expect(page.locator(".notes")).toContainText("requests/s are offered");
  await open(page, "#v=1&tpot=soon&colour=red");
  await expect(page.locator(".banner")).toContainText("soon");
  await expect(page.locator(".banner")).toContainText("colour");
  await expect.poll(() => figures(page)).toEqual(expected(evaluate("#v=1")));
  // Never a number where there is none.
  for (const [link, name] of [["#v=1&hw=abacus", "abacus"], ["#v=1&m=parrot", "parrot"]]) {
    await page.evaluate((fragment) => { location.hash = fragment; }, link);
    await expect(page.locator(".notes .bad").first()).toContainText(name);
    await expect(page.locator("[data-figure]")).toHaveCount(0);
  }
});

test("garbage in the address gives a notice and the defaults", async ({ page }) => {
  const standard = expected(evaluate("#v=1"));
  for (const junk of ["#v=99&pods=4", "#%%%", "#v=1&pods=-3&in=1e999&hit=NaN", "#v=1&pods=4&pods=7"]) {
    await open(page, junk);
    await expect(page.locator(".banner"), junk).toBeVisible();
    expect(await figures(page), junk).toEqual(standard);
    await page.goto("about:blank");
  }
});

test("the frontier answers to the keyboard, pins a point, and has its table", async ({ page }) => {
  await open(page);
  const chart = page.getByRole("img", { name: /What speed costs/ });
  await chart.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".chart-tip")).toContainText("Batch");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/batch=\d+/);
  await page.getByRole("button", { name: "Let the planner choose again" }).click();
  await expect(page).not.toHaveURL(/batch=/);
  const figure = page.locator("figure.chart").filter({ has: chart });
  await figure.locator("summary").filter({ hasText: "As a table" }).click();
  expect(await figure.getByRole("row").count()).toBeGreaterThan(5);
  // The floor: a card at a time.
  await page.locator(".floor").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".floor-head .quiet")).toContainText(/Super-node 1 · card/);
});

test("advice is worked out, applied and undone; a question is solved", async ({ page }) => {
  await open(page);
  const before = await figures(page);
  const apply = page.locator(".tips").getByRole("button", { name: /^Apply/ }).first();
  await expect(apply).toBeVisible({ timeout: 45_000 });
  await apply.click();
  await expect.poll(() => figures(page)).not.toEqual(before);
  await page.keyboard.press("Control+z");
  await expect.poll(() => figures(page)).toEqual(before);
  const wanted = page.locator(".solve");
  await wanted.getByRole("textbox").fill("minus two");
  await wanted.getByRole("button", { name: "Solve" }).click();
  await expect(wanted.getByRole("alert")).toContainText("above 0");
  await wanted.getByRole("textbox").fill("100B");
  await wanted.getByRole("button", { name: "Solve" }).click();
  await expect(wanted.locator(".solve-answer")).toContainText("gives", { timeout: 45_000 });
  await wanted.getByRole("button", { name: "Take it over" }).click();
  await expect(page).toHaveURL(/pods=\d/);
});

test("a training run has days, utilisation, energy and cost", async ({ page }) => {
  await open(page, "#v=1&task=training");
  const json = evaluate("#v=1&task=training");
  await expect(page.locator("[data-figure=days]")).toContainText(number(json.training.days));
  await expect(page.locator(".figures")).toContainText("MFU");
  await expect(page.locator(".figures")).toContainText(money(json.training.cost.cny, "¥").replace(" ", "\u00a0"));
  await expect(page.locator("h1.sentence")).toContainText("train");
});

test("views about serving say of a training run what they can", async ({ page }) => {
  const link = "#v=1&hw=h100-sxm&pods=32&cards=8&m=llama-3.1-70b&task=training&cur=usd&region=usa&pue=1.2";
  for (const view of ["price", "explore", "live"]) {
    await open(page, `${link}&view=${view}`);
    await expect(page.locator(".trains")).toContainText("This scenario trains");
    await expect(page.locator(".trains")).toContainText(/takes .+ days and costs \$.+ per million tokens trained/);
    await expect(page.locator("h1.sentence, .explore-form, .live-tiles")).toHaveCount(0);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  }
  await page.getByRole("button", { name: "Serve this model instead" }).click();
  await expect(page.locator(".live-tiles")).toBeVisible();
});

test("the sentence's day is at the mean load, and says so", async ({ page }) => {
  await open(page, "#v=1");
  await expect(page.locator("h1.sentence")).toContainText(/a day at 65\s%\s?mean load/);
  await open(page, "#v=1&load=1");
  await expect(page.locator("h1.sentence")).not.toContainText("mean load");
});

test.describe("on paper", () => {
  test.use({ colorScheme: "dark" });
  test("dark prints light, with its data and without what is for the screen", async ({ page }) => {
    await open(page, "#v=1");
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const style = (selector: string, property: string) => page.locator(selector).first().evaluate((e, p) => getComputedStyle(e).getPropertyValue(p), property);
    expect(await style("h1.sentence", "color")).toMatch(/^rgb\(\d{1,2}, /);
    expect(await style("body", "background-color")).toMatch(/rgb\(255, 255, 255\)|rgba\(0, 0, 0, 0\)/);
    expect(await style(".band", "print-color-adjust")).toBe("exact");
    await expect(page.locator(".skip-link")).toBeHidden();
  });
});

test("every control is reached with Tab", async ({ page }) => {
  await open(page);
  const total = await page.evaluate(() => {
    const all = document.querySelectorAll("button, a[href], input, select, summary, textarea, [tabindex='0']");
    return [...all].filter((e) => {
      const button = e as HTMLButtonElement;
      const grouped = e instanceof HTMLInputElement && e.type === "radio" && !e.checked;
      return e.checkVisibility({ visibilityProperty: true }) && !button.disabled && !grouped && e.getAttribute("tabindex") !== "-1";
    }).map((e, i) => { e.setAttribute("data-reach", String(i)); return i; }).length;
  });
  expect(total).toBeGreaterThan(40);
  const reached = new Set<string>();
  for (let i = 0; i < total + 20 && reached.size < total; i += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => document.activeElement?.getAttribute("data-reach"));
    if (at) reached.add(at);
  }
  const missed = await page.evaluate((seen) => [...document.querySelectorAll("[data-reach]")]
    .filter((e) => e.isConnected && !seen.includes(e.getAttribute("data-reach")!))
    .map((e) => e.outerHTML.slice(0, 120)), [...reached]);
  expect(missed).toEqual([]);
});

test("a fault in the program gives the crash screen with the scenario's link", async ({ browser }) => {
  const page = await browser.newPage();
  // A browser that refuses an element which the page cannot do without.
  await page.addInitScript(() => {
    const make = Document.prototype.createElement;
    Document.prototype.createElement = function (name: string, options?: ElementCreationOptions) {
      if (name === "main") throw new DOMException("refused", "NotSupportedError");
      return make.call(this, name, options);
    } as typeof make;
  });
  await page.goto("./#v=1&pods=3");
  await expect(page.getByRole("alertdialog")).toContainText("Something broke", { timeout: 30_000 });
  await expect(page.locator(".crash-link")).toHaveValue(/pods=3/);
  await expect(page.getByRole("link", { name: "Reload" })).toBeVisible();
  await page.close();
});

const PLACES = [["desktop", 1440, 1000], ["phone", 390, 844], ["small", 320, 700], ["4k", 3840, 2160]] as const;
for (const [place, width, height] of PLACES) {
  for (const scheme of ["light", "dark"] as const) {
    for (const lang of ["en", "zh"] as const) {
      test.describe(`${place} ${scheme} ${lang}`, () => {
        test.use({ viewport: { width, height }, colorScheme: scheme, locale: lang === "zh" ? "zh-CN" : "en-GB" });
        test("looks right and is accessible", async ({ page }) => {
          await open(page, "#v=1&view=plan");
          await expect(page.locator("[data-figure=output]")).toBeVisible();
          expect(await sideways(page)).toBeLessThanOrEqual(0);
          await accessible(page);
          await shot(page, `plan-${place}-${scheme}-${lang}`);
          if (width < 760) {
            await page.getByRole("button", { name: lang === "zh" ? "参数" : "Inputs" }).click();
            await expect(page.locator("#pool-0-nodes")).toBeVisible();
            await page.waitForTimeout(200);
            await accessible(page);
            await shot(page, `plan-${place}-inputs-${scheme}-${lang}`, false);
          }
        });
      });
    }
  }
}
