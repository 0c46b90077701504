// The real thing to test against: the factory exporter, Debian's Prometheus and VictoriaMetrics.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PROMETHEUS = "/usr/bin/prometheus";
export const VICTORIA = "/usr/bin/victoria-metrics";

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is good; says what the last one was if it never is. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>, ms = 40_000): Promise<T> {
  const end = Date.now() + ms;
  let last: unknown = "nothing";
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (e) { last = e; }
    await pause(200);
  }
  throw new Error(`${what}: not within ${ms} ms; last: ${String(last)}`);
}

/** A program that is started, killed and started again at the same address. */
class Server {
  private child?: ChildProcess;
  private words = "";

  constructor(readonly name: string, readonly port: number, private command: string, private args: string[], private ready: string) {}

  get url() { return `http://127.0.0.1:${this.port}`; }

  async start(): Promise<this> {
    const child = spawn(this.command, this.args, { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    for (const out of [child.stdout!, child.stderr!]) out.on("data", (d) => { this.words = (this.words + d).slice(-2000); });
    let gone: unknown;
    child.once("error", (e) => { gone = e; });
    child.once("exit", (code, signal) => { gone ??= signal ?? code; });
    await until(`${this.name} at ${this.url}`, async () => {
      if (gone !== undefined) throw new Error(`${this.name} has stopped (${String(gone)}): ${this.words}`);
      return (await fetch(this.url + this.ready, { signal: AbortSignal.timeout(2000) })).ok;
    });
    return this;
  }

  /** Ends the process; "SIGKILL" as a crash would. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    const slow = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(slow);
  }
}

/** The simulated factory with faults to inject. */
export class Exporter extends Server {
  async fault(query: string): Promise<any> {
    const answer = await fetch(`${this.url}/fault?${query}`, { method: "POST" });
    if (!answer.ok) throw new Error(`fault ${query}: ${await answer.text()}`);
    return answer.json();
  }

  async text(path: string): Promise<string> {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.text();
  }
}

/** Anything that speaks Prometheus' HTTP API. */
export class Api extends Server {
  /** Samples of an instant query, by POST as the page asks. */
  async query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const answer = await fetch(`${this.url}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query: expression }) });
    const json: any = await answer.json();
    if (json.status !== "success") throw new Error(`${expression}: ${JSON.stringify(json)}`);
    return json.data.result;
  }

  /** The one number that an expression comes to; undefined = no data. */
  async number(expression: string): Promise<number | undefined> {
    const [sample] = await this.query(expression);
    return sample === undefined ? undefined : Number(sample.value[1]);
  }

  async range(expression: string, seconds: number, step: number): Promise<[number, number][]> {
    const end = Date.now() / 1000;
    const body = new URLSearchParams({ query: expression, start: String(end - seconds), end: String(end), step: String(step) });
    const json: any = await (await fetch(`${this.url}/api/v1/query_range`, { method: "POST", body })).json();
    if (json.status !== "success") throw new Error(`${expression}: ${JSON.stringify(json)}`);
    return (json.data.result[0]?.values ?? []).map(([t, v]: [number, string]) => [t, Number(v)]);
  }
}

/** Starts and ends servers together, with a folder of their own. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "token-factory-"));
  private servers: Server[] = [];

  async exporter(...args: string[]): Promise<Exporter> {
    const port = await freePort();
    const all = ["factory", "--listen", `127.0.0.1:${port}`, ...args];
    return this.run(new Exporter("the exporter", port, "target/debug/tfp", all, "/fault"));
  }

  /** Prometheus that scrapes the exporter and serves `assets` at /user/. */
  async prometheus(exporter: Exporter, { assets = "dist", scrape = 5 } = {}): Promise<Api> {
    const port = await freePort();
    const config = this.config("prometheus.yml", exporter, scrape);
    const all = [
      `--config.file=${config}`, `--storage.tsdb.path=${join(this.folder, `prometheus-${port}`)}`,
      `--web.listen-address=127.0.0.1:${port}`, `--web.user-assets=${assets}`, "--log.level=warn",
    ];
    return this.run(new Api("Prometheus", port, PROMETHEUS, all, "/-/ready"));
  }

  async victoria(exporter: Exporter, { scrape = 5 } = {}): Promise<Api> {
    const port = await freePort();
    const config = this.config("victoria.yml", exporter, scrape);
    const all = [
      `-promscrape.config=${config}`, `-storageDataPath=${join(this.folder, `victoria-${port}`)}`,
      `-httpListenAddr=127.0.0.1:${port}`, "-retentionPeriod=1d", "-memory.allowedBytes=268435456", "-loggerLevel=WARN",
    ];
    return this.run(new Api("VictoriaMetrics", port, VICTORIA, all, "/health"));
  }

  async end(): Promise<void> {
    await Promise.all(this.servers.map((s) => s.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async run<S extends Server>(server: S): Promise<S> {
    this.servers.push(server);
    await server.start();
    return server;
  }

  private config(name: string, exporter: Exporter, scrape: number): string {
    const path = join(this.folder, name);
    writeFileSync(path, `global:
  scrape_interval: ${scrape}s
  scrape_timeout: ${Math.max(1, scrape - 1)}s
scrape_configs:
  - job_name: factory
    http_sd_configs:
      - url: ${exporter.url}/targets
`);
    return path;
  }
}
