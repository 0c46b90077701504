// The Live view: the simulated factory, pasted metrics, every failure in its own words, and the page
// against a real Prometheus.
import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { accessible, expect, open, shot, sideways, test } from "./app";
import { Bench, until, type Api, type Exporter } from "./servers";

const live = (page: Page, key: string) => page.locator(`[data-figure=${key}]`);
const value = async (page: Page, key: string) => Number(await live(page, key).getAttribute("data-value"));

/** Opens the dialog with an address typed in. */
async function connect(page: Page, address: string, button = "Connect") {
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await dialog.getByLabel("Address").fill(address);
  await dialog.getByRole("button", { name: button, exact: true }).click();
  return dialog;
}

test("the simulated factory runs, is marked on every tile, and shows its faults", async ({ page }) => {
  await open(page, "#v=1&view=live");
  await expect(page.locator(".live-bar .tag")).toContainText("Simulated");
  await expect(page.locator(".live-tile .mark.simulated")).toHaveCount(8);
  await expect(page.getByText("1,536 of 1,536 cards report")).toBeVisible();
  expect(await value(page, "decode")).toBeGreaterThan(1000);
  await expect(page.locator(".live-chart-bar")).toContainText("plan at the same load");
  await page.getByRole("button", { name: "a card dies" }).click();
  await page.getByRole("button", { name: "a super-node throttles" }).click();
  await expect(page.getByText("1,535 of 1,536 cards report")).toBeVisible({ timeout: 15_000 });
  await expect(page.locator(".notes")).toContainText("stopped reporting", { timeout: 40_000 });
  // The alert leads to the card, by keyboard too; what happened stands in the chart.
  await page.getByRole("button", { name: "Show the card" }).focus();
  await page.keyboard.press("Enter");
  const card = page.locator("#live-card");
  await expect(card).toBeFocused();
  await expect(card).toContainText("sn-2-node-10/5");
  await expect(card).toContainText("not reporting");
  await card.getByRole("button", { name: "Close" }).click();
  await expect(card).toHaveCount(0);
  // Keyboard on the floor reads a card out.
  await page.locator(".floor").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".card-panel")).toContainText("sn-1");
});

test("what is beyond its threshold is pending at once, and calm weather has no reasons", async ({ page }) => {
  await open(page, "#v=1&view=live");
  await expect(page.getByText("All is well by the rules in force.")).toBeVisible({ timeout: 15_000 });
  await expect(page.getByText("Fewer requests than at capacity")).toHaveCount(0);
  await page.getByRole("button", { name: "KV cache full" }).click();
  await page.getByRole("button", { name: "load spike" }).click();
  await expect(page.locator(".notes .pending").first()).toContainText(/pending, fires in/, { timeout: 30_000 });
  await expect(page.getByText("All is well")).toHaveCount(0);
});

test("no phone scrolls sideways", async ({ page }) => {
  for (const width of [320, 360, 390]) {
    await page.setViewportSize({ width, height: 780 });
    await open(page, "#v=1&view=live");
    await expect(page.getByText("cards report")).toBeVisible();
    expect(await sideways(page), String(width)).toBeLessThanOrEqual(0);
  }
});

test("the simulated factory is the same for the same seed", async ({ page }) => {
  await page.clock.install({ time: new Date("2026-11-27T08:00:00Z") });
  await page.clock.pauseAt(new Date("2026-11-27T08:00:10Z"));
  await page.goto("./#v=1&view=live");
  // The boot screen waits for nothing but the module, so a clock at rest does not hold it up.
  await expect(page.locator(".live-tile").first()).toBeVisible({ timeout: 60_000 });
  const seed = page.getByRole("textbox", { name: "Seed" });
  const with_seed = async (n: string) => {
    await seed.fill(n);
    await seed.press("Tab");
    await expect.poll(() => value(page, "decode")).toBeGreaterThan(0);
    return value(page, "decode");
  };
  const first = await with_seed("11");
  const other = await with_seed("12");
  expect(other).not.toBe(first);
  expect(await with_seed("11")).toBe(first);
  await seed.fill("-3");
  await seed.press("Tab");
  await expect(seed).toHaveValue("11");
});

