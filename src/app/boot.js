// Starts the app: sets theme and language before the first paint, loads the wasm with progress,
// and says what went wrong if it does not start. No framework: this must work when nothing else does.
const memory = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

const theme = memory("tfp.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
else if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";

const chinese = (memory("tfp.locale") ?? navigator.language ?? "").startsWith("zh");
if (chinese) {
  document.documentElement.lang = "zh-Hans";
  for (const el of document.querySelectorAll("[data-zh]")) el.textContent = el.dataset.zh;
}

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
const status = document.getElementById("boot-status");
const progress = document.getElementById("boot-progress");

function fail(error) {
  progress?.remove();
  if (!status) return;
  status.className = "boot-error";
  status.setAttribute("role", "alert");
  const old = typeof WebAssembly !== "object";
  status.textContent = chinese
    ? (old ? "此浏览器不支持 WebAssembly，请使用近两年的 Chrome、Edge、Firefox 或 Safari。" : `应用未能启动：${error}\n请刷新页面。方案保存在地址栏的链接中，不会丢失。`)
    : (old ? "This browser has no WebAssembly. Use Chrome, Edge, Firefox or Safari of the last two years." : `The app could not start: ${error}\nReload the page. Your scenario is in the address and is not lost.`);
}

// The crash screen, when the program has trapped: what broke, and the scenario's link to copy. Plain
// DOM and not the program's, for that is frozen. It leaves the link in `data-link` of the root.
let crashed = false;
function crash(error) {
  if (!(error instanceof WebAssembly.RuntimeError) || crashed) return;
  crashed = true;
  const zh = document.documentElement.lang.startsWith("zh");
  const make = (tag, name, text, attributes = {}) => {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const address = new URL(location);
  address.hash = document.documentElement.dataset.link || location.hash;
  const link = make("textarea", "crash-link", address.href, { readonly: "", rows: 3, "aria-label": zh ? "方案链接" : "Link to your scenario" });
  const screen = make("div", "crash", "", { role: "alertdialog", "aria-labelledby": "crash-title" });
  screen.append(
    make("h1", "crash-title", zh ? "程序出错了" : "Something broke", { id: "crash-title" }),
    make("p", "", zh ? "程序出现故障，页面已停止。没有任何数据被发送。下面的链接保存了你的方案：请先复制，再重新加载页面。"
      : "The page stopped because of a fault in the program. Nothing was sent anywhere. This link holds your scenario: copy it, then reload."),
    link,
    make("a", "btn main", zh ? "重新加载" : "Reload", { href: "" }),
    make("pre", "crash-error", error.stack || String(error)),
  );
  document.body.append(screen);
  link.focus();
  link.select();
}
addEventListener("error", (event) => crash(event.error));
addEventListener("unhandledrejection", (event) => crash(event.reason));

// Counts the bytes as they stream in, so that the bar moves on slow links.
function counted(response) {
  const total = Number(response.headers.get("content-length"));
  // A compressed answer's length is not that of the bytes that arrive: leave the bar indeterminate.
  if (!total || response.headers.get("content-encoding") || !response.body) return response;
  let seen = 0;
  const counter = new TransformStream({
    transform(chunk, out) { seen += chunk.byteLength; if (progress) progress.value = Math.min(1, seen / total); out.enqueue(chunk); },
  });
  return new Response(response.body.pipeThrough(counter), { headers: response.headers });
}

try {
  const wasmUrl = new URL(meta("app-wasm"), document.baseURI);
  const [app, response] = await Promise.all([
    import(new URL(meta("app-js"), document.baseURI)),
    fetch(wasmUrl, { credentials: "same-origin" }),
  ]);
  if (!response.ok) throw new Error(`${response.status} ${wasmUrl.pathname}`);
  await app.default({ module_or_path: counted(response) });
} catch (error) {
  console.error(error);
  crash(error);
  if (!crashed) fail(error instanceof Error ? error.message : String(error));
}

// Offline: only a finished build has a worker with a list (a development build's is inert).
if ("serviceWorker" in navigator && isSecureContext) {
  try {
    const worker = new URL("sw.js", document.baseURI);
    const registration = await navigator.serviceWorker.register(worker);
    const offer = (waiting) => {
      const bar = document.createElement("div");
      bar.className = "update-bar";
      bar.setAttribute("role", "status");
      const zh = document.documentElement.lang.startsWith("zh");
      bar.append(zh ? "新版本已就绪。" : "A newer version is ready. ");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = zh ? "重新加载" : "Reload";
      button.onclick = () => {
        navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
        waiting.postMessage("activate");
      };
      bar.append(button);
      document.body.append(bar);
    };
    if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const next = registration.installing;
      next?.addEventListener("statechange", () => {
        if (next.state === "installed" && navigator.serviceWorker.controller) offer(next);
      });
    });
  } catch (error) {
    // A host without the worker (or a private window) still has a working page.
    console.info(`offline use is off: ${error}`);
  }
}
