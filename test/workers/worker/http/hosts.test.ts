// Who the client says it called, and for whom: no reply, no link and no key of a cache is made of it.

import { beforeAll, describe, expect, test, vi } from "vitest";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import {
  callerOf,
  JSON_TYPE,
  newWorld,
  pathOf,
  type Route,
  sampleBody,
  type World,
} from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { EVENT, hold, ORIGIN, textOf, withSettings } from "../../../support/service.ts";

// Each test asks dozens of times.
vi.setConfig({ testTimeout: 60_000 });

const EVIL = "evil.test";
const STATIC = ["/openapi.json", "/docs", "/docs/start.js", "/docs/swagger-ui.css", "/nowhere"];
/** One at a time and all together. */
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
};
/** Each export is in the next one. */
const RECORDS_ITSELF = "/me/export";
let world: World;

beforeAll(async () => {
  world = await newWorld();
  await hold(world.buyer, world.ticketId);
  const headers = { ...JSON_TYPE, authorization: `Bearer ${world.organizer.token}` };
  await ask(ORIGIN, "POST", "/events", { headers, body: JSON.stringify(EVENT) });
});

interface Told {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

async function ask(
  origin: string,
  method: string,
  path: string,
  init: RequestInit = {},
  settings: Partial<Env> = {},
): Promise<Told> {
  const request = new Request(origin + path, { ...init, method, redirect: "manual" });
  const response = await answer(request, withSettings(settings));
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id");
  return { status: response.status, headers, body: await textOf(response) };
}

async function initFor(route: Route, claims: Record<string, string>): Promise<RequestInit> {
  // What one asks for on behalf of oneself is asked by the same person each time, so that the replies can be compared.
  const mayCompare = route.method === "GET" && route.access === "session";
  const caller = mayCompare ? world.buyer : await callerOf(route, world);
  return {
    headers: { ...claims, ...JSON_TYPE, ...(caller === null ? {} : { authorization: `Bearer ${caller.token}` }) },
    ...(route.body === null ? {} : { body: JSON.stringify(sampleBody(route, world)) }),
  };
}

function expectNoTrace({ headers, body }: Told): void {
  expect(JSON.stringify(headers)).not.toMatch(/evil|\bftp\b|:81\b|1\.2\.3\.4/);
  expect(body).not.toMatch(/evil|ftp:|1\.2\.3\.4/);
  for (const [name, value] of headers) {
    if (name === "location") expect(value).toMatch(/^\/(?![/\\])/);
    if (name === "link") expect(value).toMatch(/^<\/(?![/\\])/);
  }
}

describe.each(ROUTES)("$method $path", (route) => {
  test("is the same wherever it is said to be called", async () => {
    const path = route.query === null ? pathOf(route, world) : `${pathOf(route, world)}?limit=1`;
    const usual = await ask(ORIGIN, route.method, path, await initFor(route, {}));
    for (const claims of [CLAIMS, ...Object.entries(CLAIMS).map(([name, value]) => ({ [name]: value }))]) {
      for (const origin of [ORIGIN, `http://${EVIL}:81`]) {
        // Each write makes something of its own; hashing a password takes its time.
        if (route.method !== "GET" && claims !== CLAIMS) continue;
        const told = await ask(origin, route.method, path, await initFor(route, claims));
        expectNoTrace(told);
        if (route.method === "GET" && route.path !== RECORDS_ITSELF) expect(told).toEqual(usual);
        else expect(told.status).toBeLessThan(500);
      }
    }
  });

  test("says no to it with no trace of it", async () => {
    const headers = { ...CLAIMS, ...JSON_TYPE };
    for (const origin of [ORIGIN, `http://${EVIL}:81`]) {
      for (const method of [route.method, "PUT", "OPTIONS"]) {
        const body = method === "GET" || method === "OPTIONS" ? {} : { body: "[" };
        expectNoTrace(await ask(origin, method, pathOf(route, world), { headers, ...body }));
      }
    }
  });
});

test.each(STATIC)("%s is the same wherever it is said to be called", async (path) => {
  const usual = await ask(ORIGIN, "GET", path);
  for (const origin of [ORIGIN, `http://${EVIL}:81`]) {
    const told = await ask(origin, "GET", path, { headers: CLAIMS });
    expect(told).toEqual(usual);
    // The script of the page has many addresses in it.
    if (!path.endsWith(".css")) expectNoTrace(told);
  }
});

test.each(["/events", "/reservations"])("a link to the next page of %s is within this service", async (path) => {
  const headers = { ...CLAIMS, authorization: `Bearer ${world.buyer.token}` };
  for (const asked of [path, `${path}/`, `/x/..${path}`]) {
    const told = await ask(`http://${EVIL}:81`, "GET", `${asked}?limit=1`, { headers });
    const [, link = ""] = told.headers.find(([name]) => name === "link") ?? [];
    expect(link).toMatch(/^<\/\w+\/?\?limit=1&cursor=[\w.-]+>; rel="next"$/);
    expect(link).toMatch(new RegExp(`^<${path}/?[?]`));
  }
});

test.each([
  ...[
    "//evil.test/events",
    "///evil.test",
    "/\\evil.test",
    "/\\\\evil.test/events",
    "/%2f%2fevil.test",
    "/%5cevil.test",
  ],
  ...["//evil.test", "/.//evil.test", "/events/..//evil.test", "/events//evil.test", "/events/%2e%2e//evil.test"],
  ...[
    "/http://evil.test",
    "/events;@evil.test",
    "/@evil.test/",
    "/events%0d%0aLocation:%20//evil.test",
    "/events%00evil.test",
  ],
  ...[
    "/docs//evil.test",
    "/docs/%2f%2fevil.test",
    "/docs/..%2f..%2fevil.test",
    "/docs/%5c%5cevil.test",
    "/docs/http:%2f%2fevil.test",
  ],
])("nothing is at %s, and nobody is sent there", async (path) => {
  for (const method of ["GET", "HEAD", "POST"]) {
    const told = await ask(ORIGIN, method, path, { headers: CLAIMS });
    expect([404, 405]).toContain(told.status);
    if (method !== "POST") expect(told.status).toBe(404);
    expectNoTrace(told);
    expect(told.headers.map(([name]) => name)).not.toContain("location");
  }
});

test("the files of the page are asked for by their names alone", async () => {
  const asked: string[] = [];
  const ASSETS: Fetcher = {
    fetch: (input, init) => {
      const request = new Request(input, init);
      asked.push(JSON.stringify([request.url, request.method, ...request.headers]));
      return Promise.resolve(new Response("a file", { headers: { "content-type": "text/css", "set-cookie": "a=b" } }));
    },
    connect: () => {
      throw new Error("not for this test");
    },
  };
  const cookie = { cookie: "__Host-session=secret" };
  for (const origin of [ORIGIN, `http://${EVIL}:81`]) {
    const told = await ask(
      origin,
      "GET",
      "/docs/swagger-ui.css?evil.test",
      { headers: { ...CLAIMS, ...cookie } },
      { ASSETS },
    );
    expect(told.headers.map(([name]) => name)).not.toContain("set-cookie");
  }
  expect(asked).toHaveLength(2);
  expect(new Set(asked)).toEqual(new Set(['["https://assets.invalid/swagger-ui.css","GET"]']));
});

test("a request repeated with its key is the same request, whatever host it names", async () => {
  const body = JSON.stringify({ ticket: world.ticketId, quantity: 1 });
  const headers = {
    ...JSON_TYPE,
    authorization: `Bearer ${world.buyer.token}`,
    "idempotency-key": "one host or another",
  };
  const first = await ask(ORIGIN, "POST", "/reservations", { headers, body });
  expect(first.status).toBe(201);
  expect(await ask(`http://${EVIL}:81`, "POST", "/reservations", { headers: { ...CLAIMS, ...headers }, body })).toEqual(
    first,
  );
});