test("ranges beyond a day show dates", async ({ page }) => {
  await open(page, "#v=1&view=live");
  await expect(page.getByText("cards report")).toBeVisible();
  const chart = page.locator("#live-chart .chart-frame");
  const today = await page.evaluate(() => new Date().toLocaleDateString("en-GB", { day: "numeric", month: "short" }));
  await expect(chart).toHaveAttribute("aria-label", /points/);
  await expect(chart).not.toHaveAttribute("aria-label", new RegExp(today));
  await page.getByRole("radio", { name: "7 d" }).check();
  await expect(chart).toHaveAttribute("aria-label", new RegExp(today));
});

test("what was seen becomes the plan, and undo takes it back", async ({ page }) => {
  await open(page, "#v=1&view=live");
  await expect(page.getByText("cards report")).toBeVisible();
  await page.getByRole("button", { name: "Adopt live workload" }).click();
  await expect(page).toHaveURL(/rps=/);
  await page.keyboard.press("Control+z");
  await expect(page).not.toHaveURL(/rps=/);
});

test("polling rests while the page is hidden", async ({ page }) => {
  let asked = 0;
  await page.route("http://127.0.0.1:9/**", async (route) => {
    asked++;
    const url = route.request().url();
    const headers = { "access-control-allow-origin": "*", "content-type": "application/json" };
    const data = url.includes("/label/") ? ["vllm:num_requests_running"]
      : { resultType: "vector", result: [{ metric: { figure: "running" }, value: [Date.now() / 1e3, "7"] }] };
    await route.fulfill({ headers, body: JSON.stringify({ status: "success", data }) });
  });
  await page.addInitScript(() => {
    let hidden = false;
    Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
    (window as any).hide = (on: boolean) => { hidden = on; };
  });
  await page.clock.install();
  await open(page, "#v=1&view=live");
  await connect(page, "http://127.0.0.1:9");
  await expect.poll(() => value(page, "running")).toBe(7);
  await page.evaluate(() => (window as any).hide(true));
  await page.clock.runFor(12_000);
  const before = asked;
  await page.clock.runFor(60_000);
  expect(asked).toBe(before);
  await page.evaluate(() => (window as any).hide(false));
  await page.clock.runFor(12_000);
  await expect.poll(() => asked).toBeGreaterThan(before);
});

