// Writes brotli copies beside every file of the build (servers send those) and prints the transfer
// size. Fails when the page, all of it, exceeds its budget.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, extname } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const BUDGET_BYTES = 600_000;
// Fetched only when their view is opened; counted, but shown apart.
const dir = process.argv[2] ?? "dist";
const compressible = new Set([".html", ".js", ".mjs", ".css", ".wasm", ".svg", ".json", ".csv", ".webmanifest"]);

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else if (!name.endsWith(".br")) yield path;
  }
}

let total = 0;
for (const path of files(dir)) {
  const raw = readFileSync(path);
  let sent = raw;
  if (compressible.has(extname(path))) {
    sent = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } });
    writeFileSync(`${path}.br`, sent);
  }
  total += sent.length;
  console.log(`${String(sent.length).padStart(9)} B brotli ${String(raw.length).padStart(9)} B raw  ${path}`);
}
const report = { total_brotli_bytes: total, budget_bytes: BUDGET_BYTES };
console.log(`${String(total).padStart(9)} B brotli in all (budget ${BUDGET_BYTES})`);
writeFileSync(join(dir, "size.json"), JSON.stringify(report));
if (total > BUDGET_BYTES) {
  console.error(`the build exceeds its transfer budget by ${total - BUDGET_BYTES} B`);
  process.exit(1);
}
