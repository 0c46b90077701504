import type { Page } from "@playwright/test";
import { accessible, expect, open, shot, sideways, test } from "./app";

async function done(page: Page) {
  await expect(page.locator(".explore-status")).toContainText(/evaluated, each in full|已完整评估|each a full evaluation|已上下变动/, { timeout: 45_000 });
}

async function pick(page: Page, id: string, words: string, name: RegExp) {
  await page.locator(`#${id}`).click();
  const list = page.locator(`#${id}-dialog`);
  await list.getByRole("combobox").fill(words);
  await list.getByRole("option", { name }).first().click();
}

test("one input swept is a line; a point opens as the plan and undo takes it back", async ({ page }) => {
  await open(page, "#v=1&view=explore");
  await done(page);
  const chart = page.getByRole("img", { name: /Output tokens\/s by TPOT/ });
  await expect(chart).toBeVisible();
  await chart.focus();
  await page.keyboard.press("End");
  await expect(page.locator(".chart-tip")).toContainText("TPOT");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/tpot=/);
  await expect(page.getByRole("link", { name: "Plan", exact: true })).toHaveAttribute("aria-current", /./);
  await page.keyboard.press("Control+z");
  await expect(page).not.toHaveURL(/tpot=/);
});

test("two inputs are a heat map with a table of every cell", async ({ page }) => {
  await open(page, "#v=1&view=explore");
  await pick(page, "explore-output", "cost per million output", /^Cost per million output/);
  await pick(page, "explore-y", "super", /Super-nodes/);
  await page.locator("select[aria-label='Number of values']").nth(0).selectOption("7");
  await page.locator("select[aria-label='Number of values']").nth(1).selectOption("7");
  await expect(page.locator(".explore-status")).toContainText("49 plans evaluated", { timeout: 45_000 });
  const figure = page.locator("figure", { has: page.getByRole("img", { name: /Cost per million output tokens by TPOT target and Super-nodes/ }) });
  await figure.getByText("As a table").click();
  await expect(figure.getByRole("row")).toHaveCount(50);
  // What was chosen is still there after a reload.
  await page.reload();
  await expect(page.locator("#explore-y")).toContainText("Super-nodes", { timeout: 30_000 });
});

test("what is explored is in the link; a range turned about is refused in words", async ({ page }) => {
  await open(page, "#v=1&view=explore&explore=sweep,cost-output,in:1024:131072:7,pods:1:64:7");
  await expect(page.locator(".explore-status")).toContainText("49 plans evaluated", { timeout: 45_000 });
  await expect(page.locator("#explore-y")).toContainText("Super-nodes");
  await expect(page).toHaveURL(/explore=sweep,cost-output,in:1024:131072:7,pods:1:64:7/);
  const figure = page.locator("figure", { has: page.getByRole("img", { name: /Input tokens and Super-nodes/ }) });
  await figure.getByText("As a table").click();
  const cells = await figure.locator("tbody tr").evaluateAll((rows) => rows.map((r) => [...r.querySelectorAll("td")].map((d) => d.textContent!)));
  // Exact ends, the plan's own four super-nodes, no dust behind the sixth digit.
  expect(cells[0][0]).toBe("1024");
  expect(cells[6][0]).toBe("131072");
  expect(cells.map((c) => c[1])).toContain("4");
  for (const c of cells) expect(c[2].replace(/[.\-]/g, "").replace(/^0+/, "").length, c[2]).toBeLessThanOrEqual(7);
  await page.locator("#explore-x-from").fill("200000");
  await page.locator("#explore-x-from").press("Enter");
  await expect(page.locator(".explore-form [role=alert]", { hasText: "must be below" })).toBeVisible();
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  await expect(page).not.toHaveURL(/explore=/);
});

test("a long sweep can be cancelled and started again", async ({ page }) => {
  await open(page, "#v=1&view=explore");
  await pick(page, "explore-y", "input tokens", /^Input tokens/);
  await page.locator("select[aria-label='Number of values']").nth(0).selectOption("49");
  await page.locator("select[aria-label='Number of values']").nth(1).selectOption("49");
  await expect(page.locator(".explore-status")).toContainText("of 2,401", { timeout: 20_000 });
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".explore-status")).toContainText("Stopped at");
  await expect(page.getByRole("button", { name: "Start again" })).toBeVisible();
});

test("sensitivity to every input, the strongest first", async ({ page }) => {
  await open(page, "#v=1&view=explore");
  await page.getByRole("radio", { name: "Sensitivity to every input" }).check({ force: true });
  await done(page);
  const figure = page.locator("figure", { has: page.getByRole("img", { name: /what it depends on/ }) });
  await figure.getByText("As a table").click();
  const spans = await figure.locator("tbody tr").evaluateAll((rows) =>
    rows.map((r) => {
      const c = [...r.querySelectorAll("td")].map((d) => Number(d.textContent));
      const ends = [c[3], c[5]].filter(Number.isFinite);
      return ends.length === 2 ? Math.abs(ends[0] - ends[1]) : undefined;
    }),
  );
  expect(spans.length).toBeGreaterThan(5);
  await expect(figure.locator("tbody tr").first()).toContainText(/Super-nodes|Cards in each|Output tokens|Input tokens|TPOT/);
  await expect(page.getByText(/further inputs do not move this result/)).toBeVisible();
});

for (const [place, width, height] of [["desktop", 1440, 900], ["phone", 390, 844]] as const) {
  for (const scheme of ["light", "dark"] as const) {
    for (const lang of ["en", "zh"] as const) {
      test.describe(`${place} ${scheme} ${lang}`, () => {
        test.use({ viewport: { width, height }, colorScheme: scheme, locale: lang === "zh" ? "zh-CN" : "en-GB" });
        test("looks right and is accessible", async ({ page }) => {
          // One half of the pictures shows the heat map, the other the tornado.
          const tornado = scheme === "dark";
          await page.addInitScript((t) => localStorage.setItem("tfp.explore", t ? "tornado tpot:10:100:13 - cost-output 20" : "sweep tpot:10:100:7 pods:1:8:7 output-rate 20"), tornado);
          await open(page, "#v=1&view=explore");
          await done(page);
          expect(await sideways(page)).toBeLessThanOrEqual(0);
          await accessible(page);
          await shot(page, `explore-${place}-${scheme}-${lang}`);
        });
      });
    }
  }
}
