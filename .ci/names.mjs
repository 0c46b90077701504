// Short names between the wasm and the script that loads it. They name some 300 functions to each
// other, most with a hash that does not compress: 7 kB in both files together.
//
// The form of a wasm file: a section is an id, a length and its content; a name is a length and
// UTF-8; numbers are LEB128.
const IMPORTS = 2, EXPORTS = 7, FUNCTION = 0;
const leb = (value) => value < 128 ? [value] : [value % 128 + 128, ...leb(Math.floor(value / 128))];

// Both files with numbers for names. What the script reaches in other ways (memory, main) keeps its name.
export function shortNames(wasm, script) {
  const short = new Map();
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const word = () => { const length = number(); return wasm.toString("utf8", at, at += length); };
  const named = (name) => { const bytes = Buffer.from(name); return [...leb(bytes.length), ...bytes]; };
  const renamed = () => {
    const old = word();
    if (/^_*(wb|extern|wasm_bindgen)/.test(old) && !short.has(old)) short.set(old, `_${short.size.toString(36)}`);
    return named(short.get(old) ?? old);
  };
  const out = [wasm.subarray(0, at)];
  while (at < wasm.length) {
    const id = wasm[at++], length = number(), end = at + length;
    let content = wasm.subarray(at, end);
    if (id === IMPORTS || id === EXPORTS) {
      const entries = [];
      const count = number();
      for (let i = 0; i < count; i++) {
        if (id === IMPORTS) entries.push(...named(word()));
        entries.push(...renamed());
        const kind = wasm[at++];
        if (id === IMPORTS && kind !== FUNCTION) throw new Error(`an import of kind ${kind}: only functions are known here`);
        entries.push(kind, ...leb(number()));
      }
      if (at !== end) throw new Error(`section ${id} of the wasm is not as expected`);
      content = Buffer.from([...leb(count), ...entries]);
    }
    at = end;
    out.push(Buffer.from([id, ...leb(content.length)]), content);
  }
  // Longest first: a name may be the beginning of another.
  for (const [old, name] of [...short].sort(([a], [b]) => b.length - a.length)) script = script.replaceAll(old, name);
  return { wasm: Buffer.concat(out), script };
}
