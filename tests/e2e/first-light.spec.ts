import { expect, open, shot, test } from "./app";

test("the first paint does not wait for the wasm", async ({ page }) => {
  // Hold the wasm back: the boot screen must be there, styled, with its words.
  let release = () => {};
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route("**/*.wasm", async (route) => { await held; await route.continue(); });
  await page.goto("./");
  await expect(page.locator("#boot .boot-lead")).toBeVisible();
  const paint = await page.evaluate(() => new Promise<number>((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries()[0].startTime)).observe({ type: "paint", buffered: true });
  }));
  expect(paint).toBeGreaterThan(0);
  await shot(page, "boot");
  release();
  await expect(page.locator("#boot")).toHaveCount(0, { timeout: 30_000 });
});

test("a wasm that cannot be loaded is said in words", async ({ page: _page, browser }) => {
  const page = await browser.newPage();
  await page.route("**/*.wasm", (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.goto("./#v=1&pods=2");
  await expect(page.locator("#boot-status")).toContainText("could not start");
  await expect(page.locator("#boot-status")).toContainText("not lost");
  expect(page.url()).toContain("pods=2");
  await page.close();
});

test("the app opens without console errors or policy violations", async ({ page }) => {
  await open(page);
  await expect(page.locator("main")).toBeVisible();
});
