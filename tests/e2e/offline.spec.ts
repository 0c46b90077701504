import { expect, open, test } from "./app";

test.use({ serviceWorkers: "allow" });

test("works without network once it was opened", async ({ page, context }) => {
  await open(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  // The first page is not controlled yet; the second comes from the worker.
  await page.reload();
  await expect(page.locator("#boot")).toHaveCount(0);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await context.setOffline(true);
  await page.reload();
  await expect(page.locator("#boot")).toHaveCount(0, { timeout: 30_000 });
  await expect(page.locator("main")).toBeVisible();
});
