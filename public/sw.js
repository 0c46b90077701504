// Keeps the build for offline use. The build fills in the two values; without them it does nothing.
const version = "VERSION";
const precache = [/* PRECACHE */];
const cacheName = `tfp-${version}`;

self.addEventListener("install", (event) => {
  if (precache.length) event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(precache)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("tfp-") && name !== cacheName) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "activate") self.skipWaiting();
});

// Only the page's own files, and only exact ones: metrics servers are never cached.
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !precache.length) return;
  const scope = new URL(self.registration.scope);
  if (!url.pathname.startsWith(scope.pathname)) return;
  const name = `./${url.pathname.slice(scope.pathname.length)}`.replace("./index.html", "./");
  if (!precache.includes(name)) return;
  event.respondWith((async () => (await (await caches.open(cacheName)).match(name)) ?? fetch(event.request))());
});
