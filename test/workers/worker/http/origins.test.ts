// The list of origins as an operator may get it wrong, and origins as an attacker may choose them. See route-cors.test.ts.

import { beforeAll, describe, expect, test, vi } from "vitest";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { brokenDatabase, credentialsFor, newWorld, pathOf, type World } from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { ORIGIN, withSettings } from "../../../support/service.ts";

// Each test asks dozens of times.
vi.setConfig({ testTimeout: 60_000 });

const SHOP = "https://shop.test";
let world: World;

beforeAll(async () => {
  world = await newWorld();
});

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly settings?: Partial<Env>;
}

function ask({ method = "GET", path = "/events", headers = {}, settings = {} }: Asked): Promise<Response> {
  return answer(new Request(ORIGIN + path, { method, headers }), withSettings(settings));
}

function corsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
}

function preflight(origin: string, method = "POST", asked = "content-type"): Record<string, string> {
  return { origin, "access-control-request-method": method, "access-control-request-headers": asked };
}

test.each([
  ...[
    "https://shop.test.evil.test",
    "https://evilshop.test",
    "https://evil.test/https://shop.test",
    "https://shop.test/",
  ],
  ...["https://shop.test:443", "https://shop.test:8443", "http://shop.test", "https://SHOP.TEST", "HTTPS://shop.test"],
  ...[
    "https://www.shop.test",
    "https://shop.tes",
    "https://shop.test ,https://kiosk.test",
    "https://shop.test, https://kiosk.test",
  ],
  ...[
    "https://shop.test@evil.test",
    "https://shop_test",
    "https://shop.test%00",
    "null",
    "*",
    "file://",
    "shop.test",
    "//shop.test",
  ],
])("%s is not on a list of https://shop.test, for a reply or a preflight", async (origin) => {
  const settings = { ALLOWED_ORIGINS: `${SHOP},https://kiosk.test` };
  for (const headers of [{ origin }, preflight(origin)]) {
    for (const method of ["GET", "OPTIONS"]) {
      const reply = await ask({ method, headers, settings });
      expect(corsOf(reply)).toEqual({});
      expect(reply.headers.get("vary")).toBe(method === "GET" ? "authorization, cookie, origin" : "origin");
    }
  }
});

test.each(["*", "null", "https://*", "https://*.test", " * ", "*, null", "https://", "file://", "shop.test", ","])(
  "a list of %j lets nobody in, and is as none",
  async (listed) => {
    for (const origin of [SHOP, "https://evil.test", "null", "*", ...listed.split(",")]) {
      for (const headers of [{ origin }, preflight(origin)]) {
        const reply = await ask({ method: "OPTIONS", headers, settings: { ALLOWED_ORIGINS: listed } });
        expect(corsOf(reply)).toEqual({});
        expect(reply.headers.has("vary")).toBe(false);
      }
    }
  },
);

test("what is wrong on the list does not undo what is right", async () => {
  const settings = { ALLOWED_ORIGINS: `*,null, ${SHOP},https://kiosk.test/` };
  expect(corsOf(await ask({ headers: { origin: SHOP }, settings }))).toMatchObject({
    "access-control-allow-origin": SHOP,
  });
  for (const origin of ["*", "null", "https://kiosk.test", "https://kiosk.test/", "https://evil.test"]) {
    expect(corsOf(await ask({ headers: { origin }, settings }))).toEqual({});
  }
});

test("no page is told anything where the list is empty", async () => {
  for (const ALLOWED_ORIGINS of [undefined, "", " "]) {
    const reply = await ask({
      headers: { origin: SHOP },
      settings: ALLOWED_ORIGINS === undefined ? {} : { ALLOWED_ORIGINS },
    });
    if (ALLOWED_ORIGINS !== undefined) expect(reply.headers.get("vary")).toBe("authorization, cookie");
    expect(reply.headers.has("access-control-allow-credentials")).toBe(false);
  }
});

describe.each(ROUTES)("$method $path", (route) => {
  test("may be called by a listed page, with a token and not with a cookie, and it may read refusals too", async () => {
    const method = route.method;
    const path = pathOf(route, world);
    const { token } = await credentialsFor(route, world);
    const broken = { DB: brokenDatabase(), TICKET_TYPES: undefined } as unknown as Partial<Env>;
    const replies = [
      await ask({ method, path, headers: { origin: SHOP } }),
      await ask({ method, path, headers: { origin: SHOP, authorization: `Bearer ${token}` } }),
      await ask({ method: "PUT", path, headers: { origin: SHOP } }),
      await ask({ method, path: path.replace(/[0-9a-z-]{16,}/, "unknown"), headers: { origin: SHOP } }),
      await ask({ method, path, headers: { origin: SHOP, authorization: `Bearer ${token}` }, settings: broken }),
    ];
    for (const reply of replies) {
      expect(corsOf(reply)).toEqual({
        "access-control-allow-origin": SHOP,
        "access-control-expose-headers": "etag, link, location, retry-after, x-request-id",
      });
      expect(reply.headers.get("vary")).toMatch(/^(authorization, cookie, )?origin$/);
    }
  });

  test("is what a preflight is told, whatever it asks for", async () => {
    const path = pathOf(route, world);
    for (const asked of [route.method, "PUT", "TRACE", "*", "GET, DELETE"]) {
      const reply = await ask({ method: "OPTIONS", path, headers: preflight(SHOP, asked, "x-evil, cookie, *") });
      const { "access-control-allow-methods": methods = "", ...rest } = corsOf(reply);
      const declared = ROUTES.filter(({ path }) => path === route.path).map(({ method }) => method);
      expect(new Set(methods.split(", "))).toEqual(new Set(declared));
      expect(rest).toEqual({
        "access-control-allow-origin": SHOP,
        "access-control-allow-headers": "authorization, content-type, idempotency-key, if-none-match",
        "access-control-max-age": "7200",
      });
    }
  });
});

test("a reply that says that the service is at fault may be read as well", async () => {
  const reply = await ask({ headers: { origin: SHOP }, settings: { DB: brokenDatabase() } });
  expect(reply.status).toBe(503);
  expect(corsOf(reply)["access-control-allow-origin"]).toBe(SHOP);
});
