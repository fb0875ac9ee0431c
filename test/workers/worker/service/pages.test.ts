// What a person sees who opens the service's address, or the address that a problem's type is.

import { describe, expect, test } from "vitest";
import { PROBLEMS } from "../../../../src/worker/http/problem-types.ts";
import { call } from "../../../support/service.ts";

const TYPES = Object.entries(PROBLEMS).map(([type, { status, title }]) => ({ type, status, title }));
const JSON_ONLY = { accept: "application/json" };
const BROWSER = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

describe("every page", () => {
  test.each(["/problems", "/problems/", "/problems/sold-out"])("%s has no script and one style", async (path) => {
    const { status, headers, text } = await call("GET", path, { headers: BROWSER });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).not.toMatch(/<script|\son\w+=|style=|\b(https?:)?\/\/\w/);
    const [, style = ""] = /<style>([^<]+)<\/style>/.exec(text) ?? [];
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  test.each(["/problems", "/problems/sold-out"])("%s leads to addresses that answer", async (path) => {
    const { text } = await call("GET", path, { headers: BROWSER });
    const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, link]) => link ?? "");
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect((await call("GET", link)).status, link).toBe(200);
  });
});

describe("the type of a problem", () => {
  test("is an address that explains it, for each one that there is", async () => {
    for (const { type, status, title } of TYPES) {
      const page = await call("GET", `/problems/${type}`, { headers: BROWSER });
      expect(page.status, type).toBe(200);
      for (const part of [type, title, String(status), "What to do"]) expect(page.text).toContain(part);
      const explained = JSON.parse((await call("GET", `/problems/${type}`, { headers: JSON_ONLY })).text);
      expect(explained).toEqual({
        ...{ type: `/problems/${type}`, title, status },
        when: expect.stringMatching(/^[A-Z].+\.$/),
        what_to_do: expect.stringMatching(/^[A-Z].+\.$/),
      });
    }
  });

  test("is in the list, as a page and as JSON", async () => {
    const { text } = await call("GET", "/problems", { headers: BROWSER });
    for (const { type } of TYPES) expect(text).toContain(`href="/problems/${type}"`);
    const list = JSON.parse((await call("GET", "/problems", { headers: JSON_ONLY })).text);
    expect(list.map((one: { type: string }) => one.type)).toEqual(TYPES.map(({ type }) => `/problems/${type}`));
  });

  test("depends on Accept, which caches must know; curl gets the page", async () => {
    const reply = await call("GET", "/problems/sold-out", { headers: { accept: "*/*" } });
    expect(reply.headers.get("content-type")).toMatch(/^text\/html/);
    expect(reply.headers.get("vary")).toContain("accept");
  });

  test.each(["/problems/none", "/problems/toString", "/problems/__proto__", "/problems/sold-out/x"])(
    "is not %s",
    async (path) => {
      expect((await call("GET", path)).status).toBe(404);
    },
  );
});
