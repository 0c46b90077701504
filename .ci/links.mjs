// Dead links in the docs: every relative link must name a file of the project, every #anchor a heading.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const slug = (heading) => heading.trim().toLowerCase().replace(/[`*]/g, "").replace(/[^\p{L}\p{N} _-]/gu, "").replace(/ /g, "-");
const anchors = (text) => new Set([...text.matchAll(/^#+ (.*)$/gm)].map((m) => slug(m[1])));
let dead = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path, anchor] = target.split("#");
    const to = path ? join(dirname(file), path) : file;
    const ok = existsSync(to) && (!anchor || !to.endsWith(".md") || anchors(readFileSync(to, "utf8")).has(anchor));
    if (!ok) { console.error(`${file}: dead link ${target}`); dead++; }
  }
}
process.exit(dead ? 1 : 0);
