// Pages of other origins: those on the list may call, with a token; all others hear nothing.

import { describe, expect, test } from "vitest";
import { call, newPerson } from "../../../support/service.ts";

const LISTED = ["https://shop.test", "https://kiosk.test"];
const UNLISTED = [
  "https://evil.test",
  "https://shop.test.evil.test",
  "http://shop.test",
  "https://shop.test:8443",
  "https://SHOP.test",
  "null",
  "*",
  "",
];

function corsOf(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => name.startsWith("access-control-"));
}

describe("a listed origin", () => {
  test.each(LISTED)("%s may read replies and their headers, refusals too", async (origin) => {
    for (const path of ["/events", "/me", "/nowhere"]) {
      const { headers } = await call("GET", path, { headers: { origin } });
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-expose-headers")).toBe("etag, link, location, retry-after, x-request-id");
      expect(headers.get("vary")).toMatch(/\borigin$/);
    }
  });

  test("is told by a preflight what it may send, for two hours", async () => {
    const headers = { origin: LISTED[0] ?? "", "access-control-request-method": "POST" };
    const answer = await call("OPTIONS", "/reservations/", { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-methods")?.split(", ").sort()).toEqual(["GET", "POST"]);
    expect(answer.headers.get("access-control-allow-headers")).toBe(
      "authorization, content-type, idempotency-key, if-none-match",
    );
    expect(answer.headers.get("access-control-max-age")).toBe("7200");
  });

  test("works with a token, and never with the cookie", async () => {
    const { token, username } = await newPerson();
    const origin = LISTED[0] ?? "";
    const answer = await call("GET", "/me", { token, headers: { origin } });
    expect(answer.body.username).toBe(username);
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
    const cookie = { origin, cookie: `__Host-session=${token}`, "sec-fetch-site": "cross-site" };
    expect((await call("POST", "/api-auth/logout", { headers: cookie })).status).toBe(403);
  });
});

test.each(UNLISTED)("an origin that is not listed gets no header: %j", async (origin) => {
  const asked = { origin, "access-control-request-method": "POST" };
  for (const answer of [
    await call("GET", "/events", { headers: { origin } }),
    await call("OPTIONS", "/reservations", { headers: asked }),
  ]) {
    expect(corsOf(answer.headers)).toEqual([]);
    expect(answer.headers.get("vary")).toMatch(/\borigin$/);
  }
});

test("a preflight for a path that is not there is allowed nothing", async () => {
  const headers = { origin: LISTED[0] ?? "", "access-control-request-method": "POST" };
  const answer = await call("OPTIONS", "/nowhere", { headers });
  expect(answer.status).toBe(404);
  expect(corsOf(answer.headers)).toEqual([]);
});

test("a caller that is no page gets none either", async () => {
  expect(corsOf((await call("GET", "/events")).headers)).toEqual([]);
});
