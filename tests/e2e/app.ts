// What every browser test shares: a page that fails on any console error, and ways to reach the app.
import AxeBuilder from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

export const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on("console", (m) => { if (m.type() === "error") errors.push(m.text()); });
    page.on("pageerror", (e) => errors.push(String(e)));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
    });
    await use(page);
    expect(errors, "console errors").toEqual([]);
  },
});
export { expect };

/** Opens the app at a fragment and waits until it has replaced the boot screen. */
export async function open(page: Page, fragment = "") {
  await page.goto(`./${fragment}`);
  await expect(page.locator("#boot")).toHaveCount(0, { timeout: 30_000 });
}

/** What the command line says of a link. */
export function evaluate(link: string): any {
  return run(["evaluate", link, "--json"]).json;
}

export function run(args: string[]): { code: number; json: any; text: string } {
  try {
    const text = execFileSync("target/debug/tfp", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return { code: 0, text, json: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : undefined };
  } catch (e: any) {
    const text = String(e.stdout ?? "");
    return { code: e.status, text, json: text.startsWith("{") ? JSON.parse(text) : undefined };
  }
}

/** How far the page reaches beyond the window; a page never scrolls sideways. */
export async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** Nothing that axe objects to. */
export async function accessible(page: Page) {
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
}

/** Keeps a picture of the page for people to look at. */
export async function shot(page: Page, name: string, fullPage = true) {
  mkdirSync("tests/e2e/screenshots", { recursive: true });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: `tests/e2e/screenshots/${name}.png`, fullPage });
}