const cors = { "access-control-allow-origin": "*" };
const failures: [string, { status?: number; headers?: Record<string, string>; body?: string } | null, RegExp][] = [
  ["refused port", null, /Nobody answers/],
  ["401", { status: 401, headers: cors, body: "no" }, /wants a sign-in/],
  ["403", { status: 403, headers: cors, body: "no" }, /does not allow it/],
  ["wrong path", { status: 404, headers: cors, body: "404 page not found" }, /no such path/],
  ["422", { status: 422, headers: { ...cors, "content-type": "application/json" }, body: '{"status":"error","errorType":"execution","error":"too many samples"}' }, /could not work the query out.*too many samples/],
  ["503", { status: 503, headers: { ...cors, "content-type": "application/json" }, body: '{"status":"error","errorType":"timeout","error":"query timed out"}' }, /busy.*query timed out/],
  ["html", { status: 200, headers: { ...cors, "content-type": "text/html" }, body: "<html>log in</html>" }, /web page came instead/],
  ["malformed", { status: 200, headers: { ...cors, "content-type": "application/json" }, body: '{"status":"succ' }, /neither Prometheus JSON nor metrics/],
  ["missing CORS", { status: 200, headers: { "access-control-allow-origin": "https://elsewhere.example", "content-type": "application/json" }, body: "{}" }, /does not allow this page to read its answers.*--web\.cors\.origin='http:/s],
  ["huge", { status: 200, headers: { ...cors, "content-type": "application/json" }, body: " ".repeat(65_000_000) }, /larger than/],
  ["nothing known", { status: 200, headers: { ...cors, "content-type": "application/json" }, body: '{"status":"success","data":[]}' }, /no metric that is known/],
];

test("each failure is named in its own words, with what to do", async ({ page: _page, browser }) => {
  test.setTimeout(120_000);
  // Refused requests are errors on the console by nature, so this page is not watched for them.
  const page = await browser.newPage();
  await open(page, "#v=1&view=live");
  const seen = new Set<string>();
  for (const [name, answer, words] of failures) {
    await page.unrouteAll();
    await page.route("http://127.0.0.1:9/**", (route) => (answer ? route.fulfill(answer) : route.abort("connectionrefused")));
    const dialog = await connect(page, "http://127.0.0.1:9", "Test only");
    await expect(dialog.locator(".banner"), name).toContainText(words, { timeout: 20_000 });
    seen.add(await dialog.locator(".banner b").innerText());
    await page.keyboard.press("Escape");
  }
  for (const [typed, words] of [["http://planner.invalid:9090", /own security policy forbids/], ["javascript:alert(1)", /neither http nor https/], ["", /No address/], ["http://host:99999", /port/]] as const) {
    const dialog = await connect(page, typed, "Test only");
    await expect(dialog.locator(".banner")).toContainText(words);
    seen.add(await dialog.locator(".banner b").innerText());
    await page.keyboard.press("Escape");
  }
  expect(seen.size).toBe(failures.length + 4);
  await page.close();
});

test("a token goes to its address alone and is kept nowhere", async ({ page }) => {
  const tokens: (string | null)[] = [];
  await page.route("http://127.0.0.1:9/**", async (route) => {
    tokens.push(await route.request().headerValue("authorization"));
    const headers = { ...cors, "access-control-allow-headers": "authorization", "content-type": "application/json" };
    await route.fulfill({ headers, body: '{"status":"success","data":["vllm:num_requests_running"]}' });
  });
  await open(page, "#v=1&view=live");
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await dialog.getByLabel("Address").fill("http://127.0.0.1:9");
  await dialog.getByRole("radio", { name: "Bearer token" }).check();
  await dialog.getByLabel("Token", { exact: true }).fill("s3cr3t-t0ken");
  await dialog.getByRole("button", { name: "Test only" }).click();
  await expect(dialog.getByText("Found vLLM")).toBeVisible();
  expect(tokens.at(-1)).toBe("Bearer s3cr3t-t0ken");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]));
  expect(kept).not.toContain("s3cr3t");
  // Another address does not inherit it.
  await dialog.getByLabel("Address").fill("http://127.0.0.1:10");
  await expect(dialog.getByLabel("Token", { exact: true })).toHaveValue("");
});

test("an identity is kept for the tab only where that is wanted, and for its own address", async ({ page }) => {
  let asked = 0;
  await page.addInitScript(() => {
    // Remembers what space the page names in its requests.
    const spaces: unknown[] = [];
    Object.assign(window, { spaces });
    window.Request = new Proxy(Request, {
      construct(target, args: [any, any]) {
        if (args[1]?.targetAddressSpace) spaces.push(args[1].targetAddressSpace);
        return Reflect.construct(target, args);
      },
    });
  });
  await page.route("http://127.0.0.1:9/**", async (route) => {
    asked++;
    const headers = { ...cors, "access-control-allow-headers": "authorization", "content-type": "application/json" };
    await route.fulfill({ headers, body: '{"status":"success","data":["vllm:num_requests_running"]}' });
  });
  await open(page, "#v=1&view=live");
  const show = async () => {
    await page.getByRole("button", { name: "Connect a cluster" }).click();
    return page.getByRole("dialog", { name: "Connect a cluster" });
  };
  const kept = () => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  let dialog = await show();
  await dialog.getByLabel("Address").fill("http://127.0.0.1:9");
  await dialog.getByRole("radio", { name: "Bearer token" }).check();
  await dialog.getByLabel("Token", { exact: true }).fill("s3cr3t-t0ken");
  await dialog.getByRole("checkbox", { name: "Keep until this tab closes" }).check();
  await dialog.getByRole("button", { name: "Test only" }).click();
  await expect(dialog.getByText("Found vLLM")).toBeVisible();
  // The page is at this machine and says so, for the browser's permission of local networks.
  expect(new Set(await page.evaluate(() => (window as any).spaces))).toEqual(new Set(["loopback"]));
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).toContain("s3cr3t");
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("s3cr3t");
  await page.reload();
  await expect(page.locator(".live-tile").first()).toBeVisible({ timeout: 30_000 });
  const before = asked;
  dialog = await show();
  await expect(dialog.getByLabel("Address")).toHaveValue("http://127.0.0.1:9");
  await expect(dialog.getByLabel("Token", { exact: true })).toHaveValue("s3cr3t-t0ken");
  expect(asked).toBe(before);
  await dialog.getByLabel("Address").fill("http://127.0.0.1:10");
  await expect(dialog.getByLabel("Token", { exact: true })).toHaveValue("");
  await dialog.getByRole("checkbox", { name: "Keep until this tab closes" }).uncheck();
  expect(await kept()).not.toContain("s3cr3t");
});

