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

test("the plan needs little more than half of the program; a view's own part comes when it is opened", async ({ page }) => {
  await open(page);
  const fetched = () => page.evaluate(() => (performance.getEntriesByType("resource") as PerformanceResourceTiming[]).map((r) => ({
    name: new URL(r.name).pathname.slice(1), bytes: r.encodedBodySize,
  })));
  const first = await fetched();
  const names = (entries: { name: string }[]) => entries.map((e) => e.name.replace(/-[0-9a-f]{16}/, ""));
  expect(names(first).filter((n) => n.endsWith(".wasm"))).toEqual(["app_bg.wasm"]);
  // As sent (the server sends the brotli copies), the page itself included.
  const [document] = await page.evaluate(() => performance.getEntriesByType("navigation").map((n) => (n as PerformanceNavigationTiming).encodedBodySize));
  const bytes = first.reduce((sum, r) => sum + r.bytes, document);
  expect(bytes).toBeGreaterThan(300_000);
  expect(bytes).toBeLessThan(600_000);

  await page.locator("nav").getByText("Compare", { exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Compare");
  const then = names(await fetched()).filter((n) => n.endsWith(".wasm"));
  expect(then).toContain("studies.wasm");
  expect(then).not.toContain("live.wasm");
  // So does what a dialog holds: the importer of models.
  expect(then).not.toContain("import.wasm");
  await page.locator("#group-model").getByRole("button", { name: "Paste a config.json" }).click();
  await expect(page.locator("#import-text")).toBeFocused();
  expect(names(await fetched())).toContain("import.wasm");
});

test("a view that cannot be fetched says so, keeps the scenario and comes with the next try", async ({ page: _page, browser }) => {
  const page = await browser.newPage();
  let broken = true;
  await page.route("**/studies-*.wasm", (route) => (broken ? route.abort() : route.continue()));
  await page.goto("./#v=1&pods=2&view=explore");
  const alert = page.locator("main").getByRole("alert");
  await expect(alert).toContainText("could not be fetched");
  await shot(page, "piece-missing");
  expect(page.url()).toContain("pods=2");
  broken = false;
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(alert).toHaveCount(0);
  await page.close();
});

test("a host that sends wasm under another type opens every view all the same", async ({ page }) => {
  await page.route("**/*.wasm", async (route) => {
    const body = await (await route.fetch()).body();
    await route.fulfill({ status: 200, contentType: "application/octet-stream", body });
  });
  await open(page, "#v=1&view=compare");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Compare");
});
