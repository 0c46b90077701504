import type { Page } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { accessible, evaluate, expect, open, run, shot, sideways, test } from "./app";
import { compact, duration, money, number } from "./numbers";

/** Digits and unit of a headline figure, as shown. */
async function figure(page: Page, key: string): Promise<string> {
  const value = page.locator(`[data-figure=${key}] .figure-value`);
  const parts = [await value.locator("span").innerText(), await value.locator("small").innerText()];
  return parts.filter(Boolean).join(" ").replaceAll("\u00a0", " ");
}

const KEYS = ["output", "users", "tpot", "ttft", "cost", "energy"];

async function figures(page: Page): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const key of KEYS) entries.push([key, await figure(page, key)]);
  return Object.fromEntries(entries);
}

/** The same figures from the command line, written as the page writes them. */
function expected(json: any): Record<string, string> {
  const yuan = !json.link.includes("cur=usd");
  const amount = (a: any) => a ? money(yuan ? a.cny : a.usd, yuan ? "¥" : "$") : "unknown";
  const kwh = json.power.kwh_per_million_output;
  return {
    output: compact(json.output_tokens_per_s ?? json.tokens_per_s.output),
    users: compact(json.concurrency),
    tpot: duration(json.tpot_ms),
    ttft: duration(json.ttft_ms.p50),
    cost: amount(json.cost_per_million_tokens?.output),
    energy: kwh == null ? "unknown" : `${number(kwh)} kWh`,
  };
}

const presets: { id: string; link: string }[] = run(["presets", "--json"]).json;

test("every preset shows what the command line says, to the last digit", async ({ page }) => {
  test.setTimeout(180_000);
  expect(presets.length).toBeGreaterThanOrEqual(6);
  await open(page, "#v=1&view=plan");
  for (const { id, link } of presets) {
    const json = evaluate(link);
    // A link typed into the address bar of the open page.
    await page.evaluate((fragment) => { location.hash = fragment; }, link);
    if (json.training) {
      // A training run has other figures: days first.
      await expect(page.locator("[data-figure=days] .figure-value"), id).toContainText(number(json.training.days), { timeout: 20_000 });
      continue;
    }
    await expect.poll(() => figures(page), { message: id, timeout: 20_000 }).toEqual(expected(json));
    // Beyond the digits shown, the very same calculation.
    const shown = Number(await page.locator("[data-figure=output]").getAttribute("data-value"));
    expect(Math.abs(shown / json.tokens_per_s.output - 1), id).toBeLessThan(1e-9);
    const sentence = (await page.locator("h1.sentence").innerText()).replaceAll("\u00a0", " ");
    expect(sentence, id).toContain(`${compact(json.tokens_per_day.output)} a day`);
    expect(sentence, id).toContain(new Intl.NumberFormat("en").format(json.cards));
  }
});

test("a slider moved by keyboard changes the answer, undo takes it back, the link keeps it", async ({ page, context }) => {
  await open(page);
  const before = await figures(page);
  const slider = page.getByRole("slider", { name: /^Super-nodes/ });
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => figure(page, "output")).not.toBe(before.output);
  await expect(page.locator("h1.sentence")).toContainText("1,920");
  await expect(page).toHaveURL(/pods=5/);
  const after = await figures(page);

  await page.getByRole("button", { name: "Share", exact: true }).click();
  const link = await page.locator("#share-link").inputValue();
  await page.keyboard.press("Escape");
  const other = await context.newPage();
  await open(other, link.slice(link.indexOf("#")));
  expect(await figures(other)).toEqual(after);
  await other.close();

  await page.keyboard.press("Control+z");
  await expect.poll(() => figures(page)).toEqual(before);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => figures(page)).toEqual(after);
});

test("the words of the sentence lead to their inputs, its numbers explain themselves", async ({ page }) => {
  await open(page);
  await page.locator("h1.sentence").getByRole("button", { name: "1,536" }).click();
  await expect(page.locator("#pool-0-nodes")).toBeFocused();
  await page.locator("h1.sentence").getByRole("button", { name: "DeepSeek-R1" }).click();
  await expect(page.locator("#pick-model")).toBeFocused();
  for (const key of KEYS) {
    const why = page.locator(`[data-figure=${key}] .panel`);
    await page.locator(`[data-figure=${key}] .term`).click();
    await expect(why.getByRole("heading")).toContainText("why");
    await expect(why).toContainText("80 % band");
    expect(await why.locator("tr").count(), key).toBeGreaterThan(1);
    await page.keyboard.press("Escape");
    await expect(why).toBeHidden();
  }
  // From the explanation to the input, inside a group that was folded.
  await page.locator("#group-money > summary").click();
  await page.locator("[data-figure=cost] .term").click();
  const why = page.locator("[data-figure=cost] .panel");
  await expect(why.getByRole("link").first()).toHaveAttribute("href", /^https?:/);
  await why.getByRole("button", { name: "Change it" }).click();
  await expect(page.locator("#group-money")).toHaveAttribute("open", "");
  await expect(why).toBeHidden();
});

