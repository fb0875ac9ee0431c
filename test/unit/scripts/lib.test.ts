// What the scripts share: how they read the environment, and how they ask.

import { createServer, type Server } from "node:http";
import { afterEach, expect, test, vi } from "vitest";
import { client } from "../../../scripts/lib/client.ts";
import { readSettings } from "../../../scripts/lib/settings.ts";

let server: Server | null = null;
afterEach(() => {
  server?.close();
  vi.restoreAllMocks();
});

test("the environment's variables go to the worker; its secrets do not, and that is said", () => {
  const said = vi.spyOn(console, "log").mockImplementation(() => {});
  const variables = { HOLD_SECONDS: "8", MAX_WATCHERS: "7", RATE_LIMITS: "off", ALLOWED_ORIGINS: "http://a.test" };
  expect(readSettings({ ...variables, SESSION_SECRET: "x", PATH: "/bin" }).variables).toEqual(variables);
  expect(said).toHaveBeenCalledExactlyOnceWith(".env counts, and not the environment, for SESSION_SECRET.");
  expect(readSettings({ RATE_LIMITS: "", HOLD_SECONDS: "" }).variables).toEqual({});
});

test.each([
  [{ HOLD_SECONDS: "soon" }, 'HOLD_SECONDS must be a whole number from 1 to 86400, not "soon".'],
  [{ MAX_WATCHERS: "-1" }, "MAX_WATCHERS must be a whole number"],
  [{ WEBHOOK_TARGETS: "any" }, 'WEBHOOK_TARGETS must be local, or not set, not "any".'],
  [{ RATE_LIMITS: "none" }, 'RATE_LIMITS must be on or off, not "none".'],
  [{ ALLOWED_ORIGINS: "http://a.test, http://b.test/" }, 'ALLOWED_ORIGINS: no browser sends "http://b.test/".'],
])("%o is refused, and not ignored", (environment, sentence) => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => {
    throw new Error("ended");
  });
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(() => readSettings(environment)).toThrow("ended");
  expect(exit).toHaveBeenCalledWith(1);
  expect(said.mock.calls.join()).toContain(sentence);
});

/** A service that replies with these statuses in turn, and counts its requests. */
async function serving(statuses: readonly number[]): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  server = createServer((_request, response) => {
    const status = statuses[Math.min(asked, statuses.length - 1)] ?? 500;
    asked += 1;
    response.writeHead(status, status === 200 ? {} : { "retry-after": "1" }).end("{}");
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, asked: () => asked };
}

test.each([
  ["waits and asks again where it is told to slow down", [429, 200], 200, 2],
  ["gives up after three tries", [429, 429, 429, 200], 429, 3],
  ["asks once where it was refused for another reason", [503, 200], 503, 1],
])("a script %s", async (_what, statuses, status, times) => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const { url, asked } = await serving(statuses);
  expect((await client(url)("GET", "/")).status).toBe(status);
  expect(asked()).toBe(times);
});
