import type { Page } from "@playwright/test";
import { accessible, evaluate, expect, open, shot, sideways, test } from "./app";
import { money } from "./numbers";

const value = async (page: Page, key: string) => Number(await page.locator(`[data-figure=${key}]`).getAttribute("data-value"));

test("the cost by kind is what the command line says", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const cost = evaluate("#v=1").cost_per_million_tokens;
  for (const [kind, amount] of [["Output", cost.output.cny], ["Input", cost.input.cny]] as const) {
    const shown = Number(await page.locator(`.cost-bar[data-kind=${kind}]`).getAttribute("data-value"));
    expect(Math.abs(shown / amount - 1), kind).toBeLessThan(1e-9);
  }
  const hour = evaluate("#v=1").cost_per_hour.cny;
  expect(Math.abs((await value(page, "cost")) / (hour * 8760) - 1)).toBeLessThan(1e-9);
});

// It read "$0.0000".
test("an amount of a few millionths is not shown as nothing", async ({ page }) => {
  const link = "#v=1&hw=h100-sxm&m=qwen3-0.6b&hit=0.9&cur=usd";
  await open(page, `${link}&view=price`);
  const cost = evaluate(link).cost_per_million_tokens.cached_input.usd;
  expect(cost).toBeLessThan(5e-5);
  await expect(page.locator('.cost-bar[data-kind=CachedInput]')).toContainText(money(cost, "$"));
});

const panel = (page: Page) => page.locator(".panel:popover-open");

test("every figure, bar, line, price and fact explains itself, with sources and dates", async ({ page }) => {
  test.setTimeout(120_000);
  await open(page, "#v=1&view=price");
  await page.getByText("Cost statement, line by line").click();
  const terms = page.locator(".figures .term, .cost-bars .term, .statement .term, .price-table .term, .published .term, .facts .term, .price .section-head .term, h1 .term");
  const count = await terms.count();
  // Six figures, three bars, at least eight lines and their total, three prices, what was paid (twice), six facts, four charts.
  expect(count).toBeGreaterThanOrEqual(33);
  for (let i = 0; i < count; i++) {
    const name = (await terms.nth(i).textContent())!;
    await terms.nth(i).click();
    await expect(panel(page), name).toBeVisible();
    expect((await panel(page).locator(".plain").first().textContent())!.length, `${name}: a formula`).toBeGreaterThan(20);
    if (name !== "staff") {
      const sources = panel(page).locator(".links a[href^=http]");
      const what = `${name}: a source with its date`;
      if (await sources.count()) expect(await sources.allTextContents(), what).toContainEqual(expect.stringMatching(/20\d\d/));
      else expect(await panel(page).textContent(), what).toMatch(/not kept|assumed/);
    }
    await page.keyboard.press("Escape");
    await expect(panel(page)).toHaveCount(0);
  }
});

test("the cost of a million output tokens names the price of the card, its range and where it was read", async ({ page }) => {
  await open(page, "#v=1&view=price");
  await page.locator("[data-figure=cost] .term").click();
  await expect(panel(page)).toContainText("Ascend 910C, a card");
  await expect(panel(page)).toContainText("capacitymedia.com, 27 Oct 2026");
  await expect(panel(page)).toContainText("api-docs.deepseek.com");
  await expect(panel(page)).toContainText("sec.gov");
});

test("amounts that rest on an uncertain price carry their band", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const band = /[¥$][\d.,]+\s?[kM]?–[¥$][\d.,]+/;
  for (const kind of ["Output", "Input"]) {
    await expect(page.locator(`.cost-bar[data-kind=${kind}]`)).toHaveText(band);
    const row = page.locator(`tr[data-kind=${kind}] td`);
    for (const column of [0, 2]) await expect(row.nth(column)).toHaveText(band);
    await expect(row.nth(3)).toHaveText(/%.*–.*%/);
  }
  await page.getByText("Cost statement, line by line").click();
  const accelerators = page.locator(".statement tbody tr").first().locator("td");
  for (const column of [0, 2, 3, 4]) await expect(accelerators.nth(column)).toHaveText(band);
  for (const key of ["revenue", "cost", "npv"]) await expect(page.locator(`[data-figure=${key}] .figure-more`)).toHaveText(/–/);
});