/** Qwen3-30B-A3B as published. */
const QWEN3_MOE = `{
  "architectures": ["Qwen3MoeForCausalLM"], "attention_bias": false, "decoder_sparse_step": 1, "head_dim": 128,
  "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 6144, "max_position_embeddings": 40960,
  "mlp_only_layers": [], "model_type": "qwen3_moe", "moe_intermediate_size": 768, "norm_topk_prob": true,
  "num_attention_heads": 32, "num_experts": 128, "num_experts_per_tok": 8, "num_hidden_layers": 48,
  "num_key_value_heads": 4, "rope_scaling": null, "rope_theta": 1000000.0, "sliding_window": null,
  "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_sliding_window": false, "vocab_size": 151936
}`;

/** The dialog for a config.json, opened from the rail. */
async function importing(page: Page) {
  await page.locator("#group-model").getByRole("button", { name: "Paste a config.json" }).click();
  await expect(page.locator("#import-text")).toBeFocused();
  return page.locator("#import");
}

test("a pasted config.json shows what was read and becomes the model; its link gives the same", async ({ page, context }, info) => {
  const file = info.outputPath("config.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, QWEN3_MOE);
  const report = run(["model", file, "--json"]).json;
  await open(page);
  const before = await figures(page);
  const dialog = await importing(page);
  await dialog.locator("#import-text").fill(QWEN3_MOE);
  const facts = dialog.locator(".import-facts");
  await expect(facts).toContainText(`${number(report.total_params / 1e9)}B`);
  await expect(facts).toContainText(`${number(report.active_params / 1e9)}B`);
  await expect(facts).toContainText(`${number(report.kv_bytes_per_token / 1e3)}\u00a0kB at 16 bit`);
  await expect(facts).toContainText("48: 48 × GQA; 48 × MoE 8 of 128");
  await expect(facts).toContainText("experts BF16");
  await accessible(page);
  await dialog.locator("#import-name").fill("My own 30B");
  await dialog.getByRole("button", { name: "Use this model" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator("#pick-model")).toContainText("My own 30B");
  await expect(page.locator("#pick-model")).toContainText("128");
  await expect(page).toHaveURL(/m=h2048/);
  const link = new URL(page.url()).hash;
  expect(link.length).toBeLessThan(300);
  await expect.poll(() => figures(page)).toEqual(expected(evaluate(link)));
  const after = await figures(page);
  const other = await context.newPage();
  await open(other, link);
  await expect(other.locator("#pick-model")).toContainText("My own 30B");
  expect(await figures(other)).toEqual(after);
  await other.close();
  await page.keyboard.press("Control+z");
  await expect.poll(() => figures(page)).toEqual(before);
});

test("a config.json is opened as a file; an unknown type, or what is left out, is said", async ({ page }) => {
  await open(page);
  const dialog = await importing(page);
  const config = JSON.parse(QWEN3_MOE);
  const put = (text: string) => dialog.locator("input[type=file]").setInputFiles({ name: "config.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await put(JSON.stringify({ model_type: "brand_new", text_config: { ...config, model_type: "brand_new" }, vision_config: { hidden_size: 64 } }));
  await expect(dialog.locator(".notes")).toContainText("brand_new");
  await expect(dialog.locator(".notes")).toContainText("vision tower");
  await dialog.getByRole("button", { name: "Use this model" }).click();
  await expect(page).toHaveURL(/m=h2048/);
});

test("what is no configuration of a text model is refused with the reason, in both languages", async ({ page }) => {
  await open(page);
  const dialog = await importing(page);
  const verdict = dialog.locator("#import-verdict");
  const cases: [string, string, string][] = [
    [QWEN3_MOE.slice(0, 200), "not valid JSON at line 3", "第 3 行"],
    [`{"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12}`, "it is an encoder", "它是编码器"],
    [`{"model_type": "qwen3", "hidden_size": 4096}`, "lacks", "缺少"],
    [`[]`, "must be a JSON object", "须为 JSON 对象"],
  ];
  for (const [text, words] of cases) {
    await dialog.locator("#import-text").fill(text);
    await expect(verdict).toContainText(words);
    await expect(verdict).toContainText("Hugging Face");
    await expect(dialog.getByRole("button", { name: "Use this model" })).toHaveCount(0);
  }
  await accessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "中文" }).click();
  await page.locator("#group-model").getByRole("button", { name: "粘贴 config.json" }).click();
  for (const [text, , words] of cases) {
    await dialog.locator("#import-text").fill(text);
    await expect(verdict).toContainText(words);
  }
  await expect(page).not.toHaveURL(/m=/);
});

test("a model is imported by keyboard alone, from the list of models", async ({ page }) => {
  await open(page);
  await page.locator("#pick-model").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("#pick-model-search")).toBeFocused();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  const tabTo = async (words: string) => {
    for (let i = 0; i < 12 && (await focused()) !== words; i += 1) await page.keyboard.press("Tab");
    expect(await focused()).toBe(words);
  };
  await tabTo("Paste a config.json");
  await page.keyboard.press("Enter");
  await expect(page.locator("#import-text")).toBeFocused();
  await page.keyboard.insertText(QWEN3_MOE);
  await tabTo("Use this model");
  await page.keyboard.press("Enter");
  await expect(page.locator("#import")).toBeHidden();
  await expect(page.locator("#pick-model")).toContainText("Qwen3Moe");
  await expect(page).toHaveURL(/m=h2048/);
});

test("dimensions are edited in any order; what is refused says what is allowed", async ({ page }) => {
  await open(page);
  await page.locator("#group-model").getByRole("button", { name: "Edit dimensions" }).click();
  const dialog = page.locator("#dimensions");
  const whole = dialog.getByRole("group", { name: "Model" });
  const experts = dialog.getByRole("group", { name: "Feed-forward (experts, MoE)" });
  const layers = whole.getByLabel("Layers", { exact: true });
  await expect(layers).toHaveValue("61");
  for (const [typed, words] of [["abc", "Not a number"], ["-5", "Allowed is 1 to 1,024"], ["", "from 1 to 1,024"], ["2.5", "whole number"]]) {
    await layers.fill(typed);
    await layers.press("Enter");
    await expect(whole.locator(".field-error:not(:empty)")).toContainText(words);
    await expect(layers).toHaveValue(typed);
    await expect(layers).toHaveAttribute("aria-invalid", "true");
  }
  await accessible(page);
  await layers.press("Escape");
  await expect(layers).toHaveValue("61");
  await expect(dialog).toBeVisible();
  // The total changes its groups, a group changes the total.
  await layers.fill("30");
  await layers.press("Enter");
  await expect(layers).toBeFocused();
  await expect(experts.getByLabel("Layers", { exact: true })).toHaveValue("27");
  await experts.getByLabel("Layers", { exact: true }).fill("40");
  await experts.getByLabel("Layers", { exact: true }).press("Enter");
  await expect(layers).toHaveValue("43");
  // More per token than there are: refused, and taken once there are enough.
  await experts.getByLabel("Experts per token").fill("300");
  await experts.getByLabel("Experts per token").press("Enter");
  await expect(experts.locator(".field-error:not(:empty)")).toContainText("“Experts per token” must not be more than “Experts” (256)");
  await experts.getByLabel("Experts", { exact: true }).fill("512");
  await experts.getByLabel("Experts", { exact: true }).press("Enter");
  await expect(experts.locator(".field-error:not(:empty)")).toHaveCount(0);
  await expect(page).toHaveURL(/e512\.k300/);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "中文" }).click();
  await page.locator("#group-model").getByRole("button", { name: "编辑维度" }).click();
  await dialog.getByLabel("每 token 专家数").fill("600");
  await dialog.getByLabel("每 token 专家数").press("Enter");
  await expect(dialog.locator(".field-error:not(:empty)")).toContainText("“每 token 专家数”不得大于“专家数”（512）");
});

