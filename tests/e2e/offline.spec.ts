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
  // Its parts that come later were kept, too.
  for (const [view, title] of [["explore", "Explore"], ["live", "Live"], ["evidence", "How good is the model?"]]) {
    await page.evaluate((name) => { location.hash = `#v=1&view=${name}`; }, view);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  }
});
