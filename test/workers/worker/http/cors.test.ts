// Pages of other origins: those on the operator's list may call, with a token, and no others.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { brokenDatabase, credentialsFor, newWorld, pathOf, respond } from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { call, newPerson } from "../../../support/service.ts";

const SHOP = "https://shop.test";
const LISTED = [SHOP, "https://kiosk.test"];
const READABLE = {
  "access-control-allow-origin": SHOP,
  "access-control-expose-headers": "date, etag, idempotent-replayed, link, location, retry-after, x-request-id",
};
const world = await newWorld();

function get(headers: Record<string, string>, settings: Partial<Env> = {}): Promise<Response> {
  return respond("GET", "/events", { headers }, settings);
}

function preflight(path: string, origin: string, method = "POST", settings: Partial<Env> = {}): Promise<Response> {
  const asked = { "access-control-request-method": method, "access-control-request-headers": "x-evil, cookie, *" };
  return respond("OPTIONS", path, { headers: { origin, ...asked } }, settings);
}

function corsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
}

describe.each(ROUTES)("$method $path", (route) => {
  test("may be called by a listed page, which may read every reply, refusals and faults included", async () => {
    const { method } = route;
    const path = pathOf(route, world);
    // A receipt is a page to print as well.
    const isPage = path.endsWith("/receipt");
    const { token } = await credentialsFor(route, world);
    const [stranger, caller] = [{ origin: SHOP }, { origin: SHOP, authorization: `Bearer ${token}` }];
    const broken = { DB: brokenDatabase(), TICKET_TYPES: undefined } as unknown as Partial<Env>;
    for (const reply of [
      await respond(method, path, { headers: stranger }),
      await respond(method, path, { headers: caller }),
      await respond("PUT", path, { headers: stranger }),
      await respond(method, path.replace(/[0-9a-z-]{16,}/, "unknown"), { headers: stranger }),
      await respond(method, path, { headers: caller }, broken),
    ]) {
      expect(corsOf(reply)).toEqual(READABLE);
      expect(reply.headers.get("vary")).toMatch(isPage ? /^(accept, )?origin$/ : /^(authorization, cookie, )?origin$/);
    }
  });

  test("answers a preflight with its methods, whatever that asks for, for two hours", async () => {
    const declared = ROUTES.filter(({ path }) => path === route.path).map(({ method }) => method);
    for (const asked of [route.method, "PUT", "TRACE", "*", "GET, DELETE"]) {
      const reply = await preflight(pathOf(route, world), SHOP, asked);
      const { "access-control-allow-methods": methods = "", ...rest } = corsOf(reply);
      expect(reply.status).toBe(204);
      expect(new Set(methods.split(", "))).toEqual(new Set(declared));
      expect(rest).toEqual({
        "access-control-allow-origin": SHOP,
        "access-control-allow-headers":
          "authorization, baggage, content-type, idempotency-key, if-match, if-none-match, last-event-id, sentry-trace, traceparent, tracestate",
        "access-control-max-age": "7200",
      });
    }
  });
});

test("a listed page works with a token, and never with the cookie", async () => {
  const { token, username } = await newPerson();
  const answer = await call("GET", "/me", { token, headers: { origin: SHOP } });
  expect(answer.body.username).toBe(username);
  expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  const cookie = { origin: SHOP, cookie: `__Host-session=${token}`, "sec-fetch-site": "cross-site" };
  expect((await call("POST", "/api-auth/logout", { headers: cookie })).status).toBe(403);
});

test.each(LISTED)("each listed origin is let in: %s", async (origin) => {
  expect(corsOf(await get({ origin }))).toEqual({ ...READABLE, "access-control-allow-origin": origin });
});

test.each([
  ...["", "null", "*", "file://", "shop.test", "//shop.test", "https://evil.test", "http://shop.test"],
  ...["https://shop.test.evil.test", "https://evilshop.test", "https://www.shop.test", "https://shop.tes"],
  ...["https://shop.test/", "https://shop.test:443", "https://shop.test:8443", "https://shop.test%00"],
  ...["https://SHOP.TEST", "https://SHOP.test", "HTTPS://shop.test", "https://shop_test"],
  ...["https://shop.test@evil.test", "https://evil.test/https://shop.test"],
  ...["https://shop.test ,https://kiosk.test", "https://shop.test, https://kiosk.test"],
])("%j is not listed: neither a reply nor a preflight has a header for it", async (origin) => {
  const reply = await get({ origin });
  expect(reply.headers.get("vary")).toBe("authorization, cookie, origin");
  expect(corsOf(reply)).toEqual({});
  const allowed = await preflight("/events", origin);
  expect(allowed.headers.get("vary")).toBe("origin");
  expect(corsOf(allowed)).toEqual({});
});

