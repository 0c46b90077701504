// The Live view with 10,368 cards (27 super-nodes of 384), in Chromium: how smooth the floor is while it
// is polled and walked over, how long an answer takes to be read, and that a day of polling holds memory
// flat. Bounds are generous: they catch what is broken, not a slow machine.
import type { Page } from "@playwright/test";
import { expect, open, test } from "./app";

const LINK = "#v=1&pods=27&view=live";
const CARDS = 27 * 384;
/** Frames that take longer than this are seen as a stutter. */
const SLOW_FRAME_MS = 100;

const sorted = (all: number[]) => [...all].sort((a, b) => a - b);
const at = (all: number[], q: number) => sorted(all)[Math.min(all.length - 1, Math.floor(q * all.length))];
const words = (all: number[]) => `median ${at(all, 0.5).toFixed(1)} ms, p95 ${at(all, 0.95).toFixed(1)} ms, longest ${at(all, 1).toFixed(0)} ms`;

/** Keeps every measure that the page leaves in its timeline. */
async function watch(page: Page) {
  await page.addInitScript(() => {
    const all: Record<string, number[]> = {};
    Object.assign(window, { measures: all });
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) (all[e.name] ??= []).push(e.duration);
    }).observe({ type: "measure", buffered: true });
    // The program's memory: the piece that starts has it, the others use it.
    const keep = ({ exports }: WebAssembly.Instance) => { if (exports.memory) Object.assign(window, { wasm: exports.memory }); };
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...args) => {
      const made = await instantiate.apply(WebAssembly, args);
      keep(made.instance);
      return made;
    };
    const plain = WebAssembly.instantiate as any;
    (WebAssembly as any).instantiate = async (...args: any[]) => {
      const made = await plain.apply(WebAssembly, args);
      keep(made.instance ?? made);
      return made;
    };
  });
}

const measures = (page: Page, name: string): Promise<number[]> => page.evaluate((n) => (window as any).measures[n] ?? [], name);
const memory = (page: Page): Promise<number> => page.evaluate(() => (window as any).wasm?.buffer.byteLength ?? 0);

/** Times between frames for as long as `work` takes. */
async function frames(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const times: number[] = [];
    let last = performance.now();
    const tick = (now: number) => { times.push(now - last); last = now; if ((window as any).counting) requestAnimationFrame(tick); };
    Object.assign(window, { counting: true, frameTimes: times });
    requestAnimationFrame(tick);
  });
  await work();
  return page.evaluate(() => { (window as any).counting = false; return (window as any).frameTimes.slice(1); });
}

test("10,368 cards: frames while polled, hovered and walked over", async ({ page }) => {
  test.setTimeout(180_000);
  await watch(page);
  await page.setViewportSize({ width: 1440, height: 1000 });
  await open(page, LINK);
  await expect(page.getByText(`${CARDS.toLocaleString("en")} of ${CARDS.toLocaleString("en")} cards report`)).toBeVisible({ timeout: 60_000 });
  await page.waitForTimeout(6_000);
  const rest = await frames(page, () => page.waitForTimeout(15_000));
  const box = (await page.locator(".floor").boundingBox())!;
  await page.locator(".floor").focus();
  const walked = await frames(page, async () => {
    for (let i = 0; i < 60; i += 1) await page.keyboard.press(i % 3 ? "ArrowRight" : "ArrowDown");
    for (let i = 0; i < 60; i += 1) await page.mouse.move(box.x + (box.width * i) / 60, box.y + box.height * 0.4);
  });
  console.log(`polled: ${words(rest)}; walked over: ${words(walked)}; a poll taken in: ${words(await measures(page, "live-apply"))}`);
  const slow = rest.filter((t) => t > SLOW_FRAME_MS).length / rest.length;
  console.log(`frames over ${SLOW_FRAME_MS} ms: ${(100 * slow).toFixed(2)} % of ${rest.length}`);
  expect(slow).toBeLessThan(0.05);
  expect(at(walked, 0.95)).toBeLessThan(250);
});

