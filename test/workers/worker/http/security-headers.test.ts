// What every reply tells browsers and caches, whatever kind of reply it is.

import { beforeAll, describe, expect, test, vi } from "vitest";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import {
  brokenDatabase,
  callerOf,
  JSON_TYPE,
  newWorld,
  pathOf,
  type Route,
  sampleBody,
  type World,
} from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { newPerson, ORIGIN, textOf, withSettings } from "../../../support/service.ts";

// Each test asks dozens of times.
vi.setConfig({ testTimeout: 60_000 });

const ON_EVERY_REPLY = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};
const STATIC = [
  "/openapi.json",
  "/docs",
  "/docs/",
  "/docs/start.js",
  "/docs/swagger-ui.css",
  "/docs/swagger-ui-bundle.js",
];
let world: World;

beforeAll(async () => {
  world = await newWorld();
});

async function ask(
  method: string,
  path: string,
  init: RequestInit = {},
  settings: Partial<Env> = {},
): Promise<Response> {
  const response = await answer(new Request(ORIGIN + path, { ...init, method }), withSettings(settings));
  expectSafe(response);
  return response;
}

function expectSafe({ status, headers }: Response): void {
  expect(Object.fromEntries(headers)).toMatchObject(ON_EVERY_REPLY);
  const policy = (headers.get("content-security-policy") ?? "").split("; ");
  for (const wanted of ["default-src", "base-uri", "form-action", "frame-ancestors"]) {
    expect(policy).toContain(`${wanted} 'none'`);
  }
  const isPage = /^text\/(html|javascript)/.test(headers.get("content-type") ?? "");
  if (isPage) expect(policy.join()).not.toContain("unsafe");
  if (!isPage) expect(policy).toHaveLength(4);
  for (const name of ["server", "x-powered-by", "cf-cache-status", "access-control-allow-credentials"]) {
    expect(headers.has(name), name).toBe(false);
  }
  if (status >= 400) expect(headers.get("cache-control")).toBe("no-store");
}

/** To the route, as somebody who may call it. */
async function askWell(route: Route, settings: Partial<Env> = {}): Promise<Response> {
  const caller = await callerOf(route, world);
  return ask(
    route.method,
    pathOf(route, world),
    {
      headers: { ...JSON_TYPE, ...(caller === null ? {} : { authorization: `Bearer ${caller.token}` }) },
      ...(route.body === null ? {} : { body: JSON.stringify(sampleBody(route, world)) }),
      redirect: "manual",
    },
    settings,
  );
}

describe.each(ROUTES)("$method $path", (route) => {
  test("tells the whole list, and that nothing of it is to be stored beyond what everybody sees, however it is called", async () => {
    const path = pathOf(route, world);
    const replies = [
      await askWell(route),
      await askWell(route, { DB: brokenDatabase() }),
      await ask(route.method, path),
      await ask(route.method, path, { headers: { authorization: `Bearer ${(await newPerson()).token}` } }),
      await ask(route.method, path.replace(/[0-9a-z-]{16,}/, "unknown")),
      await ask(route.method, `${path}?limit=none&cursor=none&x=y`),
      await ask("PUT", path, { body: "x" }),
      ...(route.method === "GET"
        ? [await ask("HEAD", path)]
        : [await ask(route.method, path, { body: "[", headers: JSON_TYPE })]),
    ];
    expect(replies.some(({ status }) => status >= 400)).toBe(true);
    for (const { status, headers } of replies) {
      const isForAll = route.isShared && status === 200;
      expect(headers.get("cache-control")).toMatch(isForAll ? /^public, max-age=[05], must-revalidate$/ : /^no-store$/);
    }
    await ask("OPTIONS", path);
  });
});

test.each(ROUTES.filter(({ method }) => method === "GET"))("$method $path sets no cookie", async (route) => {
  expect((await askWell(route)).headers.has("set-cookie")).toBe(false);
});