test("a link that names a server fills the form in and asks nobody", async ({ page }) => {
  let asked = 0;
  await page.route("http://127.0.0.1:9/**", (route) => { asked++; return route.abort(); });
  await page.addInitScript(() => sessionStorage.setItem("tfp-access", "http://127.0.0.1:9\n\nkept-t0ken\n"));
  await open(page, "#v=1&view=live&api=http%3A%2F%2F127.0.0.1%3A9");
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await expect(dialog).toContainText("A link brought this address.");
  await expect(dialog.getByLabel("Address")).toHaveValue("http://127.0.0.1:9");
  // No identity goes to an address that a stranger chose.
  await dialog.getByRole("radio", { name: "Bearer token" }).check();
  await expect(dialog.getByLabel("Token", { exact: true })).toHaveValue("");
  await page.waitForTimeout(1_000);
  expect(asked).toBe(0);
  await page.keyboard.press("Escape");
  await expect(page.locator(".live-source")).toContainText("Simulated factory");
});

/** A small Prometheus: one engine, four cards, one metric an answer. */
function small(url: string, form: string | null) {
  const query = new URLSearchParams(form ?? "").get("query") ?? "";
  const now = Date.now() / 1e3;
  const vector = (result: [Record<string, string>, number][]) => ({ resultType: "vector", result: result.map(([metric, v]) => ({ metric, value: [now, String(v)] })) });
  const cards = (name: string, v: number) => vector(["0", "1", "2", "3"].map((id) => [{ __name__: name, id, instance: "n1:8082", model_name: "910B3" }, v]));
  const data = url.includes("/label/") ? ["vllm:num_requests_running", "npu_chip_info_power", "npu_chip_info_utilization"]
    : url.includes("/query_range") ? { resultType: "matrix", result: [] }
    : query.includes("label_replace") ? vector([[{ figure: "decode" }, 4321]])
    : query.startsWith("timestamp(") ? cards("", now)
    : query === "npu_chip_info_power" ? cards(query, 300)
    : query === "npu_chip_info_utilization" ? cards(query, 80)
    : vector([]);
  return { headers: { ...cors, "content-type": "application/json" }, body: JSON.stringify({ status: "success", data }) };
}

test("the last good data stays while a server fails; a page opened anew asks no server", async ({ page: _page, browser }) => {
  const page = await browser.newPage();
  let asked = 0;
  let down = false;
  await page.route("http://127.0.0.1:9/**", (route) => {
    asked++;
    return down ? route.abort("connectionrefused") : route.fulfill(small(route.request().url(), route.request().postData()));
  });
  await open(page, "#v=1&view=live");
  await connect(page, "http://127.0.0.1:9");
  await expect.poll(() => value(page, "decode")).toBe(4321);
  await expect(page.getByText("4 of 4 cards report")).toBeVisible();
  down = true;
  await expect(page.locator(".live-trouble")).toContainText("Nobody answers", { timeout: 30_000 });
  expect(await value(page, "decode")).toBe(4321);
  down = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".live-trouble")).toHaveCount(0, { timeout: 20_000 });
  await page.reload();
  await expect(page.locator(".live-source")).toContainText("Simulated factory", { timeout: 30_000 });
  const before = asked;
  await page.waitForTimeout(1_000);
  expect(asked).toBe(before);
  await page.close();
});

test("rules are edited; a wrong value and a broken session file are refused in words", async ({ page }) => {
  await open(page, "#v=1&view=live");
  await expect(page.getByText("cards report")).toBeVisible();
  await page.getByRole("button", { name: "Edit the rules" }).click();
  const rules = page.getByRole("dialog", { name: "Edit the rules" });
  const kv = rules.getByRole("textbox", { name: "KV cache, fullest engine" });
  await kv.fill("lots");
  await kv.press("Tab");
  await expect(rules.getByRole("alert")).toContainText("Enter a number");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await dialog.getByRole("radio", { name: "Recorded session" }).check();
  await dialog.locator("input[type=file]").setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{]") });
  await expect(dialog.getByRole("alert")).not.toBeEmpty();
});

