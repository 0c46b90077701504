import { readFileSync } from "node:fs";
import { accessible, expect, open, shot, sideways, test } from "./app";

const THREE = "#v=1&view=compare&name=Today&2.name=Tighter&2.tpot=30&3.name=Two%20more&3.pods=6&3.life=4&base=1";

test("empty, it teaches; the key keeps the plan on any view", async ({ page }) => {
  await open(page, "#v=1&view=compare");
  await expect(page.getByRole("heading", { name: "Nothing to compare with yet" })).toBeVisible();
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  await page.locator("body").press("c");
  await expect(page.locator("[role=status].visually-hidden")).toContainText("Kept for comparison");
  await page.getByRole("link", { name: "Compare" }).click();
  await expect(page.locator(".compare-side")).toHaveCount(2);
  await expect(page).toHaveURL(/2=same/);
});

test("differences from the starred baseline, in percent and in words", async ({ page }) => {
  await open(page, THREE);
  const table = page.locator(".compare-table");
  const row = table.getByRole("row", { name: /Output tokens\/s/ }).first();
  await expect(row.locator(".compare-change")).toHaveCount(2);
  const faster = await row.locator(".compare-value").allTextContents();
  expect(new Set(faster).size).toBe(3);
  const words = page.locator(".compare-difference").first();
  await expect(words).toContainText("TPOT");
  await expect(words).toContainText("30");
  // Another baseline turns the signs round.
  const before = await row.locator(".compare-change").first().textContent();
  await page.getByRole("button", { name: /Make baseline/ }).first().click();
  await expect(page).toHaveURL(/base=2/);
  await expect(row.locator(".compare-change").first()).not.toHaveText(before!);
});

test("add, rename, remove, put back, open as the plan", async ({ page }) => {
  await open(page, "#v=1&view=compare&tpot=40");
  await page.getByRole("button", { name: "Add the current plan" }).click();
  await page.locator("#compare-preset").click();
  await page.locator("#compare-preset-dialog").getByRole("option").nth(2).click();
  await expect(page.locator(".compare-side")).toHaveCount(3);
  const name = page.getByLabel("Name of B");
  await name.fill("Before");
  await name.press("Enter");
  await name.blur();
  await expect(page).toHaveURL(/2\.name=Before/);
  await page.getByRole("button", { name: "Remove C" }).click();
  await expect(page.locator(".compare-side")).toHaveCount(2);
  await page.getByRole("button", { name: "Put it back" }).click();
  await expect(page.locator(".compare-side")).toHaveCount(3);
  await page.getByRole("button", { name: "Open B as the plan" }).click();
  await expect(page).toHaveURL(/name=Before/);
  await expect(page.getByRole("link", { name: "Plan", exact: true })).toHaveAttribute("aria-current", /./);
});

test("what moved it: the bars end at the other scenario; exports hold the numbers", async ({ page }) => {
  await open(page, THREE);
  await page.getByLabel("Compared scenario").selectOption("2");
  const chart = page.getByRole("img", { name: /What moved it/ });
  await expect(chart).toBeVisible({ timeout: 20_000 });
  await page.locator("figure", { has: chart }).getByText("As a table").click();
  const twin = page.locator("figure", { has: chart }).getByRole("table");
  await expect(twin).toContainText("Hardware life", { timeout: 20_000 });
  await expect(twin).toContainText("Super-nodes");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "JSON", exact: true }).first().click();
  const rows = JSON.parse(readFileSync(await (await download).path(), "utf8"));
  const cost = rows.find((r: any) => r["Scenarios side by side"].startsWith("Cost per million output tokens"));
  const last = Number((await twin.getByRole("row").last().getByRole("cell").last().textContent())!.trim());
  const key = Object.keys(cost).find((k) => k.startsWith("C · ") && !k.endsWith("change"))!;
  expect(Math.abs(last / cost[key] - 1)).toBeLessThan(1e-9);
});

test("other currencies and rates are said", async ({ page }) => {
  await open(page, "#v=1&view=compare&2.cur=usd&2.fx=7.2");
  await expect(page.locator(".compare-warning")).toContainText("7.2");
});

for (const [place, width, height] of [["desktop", 1440, 900], ["phone", 390, 844]] as const) {
  for (const scheme of ["light", "dark"] as const) {
    for (const lang of ["en", "zh"] as const) {
      test.describe(`${place} ${scheme} ${lang}`, () => {
        test.use({ viewport: { width, height }, colorScheme: scheme, locale: lang === "zh" ? "zh-CN" : "en-GB" });
        test("looks right and is accessible", async ({ page }) => {
          await open(page, THREE);
          await expect(page.getByRole("img", { name: /What moved it|差异由何而来/ })).toBeVisible({ timeout: 20_000 });
          expect(await sideways(page)).toBeLessThanOrEqual(0);
          await accessible(page);
          await shot(page, `compare-${place}-${scheme}-${lang}`);
        });
      });
    }
  }
}