test("a reloaded preset keeps its name, a changed one its nearest, undo the one before", async ({ page }) => {
  await open(page);
  const preset = page.locator("#pick-preset");
  await preset.click();
  await page.getByRole("option", { name: /One GB200 NVL72/ }).click();
  await expect(preset).toContainText("One GB200 NVL72");
  await expect(page).toHaveURL(/hw=gb200-nvl72/);
  await page.reload();
  await expect(preset).toContainText("One GB200 NVL72");
  await expect(preset).not.toContainText("change");
  await open(page, "#v=1&hw=gb200-nvl72&pods=2&cards=72&m=deepseek-v3.2&cur=usd&region=usa&pue=1.2");
  await page.reload();
  await expect(preset).toContainText("One GB200 NVL72");
  await expect(preset).toContainText("1 change");
  await preset.click();
  await page.getByRole("option", { name: /Wuxi token factory/ }).click();
  await expect(preset).toContainText("Wuxi token factory");
  await page.keyboard.press("Control+z");
  await expect(preset).toContainText("One GB200 NVL72");
  await expect(preset).toContainText("1 change");
});

test("undo works in a field whose value was taken, and leaves its letters alone while they are edited", async ({ page }) => {
  await open(page);
  const field = page.locator("#in-tpot");
  const before = await field.inputValue();
  await field.fill("33");
  await field.press("Enter");
  await expect(page).toHaveURL(/tpot=33/);
  await field.press("Control+z");
  await expect(page).not.toHaveURL(/tpot=/);
  await expect(field).toHaveValue(before);
  await field.press("Control+Shift+z");
  await expect(page).toHaveURL(/tpot=33/);
  await field.fill("44");
  await field.press("Control+z");
  await expect(page).toHaveURL(/tpot=33/);
});

