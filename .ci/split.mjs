// Cuts the program into pieces: one that starts, and one for each group of views that src/app/shell/pieces.rs
// names, with the script that fetches them. Takes what cargo built with `--cfg split` and relocations.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Without its inliner, for what is called costs less than a copy, once compressed; functions in the order of their
// names, so that like stands by like.
const OPTIMISE = [
  "-Os", "--skip-pass=inlining-optimizing", "--skip-pass=dae-optimizing", "--low-memory-unused", "--remove-exports=*intounderlying*",
  "--remove-unused-module-elements", "--reorder-functions-by-name", "--enable-bulk-memory", "--enable-nontrapping-float-to-int",
  "--enable-sign-ext", "--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue",
];

// Hosts that send wasm as some other type work, as they do for the piece that starts.
function onAnyHost(script) {
  const streaming = "WebAssembly.instantiateStreaming(src, imports)";
  if (!script.includes(streaming)) throw new Error("wasm-split-cli writes another script than is known here");
  return `${script.replaceAll(streaming, "instantiate(await src, imports)")}
    async function instantiate(response, imports) {
      if (!response.ok) throw new Error(\`\${response.status} \${response.url}\`);
      return WebAssembly.instantiate(await response.arrayBuffer(), imports);
    }`;
}

// The starting piece with its script, the script that fetches the others ("./__wasm_split.js" to the
// first), and those by the name under which it asks for them.
export function split(program) {
  const work = mkdtempSync(join(tmpdir(), "tfp-split-"));
  const at = (name) => join(work, name);
  const run = (tool, ...words) => execFileSync(tool, words, { stdio: ["ignore", "ignore", "pipe"] });
  try {
    run("wasm-split-cli", program, at("cut"), "--out-name", "app");
    run("wasm-bindgen", "--target", "web", "--no-typescript", "--keep-lld-exports", "--out-dir", at("bound"), "--out-name", "app", at("cut/app.wasm"));
    const optimised = (from) => {
      run("wasm-opt", ...OPTIMISE, at(from), "-o", at("small.wasm"));
      return readFileSync(at("small.wasm"));
    };
    const names = readdirSync(at("cut")).filter((name) => name.endsWith(".wasm") && name !== "app.wasm").sort();
    return {
      binary: optimised("bound/app_bg.wasm"),
      script: readFileSync(at("bound/app.js"), "utf8"),
      fetching: onAnyHost(readFileSync(at("cut/__wasm_split.js"), "utf8")),
      pieces: new Map(names.map((name) => [name, optimised(`cut/${name}`)])),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
