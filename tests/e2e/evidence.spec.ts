import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { accessible, expect, open, shot, sideways, test } from "./app";

const PLACES = [
  ["desktop", 1440, 900],
  ["phone", 390, 844],
] as const;

async function scored(page: Page) {
  await expect(page.locator(".evidence-bar [role=status]")).toContainText(/2,238/, { timeout: 60_000 });
}

test("the published rows are predicted in the page, without blocking it", async ({ page }) => {
  await open(page, "#v=1&view=plan");
  await page.evaluate(() => {
    const seen = { longest: 0 };
    (window as any).longTasks = seen;
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) seen.longest = Math.max(seen.longest, e.duration);
    }).observe({ type: "longtask" });
  });
  await page.getByRole("link", { name: "Evidence" }).click();
  await scored(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("How good is the model?");
  await expect(page.locator(".evidence-lead")).toContainText("never seen");
  // Reading the file is the longest piece; predicting goes in slices.
  expect(await page.evaluate(() => (window as any).longTasks.longest)).toBeLessThan(1000);
  const table = page.getByRole("table", { name: "Errors by class" });
  const all = table.getByRole("row").filter({ hasText: "All shown" });
  await expect(all).toContainText("1,640");
  await expect(all).toContainText("%");
  // The error to expect stands beside the error of the fit.
  await expect(page.getByRole("heading", { name: /never saw/ })).toBeVisible();
});

test("filters, quantity and classes change what is shown", async ({ page }) => {
  await open(page, "#v=1&view=evidence");
  await scored(page);
  const points = page.locator(".evidence-grid .section-head .quiet").first();
  await expect(points).toHaveText("1,972 points");
  await page.getByLabel("Hardware", { exact: true }).first().selectOption({ label: "Ascend 910C (23)" });
  await expect(points).not.toHaveText("1,972 points");
  await page.getByLabel("Engine", { exact: true }).first().selectOption({ index: 1 });
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(points).toHaveText("1,972 points");
  await page.getByRole("radio", { name: "Throughput" }).check({ force: true });
  await expect(page.getByRole("heading", { name: "Throughput: predicted against measured" })).toBeVisible();
  await page.getByRole("radio", { name: "Model", exact: true }).check({ force: true });
  await expect(page.getByRole("table", { name: "Errors by class" })).toContainText("DeepSeek-R1");
  await page.getByLabel("Quality").selectOption("no");
  await expect(page.getByText("No row shown has this quantity measured")).toBeVisible();
});

test("the scatter answers to the keyboard and a row tells its source", async ({ page }) => {
  await open(page, "#v=1&view=evidence");
  await scored(page);
  const chart = page.getByRole("img", { name: /predicted against measured/ });
  await chart.focus();
  await page.keyboard.press("End");
  await expect(page.locator(".chart-tip")).toContainText("Measured");
  await page.keyboard.press("Enter");
  await expect(page.locator(".evidence-picked")).toBeVisible();
  await expect(page.locator(".evidence-picked a")).toHaveAttribute("href", /^https:\/\//);
  // Pages of the row table.
  await expect(page.getByText("Page 1 of 79")).toBeVisible();
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByText("Page 2 of 79")).toBeVisible();
});

const HEAD = "id,model,hardware,engine,mode,input_tokens,output_tokens,concurrency,cards,tp,dp,ep,tpot_ms,tokens_per_s_per_card";

