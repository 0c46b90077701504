// The factory exporter behind a real Prometheus and a real VictoriaMetrics: what the page relies on.
import { expect, test } from "@playwright/test";
import { existsSync } from "node:fs";
import { Bench, PROMETHEUS, VICTORIA, until, type Api, type Exporter } from "./servers";

const CARDS = 4 * 384;
const DIES = 2 * CARDS;
const SCRAPE_S = 2;

test.describe.configure({ mode: "serial" });

let bench: Bench;
let exporter: Exporter;
let prometheus: Api;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  expect(existsSync(PROMETHEUS), `${PROMETHEUS} is there (make tools installs it)`).toBe(true);
  bench = new Bench();
  exporter = await bench.exporter("--link", "#v=1");
  prometheus = await bench.prometheus(exporter, { scrape: SCRAPE_S });
});

test.afterAll(async () => { await bench?.end(); });

test("every die of every card reaches Prometheus under the exporter's names", async () => {
  await until("all dies", async () => (await prometheus.number("count(npu_chip_info_power)")) === DIES);
  expect(await prometheus.number("count(up == 1)")).toBe(4 * (48 + 2));
  for (const name of ["overall_utilization", "hbm_used_memory", "hbm_total_memory", "temperature", "aicore_current_freq", "health_status"]) {
    expect(await prometheus.number(`count(npu_chip_info_${name})`), name).toBe(DIES);
  }
  expect(await prometheus.number("sum(machine_card_nums)")).toBe(CARDS);
  expect(await prometheus.number("count(count by (supernode)(npu_chip_info_power))")).toBe(4);
  // Rates need two samples.
  await until("tokens flow", async () => ((await prometheus.number("sum(rate(vllm:generation_tokens_total[30s]))")) ?? 0) > 1000);
  const ttft = await until("latency", () => prometheus.number("histogram_quantile(0.95,sum by (le)(rate(vllm:time_to_first_token_seconds_bucket[30s])))"));
  expect(ttft).toBeGreaterThan(0.01);
});

test("the names that the page probes for are listed", async () => {
  const match = encodeURIComponent('{__name__=~"vllm:.+|npu_chip_info_.+|machine_.+_nums|up"}');
  const names: string[] = (await (await fetch(`${prometheus.url}/api/v1/label/__name__/values?match[]=${match}`)).json() as any).data;
  for (const name of ["up", "vllm:num_requests_running", "vllm:kv_cache_usage_perc", "npu_chip_info_power", "machine_npu_nums"]) {
    expect(names).toContain(name);
  }
});

test("Prometheus serves the app itself, with the types a browser wants", async ({ page }) => {
  const index = await fetch(`${prometheus.url}/user/`);
  expect(index.status).toBe(200);
  const html = await index.text();
  expect(html).toContain("Token Factory Planner");
  // Relative addresses only, or the page would look for them in Prometheus' root.
  for (const [, address] of html.matchAll(/(?:src|href|content)="(\/[^"]*)"/g)) expect(address, "an absolute address").toBe("");
  const wasm = html.match(/name="app-wasm" content="([^"]+)"/)![1];
  // Prometheus answers GET alone.
  const answer = await fetch(new URL(wasm, `${prometheus.url}/user/`));
  await answer.body!.cancel();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/wasm"]);

  const problems: string[] = [];
  page.on("console", (m) => { if (m.type() === "error") problems.push(m.text()); });
  page.on("pageerror", (e) => problems.push(String(e)));
  page.on("response", (r) => { if (r.status() >= 400) problems.push(`${r.status()} ${r.url()}`); });
  await page.goto(`${prometheus.url}/user/`);
  await expect(page.locator("#boot")).toHaveCount(0, { timeout: 60_000 });
  await expect(page.locator("main")).toBeVisible();
  // The API is at the same origin: nothing to allow, no preflight.
  const count = await page.evaluate(async () => {
    const answer = await fetch(`${location.origin}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query: "count(npu_chip_info_power)" }) });
    return (await answer.json()).data.result[0].value[1];
  });
  expect(count).toBe(String(DIES));
  expect(problems).toEqual([]);
});

test("a card that dies keeps its series, but its own time stands still", async () => {
  const one = 'npu_chip_info_power{node="sn-2-node-01",id=~"6|7"}';
  expect(await prometheus.number(`count(${one})`)).toBe(2);
  await exporter.fault("set=dead:sn-2-node-01/3");
  const age = `max(time() - timestamp(${one}))`;
  const other = 'max(time() - timestamp(npu_chip_info_power{node="sn-2-node-01",id="0"}))';
  // One and a half intervals late is what the page takes for silent.
  await until("its samples grow old", async () => ((await prometheus.number(age)) ?? 0) > 3 * SCRAPE_S);
  expect(await prometheus.number(`count(${one})`), "no staleness marker").toBe(2);
  expect(await prometheus.number(other)).toBeLessThan(1.5 * SCRAPE_S + 1);
  await exporter.fault("clear=all");
  await until("it is back", async () => ((await prometheus.number(age)) ?? 99) < 1.5 * SCRAPE_S + 1);
});

test("faults show in the figures", async () => {
  await exporter.fault("set=throttle:sn-3&set=sick:sn-1/5");
  await until("a lower clock", async () => (await prometheus.number('min(npu_chip_info_aicore_current_freq{supernode="sn-3"})')) === 1400);
  await until("bad health", async () => (await prometheus.number("count(npu_chip_info_health_status == 0)")) === 2);
  expect(await prometheus.number("count(npu_chip_info_error_code)")).toBe(2);
  await exporter.fault("clear=all");
});

test("a Prometheus that is killed comes back with its history", async () => {
  test.setTimeout(120_000);
  const power = "sum(npu_chip_info_power)";
  const before = await prometheus.range(power, 120, SCRAPE_S);
  expect(before.length).toBeGreaterThan(4);
  await prometheus.stop("SIGKILL");
  await expect(fetch(`${prometheus.url}/-/ready`)).rejects.toThrow();
  await prometheus.start();
  await until("it scrapes again", async () => {
    const last = (await prometheus.range(power, 30, SCRAPE_S)).at(-1);
    return last !== undefined && last[0] > before.at(-1)![0] + SCRAPE_S;
  });
  const kept = await prometheus.range(power, 180, 1);
  expect(kept[0][0]).toBeLessThanOrEqual(before[1][0]);
});

test("VictoriaMetrics answers the same questions", async () => {
  test.setTimeout(150_000);
  expect(existsSync(VICTORIA), `${VICTORIA} is there (make tools installs it)`).toBe(true);
  const victoria = await bench.victoria(exporter, { scrape: SCRAPE_S });
  // Its newest 30 s are hidden by design.
  await until("all dies", async () => (await victoria.number("count(npu_chip_info_power)")) === DIES, 90_000);
  await until("tokens flow", async () => ((await victoria.number("sum(rate(vllm:generation_tokens_total[30s]))")) ?? 0) > 1000, 60_000);
  expect((await victoria.range("sum(npu_chip_info_power)", 60, 5)).length).toBeGreaterThan(0);
  const names = (await (await fetch(`${victoria.url}/api/v1/label/__name__/values`)).json() as any).data;
  expect(names).toContain("vllm:kv_cache_usage_perc");
  expect((await victoria.query("nothing_of_the_kind"))).toEqual([]);
});
