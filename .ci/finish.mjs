// Finishes a release build: the program in pieces, one style sheet, scripts and markup without what only people read, the
// service worker with the list of what to keep for offline use, brotli copies beside every file
// (servers send those). Prints the transfer size and fails when what starts, or all of it, exceeds its budget.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build, transformSync } from "esbuild";
import { shortNames } from "./names.mjs";
import { split } from "./split.mjs";

// What is fetched until the plan stands, and everything. The aim of 600 kB holds for the first and is
// missed for the second (ARCHITECTURE.md, "Size"); this keeps both from growing.
const START_BUDGET_BYTES = 480_000;
const BUDGET_BYTES = 960_000;
const dir = process.argv[2] ?? "dist";
const { target_directory: target } = JSON.parse(execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1"], { encoding: "utf8" }));
const program = join(target, "wasm32-unknown-unknown/release-wasm/app.wasm");
const compressible = new Set([".html", ".js", ".mjs", ".css", ".wasm", ".svg", ".json", ".csv", ".webmanifest"]);

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (!name.endsWith(".br")) yield path;
  }
}

const read = (name) => readFileSync(join(dir, name), "utf8");
const digest = (algorithm, content, encoding) => createHash(algorithm).update(content).digest(encoding);
const small = (text, loader) => transformSync(text, { loader, minify: true, target: "es2022", charset: "utf8" }).code;

// Writes a file under a name that tells its content, as Trunk does, and removes what it was made of.
function replaced(old, stem, ending, content) {
  for (const name of old) for (const path of [name, `${name}.br`]) rmSync(join(dir, path), { force: true });
  const name = stem + digest("sha256", content, "hex").slice(0, 16) + ending;
  writeFileSync(join(dir, name), content);
  return { name, integrity: `sha384-${digest("sha384", content, "base64")}` };
}

// The scripts of the program as one; each names the other.
async function bundled(scripts) {
  const held = {
    name: "held",
    setup(esbuild) {
      esbuild.onResolve({ filter: /.*/ }, ({ path }) => ({ path, namespace: "held" }));
      esbuild.onLoad({ filter: /.*/, namespace: "held" }, ({ path }) => ({ contents: scripts[path], loader: "js" }));
    },
  };
  const { outputFiles: [file] } = await build({ entryPoints: ["./app.js"], bundle: true, format: "esm", minify: true, target: "es2022", charset: "utf8", write: false, logLevel: "error", plugins: [held] });
  return file.text;
}

// Styles, scripts and the wasm: the page names them with their digests, so it is rewritten with them.
async function minify() {
  let page = read("index.html");
  if (page.includes('href="./style-')) return; // done in an earlier run over the same directory
  const sheet = /<link rel="stylesheet" href="\.\/([^"]+)"[^>]*>\s*/g;
  const sheets = [...page.matchAll(sheet)].map(([, name]) => name);
  const styles = replaced(sheets, "style-", ".css", small(sheets.map(read).join("\n"), "css"));
  const link = `<link rel="stylesheet" href="./${styles.name}" integrity="${styles.integrity}">\n`;
  page = page.replace(sheet, () => link).replaceAll(link.repeat(sheets.length), link);

  const put = (old, stem, ending, content) => {
    const file = replaced([old], stem, ending, content);
    page = page.replace(new RegExp(`(${old}"[^>]*integrity=")[^"]*`), `$1${file.integrity}`).replaceAll(old, file.name);
  };
  const find = (pattern) => readdirSync(dir).find((name) => pattern.test(name));
  const [boot, app, wasm] = [/^boot-.*\.js$/, /^app-.*\.js$/, /^app-.*_bg\.wasm$/].map(find);
  const { binary, script, fetching, pieces } = split(program);
  // The first of the standard library's powers of ten for reading numbers.
  const table = Buffer.from("5ad63b92d653f4ee", "hex");
  if ([binary, ...pieces.values()].some((piece) => piece.includes(table))) {
    throw new Error("a .parse() to a float brings 12 kB of tables into the page: use token_factory::decimal::parse");
  }
  const pair = shortNames(binary, script);
  let loader = fetching;
  for (const [name, content] of pieces) {
    const file = replaced([], name.replace(/^split_|\.wasm$/g, "") + "-", ".wasm", content);
    loader = loader.replaceAll(`./${name}`, `./${file.name}`);
  }
  put(boot, "boot-", ".js", small(read(boot), "js"));
  put(wasm, "app-", "_bg.wasm", pair.wasm);
  put(app, "app-", ".js", await bundled({ "./app.js": pair.script, "./__wasm_split.js": loader }));
  writeFileSync(join(dir, "index.html"), page.replace(/<!--.*?-->/gs, "").replace(/\s*\n\s*/g, "\n"));
  writeFileSync(join(dir, "scenario.schema.json"), JSON.stringify(JSON.parse(read("scenario.schema.json"))));
}
await minify();

