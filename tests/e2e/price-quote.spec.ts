// From a preset to the printed quote by the page's own controls, and what the paper looks like.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { accessible, expect, open, shot, sideways, test } from "./app";

const margin = (page: Page) => page.locator("[data-figure=margin]").getAttribute("data-value");
const printed = (page: Page) => page.evaluate(() => (window as any).printed as number);

/** The page as it would be printed: what pdfinfo and pdftotext say, and a picture to look at. */
async function paper(page: Page, name: string) {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  mkdirSync("tests/e2e/screenshots", { recursive: true });
  const file = `tests/e2e/screenshots/${name}`;
  writeFileSync(`${file}.pdf`, pdf);
  execFileSync("pdftoppm", ["-r", "70", "-png", "-singlefile", `${file}.pdf`, file]);
  return {
    about: execFileSync("pdfinfo", [`${file}.pdf`], { encoding: "utf8" }),
    text: execFileSync("pdftotext", ["-layout", `${file}.pdf`, "-"], { encoding: "utf8" }),
  };
}

for (const locale of ["en-GB", "zh-CN"]) {
  const zh = locale === "zh-CN";
  test.describe(locale, () => {
    test.use({ locale });
    test.beforeEach(async ({ page }) => {
      await page.addInitScript(() => {
        (window as any).printed = 0;
        window.print = () => { (window as any).printed += 1; };
      });
    });

    test("a sale in six actions: preset, view, price list, margin, customer, print", async ({ page }) => {
      let actions = 0;
      const action = async (what: () => Promise<unknown>) => { actions += 1; await what(); };
      await open(page);
      await action(async () => {
        await page.locator("#pick-preset").click();
        await page.locator("#pick-preset-dialog").getByRole("option", { name: /Qwen3-235B/i }).first().click();
      });
      await expect(page).toHaveURL(/m=qwen3-235b-a22b/);
      await action(() => page.getByRole("link", { name: zh ? "定价" : "Price", exact: true }).click());
      await expect(page.locator("h1.sentence")).toContainText(zh ? "毛利率" : "gross margin");
      const before = await margin(page);
      await action(async () => { await page.locator("#in-pout").fill("12"); await page.locator("#in-pout").press("Enter"); });
      await expect.poll(() => margin(page)).not.toBe(before);
      await expect(page).toHaveURL(/pout=12/);
      const priced = await margin(page);
      await action(async () => { await page.locator("#in-margin").fill("40"); await page.locator("#in-margin").press("Enter"); });
      await expect(page).toHaveURL(/margin=0.4/);
      await expect.poll(() => page.locator("tr[data-kind=Input]").getAttribute("data-price")).not.toBeNull();
      expect(priced).not.toBeNull();
      await action(() => page.getByLabel(zh ? "客户名称" : "Customer").fill("Example Ltd 示例公司"));
      await action(() => page.getByRole("button", { name: zh ? "打印报价单" : "Print the quote", exact: true }).last().click());
      expect(actions).toBeLessThanOrEqual(6);
      expect(await printed(page)).toBe(1);

      const { about, text } = await paper(page, `quote-${locale}`);
      expect(about).toMatch(/Pages:\s+1\b/);
      expect(about).toMatch(/A4/);
      expect(text).toContain("Example Ltd");
      expect(text).toContain(zh ? "报价单" : "Quote");
      expect(text).toContain("12.0");
      for (const internal of ["margin", "毛利", "NPV", "payback", "回收期"]) expect(text.toLowerCase()).not.toContain(internal.toLowerCase());
      // The customer's name is nobody's business but this page's.
      expect(page.url()).not.toContain("Example");
      expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("Example");
    });

    test("eight tiers and the longest names still print on one page", async ({ page }) => {
      const tiers = [1, 5, 10, 50, 100, 500, 1000, 5000].map((from, i) => `${from * 100}:${0.02 * (i + 1)}:0.1`).join(",");
      await open(page, `#v=1&view=price&pout=4&pin=1&pcache=0.5&tiers=${tiers}&quote=60000&disc=0.05`);
      const name = (zh ? "某某人工智能算力服务有限公司".repeat(6) : "International Artificial Intelligence Computing Services and Holdings Limited Partnership").slice(0, 80);
      expect(name.length).toBe(80);
      for (const label of zh ? ["客户名称", "贵公司名称"] : ["Customer", "Your company"]) await page.getByLabel(label).fill(name);
      const { about, text } = await paper(page, `quote-long-${locale}`);
      expect(about).toMatch(/Pages:\s+1\b/);
      expect(about).toMatch(/A4/);
      const flat = text.replace(/\s+/g, "");
      expect(flat).toContain(name.replace(/\s+/g, "").slice(0, 12));
      for (const discount of [2, 4, 6, 8, 10, 12, 14, 16]) expect(flat).toContain(`−${discount}%`);
      // The quoted volume reaches the sixth tier: 12 % off after 5 % off the list.
      expect(flat).toContain(zh ? "适用于贵方" : "appliestoyou");
      expect(flat).toContain((4 * 0.95 * 0.88).toFixed(2));
      // The code holds the whole link and is large enough to be read: half a millimetre a module at least.
      const modules = Number((await page.locator(".quote-qr").getAttribute("viewBox"))!.split(" ")[2]);
      await page.emulateMedia({ media: "print" });
      const side = await page.locator(".quote-qr").evaluate((e) => e.getBoundingClientRect().width);
      expect((side / 96) * 25.4 / modules).toBeGreaterThan(0.4);
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

test("whoever opens the quote's link sees prices and service levels, in every view, and no cost or margin", async ({ page }) => {
  await open(page, "#v=1&view=price&pin=1.2&pout=5&card=200000&pods=4&name=Secret");
  const article = page.locator(".quote");
  const printed = (await article.locator("tbody").first().textContent())!;
  const link = (await article.getAttribute("data-link"))!;
  // The prices in the link are those printed, and the seller's cluster and name are not in it.
  expect(link).toMatch(/show=quote:\d+/);
  expect(link).toMatch(/pcache=\d+(\.\d{1,2})?(&|$)/);
  for (const own of ["pods=", "card=", "name=", "load="]) expect(link, own).not.toContain(own);
  const hash = link.slice(link.indexOf("#"));
  for (const view of ["", "&view=plan", "&view=price", "&view=compare", "&view=explore", "&view=live"]) {
    await open(page, hash + view);
    await expect(page.locator("h1")).toHaveText("Prices and service levels");
    expect((await page.locator(".quote tbody").first().textContent())!).toBe(printed);
    await expect(page.locator(".quote")).toContainText("output tokens/s");
    const words = (await page.locator("body").innerText()).toLowerCase();
    for (const internal of ["margin", "cost", "pays back", "npv", "payback"]) expect(words, `${view}: ${internal}`).not.toContain(internal);
    await expect(page.locator("nav.tabs, #inputs, .summary-bar")).toHaveCount(0);
  }
  expect(await sideways(page)).toBeLessThanOrEqual(0);
  await accessible(page);
  await shot(page, "quote-received");
});
