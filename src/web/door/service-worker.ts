// Keeps the page and all that it loads, so that it opens without a network. What it asks the
// service for is never kept here: the page decides itself what it knows.

// The build puts in what the page consists of, and a hash of that.
declare const PRECACHE: readonly string[];
declare const VERSION: string;

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", listener: (event: Extendable) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
}
const scope = globalThis as unknown as Scope;

const PREFIX = "door-";
const NAME = PREFIX + VERSION;
const PAGE = "/door";

scope.addEventListener("install", (event) => {
  event.waitUntil(install());
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(tidyUp());
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const isPage = request.mode === "navigate" && (url.pathname === PAGE || url.pathname.startsWith(`${PAGE}/`));
  if (isPage) event.respondWith(kept(PAGE, request));
  else if (PRECACHE.includes(url.pathname) || url.pathname.startsWith("/assets/")) {
    event.respondWith(kept(url.pathname, request));
  }
});

async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  // Past the browser's own cache, or an old page would be kept under a new name.
  await cache.addAll(PRECACHE.map((path) => new Request(path, { cache: "reload" })));
  // Scans are in the database: nothing is lost where two versions take turns.
  await scope.skipWaiting();
}

/** A page that is open may still load a part of the version before, so that one is kept. */
async function tidyUp(): Promise<void> {
  const older = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(older.slice(0, -1).map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** This version's, then an older one's, then the network's. */
async function kept(path: string, request: Request): Promise<Response> {
  const own = await (await caches.open(NAME)).match(path);
  return own ?? (await caches.match(path)) ?? fetch(request);
}
