// No reply, link or cached copy depends on what a client says of itself, its host or its way.

import { describe, expect, test } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { WITH_MAIL } from "../../../support/links.ts";
import { JSON_TYPE, newWorld, pathOf, type Route, requestTo, respond } from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { call, EVENT, hold, ORIGIN, textOf } from "../../../support/service.ts";

const EVIL = "evil.test";
const EVIL_ORIGIN = `http://${EVIL}:81`;
const CLAIMS: Record<string, string> = {
  host: EVIL,
  forwarded: `for=${EVIL};host=${EVIL};proto=ftp`,
  "x-forwarded-host": EVIL,
  "x-forwarded-proto": "ftp",
  "x-forwarded-for": `${EVIL}, 1.2.3.4`,
  "x-forwarded-port": "81",
  "x-forwarded-prefix": `//${EVIL}`,
  "x-forwarded-server": EVIL,
  "x-host": EVIL,
  "x-original-host": EVIL,
  "x-original-url": `//${EVIL}/admin`,
  "x-rewrite-url": `//${EVIL}/admin`,
  "x-http-host-override": EVIL,
  "x-http-method-override": "DELETE",
  "x-http-method": "DELETE",
  "x-method-override": "DELETE",
  "x-script-name": `/${EVIL}`,
  via: EVIL,
  "cf-worker": EVIL,
  // This one is Cloudflare's own, and the audit log has it.
  "cf-connecting-ip": "192.0.2.9",
  "x-real-ip": "1.2.3.4",
  "true-client-ip": "1.2.3.4",
  accept: "text/html",
  "accept-language": "de",
  "accept-charset": "utf-16",
  "user-agent": "'\"<script>",
  cookie: "a=b; __Host-session=junk; lang=de",
  origin: `https://${EVIL}`,
  referer: `https://${EVIL}/`,
  range: "bytes=0-1",
  "x-request-id": "mine",
  "if-modified-since": new Date().toUTCString(),
  "cache-control": "max-age=0",
  pragma: "no-cache",
  "idempotency-key": "k",
  "content-type": "text/plain",
  "sec-fetch-site": "cross-site",
  "x-invented": "1",
  prefer: "return=minimal",
};
const EACH_CLAIM = Object.entries(CLAIMS).map(([name, value]) => ({ [name]: value }));
const STATIC =
  "/ /my/orders /box-office /door/x/y /assets/icon.svg /openapi.json /docs /docs/ /docs/start.js /docs/swagger-ui.css /docs/swagger-ui-bundle.js /.well-known/pass-keys.json /nowhere";
/** Each export is in the audit log, and so in the next export. */
const RECORDS_ITSELF = "/me/export";
const world = await newWorld();
// Lists have a second page.
await hold(world.buyer, world.ticketId);
await call("POST", "/events", { token: world.organizer.token, body: EVENT });

