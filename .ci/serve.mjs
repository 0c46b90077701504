// Serves the build on the loopback interface: brotli copies, right types, no caching of index.html.
import { createServer } from "node:http";
import sirv from "sirv";

const dir = process.argv[2] ?? "dist";
const port = Number(process.argv[3] ?? 8080);
const serve = sirv(dir, {
  brotli: true, etag: true, maxAge: 31536000, immutable: true,
  setHeaders(res, path) {
    // Only hashed names may be kept for ever.
    if (!/-[0-9a-f]{16}[._]/.test(path)) res.setHeader("Cache-Control", "no-cache");
    res.setHeader("X-Content-Type-Options", "nosniff");
    res.setHeader("Content-Security-Policy", "frame-ancestors 'none'");
  },
});
createServer((req, res) => serve(req, res, () => { res.statusCode = 404; res.end("not found"); }))
  .listen(port, "127.0.0.1", function () {
    console.log(`Token Factory Planner: http://127.0.0.1:${this.address().port}/`);
  });
