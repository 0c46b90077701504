// The page against the worked example, figure by figure to the last digit printed; and every table it exports.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, open, test } from "./app";
import { money } from "./numbers";

const TEXT = readFileSync("src/money/worked_example.md", "utf8");
const LINK = TEXT.split("\n").map((l) => l.trim()).find((l) => l.startsWith("#v=1"))!;
const ROWS = new Map([...TEXT.matchAll(/^\| ([^|]+) \|.*?\*\*([−\d.,]+)\*\*/gm)].map((m) => [m[1]!, m[2]!]));

/** As the document writes a number: so many decimals, thousands parted. */
const written = (v: number, like: string) => {
  const decimals = like.split(".")[1]?.length ?? 0;
  const [whole, fraction] = Math.abs(v).toFixed(decimals).split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
  return (v < 0 ? "−" : "") + (fraction ? `${grouped}.${fraction}` : grouped);
};

// Chromium starts ten downloads in quick succession and may drop the next: as a reader would, the
// test clicks again.
const saved = async (page: Page, name: string) => {
  for (let attempt = 1; ; attempt += 1) {
    const file = page.waitForEvent("download", { timeout: 8_000 }).catch((e: Error) => { if (attempt === 3) throw e; });
    await page.getByRole("button", { name, exact: true }).click();
    const got = await file;
    if (got) return { name: got.suggestedFilename(), text: readFileSync((await got.path())!, "utf8") };
    console.log(`${name}: clicked again`);
  }
};
type Row = Record<string, number | string>;
const rows = async (page: Page, name: string): Promise<Row[]> => JSON.parse((await saved(page, `${name} JSON`)).text);
const figure = async (page: Page, key: string) => Number(await page.locator(`[data-figure=${key}]`).getAttribute("data-value"));

test("the page shows the worked example to the last digit", async ({ page }) => {
  await open(page, LINK);
  await expect(page.locator("[data-figure=npv]")).toBeVisible();
  const left = new Set(ROWS.keys());
  const is = (name: string, value: number) => {
    const text = ROWS.get(name);
    expect(text, `a row "${name}" in the document`).toBeDefined();
    expect(written(value, text!), name).toBe(text);
    left.delete(name);
  };
  const cost = new Map((await rows(page, "Cost statement")).map((r) => [r.line as string, r]));
  const of = (line: string, column: string) => {
    expect(cost.get(line), line).toBeDefined();
    return Number(cost.get(line)![column]);
  };
  const [hour, once] = ["USD per hour", "USD paid at start"];
  for (const [name, line] of [["Accelerators", "accelerators"], ["Network", "network"], ["Storage", "storage"], ["Spares", "spares"], ["Building", "building"]] as const) {
    is(name, of(line, once));
    is(`${name} per hour`, of(line, hour));
  }
  for (const name of ["Electricity", "Maintenance", "Staff"]) is(`${name} per hour`, of(name.toLowerCase(), hour));
  is("Annuity, 5 years", (of("accelerators", hour) * 8760) / of("accelerators", once));
  is("Annuity, 20 years", (of("building", hour) * 8760) / of("building", once));
  is("Capex", of("total", once));
  is("Cost per hour", of("total", hour));
  is("IT power", (of("building", once) / 7.11e6) * 1000);
  const mwh = Number(await page.locator(".facts > [data-value]").first().getAttribute("data-value"));
  is("Mean power at the meter", (mwh * 1000) / 24);

  // Month 1 is at full demand: 730 hours of the mean load.
  const months = await rows(page, "Cash flow");
  const tokens = (column: string) => Number(months[1]![column]) / 730;
  is("Input tokens per mean hour", tokens("input tokens"));
  is("Output tokens per mean hour", tokens("output tokens"));
  is("Input tokens per hour at capacity", tokens("input tokens") / 0.65);
  is("Output tokens per hour at capacity", tokens("output tokens") / 0.65);
  const perInput = of("total", "USD per million input");
  const perOutput = of("total", "USD per million output");
  is("Per million input", perInput);
  is("Per million output", perOutput);
  is("Blended per million output", of("total", hour) / (tokens("output tokens") / 1e6));
  // Who pays what follows from the card-seconds, so these are told by the ratio of the two costs.
  const seconds = (name: string) => Number(ROWS.get(name)!.replaceAll(",", ""));
  expect(perOutput / perInput).toBeCloseTo(seconds("Card-seconds per million output") / seconds("Card-seconds per million input"), 5);
  expect((perInput * tokens("input tokens") + perOutput * tokens("output tokens")) / 1e6).toBeCloseTo(of("total", hour), 6);
  for (const name of ["Card-seconds per million output", "Card-seconds per million input", "Million card-seconds used in a mean hour"]) left.delete(name);

  const prices = new Map((await rows(page, "Price list")).map((r) => [r.kind as string, Number(r["USD list per million"])]));
  is("Input price", prices.get("input")!);
  is("Output price", prices.get("output")!);
  is("Revenue per hour", (await figure(page, "revenue")) / 8760);
  is("Cash per month", Number(months[1]!["USD net"]));
  is("Building left after five years", Number(months.at(-1)!["USD residual"]));
  is("Payback in months", await figure(page, "payback"));
  is("NPV", await figure(page, "npv"));
  is("IRR", (await figure(page, "irr")) * 100);
  const npv = Number(ROWS.get("NPV")!.replaceAll(",", ""));
  await expect(page.locator("[data-figure=npv] .figure-value")).toHaveText(money(npv, "$"));

  // The same in yuan, by the control of the currency.
  await page.locator("#group-money").getByRole("radio", { name: "CNY", exact: false }).first().check({ force: true });
  await expect(page.locator("[data-figure=npv] .figure-value")).toContainText("¥");
  is("NPV in CNY", await figure(page, "npv"));
  is("Capex in CNY", Number((await rows(page, "Cost statement")).at(-1)!["CNY paid at start"]));
  is("Cost per hour in CNY", (await figure(page, "cost")) / 8760);
  is("Per million output in CNY", Number(await page.locator(".cost-bar[data-kind=Output]").getAttribute("data-value")));
  is("Output price in CNY", Number(await page.locator("tr[data-kind=Output]").getAttribute("data-price")));
  expect([...left], "figures of the document that the page was not asked for").toEqual([]);
});