interface Reply {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

async function ask(origin: string, method: string, path: string, init: RequestInit = {}, settings: Partial<Env> = {}) {
  const response = await respond(method, path, init, settings, origin);
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id" && name !== "date");
  // The seconds that a hold has left grow fewer, and a page has the time of its first reply.
  const text = (await textOf(response))
    .replace(/"expires_in":\d+/g, '"expires_in":…')
    .replace(/"date":"\w{3}, [\w :]+ GMT"/g, '"date":"…"');
  // The ticket types of an event report in any order.
  const body = /^\/events\/\w+\/live/.test(path) ? text.replace(/^(id|data): .*/gm, "$1: …") : withoutTime(text);
  return { status: response.status, headers, body };
}

/** A token that a wallet takes says when it was signed, which changes its signature as well. */
function withoutTime(text: string): string {
  return text.replace(/\/save\/[\w-]+\.([\w-]+)\.[\w-]+/, (_, payload: string) => {
    return `/save/${atob(payload.replaceAll("-", "+").replaceAll("_", "/")).replace(/"iat":\d+/, '"iat":…')}`;
  });
}

/** The same buyer calls the routes about the caller each time, so that replies can be compared. */
async function initFor(route: Route, claims: Record<string, string>): Promise<RequestInit> {
  const init = await requestTo(route, world, claims);
  const isOwn = route.method === "GET" && route.access === "session";
  return isOwn ? { ...init, headers: { ...init.headers, authorization: `Bearer ${world.buyer.token}` } } : init;
}

function expectNoTrace({ headers, body }: Reply): void {
  expect(JSON.stringify(headers)).not.toMatch(/evil|\bftp\b|:81\b|1\.2\.3\.4/);
  expect(body).not.toMatch(/evil|ftp:|1\.2\.3\.4/);
  for (const [name, value] of headers) {
    if (name === "location") expect(value).toMatch(/^\/(?![/\\])/);
    if (name === "link") expect(value).toMatch(/^<\/(?![/\\])/);
  }
}

describe.each(ROUTES)("$method $path", (route) => {
  test("replies the same whatever the headers claim", async () => {
    const path = route.query === null ? pathOf(route, world) : `${pathOf(route, world)}?limit=1`;
    const usual = await ask(ORIGIN, route.method, path, await initFor(route, {}), WITH_MAIL);
    // Every write makes something of its own, and hashing a password takes a quarter of a second.
    const claims = route.method === "GET" ? [CLAIMS, ...EACH_CLAIM] : [CLAIMS];
    // The one header that chooses: a receipt is a page to print as well.
    const isChosen = (claim: Record<string, string>) => "accept" in claim && route.path.endsWith("/receipt");
    for (const origin of [ORIGIN, EVIL_ORIGIN]) {
      for (const claim of claims) {
        const reply = await ask(origin, route.method, path, await initFor(route, claim), WITH_MAIL);
        expectNoTrace(reply);
        if (route.method === "GET" && route.path !== RECORDS_ITSELF && !isChosen(claim)) expect(reply).toEqual(usual);
        else expect(reply.status).toBeLessThan(500);
      }
    }
  });

  test("refuses with no trace of what the headers claim", async () => {
    for (const origin of [ORIGIN, EVIL_ORIGIN]) {
      for (const method of [route.method, "PUT", "OPTIONS"]) {
        const body = method === "GET" || method === "OPTIONS" ? {} : { body: "[" };
        expectNoTrace(
          await ask(origin, method, pathOf(route, world), { headers: { ...CLAIMS, ...JSON_TYPE }, ...body }),
        );
      }
    }
  });
});

describe("what is public is the same for everyone, and caches know it:", () => {
  const PUBLIC = ROUTES.filter(({ method, access }) => method === "GET" && access === "anyone");

  test("there are public routes", () => {
    expect(PUBLIC.length).toBeGreaterThanOrEqual(4);
  });

  test.each([...PUBLIC.map(({ path }) => path), ...STATIC.split(" ")])("%s", async (pattern) => {
    const route = PUBLIC.find(({ path }) => path === pattern);
    const path = route === undefined ? pattern : pathOf(route, world);
    for (const [settings, vary] of [
      [{}, ["origin"]],
      [{ ALLOWED_ORIGINS: "" }, []],
    ] as const) {
      const usual = await ask(ORIGIN, "GET", path, {}, settings);
      const varies = [...(route?.isShared ? ["authorization, cookie"] : []), ...vary].join(", ");
      expect(Object.fromEntries(usual.headers).vary ?? "").toBe(varies);
      for (const headers of [CLAIMS, ...EACH_CLAIM]) {
        const reply = await ask(EVIL_ORIGIN, "GET", path, { headers }, settings);
        expect(reply).toEqual(usual);
        expect(Object.fromEntries(reply.headers)).not.toHaveProperty("set-cookie");
        // Swagger UI's own files have many addresses in them.
        if (!path.startsWith("/docs/swagger")) expectNoTrace(reply);
      }
    }
  });
});

test.each(["/events", "/reservations"])("a link to the next page of %s is within this service", async (path) => {
  const headers = { ...CLAIMS, authorization: `Bearer ${world.buyer.token}` };
  for (const called of [path, `${path}/`, `/x/..${path}`]) {
    const reply = await ask(EVIL_ORIGIN, "GET", `${called}?limit=1`, { headers });
    const { link } = Object.fromEntries(reply.headers);
    expect(link).toMatch(new RegExp(`^<${path}/?\\?limit=1&cursor=[\\w.-]+>; rel="next"$`));
  }
});

const ELSEWHERE = String.raw`//evil.test/events ///evil.test /\evil.test /\\evil.test/events /%2f%2fevil.test /%5cevil.test
  //evil.test /.//evil.test /events/..//evil.test /events//evil.test /events/%2e%2e//evil.test
  /http://evil.test /events;@evil.test /@evil.test/ /events%0d%0aLocation:%20//evil.test /events%00evil.test
  /docs//evil.test /docs/%2f%2fevil.test /docs/..%2f..%2fevil.test /docs/%5c%5cevil.test /docs/http:%2f%2fevil.test
  /assets//evil.test /assets/%2f%2fevil.test /assets/..%2f..%2fevil.test /assets/%5c%5cevil.test /assets/../shop.html`;

test.each(ELSEWHERE.split(/\s+/))("nothing is at %s, and no client is sent elsewhere", async (path) => {
  for (const method of ["GET", "HEAD", "POST"]) {
    const reply = await ask(ORIGIN, method, path, { headers: CLAIMS });
    expect(method === "POST" ? [404, 405] : [404]).toContain(reply.status);
    expectNoTrace(reply);
    expect(Object.fromEntries(reply.headers)).not.toHaveProperty("location");
  }
});

test("the page's files are fetched by name alone, and only their body and type are passed on", async () => {
  const fetched: string[] = [];
  const ASSETS = {
    fetch: (url: URL, init?: RequestInit) => {
      const request = new Request(url, init);
      fetched.push(JSON.stringify([request.url, request.method, ...request.headers]));
      return Promise.resolve(new Response("a file", { headers: { "content-type": "text/css", "set-cookie": "a=b" } }));
    },
  } as unknown as Fetcher;
  for (const origin of [ORIGIN, EVIL_ORIGIN]) {
    const headers = { ...CLAIMS, cookie: "__Host-session=secret" };
    const reply = await ask(origin, "GET", "/docs/swagger-ui.css?evil.test", { headers }, { ASSETS });
    expect(Object.fromEntries(reply.headers)).not.toHaveProperty("set-cookie");
  }
  const wanted = '["https://assets.invalid/docs/swagger-ui.css","GET"]';
  expect(fetched).toEqual([wanted, wanted]);
});

test("a request repeated with its key is the same request, whatever host it names", async () => {
  const body = JSON.stringify({ ticket: world.ticketId, price: world.ticketId, quantity: 1 });
  const authorization = `Bearer ${world.buyer.token}`;
  const headers = { ...JSON_TYPE, authorization, "idempotency-key": "one host or another" };
  const first = await ask(ORIGIN, "POST", "/reservations", { headers, body });
  expect(first.status).toBe(201);
  const again = { headers: { ...CLAIMS, ...headers }, body };
  const replayed = { ...Object.fromEntries(first.headers), "idempotent-replayed": "true" };
  const { headers: replayHeaders, ...replay } = await ask(EVIL_ORIGIN, "POST", "/reservations", again);
  expect({ ...replay, headers: Object.fromEntries(replayHeaders) }).toEqual({ ...first, headers: replayed });
});