test("pasted metrics are read; a second reading makes rates", async ({ page }) => {
  const text = (tokens: number) => `# TYPE vllm:generation_tokens counter
vllm:generation_tokens_total{model_name="m",engine="0"} ${tokens}
vllm:num_requests_running{model_name="m",engine="0"} 12
vllm:kv_cache_usage_perc{model_name="m",engine="0"} 0.25
this line is broken
`;
  await page.clock.install();
  await open(page, "#v=1&view=live");
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await dialog.getByRole("radio", { name: "Paste metrics" }).check();
  await dialog.getByRole("textbox").fill(text(1000));
  await dialog.getByRole("button", { name: "Read" }).click();
  await expect.poll(() => value(page, "running")).toBe(12);
  await expect(live(page, "decode")).toContainText("unknown");
  await page.clock.runFor(10_000);
  await dialog.getByRole("textbox").fill(text(6000));
  await dialog.getByRole("button", { name: "Read" }).click();
  await expect.poll(() => value(page, "decode")).toBeGreaterThan(100);
});

test("pasted text has words of its own, is not said to be polled, and adopting nothing says so", async ({ page }) => {
  await open(page, "#v=1&view=live");
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await dialog.getByRole("radio", { name: "Paste metrics" }).check();
  for (const [text, words] of [["hello", "no line of metrics"], ["<html>", "is a web page"], ["a_metric 1\n", "none that is known here"]]) {
    await dialog.getByRole("textbox").fill(text);
    await dialog.getByRole("button", { name: "Read" }).click();
    await expect(dialog.locator(".banner")).toContainText(words);
    await expect(dialog.locator(".banner")).not.toContainText("server answers");
  }
  await dialog.getByRole("textbox").fill('DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-1",modelName="NVIDIA L4",Hostname="h"} 28.3\nDCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",modelName="NVIDIA L4",Hostname="h"} 0\n');
  await dialog.getByRole("button", { name: "Read" }).click();
  await expect(dialog.locator(".good")).toContainText("Found");
  await page.keyboard.press("Escape");
  await expect(page.locator(".live-age")).toContainText("pasted");
  await expect(page.locator(".live-age")).not.toContainText("every");
  await expect(page.getByText("All is well")).toHaveCount(0);
  await expect(page.getByText(/rules can be judged; not known/)).toBeVisible();
  await dialog.waitFor({ state: "hidden" });
  // A text that tells nothing to adopt.
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  await dialog.getByRole("radio", { name: "Paste metrics" }).check();
  await dialog.getByRole("textbox").fill("vllm:num_requests_running 12\n");
  await dialog.getByRole("button", { name: "Read" }).click();
  await expect.poll(() => value(page, "running")).toBe(12);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Adopt live workload" }).click();
  await expect(page.locator(".live-told")).toContainText("Nothing to adopt");
  await expect(page).toHaveURL(/view=live/);
});

test("a session is saved and played again", async ({ page }) => {
  await open(page, "#v=1&view=live");
  await expect(page.getByText("cards report")).toBeVisible();
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save session" }).click()]);
  const path = (await saved.path())!;
  expect(readFileSync(path, "utf8")).toContain("token-factory-session");
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await dialog.getByRole("radio", { name: "Recorded session" }).check();
  await dialog.locator("input[type=file]").setInputFiles(path);
  await expect(page.locator(".live-bar .tag")).toContainText("Recorded");
});