// The measurements, column by column and without what other columns tell: src/evidence/columns.rs
// reads this form (and CSV, which a development build serves).
function columns(text) {
  const cells = (line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
  const rows = text.trimEnd().split(/\r?\n/).map(cells);
  const [header] = rows;
  const wrong = rows.find((row) => row.length !== header.length);
  if (wrong) throw new Error(`measured.csv: a row that does not fit its columns: ${wrong}`);
  const lines = [`columns ${rows.length - 1}`];
  for (const [i, name] of header.entries()) {
    for (const row of rows) {
      const cell = (name) => row[header.indexOf(name)];
      const [concurrency, output, ttft, tpot, cards] = ["concurrency", "output_tokens", "ttft_ms", "tpot_ms", "cards"].map((name) => parseFloat(cell(name)));
      const throughput = 1000 * concurrency * output / (ttft + tpot * (output - 1)) / cards;
      // A tie is rounded by languages in different ways: it is written out.
      const tie = Math.abs(throughput * 1000 % 1 - 0.5) < 1e-6;
      if (name === "tokens_per_s_per_card" && !tie && throughput.toFixed(3) === row[i]) lines.push("=");
      else if (name === "id") lines.push(row[i].replaceAll(`${cell("input_tokens")}x${cell("output_tokens")}_c${cell("concurrency")}`, "~"));
      else lines.push(row[i]);
    }
  }
  return `${lines.join("\n")}\n`;
}
const measured = join(dir, "measured.csv");
writeFileSync(measured, columns(readFileSync("public/measured.csv", "utf8")));

// The worker's version is a hash over all it keeps: any change of the build is a new version.
const kept = [...files(dir)].filter((path) => !/sw\.js$|size\.json$/.test(path));
const version = createHash("sha256");
for (const path of kept) version.update(path).update(readFileSync(path));
const precache = kept.map((path) => `./${relative(dir, path)}`.replace("./index.html", "./"));
const worker = join(dir, "sw.js");
const template = readFileSync("public/sw.js", "utf8");
writeFileSync(worker, small(template
  .replace('"VERSION"', JSON.stringify(version.digest("hex").slice(0, 16)))
  .replace("[/* PRECACHE */]", JSON.stringify(precache)), "js"));

// What is fetched until the plan stands: pieces of the program come when their views are opened, the
// measurements with theirs, the worker and its like once the page is there.
const starts = /^(index\.html|(boot|app|style)-.*)$/;
let [start, total] = [0, 0];
for (const path of files(dir)) {
  const raw = readFileSync(path);
  let sent = raw;
  if (compressible.has(extname(path))) {
    sent = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } });
    writeFileSync(`${path}.br`, sent);
  }
  total += sent.length;
  if (starts.test(relative(dir, path))) start += sent.length;
  console.log(`${String(sent.length).padStart(9)} B brotli ${String(raw.length).padStart(9)} B raw  ${path}`);
}
const sizes = [["until the plan stands", start, START_BUDGET_BYTES], ["in all", total, BUDGET_BYTES]];
writeFileSync(join(dir, "size.json"), JSON.stringify({
  start_brotli_bytes: start, start_budget_bytes: START_BUDGET_BYTES, total_brotli_bytes: total, budget_bytes: BUDGET_BYTES,
}));
for (const [what, bytes, budget] of sizes) console.log(`${String(bytes).padStart(9)} B brotli ${what} (budget ${budget})`);
for (const [what, bytes, budget] of sizes.filter(([, bytes, budget]) => bytes > budget)) {
  console.error(`the build exceeds its transfer budget ${what} by ${bytes - budget} B`);
  process.exitCode = 1;
}