test("requests beyond the model's context are warned of beside the answer, in both languages", async ({ page }) => {
  for (const link of ["#v=1&in=200000", "#v=1&in=1e7"]) {
    await open(page, link);
    const verdict = page.locator(".verdict");
    expect(evaluate(link).notices.find((n: any) => n.code === "context-beyond-model").level).toBe("warning");
    await expect(verdict).toContainText("longer than the model's context of 163,840");
    await expect(verdict).not.toContainText("It fits");
    await expect(page.locator(".notes .warn").first()).toContainText("163,840");
    await page.goto("about:blank");
  }
  await open(page, "#v=1&in=200000");
  await page.getByRole("button", { name: "中文" }).click();
  await expect(page.locator(".verdict")).toContainText("超出模型 163,840 的上下文");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 } });
  test("undo, redo and help are in the bar, undo and redo in the sheet, which Escape closes", async ({ page }) => {
    await open(page);
    const bar = page.locator("header.top");
    for (const name of ["Undo", "Redo", "Keyboard shortcuts"]) await expect(bar.getByRole("button", { name })).toBeVisible();
    await page.getByRole("button", { name: "Inputs" }).click();
    const sheet = page.locator("#inputs");
    await expect(sheet).toBeVisible();
    await sheet.getByRole("slider", { name: /^Super-nodes/ }).focus();
    await page.keyboard.press("ArrowRight");
    await expect(page).toHaveURL(/pods=5/);
    await sheet.getByRole("button", { name: "Undo" }).click();
    await expect(page).not.toHaveURL(/pods=/);
    await page.keyboard.press("Escape");
    await expect(page.locator("#pool-0-nodes")).toBeHidden();
    // From the button that opened it, too; a dialog over it goes first.
    await page.getByRole("button", { name: "Inputs" }).click();
    await page.keyboard.press("Escape");
    await expect(page.locator("#pool-0-nodes")).toBeHidden();
    await page.getByRole("button", { name: "Inputs" }).click();
    await importing(page);
    await page.keyboard.press("Escape");
    await expect(page.locator("#import")).toBeHidden();
    await expect(page.locator("#pool-0-nodes")).toBeVisible();
  });
});

test("what does not fit shows no number, says by how much, and offers what would fit", async ({ page }) => {
  const link = "#v=1&hw=h20&pods=1&cards=8&w=bf16";
  expect(run(["evaluate", link, "--json"]).code).toBe(1);
  await open(page, link);
  await expect(page.locator("h1.sentence")).toContainText("cannot serve");
  await expect(page.locator("[data-figure]")).toHaveCount(0);
  await expect(page.locator(".verdict")).toContainText("does not fit");
  await expect(page.locator(".notes")).toContainText(/GiB a card/);
  await page.locator(".tips").getByRole("button", { name: /^Apply/ }).first().click();
  await expect(page.locator("[data-figure=output]")).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(page.locator("[data-figure]")).toHaveCount(0);
});

