// A token is verified once; what makes it worthless afterwards is heeded all the same.

import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { ACCESS_SECONDS, accessToken, readAccessToken } from "../../../../src/worker/auth/tokens.ts";
import { call, newPerson } from "../../../support/service.ts";

const OLD = env.SESSION_SECRET ?? "";
const NEW = "another-secret-0123456789abcdef0123456789abcdef";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function statusOfMe(token: string, settings: Record<string, string> = {}): Promise<number> {
  return (await call("GET", "/me", { token, settings })).status;
}

test("the second request with a token is answered without its signature being checked again", async () => {
  const { token } = await newPerson();
  const verify = vi.spyOn(crypto.subtle, "verify");
  expect([await statusOfMe(token), await statusOfMe(token)]).toEqual([200, 200]);
  expect(verify).toHaveBeenCalledTimes(1);
});

test("a token that differs from it in one character, anywhere, is another one", async () => {
  const token = await accessToken(env, newId());
  expect(await readAccessToken(env, token)).not.toBeNull();
  // The last one's low bits say nothing, so the one before it stands for the end.
  for (let at = 0; at < token.length - 1; at++) {
    const other = token[at] === "A" ? "B" : "A";
    expect(await readAccessToken(env, `${token.slice(0, at)}${other}${token.slice(at + 1)}`), String(at)).toBeNull();
  }
});

test("it is good until the moment that it names, and not longer", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_900_000_000_000 });
  const token = await accessToken(env, newId());
  const first = await readAccessToken(env, token);
  expect(first).toHaveProperty("expiresAtMs", 1_900_000_000_000 + ACCESS_SECONDS * 1_000);
  vi.setSystemTime(1_900_000_000_000 + ACCESS_SECONDS * 1_000 - 1);
  expect(await readAccessToken(env, token)).toEqual(first);
  vi.setSystemTime(1_900_000_000_000 + ACCESS_SECONDS * 1_000);
  expect(await readAccessToken(env, token)).toBe("expired");
});

test("it is worth nothing once its key is none of ours, and again something when the key is back", async () => {
  const { token } = await newPerson();
  const steps: [settings: Record<string, string>, status: number][] = [
    [{}, 200],
    [{ SESSION_SECRET: NEW, SESSION_SECRET_PREVIOUS: OLD }, 200],
    [{ SESSION_SECRET: NEW, SESSION_SECRET_PREVIOUS: "" }, 401],
    [{ SESSION_SECRET: "" }, 500],
    [{}, 200],
  ];
  for (const [settings, status] of steps) expect(await statusOfMe(token, settings)).toBe(status);
});

test("it is refused from the moment that its session is ended", async () => {
  const { token } = await newPerson();
  expect([await statusOfMe(token), await statusOfMe(token)]).toEqual([200, 200]);
  expect((await call("POST", "/api-auth/logout", { token })).status).toBe(204);
  expect(await statusOfMe(token)).toBe(401);
});

test("nobody else's session is read from it, however many are known", async () => {
  const names = Array.from({ length: 5_100 }, newId);
  const tokens = await Promise.all(names.map((name) => accessToken(env, name)));
  for (const round of [1, 2]) {
    const read = await Promise.all(tokens.map((token) => readAccessToken(env, token)));
    expect(
      read.map((claims) => (claims === "expired" ? claims : claims?.accountId)),
      `round ${round}`,
    ).toEqual(names);
  }
});

test("the 5,000 last ones are remembered: the oldest goes for a new one, and no other", async () => {
  const [oldest, next] = [await accessToken(env, newId()), await accessToken(env, newId())];
  for (const token of [oldest, next]) await readAccessToken(env, token);
  for (let others = 0; others < 4_999; others++) await readAccessToken(env, await accessToken(env, newId()));
  const verify = vi.spyOn(crypto.subtle, "verify");
  expect(await readAccessToken(env, next)).not.toBeNull();
  expect(verify).not.toHaveBeenCalled();
  expect(await readAccessToken(env, oldest)).not.toBeNull();
  expect(verify).toHaveBeenCalledTimes(1);
});
