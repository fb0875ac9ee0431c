// What every reply tells browsers and caches, whatever kind of reply it is.

import { describe, expect, test } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { brokenDatabase, JSON_TYPE, newWorld, pathOf, requestTo, respond } from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { newPerson } from "../../../support/service.ts";

const ON_EVERY_REPLY = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};
const STATIC =
  "/ /my/orders /box-office /door/x/y /assets/icon.svg /problems /problems/sold-out /openapi.json /docs /docs/ /docs/start.js /docs/swagger-ui.css /docs/swagger-ui-bundle.js /.well-known/pass-keys.json";
const world = await newWorld();

/** The reply, which has the whole list. */
async function ask(method: string, path: string, init: RequestInit = {}, settings: Partial<Env> = {}) {
  const response = await respond(method, path, init, settings);
  const { status, headers } = response;
  expect(Object.fromEntries(headers)).toMatchObject(ON_EVERY_REPLY);
  const scans = /^\/door(\/[^.]*)?(\?.*)?$/.test(path) && status === 200 ? "self" : "";
  expect(headers.get("permissions-policy")).toBe(`camera=(${scans}), geolocation=(), microphone=()`);
  const policy = (headers.get("content-security-policy") ?? "").split("; ");
  for (const wanted of ["default-src", "base-uri", "form-action", "frame-ancestors"]) {
    expect(policy).toContain(`${wanted} 'none'`);
  }
  const isPage = /^text\/(html|javascript)/.test(headers.get("content-type") ?? "");
  if (isPage) expect(policy.join()).not.toContain("unsafe");
  else expect(policy).toHaveLength(4);
  for (const name of ["server", "x-powered-by", "cf-cache-status", "access-control-allow-credentials"]) {
    expect(headers.has(name), name).toBe(false);
  }
  if (status >= 400) expect(headers.get("cache-control")).toBe("no-store");
  return response;
}

describe.each(ROUTES)("$method $path", (route) => {
  test("has the whole list however it is called, and only what everyone sees may be stored", async () => {
    const { method } = route;
    const path = pathOf(route, world);
    const authorization = `Bearer ${(await newPerson()).token}`;
    const replies = [
      await ask(method, path, await requestTo(route, world)),
      await ask(method, path, await requestTo(route, world), { DB: brokenDatabase() }),
      await ask(method, path),
      await ask(method, path, { headers: { authorization } }),
      await ask(method, path.replace(/[0-9a-z-]{16,}/, "unknown")),
      await ask(method, `${path}?limit=none&cursor=none&x=y`),
      await ask("PUT", path, { body: "x" }),
      await (method === "GET" ? ask("HEAD", path) : ask(method, path, { body: "[", headers: JSON_TYPE })),
    ];
    expect(replies.some(({ status }) => status >= 400)).toBe(true);
    for (const { status, headers } of replies) {
      const isForAll = route.isShared && status === 200;
      expect(headers.get("cache-control")).toMatch(
        isForAll ? /^public, max-age=[05], must-revalidate$/ : /^no-store(, no-transform)?$/,
      );
      if (method === "GET") expect(headers.has("set-cookie")).toBe(false);
    }
    await ask("OPTIONS", path);
  });
});

test.each<[what: string, path: string, settings: Partial<Env>, status: number]>([
  ["the database is down", "/events", { DB: brokenDatabase() }, 503],
  ["the service is not configured", "/me", { SESSION_SECRET: "" }, 500],
  ["the page's files are missing", "/docs/swagger-ui.css", { ASSETS: undefined as unknown as Fetcher }, 500],
])("a fault's reply has the whole list: %s", async (_what, path, settings, status) => {
  const headers = { authorization: `Bearer ${(await newPerson()).token}` };
  expect((await ask("GET", path, { headers }, settings)).status).toBe(status);
});

test.each([...STATIC.split(" "), "/docs/favicon-32x32.png"])(
  "%s has the whole list, and may be cached",
  async (path) => {
    for (const method of ["GET", "HEAD"]) {
      const reply = await ask(method, path);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("cache-control")).toMatch(/max-age=\d+/);
    }
    for (const method of ["POST", "OPTIONS"]) await ask(method, path);
  },
);

test.each(["/nowhere", "/problems/nowhere", "/docs/nowhere.js", "/assets/nowhere.js", "/door/nowhere.js"])(
  "%s is not there, and says so with the whole list",
  async (path) => {
    for (const method of ["GET", "HEAD"]) expect((await ask(method, path)).status).toBe(404);
    for (const method of ["POST", "OPTIONS"]) await ask(method, path);
  },
);

test("only the page's own policy lets anything in, and nothing written into the page", async () => {
  const page = await ask("GET", "/docs");
  expect(page.headers.get("content-security-policy")).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(await page.text()).not.toMatch(/<style|\sstyle=/);
});