test("10,368 cards: an answer of every die is read", async ({ page }) => {
  test.setTimeout(180_000);
  await watch(page);
  const dies = Array.from({ length: 2 * CARDS }, (_, i) => {
    const [sn, card] = [Math.floor(i / 768), i % 768];
    return { supernode: `sn-${sn + 1}`, node: `sn-${sn + 1}-node-${Math.floor(card / 16)}`, id: String(card % 16), model_name: "Ascend910C", pod_name: `decode-${sn}` };
  });
  let bytes = 0;
  await page.route("http://127.0.0.1:9/**", async (route) => {
    const url = route.request().url();
    const query = new URLSearchParams(route.request().postData() ?? "").get("query") ?? "";
    const now = Date.now() / 1e3;
    const vector = (result: { metric: object; v: number }[]) => ({ resultType: "vector", result: result.map(({ metric, v }) => ({ metric, value: [now, String(v)] })) });
    const all = (v: (i: number) => number) => vector(dies.map((metric, i) => ({ metric, v: v(i) })));
    const only = /supernode=~"([^"]+)"/.exec(query)?.[1].split("|");
    const some = (v: (i: number) => number) => (only ? vector(dies.flatMap((metric, i) => (only.includes(metric.supernode) ? [{ metric, v: v(i) }] : []))) : all(v));
    const groups = [...new Set(dies.map((d) => d.supernode))];
    const data = url.includes("/label/") ? ["npu_chip_info_power", "npu_chip_info_overall_utilization", "npu_chip_info_health_status", "npu_chip_info_temperature"]
      : query.startsWith("count by (supernode,") ? vector(dies.filter((d) => d.id === "0").map(({ supernode, node, model_name }) => ({ metric: { supernode, node, model_name }, v: 16 })))
      : query.includes("label_replace") ? vector(groups.flatMap((supernode) => [{ metric: { supernode, figure: "devices" }, v: 768 }, { metric: { supernode, figure: "power" }, v: 2e5 }]))
      : query.includes("timestamp(") ? some(() => now - 1)
      : query.includes("utilization") ? some((i) => (i * 7) % 100)
      : query.includes("health") ? some(() => 1)
      : query.includes("power") ? some((i) => 200 + (i % 100))
      : query.includes("temperature") ? some((i) => 50 + (i % 9)) : vector([]);
    const body = JSON.stringify({ status: "success", data });
    bytes = Math.max(bytes, body.length);
    await route.fulfill({ headers: { "access-control-allow-origin": "*", "content-type": "application/json" }, body });
  });
  await open(page, LINK);
  await page.getByRole("button", { name: "Connect a cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a cluster" });
  await dialog.getByLabel("Address").fill("http://127.0.0.1:9");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.locator(".live-source")).toContainText("http://127.0.0.1:9", { timeout: 30_000 });
  await expect(page.getByText(`${CARDS.toLocaleString("en")} of ${CARDS.toLocaleString("en")} cards report`)).toBeVisible({ timeout: 60_000 });
  await expect.poll(async () => (await measures(page, "live-apply")).length, { timeout: 60_000 }).toBeGreaterThan(2);
  const [reads, cards, applied] = await Promise.all(["live-read", "live-cards", "live-apply"].map((n) => measures(page, n)));
  const largest = at(reads, 1);
  console.log(`an answer of ${2 * CARDS} series (${(bytes / 1e6).toFixed(1)} MB) read in ${largest.toFixed(0)} ms at most; ${2 * CARDS} dies paired into cards: ${words(cards)}; taken in: ${words(applied)}`);
  expect(largest).toBeLessThan(2_000);
  expect(at(cards, 0.5)).toBeLessThan(2_000);
});

test("a day of simulated polling holds memory flat", async ({ page }) => {
  test.setTimeout(900_000);
  await watch(page);
  await page.clock.install();
  await open(page, "#v=1&view=live");
  await expect(page.getByText("cards report")).toBeVisible({ timeout: 60_000 });
  // The installed clock makes measures do nothing: they are counted here.
  await page.evaluate(() => {
    const counted = globalThis as unknown as { polls: number };
    counted.polls = 0;
    performance.measure = (name: string) => {
      if (name === "live-apply") counted.polls += 1;
      return {} as PerformanceMeasure;
    };
  });
  // A poll after each jump: 1,440 of them, a minute apart, are a day.
  const sizes: number[] = [];
  for (let hour = 0; hour < 24; hour += 1) {
    for (let minute = 0; minute < 60; minute += 1) await page.clock.fastForward(60_000);
    sizes.push(await memory(page));
  }
  console.log(`wasm memory by hour, MB: ${sizes.map((s) => (s / 1e6).toFixed(1)).join(" ")}`);
  expect(await page.evaluate(() => (globalThis as unknown as { polls: number }).polls)).toBeGreaterThan(1_300);
  expect(sizes[0]).toBeGreaterThan(0);
  // From the fifth hour on it still grew by 0 to 1.1 MB of 11.5 in the runs seen; why is not known.
  expect(sizes.at(-1)! / sizes[5]).toBeLessThan(1.2);
});
