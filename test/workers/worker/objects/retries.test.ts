// What becomes of a call to an object that fails.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Unavailable } from "../../../../src/platform/errors.ts";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { withRetries } from "../../../../src/worker/objects/retries.ts";
import { boughtPasses } from "../../../support/passes.ts";
import { newPerson, ORIGIN, putOnSale } from "../../../support/service.ts";

const said: string[] = [];
beforeEach(() => void vi.spyOn(console, "log").mockImplementation((line) => void said.push(String(line))));
afterEach(() => {
  vi.restoreAllMocks();
  said.length = 0;
});

/** The platform's own words: an object of the version before has no such method. */
function unknownMethod(): Promise<never> {
  return Promise.reject(new TypeError('The RPC receiver does not implement the method "whatComesNext".'));
}

test("an object that does not know the call yet is unavailable, at once and in one call", async () => {
  let calls = 0;
  const called = withRetries({ ticket: "t" }, async () => {
    calls++;
    return unknownMethod();
  });
  await expect(called).rejects.toThrow(Unavailable);
  expect(calls).toBe(1);
  expect(said.map((line) => JSON.parse(line))).toMatchObject([
    { level: "warn", message: "object of another version", ticket: "t" },
  ]);
});

test("a mistake of ours in a method that there is stays a fault", async () => {
  const mistake = () => Promise.reject(new TypeError("undefined is not a function"));
  await expect(withRetries({}, mistake)).rejects.toThrow(TypeError);
});

test.each(["/passes/{id}", "/passes/{id}/code.svg", "/passes/{id}/code.gif"])(
  "GET %s is answered by 503 while the object is of a version without passes",
  async (path) => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const [passId = ""] = await boughtPasses(ticketId, 1, buyer.accountId);
    const namespace = { getByName: () => ({ passes: unknownMethod }) } as unknown as Env["TICKET_TYPES"];
    const request = new Request(ORIGIN + path.replace("{id}", passId), {
      headers: { authorization: `Bearer ${buyer.token}` },
    });
    const response = await answer(request, { ...env, TICKET_TYPES: namespace } as unknown as Env);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toMatchObject({ type: "/problems/unavailable" });
  },
);
