import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { accessible, evaluate, expect, open, shot, sideways, test } from "./app";

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

for (const locale of ["en-GB", "zh-CN"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test("a sale in six actions: preset, price list, margin, quote", async ({ page }) => {
      const zh = locale === "zh-CN";
      await open(page);
      // 1 the preset: another factory by its link; 2 the view
      await page.evaluate(() => { location.hash = "#v=1&pods=1&m=qwen3-235b-a22b&draft=0"; });
      await page.getByRole("link", { name: zh ? "定价" : "Price", exact: true }).click();
      await expect(page.locator("h1.sentence")).toContainText(zh ? "毛利率" : "gross margin");
      const before = await value(page, "margin");
      // 3 a price of our own
      const price = page.locator("#in-pout");
      await price.fill("12");
      await price.press("Enter");
      await expect.poll(() => value(page, "margin")).not.toBe(before);
      await expect(page).toHaveURL(/pout=12/);
      // 4 the margin aimed at sets the prices left open
      const margin = page.locator("#in-margin");
      await margin.fill("40");
      await margin.press("Enter");
      await expect(page).toHaveURL(/margin=0.4/);
      // 5 whom it is for; 6 the quote
      await page.locator(".quote-inputs input").first().fill("Example Ltd 示例公司");
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      mkdirSync("tests/e2e/screenshots", { recursive: true });
      const file = `tests/e2e/screenshots/quote-${locale}`;
      writeFileSync(`${file}.pdf`, pdf);
      const about = execFileSync("pdfinfo", [`${file}.pdf`], { encoding: "utf8" });
      expect(about).toMatch(/Pages:\s+1\b/);
      expect(about).toMatch(/A4/);
      const text = execFileSync("pdftotext", ["-layout", `${file}.pdf`, "-"], { encoding: "utf8" });
      expect(text).toContain("Example Ltd");
      expect(text).toContain(zh ? "报价单" : "Quote");
      expect(text).toContain("12.0");
      for (const internal of ["margin", "毛利", "NPV", "payback", "回收期"]) expect(text.toLowerCase()).not.toContain(internal);
      execFileSync("pdftoppm", ["-r", "70", "-png", "-singlefile", `${file}.pdf`, file]);
      // The customer's name is nobody's business but this page's.
      expect(page.url()).not.toContain("Example");
      expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("Example");
    });
  });
}

test("the quote's link shows the printed prices and nothing internal", async ({ page }) => {
  const own = "margin=0.4&card=200000&load=0.8&curve=office&tiers=1000:0.05:0.3,10000:0.15:0.2&pout=12&ramp=3";
  await open(page, `#v=1&view=price&${own}`);
  const printed = (await page.locator(".quote tbody").first().textContent())!.replaceAll("\u00a0", " ");
  const link = (await page.locator(".quote").getAttribute("data-link"))!;
  for (const internal of ["margin=", "card=", "load=", "curve=", "ramp=", ":0.3", ":0.2,"]) expect(link, internal).not.toContain(internal);
  expect(link).toContain("pout=12");
  await open(page, `${link.slice(link.indexOf("#"))}&view=price`);
  const again = (await page.locator(".quote tbody").first().textContent())!.replaceAll("\u00a0", " ");
  expect(again).toBe(printed);
});

test("tables are saved with units and the rate", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const [csv] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Cash flow CSV" }).click()]);
  const text = readFileSync((await csv.path())!, "utf8");
  expect(text.split("\n").length).toBeGreaterThan(60);
  expect(text).toContain("CNY");
  const [json] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Market JSON" }).click()]);
  expect(JSON.parse(readFileSync((await json.path())!, "utf8")).length).toBeGreaterThan(0);
});

test("own hourly values are taken, nonsense is refused with the reason", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const curve = page.locator("#group-load .field input[type=text]").nth(1);
  await curve.fill("1,2,3");
  await curve.press("Enter");
  await expect(page.locator("#group-load .field-error").filter({ hasText: /./ })).toBeVisible();
  await expect(page).not.toHaveURL(/curve=1,2,3/);
  await curve.fill("office");
  await curve.press("Enter");
  await expect(page).toHaveURL(/curve=office/);
});

test("without a price there is a reason and a way on, not a number", async ({ page }) => {
  await open(page, "#v=1&pods=1&cards=2&spare=0&view=price");
  await expect(page.locator(".price-nothing")).toContainText("cannot be served");
  await expect(page.locator("[data-figure]")).toHaveCount(0);
});

for (const look of [
  { name: "light", scheme: "light", locale: "en-GB", width: 1440 },
  { name: "dark-zh", scheme: "dark", locale: "zh-CN", width: 1440 },
  { name: "phone", scheme: "light", locale: "en-GB", width: 390 },
  { name: "phone-dark-zh", scheme: "dark", locale: "zh-CN", width: 320 },
] as const) {
  test.describe(look.name, () => {
    test.use({ colorScheme: look.scheme, locale: look.locale, viewport: { width: look.width, height: 1000 } });
    test("accessible, within the window", async ({ page }) => {
      await open(page, "#v=1&view=price");
      await expect(page.locator("[data-figure=npv]")).toBeVisible();
      await shot(page, `price-${look.name}`);
      expect(await sideways(page)).toBeLessThanOrEqual(0);
      await accessible(page);
    });
  });
}