test("the two published prices are told apart, and either can be chosen where they stand", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const rows = page.locator(".published tbody tr");
  await expect(rows.filter({ hasText: "$8.20" })).toContainText("for 384 cards");
  await expect(rows.filter({ hasText: "¥150" })).toContainText("delivered, with software, services and storage");
  await expect(rows.filter({ hasText: "chip alone" })).toContainText("$28.6");
  const before = await value(page, "cost");
  const delivered = page.locator("tr[data-basis=delivered]");
  const promised = (await delivered.locator("td").nth(4).textContent())!;
  await delivered.getByRole("radio").check();
  await expect(page).toHaveURL(/basis=delivered/);
  await expect.poll(() => value(page, "cost")).toBeGreaterThan(before);
  // What the row promised is what the page now says.
  await expect(page.locator(".cost-bar[data-kind=Output] b")).toHaveText(promised);
  // A price of one's own counts until a published one is chosen.
  await open(page, "#v=1&view=price&card=200000");
  await expect(page.getByText("Your own price per card counts instead")).toBeVisible();
  await page.locator("tr[data-basis=hardware]").getByRole("radio").check();
  await expect(page).not.toHaveURL(/card=/);
  await expect.poll(() => value(page, "cost")).toBe(before);
});

test("own, rent and API by utilisation, in words; without a rent the reason", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const words = page.locator(".crossings");
  await expect(words).toContainText(/Owning costs less than the API at the market's median from [\d.]+\s% utilisation on \([\d.]+\sB output tokens a day\)/);
  await expect(words).toContainText("No rent of Ascend 910C is known");
  const chart = page.getByRole("img", { name: /Own, rent or buy by API/ });
  await expect(chart).toHaveAttribute("aria-label", /Across: utilisation of the whole factory/);
  await page.getByRole("radio", { name: "By tokens a day" }).check({ force: true });
  await expect(chart).toHaveAttribute("aria-label", /Across: output tokens a day/);
  // With a rent all three lines are there, and all three comparisons.
  await open(page, "#v=1&view=price&rent=8&hw=ascend-910c");
  await expect(words.locator("li")).toHaveCount(3);
  await expect(words).toContainText("Owning costs less than renting");
  await expect(chart).toHaveAttribute("aria-label", /own, \d+ points.*rent, \d+ points.*API/);
});

test("several rates of return, and demand without capacity, are said in words", async ({ page }) => {
  await open(page, "#v=1&view=price&life=15&months=180&erosion=0.6&margin=0.9&ramp=0&lead=0");
  const irr = page.locator("[data-figure=irr]");
  await expect(irr).toContainText("several rates");
  await expect(irr).toContainText("go by the NPV");
  await open(page, "#v=1&view=price&life=3&months=60");
  await expect(page.locator(".price")).toContainText(/[\d.]+\s% of all demand in the plan finds no capacity/);
  await open(page, "#v=1&view=price&curve=office&load=0.8");
  await expect(page.locator(".price")).toContainText(/is lost in \d+ hours of the day that are full/);
});

test("volume tiers are edited in their table", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const before = await value(page, "revenue");
  await page.getByLabel("Price, output", { exact: true }).first().fill("4");
  await page.getByLabel("Price, output", { exact: true }).first().press("Enter");
  await page.getByRole("button", { name: "Add a tier" }).click();
  await page.getByRole("button", { name: "Add a tier" }).click();
  await expect(page).toHaveURL(/tiers=1000:0.05:0,10000:0.1:0/);
  const share = page.getByLabel("Share of sales, %, tier 2");
  await share.fill("50");
  await share.press("Enter");
  await expect(page).toHaveURL(/10000:0.1:0.5/);
  await expect.poll(() => value(page, "revenue")).not.toBe(before);
  await share.fill("lots");
  await share.press("Tab");
  await expect(page.locator(".tiers .field-error")).toContainText("not a number");
  await page.getByRole("button", { name: "Remove tier 1" }).click();
  await expect(page).toHaveURL(/tiers=10000:0.1:0.5/);
});

