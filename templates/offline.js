{% load static %}// Shows an honest page when there is no connection. Nothing else is kept: the device may be shared.
const CACHE = "offline-{{ version }}";
const PAGE = "{% url 'offline' %}";
const STYLES = "{% static 'css/site.css' %}";

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, STYLES])).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const old = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(Promise.all([caches.keys().then(old), registration.navigationPreload?.enable()]));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (new URL(request.url).pathname === STYLES) event.respondWith(fetch(request).catch(() => caches.match(STYLES)));
});

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return caches.match(PAGE);
  }
}
