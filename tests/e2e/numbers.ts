// Numbers as the page writes them in English (src/app/format.rs), for comparing with the command line.
const intl = (v: number, options: Intl.NumberFormatOptions) => new Intl.NumberFormat("en", options).format(v).replace("-", "−");

export const number = (v: number) => Math.abs(v) >= 100
  ? intl(v, { minimumFractionDigits: 0, maximumFractionDigits: 0 })
  : intl(v, { minimumSignificantDigits: 1, maximumSignificantDigits: 3 });

const SCALES: [number, number, string][] = [[0.9995e12, 1e12, "T"], [0.9995e9, 1e9, "B"], [0.9995e6, 1e6, "M"], [1e4, 1e3, "k"]];
const scaleOf = (v: number): [number, string] => {
  const found = SCALES.find(([from]) => Math.abs(v) >= from);
  return found ? [found[1], found[2]] : [1, ""];
};
const spaced = (digits: string, unit: string) => unit ? `${digits} ${unit}` : digits;

export function compact(v: number): string {
  const [by, suffix] = scaleOf(v);
  return spaced(number(v / by), suffix);
}

export function duration(ms: number): string {
  const [v, unit] = ms < 1 ? [ms * 1e3, "µs"] : ms < 1e3 ? [ms, "ms"] : ms < 120e3 ? [ms / 1e3, "s"] : ms < 7_200e3 ? [ms / 60e3, "min"] : [ms / 3_600e3, "h"];
  return spaced(number(v as number), unit as string);
}

export function money(v: number, sign: string): string {
  const [by, suffix] = scaleOf(v);
  const scaled = v / by;
  const size = Math.abs(scaled);
  const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.01 || size < 5e-7 ? 2 : undefined;
  const digits = decimals === undefined ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return sign + spaced(intl(size, digits), suffix);
}