test("all seven tables are saved as CSV and as JSON, with units, sources and the same rows", async ({ page }) => {
  await open(page, "#v=1&view=price");
  const tables: [string, string, string[]][] = [
    ["Cost statement", "cost", ["CNY per hour", "CNY per million cached input", "CNY paid at start, high"]],
    ["Assumptions", "assumptions", ["low", "high", "source", "date"]],
    ["Price list", "prices", ["CNY list per million", "CNY market median", "providers"]],
    ["Market", "market", ["listed in", "CNY output", "date", "source"]],
    ["Cash flow", "cash-flow", ["month", "CNY net", "CNY cumulative"]],
    ["Own, rent, API", "own-rent-api", ["load", "CNY own a year", "CNY API a year"]],
    ["Sensitivity", "sensitivity", ["CNY per million at low", "CNY per million at high"]],
  ];
  for (const [name, file, columns] of tables) {
    const csv = await saved(page, `${name} CSV`);
    const json = await saved(page, `${name} JSON`);
    expect([csv.name, json.name]).toEqual([`${file}.csv`, `${file}.json`]);
    expect(csv.text.startsWith("\u{feff}"), `${name}: opens as UTF-8 in a spreadsheet`).toBe(true);
    const [head, ...body] = csv.text.slice(1).trimEnd().split(/\r?\n/);
    const objects: Row[] = JSON.parse(json.text);
    expect(objects.length, name).toBeGreaterThan(2);
    expect(body.length, name).toBe(objects.length);
    for (const column of columns) {
      expect(head, name).toContain(column);
      expect(Object.keys(objects[0]!), name).toContain(column);
    }
  }
  const assumptions = await rows(page, "Assumptions");
  const published = assumptions.filter((r) => String(r.basis).startsWith("published"));
  expect(published.length).toBeGreaterThan(5);
  for (const row of published) expect(String(row.date), String(row.input)).not.toBe("");
  expect(published.filter((r) => String(r.source).startsWith("http")).length).toBeGreaterThan(4);
});