test("an own CSV is scored at once, calibrates the scenario, and travels in the link", async ({ page }) => {
  const sent: string[] = [];
  page.on("request", (r) => { if (r.method() !== "GET") sent.push(r.url()); });
  await open(page, "#v=1&view=evidence");
  await page.getByRole("radio", { name: "Your own" }).check({ force: true });
  const rows = [8, 16, 32, 64, 128].map((c, i) => `r${i},qwen3-32b,h200-sxm,vllm,serving,1024,1024,${c},4,4,1,1,${(14 + i * 3).toFixed(1)},`);
  const text = [HEAD, ...rows, "bad,qwen3-32b,h200-sxm,vllm,serving,1024,1024,many,4,4,1,1,20,", "lost,no-such-model,h200-sxm,vllm,serving,1024,1024,8,4,4,1,1,20,"].join("\n");
  await page.locator(".own input[type=file]").setInputFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await expect(page.getByRole("heading", { name: "mine.csv" })).toBeVisible();
  await expect(page.getByText("2 rows have no answer")).toBeVisible();
  await expect(page.getByText("Line 7:")).toBeVisible();
  await expect(page.locator(".own-problems")).toContainText("concurrency");
  await expect(page.locator(".own-problems")).toContainText("no-such-model");
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download predictions" }).click();
  const saved = readFileSync(await (await file).path(), "utf8").trim().split(/\r?\n/);
  expect(saved).toHaveLength(8);
  expect(saved[0]).toContain("pred_tpot_ms");
  await page.getByRole("button", { name: "Calibrate to my cluster" }).click();
  await expect(page.getByRole("heading", { name: /Factors on time, from 5 rows/ })).toBeVisible({ timeout: 30_000 });
  // H200, vLLM and Qwen3 say little of a plan with 910C and DeepSeek: that is said before they are used.
  await expect(page.locator(".own-unlike")).toContainText("hardware h200-sxm");
  await expect(page.locator(".own-unlike")).toContainText("models qwen3-32b");
  await page.getByRole("button", { name: "Use them all the same" }).click();
  await expect(page.locator(".local-mark")).toContainText("Calibrated to your cluster");
  await expect(page).toHaveURL(/k(comp|mem|comm|over)=/);
  // On every view, after a reload, and gone when removed or undone.
  await page.getByRole("link", { name: "Plan", exact: true }).click();
  await expect(page.locator(".local-mark")).toBeVisible();
  await page.reload();
  await expect(page.locator(".local-mark")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Back to the published calibration" }).click();
  await expect(page.locator(".local-mark")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(page.locator(".local-mark")).toBeVisible();
  expect(sent).toEqual([]);
});

test("measurements of the plan's own hardware, engine and model are used without a warning", async ({ page }) => {
  await open(page, "#v=1&view=evidence&hw=h200-sxm&pods=1&cards=8&m=qwen3-32b&engine=vllm");
  await page.getByRole("radio", { name: "Your own" }).check({ force: true });
  const rows = [8, 16, 32, 64, 128].map((c, i) => `r${i},qwen3-32b,h200-sxm,vllm,serving,1024,1024,${c},4,4,1,1,${(14 + i * 3).toFixed(1)},`);
  await page.locator(".own input[type=file]").setInputFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from([HEAD, ...rows].join("\n")) });
  await page.getByRole("button", { name: "Calibrate to my cluster" }).click();
  await expect(page.getByRole("button", { name: "Use in the scenario" })).toBeVisible({ timeout: 30_000 });
  await expect(page.locator(".own-unlike")).toHaveCount(0);
});

test("what is no measurement file is said in words", async ({ page }) => {
  await open(page, "#v=1&view=evidence");
  await page.getByRole("radio", { name: "Your own" }).check({ force: true });
  await page.locator("summary", { hasText: "Paste text instead" }).click();
  await page.locator("#own-paste").fill("a,b\n1,2");
  await page.getByRole("button", { name: "Score it" }).click();
  await expect(page.getByRole("alert")).toContainText("column `model` is missing");
  await page.getByRole("button", { name: "Close file" }).click();
  await expect(page.locator(".own-open")).toHaveCount(0);
});

for (const [place, width, height] of PLACES) {
  for (const scheme of ["light", "dark"] as const) {
    for (const lang of ["en", "zh"] as const) {
      test.describe(`${place} ${scheme} ${lang}`, () => {
        test.use({ viewport: { width, height }, colorScheme: scheme, locale: lang === "zh" ? "zh-CN" : "en-GB" });
        test("looks right and is accessible", async ({ page }) => {
          await open(page, "#v=1&view=evidence");
          await scored(page);
          expect(await sideways(page)).toBeLessThanOrEqual(0);
          await accessible(page);
          await shot(page, `evidence-${place}-${scheme}-${lang}`);
        });
      });
    }
  }
}