test("missed targets, overload and unknown things are said", async ({ page }) => {
  await open(page, "#v=1&tpot=5");
  await expect(page.locator(".verdict")).toContainText("misses a target");
  await expect(page.locator(".notes .bad")).toContainText("No layout decodes within 5 ms per token");
  await open(page, "#v=1&rps=100000");
  await expect(page.locator(".notes")).toContainText("requests/s are offered");
  await open(page, "#v=1&tpot=soon&colour=red");
  await expect(page.locator(".banner")).toContainText("soon");
  await expect(page.locator(".banner")).toContainText("colour");
  await expect.poll(() => figures(page)).toEqual(expected(evaluate("#v=1")));
  // Never a number where there is none.
  for (const [link, name] of [["#v=1&hw=abacus", "abacus"], ["#v=1&m=parrot", "parrot"]]) {
    await page.evaluate((fragment) => { location.hash = fragment; }, link);
    await expect(page.locator(".notes .bad").first()).toContainText(name);
    await expect(page.locator("[data-figure]")).toHaveCount(0);
  }
});

test("garbage in the address gives a notice and the defaults", async ({ page }) => {
  const standard = expected(evaluate("#v=1"));
  for (const junk of ["#v=99&pods=4", "#%%%", "#v=1&pods=-3&in=1e999&hit=NaN", "#v=1&pods=4&pods=7"]) {
    await open(page, junk);
    await expect(page.locator(".banner"), junk).toBeVisible();
    expect(await figures(page), junk).toEqual(standard);
    await page.goto("about:blank");
  }
});

test("the frontier answers to the keyboard, pins a point, and has its table", async ({ page }) => {
  await open(page);
  const chart = page.getByRole("img", { name: /What speed costs/ });
  await chart.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".chart-tip")).toContainText("Batch");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/batch=\d+/);
  await page.getByRole("button", { name: "Let the planner choose again" }).click();
  await expect(page).not.toHaveURL(/batch=/);
  const figure = page.locator("figure.chart").filter({ has: chart });
  await figure.locator("summary").filter({ hasText: "As a table" }).click();
  expect(await figure.getByRole("row").count()).toBeGreaterThan(5);
  // The floor: a card at a time.
  await page.locator(".floor").focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".floor-head .quiet")).toContainText(/Super-node 1 · card/);
});

test("advice is worked out, applied and undone; a question is solved", async ({ page }) => {
  await open(page);
  const before = await figures(page);
  const apply = page.locator(".tips").getByRole("button", { name: /^Apply/ }).first();
  await expect(apply).toBeVisible({ timeout: 45_000 });
  await apply.click();
  await expect.poll(() => figures(page)).not.toEqual(before);
  await page.keyboard.press("Control+z");
  await expect.poll(() => figures(page)).toEqual(before);
  const wanted = page.locator(".solve");
  await wanted.getByRole("textbox").fill("minus two");
  await wanted.getByRole("button", { name: "Solve" }).click();
  await expect(wanted.getByRole("alert")).toContainText("above 0");
  await wanted.getByRole("textbox").fill("100B");
  await wanted.getByRole("button", { name: "Solve" }).click();
  await expect(wanted.locator(".solve-answer")).toContainText(/Super-nodes needed: \d+\. They make \d+\sB output tokens a day/, { timeout: 45_000 });
  await wanted.getByRole("button", { name: "Take it over" }).click();
  await expect(page).toHaveURL(/pods=\d/);
});

test("a training run has days, utilisation, energy and cost", async ({ page }) => {
  await open(page, "#v=1&task=training");
  const json = evaluate("#v=1&task=training");
  await expect(page.locator("[data-figure=days]")).toContainText(number(json.training.days));
  await expect(page.locator(".figures")).toContainText("MFU");
  await expect(page.locator(".figures")).toContainText(money(json.training.cost.cny, "¥").replace(" ", "\u00a0"));
  await expect(page.locator("h1.sentence")).toContainText("train");
});

test("views about serving say of a training run what they can", async ({ page }) => {
  const link = "#v=1&hw=h100-sxm&pods=32&cards=8&m=llama-3.1-70b&task=training&cur=usd&region=usa&pue=1.2";
  for (const view of ["price", "explore", "live"]) {
    await open(page, `${link}&view=${view}`);
    await expect(page.locator(".trains")).toContainText("This scenario trains");
    await expect(page.locator(".trains")).toContainText(/takes .+ days and costs \$.+ per million tokens trained/);
    await expect(page.locator("h1.sentence, .explore-form, .live-tiles")).toHaveCount(0);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  }
  await page.getByRole("button", { name: "Serve this model instead" }).click();
  await expect(page.locator(".live-tiles")).toBeVisible();
});