test("the whole view by keyboard: price, explanation, published price, chart, download, quote", async ({ page }) => {
  await page.addInitScript(() => {
    (window as any).printed = 0;
    window.print = () => { (window as any).printed += 1; };
  });
  await open(page, "#v=1&view=price");
  const focused = (what: string) => page.evaluate((css) => document.activeElement?.matches(css) ?? false, what);
  /** Tab until the focus is there; whatever has it on the way can be seen to have it. */
  const tabTo = async (what: string) => {
    for (let i = 0; i < 250; i++) {
      await page.keyboard.press("Tab");
      if (await focused(what)) return;
    }
    throw new Error(`the keyboard does not reach ${what}`);
  };
  await page.locator("h1").evaluate((e) => { (e as HTMLElement).tabIndex = -1; (e as HTMLElement).focus(); });
  await tabTo(".sentence-control");
  await page.keyboard.press("Enter");
  await expect.poll(() => focused("#in-pout")).toBe(true);
  await page.keyboard.type("9");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/pout=9/);
  await page.locator("h1").focus();
  await tabTo("[data-figure=margin] .term");
  await page.keyboard.press("Enter");
  await expect(panel(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect.poll(() => focused("[data-figure=margin] .term")).toBe(true);
  await tabTo("tr[data-kind=Output] .term");
  await tabTo(".published input[type=radio]");
  await page.keyboard.press("ArrowDown");
  await expect(page).toHaveURL(/basis=delivered/);
  await tabTo(".segmented input[type=radio]");
  await tabTo(".chart-frame");
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".chart-tip").first()).toBeVisible();
  await tabTo(".exports .link");
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect(file.suggestedFilename()).toBe("cost.csv");
  await tabTo(".quote-inputs input");
  await page.keyboard.type("Example");
  await tabTo(".quote-inputs .btn");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => (window as any).printed)).toBe(1);
});

test("own hourly values are taken, nonsense is refused with the reason", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const shape = page.getByRole("combobox", { name: "Shape of the day" });
  await shape.selectOption({ label: "Own 24 values" });
  const curve = page.getByRole("textbox", { name: "Shape of the day" });
  await curve.fill("1,2,3");
  await curve.press("Enter");
  await expect(page.locator("#group-load .field-error").filter({ hasText: /./ })).toBeVisible();
  await expect(page).not.toHaveURL(/curve=1,2,3&|curve=1,2,3$/);
  const day = Array.from({ length: 24 }, (_, h) => (h < 8 ? 1 : 3));
  await curve.fill(day.join(","));
  await curve.press("Enter");
  await expect(page).toHaveURL(/curve=1,1,1,1,1,1,1,1,3/);
  await shape.selectOption({ label: "Office hours" });
  await expect(page).toHaveURL(/curve=office/);
});

test("without a price there is a reason and a way on, not a number", async ({ page }) => {
  await open(page, "#v=1&pods=1&cards=2&spare=0&view=price");
  await expect(page.locator(".price-nothing")).toContainText("cannot be served");
  await expect(page.locator("[data-figure]")).toHaveCount(0);
});

for (const look of [
  ...(["light", "dark"] as const).flatMap((scheme) => (["en-GB", "zh-CN"] as const).flatMap((locale) => [1440, 390].map((width) =>
    ({ name: `${width < 760 ? "phone-" : ""}${scheme}-${locale.slice(0, 2)}`, scheme, locale, width })))),
  { name: "narrow-dark-zh", scheme: "dark", locale: "zh-CN", width: 320 },
] as { name: string; scheme: "light" | "dark"; locale: string; width: number }[]) {
  test.describe(look.name, () => {
    test.use({ colorScheme: look.scheme, locale: look.locale, viewport: { width: look.width, height: 1000 } });
    test("accessible, within the window", async ({ page }) => {
      await open(page, "#v=1&view=price");
      await expect(page.locator("[data-figure=npv]")).toBeVisible();
      await shot(page, `price-${look.name}`);
      expect(await sideways(page)).toBeLessThanOrEqual(0);
      // The rules depend on scheme and width, hardly on the language.
      if ((look.locale === "zh-CN") === (look.scheme === "dark")) await accessible(page);
    });
  });
}

test("the price list with its market fits a desk's window; Plan and Price tell one band of one figure", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  for (const cur of ["", "&cur=usd"]) {
    await open(page, `#v=1&view=price${cur}`);
    const beyond = await page.locator(".price-table").evaluate((t) => t.parentElement!.scrollWidth - t.parentElement!.clientWidth);
    expect(beyond).toBeLessThanOrEqual(0);
  }
  await open(page, "#v=1&view=price");
  const priced = (await page.locator("tr[data-kind=Output] td").first().locator("small").innerText()).replace(/\s/g, "");
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  const planned = (await page.locator("[data-figure=cost]").innerText()).replace(/\s/g, "");
  const [low, high] = priced.replace(/¥/g, "").split("–");
  expect(planned).toContain(low);
  expect(planned).toContain(high);
});