describe("faults of the service itself", () => {
  test.each<[what: string, path: string, settings: Partial<Env>, status: number]>([
    ["the database is down", "/events", { DB: brokenDatabase() }, 503],
    ["it is not configured", "/me", { SESSION_SECRET: "" }, 500],
    ["the files of the page can't be had", "/docs/swagger-ui.css", { ASSETS: undefined as unknown as Fetcher }, 500],
  ])("have the whole list as well: %s", async (_what, path, settings, status) => {
    const { token } = await newPerson();
    const reply = await ask("GET", path, { headers: { authorization: `Bearer ${token}` } }, settings);
    expect(reply.status).toBe(status);
  });
});

describe.each([...STATIC, "/docs/favicon-32x32.png"])("%s", (path) => {
  test("tells the whole list, and may be kept by caches", async () => {
    for (const method of ["GET", "HEAD"]) {
      const reply = await ask(method, path);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("cache-control")).toMatch(/max-age=\d+/);
    }
    for (const method of ["POST", "OPTIONS"]) await ask(method, path);
  });
});

test.each(["/", "/nowhere", "/docs/nowhere.js"])("%s is not there, and says so with the whole list", async (path) => {
  for (const method of ["GET", "HEAD"]) expect((await ask(method, path)).status).toBe(404);
  for (const method of ["POST", "OPTIONS"]) await ask(method, path);
});

test("only the page's own policy lets anything in, and nothing written into the page", async () => {
  const policy = (await ask("GET", "/docs")).headers.get("content-security-policy");
  expect(policy).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(await (await ask("GET", "/docs")).text()).not.toMatch(/<style|\sstyle=/);
});

describe("what is for everyone is the same for everyone:", () => {
  const INVENTED: Record<string, string> = {
    ...{ accept: "text/html", "accept-language": "de", "accept-charset": "utf-16", "user-agent": "'\"<script>" },
    ...{ cookie: "a=b; __Host-session=junk; lang=de", origin: "https://evil.test", referer: "https://evil.test/" },
    ...{
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "evil.test",
      "cf-connecting-ip": "1.2.3.4",
    },
    ...{
      "x-real-ip": "1.2.3.4",
      "true-client-ip": "1.2.3.4",
      range: "bytes=0-1",
      "x-request-id": "mine",
    },
    ...{ "if-modified-since": new Date().toUTCString(), "cache-control": "max-age=0", pragma: "no-cache" },
    ...{ "idempotency-key": "k", "content-type": "text/plain", "sec-fetch-site": "cross-site", "x-invented": "1" },
    ...{
      "x-http-method-override": "DELETE",
      "x-method-override": "DELETE",
      "x-original-url": "/me",
      prefer: "return=minimal",
    },
  };
  const PUBLIC = ROUTES.filter(({ method, access }) => method === "GET" && access === "anyone");

  async function seenOf(path: string, headers: Record<string, string>, settings: Partial<Env> = {}): Promise<unknown> {
    const response = await ask("GET", path, { headers }, settings);
    const told = [...response.headers].filter(([name]) => name !== "x-request-id");
    return { status: response.status, told, body: await textOf(response) };
  }

  test("there are such routes", () => {
    expect(PUBLIC.length).toBeGreaterThanOrEqual(4);
  });

  test.each([...PUBLIC.map((route) => route.path), ...STATIC, "/nowhere"])("%s", async (pattern) => {
    const route = PUBLIC.find(({ path }) => path === pattern);
    const path = route === undefined ? pattern : pathOf(route, world);
    for (const [settings, vary] of [
      [{}, "origin"],
      [{ ALLOWED_ORIGINS: "" }, null],
    ] as const) {
      const plain = await seenOf(path, {}, settings);
      expect(await seenOf(path, INVENTED, settings)).toEqual(plain);
      for (const [name, value] of Object.entries(INVENTED))
        expect(await seenOf(path, { [name]: value }, settings)).toEqual(plain);
      const { headers } = await ask("GET", path, { headers: INVENTED }, settings);
      const varies = [route?.isShared ? "authorization, cookie" : null, vary].filter((name) => name !== null);
      expect(headers.get("vary")).toBe(varies.length === 0 ? null : varies.join(", "));
      expect(headers.has("set-cookie")).toBe(false);
    }
  });
});