test.describe("with real servers", () => {
  let bench: Bench;
  let exporter: Exporter;

  test.beforeAll(async () => {
    test.setTimeout(60_000);
    bench = new Bench();
    exporter = await bench.exporter("--link", "#v=1");
  });
  test.afterAll(async () => { await bench?.end(); });

  for (const kind of ["Prometheus", "VictoriaMetrics"] as const) {
    test(`${kind}: connect, floor, flow, plan against actual; killed and back`, async ({ page: _page, browser }) => {
      test.setTimeout(240_000);
      const server: Api = await (kind === "Prometheus" ? bench.prometheus(exporter, { scrape: 2 }) : bench.victoria(exporter, { scrape: 2 }));
      await until("all dies", async () => (await server.number("count(npu_chip_info_power)")) === 2 * 4 * 384, 90_000);
      const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
      const queries: string[] = [];
      page.on("request", (r) => { if (r.url().endsWith("/query")) queries.push(new URLSearchParams(r.postData() ?? "").get("query") ?? ""); });
      await open(page, "#v=1&view=live");
      await connect(page, server.url);
      await expect(page.locator(".live-source")).toContainText(server.url);
      await expect(page.getByText("1,536 of 1,536 cards report")).toBeVisible({ timeout: 60_000 });
      await expect.poll(() => value(page, "decode"), { timeout: 90_000 }).toBeGreaterThan(1000);
      await expect(page.locator(".live-tile .mark.simulated")).toHaveCount(0);
      await expect(page.locator(".actual tbody tr").first()).toContainText("Output tokens/s");
      if (kind === "Prometheus") {
        await shot(page, "live-prometheus");
        // Its unknown paths carry no CORS: all that a page sees is that it may not read the answer.
        const dialog = await connect(page, `${server.url}/nothing`, "Test only");
        await expect(dialog.locator(".banner")).toContainText("check that the path leads to the API", { timeout: 20_000 });
        await page.keyboard.press("Escape");
      }

      // All that is in sight by what colours it; the other metrics of one super-node in turn.
      queries.length = 0;
      const of = (metric: string) => queries.find((q) => q.startsWith("max by") && q.includes(metric));
      await expect.poll(() => of("hbm_total_memory"), { timeout: 30_000 }).toMatch(/\{supernode=~"sn-\d"\}/);
      expect(of("npu_chip_info_overall_utilization")).not.toContain("supernode=~");
      expect(queries.some((q) => q.includes("sum by (supernode)"))).toBe(true);
      // Out of sight: sums, and that one super-node alone.
      await page.setViewportSize({ width: 1440, height: 500 });
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      await page.waitForTimeout(500);
      queries.length = 0;
      await expect.poll(() => of("npu_chip_info_overall_utilization"), { timeout: 30_000 }).toMatch(/\{supernode=~"sn-\d"\}/);
      await page.evaluate(() => scrollTo(0, 0));

      // A card's own page has its past from the server.
      await page.locator(".floor").focus();
      await page.keyboard.press("ArrowRight");
      await expect(page.locator("#live-card")).toContainText("sn-1");
      await page.locator("#live-card").getByText("As a table").click();
      await expect.poll(() => page.locator("#live-card tbody tr").count(), { timeout: 20_000 }).toBeGreaterThan(0);
      // Times as the reader's clock shows them, not as seconds since 1970.
      await expect(page.locator("#live-card tbody td").nth(1)).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);

      await server.stop("SIGKILL");
      await expect(page.locator(".live-trouble")).toContainText("Nobody answers", { timeout: 60_000 });
      // What was seen stays.
      expect(await value(page, "decode")).toBeGreaterThan(1000);
      await server.start();
      await page.getByRole("button", { name: "Try again" }).click();
      await expect(page.locator(".live-trouble")).toHaveCount(0, { timeout: 60_000 });
      expect(page.url()).not.toContain(String(server.port));
      await page.close();
    });
  }
});

for (const look of [
  { name: "dark", scheme: "dark", locale: "en-GB", width: 1440 },
  { name: "light-zh", scheme: "light", locale: "zh-CN", width: 1440 },
  { name: "phone", scheme: "light", locale: "en-GB", width: 390 },
  { name: "phone-dark-zh", scheme: "dark", locale: "zh-CN", width: 320 },
] as const) {
  test.describe(look.name, () => {
    test.use({ colorScheme: look.scheme, locale: look.locale, viewport: { width: look.width, height: 1000 } });
    test("accessible, within the window", async ({ page }) => {
      await open(page, "#v=1&view=live");
      await expect(page.locator(".live-tile").first()).toBeVisible();
      await expect(page.locator(".floor")).toBeVisible();
      await shot(page, `live-${look.name}`);
      expect(await sideways(page)).toBeLessThanOrEqual(0);
      await accessible(page);
    });
  });
}