test("the sentence's day is at the mean load, and says so", async ({ page }) => {
  await open(page, "#v=1");
  await expect(page.locator("h1.sentence")).toContainText(/a day at 65\s%\s?mean load/);
  await open(page, "#v=1&load=1");
  await expect(page.locator("h1.sentence")).not.toContainText("mean load");
});

test.describe("on paper", () => {
  test.use({ colorScheme: "dark" });
  test("dark prints light, with its data and without what is for the screen", async ({ page }) => {
    await open(page, "#v=1");
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const style = (selector: string, property: string) => page.locator(selector).first().evaluate((e, p) => getComputedStyle(e).getPropertyValue(p), property);
    expect(await style("h1.sentence", "color")).toMatch(/^rgb\(\d{1,2}, /);
    expect(await style("body", "background-color")).toMatch(/rgb\(255, 255, 255\)|rgba\(0, 0, 0, 0\)/);
    expect(await style(".band", "print-color-adjust")).toBe("exact");
    await expect(page.locator(".skip-link")).toBeHidden();
  });
});

test("every control is reached with Tab", async ({ page }) => {
  await open(page);
  const total = await page.evaluate(() => {
    const all = document.querySelectorAll("button, a[href], input, select, summary, textarea, [tabindex='0']");
    return [...all].filter((e) => {
      const button = e as HTMLButtonElement;
      const grouped = e instanceof HTMLInputElement && e.type === "radio" && !e.checked;
      return e.checkVisibility({ visibilityProperty: true }) && !button.disabled && !grouped && e.getAttribute("tabindex") !== "-1";
    }).map((e, i) => { e.setAttribute("data-reach", String(i)); return i; }).length;
  });
  expect(total).toBeGreaterThan(40);
  const reached = new Set<string>();
  for (let i = 0; i < total + 20 && reached.size < total; i += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => document.activeElement?.getAttribute("data-reach"));
    if (at) reached.add(at);
  }
  const missed = await page.evaluate((seen) => [...document.querySelectorAll("[data-reach]")]
    .filter((e) => e.isConnected && !seen.includes(e.getAttribute("data-reach")!))
    .map((e) => e.outerHTML.slice(0, 120)), [...reached]);
  expect(missed).toEqual([]);
});

test("a fault in the program gives the crash screen with the scenario's link", async ({ browser }) => {
  const page = await browser.newPage();
  // A browser that refuses an element which the page cannot do without.
  await page.addInitScript(() => {
    const make = Document.prototype.createElement;
    Document.prototype.createElement = function (name: string, options?: ElementCreationOptions) {
      if (name === "main") throw new DOMException("refused", "NotSupportedError");
      return make.call(this, name, options);
    } as typeof make;
  });
  await page.goto("./#v=1&pods=3");
  await expect(page.getByRole("alertdialog")).toContainText("Something broke", { timeout: 30_000 });
  await expect(page.locator(".crash-link")).toHaveValue(/pods=3/);
  await expect(page.getByRole("link", { name: "Reload" })).toBeVisible();
  await page.close();
});

const PLACES = [["desktop", 1440, 1000], ["phone", 390, 844], ["small", 320, 700], ["4k", 3840, 2160]] as const;
for (const [place, width, height] of PLACES) {
  for (const scheme of ["light", "dark"] as const) {
    for (const lang of ["en", "zh"] as const) {
      test.describe(`${place} ${scheme} ${lang}`, () => {
        test.use({ viewport: { width, height }, colorScheme: scheme, locale: lang === "zh" ? "zh-CN" : "en-GB" });
        test("looks right and is accessible", async ({ page }) => {
          await open(page, "#v=1&view=plan");
          await expect(page.locator("[data-figure=output]")).toBeVisible();
          expect(await sideways(page)).toBeLessThanOrEqual(0);
          await accessible(page);
          await shot(page, `plan-${place}-${scheme}-${lang}`);
          if (width < 760) {
            await page.getByRole("button", { name: lang === "zh" ? "参数" : "Inputs" }).click();
            await expect(page.locator("#pool-0-nodes")).toBeVisible();
            await page.waitForTimeout(200);
            await accessible(page);
            await shot(page, `plan-${place}-inputs-${scheme}-${lang}`, false);
          }
        });
      });
    }
  }
}