test("a preflight for an unknown path is allowed nothing", async () => {
  const reply = await preflight("/nowhere", SHOP);
  expect(reply.status).toBe(404);
  expect(corsOf(reply)).toEqual({});
});

test("a client that is no page gets no header", async () => {
  expect(corsOf(await get({}))).toEqual({});
});

describe("the list", () => {
  test.each([
    ...["", " ", ",", "*", " * ", "null", "*, null", "https://", "https://*", "https://*.test", "file://", "shop.test"],
  ])("lets nobody in where it is %j, and replies do not vary by origin", async (ALLOWED_ORIGINS) => {
    for (const origin of [SHOP, "https://evil.test", "null", "*", ...ALLOWED_ORIGINS.split(",")]) {
      const reply = await get({ origin }, { ALLOWED_ORIGINS });
      expect(reply.headers.get("vary")).toBe("authorization, cookie");
      const allowed = await preflight("/events", origin, "POST", { ALLOWED_ORIGINS });
      expect(allowed.headers.has("vary")).toBe(false);
      expect([corsOf(reply), corsOf(allowed)]).toEqual([{}, {}]);
    }
  });

  test("may have a mistake in it, which does not undo what is right", async () => {
    const settings = { ALLOWED_ORIGINS: `*,null, ${SHOP},https://kiosk.test/` };
    expect(corsOf(await get({ origin: SHOP }, settings))).toEqual(READABLE);
    for (const origin of ["*", "null", "https://kiosk.test", "https://kiosk.test/", "https://evil.test"]) {
      expect(corsOf(await get({ origin }, settings))).toEqual({});
    }
  });
});

describe("in development", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const LOCAL = ["http://localhost:3000", "http://localhost", "https://localhost:5173", "http://127.0.0.1:8080"];
  test.each([...LOCAL, "http://[::1]:4200"])(
    "a page of this machine may call without being listed: %s",
    async (origin) => {
      const settings = { ALLOWED_ORIGINS: "" };
      expect(corsOf(await get({ origin }, settings))).toEqual({});
      vi.stubEnv("NODE_ENV", "development");
      expect(corsOf(await get({ origin }, settings))).toEqual({ ...READABLE, "access-control-allow-origin": origin });
      expect((await preflight("/events", origin, "POST", settings)).headers.get("access-control-allow-origin")).toBe(
        origin,
      );
    },
  );

  test.each([
    ...["http://localhost.evil.test", "http://localhost:3000.evil.test", "http://evil.test:3000", "null"],
    ...["http://localhost@evil.test", "http://localhost:3000/", "http://127.0.0.11", "http://10.0.0.1:3000"],
  ])("no other page may: %s", async (origin) => {
    vi.stubEnv("NODE_ENV", "development");
    const reply = await get({ origin }, { ALLOWED_ORIGINS: "" });
    expect(corsOf(reply)).toEqual({});
    // A copy without an origin must not be handed to a page of this machine.
    expect(reply.headers.get("vary")).toContain("origin");
  });
});

describe("the log", () => {
  beforeEach(() => {
    vi.stubEnv("NODE_ENV", "development");
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  async function logged(...origins: string[]): Promise<unknown[]> {
    const lines = vi.spyOn(console, "log").mockImplementation(() => {});
    for (const origin of origins) await get({ origin });
    const parsed = lines.mock.calls.map(([line]) => JSON.parse(String(line)));
    return parsed.filter(({ message }) => message === "origin refused").map(({ origin }) => origin);
  }

  test("names an origin that is refused, once, and neither listed ones nor the service's own", async () => {
    const stranger = "https://first.example";
    expect(await logged(stranger, SHOP, stranger, "http://tickets.test", "https://tickets.test")).toEqual([stranger]);
  });

  test("names none in production, where a client could fill it with texts of its own", async () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(await logged("https://second.example")).toEqual([]);
  });

  test("has nothing of a text that is no origin, and does not grow without end", async () => {
    const invented = Array.from({ length: 80 }, (_, index) => `https://${index}.invented.example`);
    const texts = ["words", "https://UPPER.example", "https://a.example/path", `https://${"x".repeat(300)}.example`];
    const names = await logged(...texts, ...invented);
    expect(names.every((name) => invented.includes(String(name)))).toBe(true);
    expect(names.length).toBeLessThanOrEqual(50);
  });
});
