// Staying signed in: tokens for one use, retries, copies, and the end of a session.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { forgetExpiredSessions, TOKENS_FORGOTTEN_AT_ONCE } from "../../../../src/worker/auth/queries.ts";
import { hashOf } from "../../../../src/worker/auth/refresh.ts";
import { signIn, signOut } from "../../../../src/worker/auth/session-lifecycle.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { call, newPerson, type Person, seen } from "../../../support/service.ts";

const REFRESH = "/api-auth/refresh";
const DAY_MS = 24 * 60 * 60_000;
let person: Person;

beforeAll(async () => {
  person = await newPerson();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A session of the person's own, or of somebody else's. */
async function session(whose = person): Promise<{ access: string; refresh: string }> {
  const { token, refresh } = await newSession(whose);
  return { access: token, refresh };
}

function refresh(token: string, headers: Record<string, string> = {}) {
  return call("POST", REFRESH, { body: { refresh_token: token }, headers });
}

async function statusOfMe(token: string): Promise<number> {
  return (await call("GET", "/me", { token })).status;
}

async function rows(query: string, ...bindings: unknown[]): Promise<Record<string, unknown>[]> {
  return (await sql(query, ...bindings)).results as Record<string, unknown>[];
}

/** When the token was used, or null. */
async function usedAtMs(token: string): Promise<unknown> {
  return (await rows("SELECT used_at_ms FROM refresh_tokens WHERE hash = ?", hashOf(token)))[0]?.used_at_ms;
}

function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

describe("a refresh token", () => {
  test("brings a new access token, and a new one of its kind", async () => {
    const first = await session();
    const answer = await refresh(first.refresh);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(["auth-token", "refresh_token", "expires_at"]);
    expect(answer.body.refresh_token).not.toBe(first.refresh);
    expect(Date.parse(answer.body.expires_at) - Date.now()).toBeGreaterThan(19 * 60_000);
    expect((await call("GET", "/me", { token: answer.body["auth-token"] })).body.id).toBe(person.accountId);
    expect((await refresh(answer.body.refresh_token)).status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("is kept as a hash", async () => {
    const { refresh: token } = await session();
    const kept = await rows("SELECT * FROM refresh_tokens");
    expect(JSON.stringify(kept)).not.toContain(token);
    expect(kept.map(({ hash }) => hash)).toContain(hashOf(token));
  });

  test("says nothing: it is random, and long", async () => {
    const tokens = [await session(), await session()].map((each) => each.refresh);
    expect(new Set(tokens).size).toBe(2);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  });

  test("is not an access token, nor the other way round", async () => {
    const { access, refresh: token } = await session();
    expect(await statusOfMe(token)).toBe(401);
    expect((await refresh(access)).status).toBe(401);
  });

  test.each([
    ["of nobody", "x".repeat(43)],
    ["that is SQL", "' OR 1=1 --"],
    ["that is the hash of one", "hash"],
  ])("%s is refused like a used one", async (_what, given) => {
    const { refresh: token } = await session();
    const answer = await refresh(given === "hash" ? hashOf(token) : given);
    expect(answer.status).toBe(401);
    expect(answer.body.type).toBe("/problems/refresh-token-refused");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("is asked for where there is none", async () => {
    expect((await call("POST", REFRESH)).status).toBe(401);
    expect((await call("POST", REFRESH, { body: {} })).status).toBe(401);
    expect((await call("POST", REFRESH, { body: { refresh_token: "" } })).status).toBe(422);
  });
});

describe("a retry", () => {
  test("of a client that has lost the answer gets the same successor, which works", async () => {
    const { refresh: token } = await session();
    const [first, again] = [await refresh(token), await refresh(token)];
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(first.body.refresh_token);
    expect(await statusOfMe(again.body["auth-token"])).toBe(200);
    expect((await refresh(first.body.refresh_token)).status).toBe(200);
  });

  test("at the same moment: all get the one successor, and none is locked out", async () => {
    const { refresh: token } = await session();
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const successors = new Set(answers.map(({ body }) => body.refresh_token));
    expect(successors.size).toBe(1);
    const rows = await env.DB.prepare(
      "SELECT COUNT(*) AS n FROM refresh_tokens WHERE session_id = (SELECT session_id FROM refresh_tokens WHERE hash = ?)",
    )
      .bind(hashOf(token))
      .first<{ n: number }>();
    expect(rows?.n).toBe(2);
    for (const successor of successors) expect((await refresh(successor)).status).toBe(200);
  });

  test("within ten seconds is a retry, after them a copy", async () => {
    const [slow, late] = [await session(), await session()];
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    await refresh(slow.refresh);
    await refresh(late.refresh);
    vi.setSystemTime(startMs + 10_000);
    expect((await refresh(slow.refresh)).status).toBe(200);
    vi.setSystemTime(startMs + 10_001);
    expect((await refresh(late.refresh)).status).toBe(401);
  });

  test("finds its successor though the key was changed in between", async () => {
    const { refresh: token } = await session();
    const old = env.SESSION_SECRET ?? "";
    const settings = { SESSION_SECRET: "a-new-secret-0123456789abcdef0123456789abcdef", SESSION_SECRET_PREVIOUS: old };
    const first = await refresh(token);
    const again = await call("POST", REFRESH, { body: { refresh_token: token }, settings });
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(first.body.refresh_token);
  });
});

describe("a token that was used, and comes again", () => {
  async function stolen(): Promise<{ access: string; used: string; live: string; newAccess: string }> {
    const { access, refresh: used } = await session();
    const { body } = await refresh(used);
    return { access, used, live: body.refresh_token, newAccess: body["auth-token"] };
  }

  test("ends the whole session: every token of it, used or not", async () => {
    const { access, used, live, newAccess } = await stolen();
    later(11_000);
    expect((await refresh(used)).status).toBe(401);
    for (const token of [access, newAccess]) expect(await statusOfMe(token)).toBe(401);
    expect((await refresh(live)).status).toBe(401);
  });

  test("does so within the ten seconds, too, once its successor was used", async () => {
    const { used, live } = await stolen();
    const { body } = await refresh(live);
    expect((await refresh(used)).status).toBe(401);
    expect((await refresh(body.refresh_token)).status).toBe(401);
  });

  test("does so however old it is", async () => {
    const { used, live } = await stolen();
    let token = live;
    for (let turn = 0; turn < 4; turn++) token = (await refresh(token)).body.refresh_token;
    later(3 * DAY_MS);
    token = (await refresh(token)).body.refresh_token;
    expect((await refresh(used)).status).toBe(401);
    expect((await refresh(token)).status).toBe(401);
  });

  test("leaves the person's other sessions alone", async () => {
    const other = await session();
    const { used } = await stolen();
    later(11_000);
    await refresh(used);
    expect(await statusOfMe(other.access)).toBe(200);
    expect((await refresh(other.refresh)).status).toBe(200);
  });

  test("is answered as any other that is no good: a thief learns nothing", async () => {
    const { used } = await stolen();
    later(11_000);
    expect(seen(await refresh(used))).toEqual(seen(await refresh("x".repeat(43))));
  });

  test("is on record", async () => {
    const whose = await newPerson();
    const { refresh: used } = await session(whose);
    await refresh(used);
    later(11_000);
    await refresh(used, { "cf-connecting-ip": "203.0.113.9" });
    const row = await env.DB.prepare(
      "SELECT * FROM audit_log WHERE action = 'session.refresh-reused' AND object_id = ?",
    )
      .bind(whose.accountId)
      .first();
    expect(row).toMatchObject({ actor_id: null, address: "203.0.113.9" });
  });
});

describe("a session", () => {
  test("goes on for 30 days if it is refreshed, and not for longer", async () => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    let { refresh: token } = await session();
    for (let day = 6; day < 30; day += 6) {
      vi.setSystemTime(startMs + day * DAY_MS);
      token = (await refresh(token)).body.refresh_token;
    }
    vi.setSystemTime(startMs + 30 * DAY_MS - 1);
    token = (await refresh(token)).body.refresh_token;
    expect(token).toBeDefined();
    vi.setSystemTime(startMs + 30 * DAY_MS);
    expect((await refresh(token)).status).toBe(401);
  });

  test.each([
    ["is over after a week without a refresh", 7 * DAY_MS, 401],
    ["goes on just before that", 7 * DAY_MS - 1, 200],
  ])("%s", async (_what, idleMs, status) => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    const { refresh: token } = await session();
    vi.setSystemTime(startMs + idleMs);
    expect((await refresh(token)).status).toBe(status);
  });

  test("that was signed out can't be refreshed", async () => {
    const { access, refresh: token } = await session();
    expect((await call("POST", "/api-auth/logout", { token: access })).status).toBe(204);
    expect(await statusOfMe(access)).toBe(401);
    expect((await refresh(token)).status).toBe(401);
    const tokens = await env.DB.prepare("SELECT used_at_ms FROM refresh_tokens WHERE hash = ?")
      .bind(hashOf(token))
      .all();
    expect(tokens.results).toEqual([{ used_at_ms: null }]);
  });

  test("that was signed out stays so for an access token that was made late, because D1's answer was", async () => {
    const startMs = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    const { access, refresh: token } = await session();
    const { sid } = decodeJwt<{ sid: string }>(access);
    const { exec, withSession, dump } = brokenDatabase();
    const prepare: D1Database["prepare"] = (query) => env.DB.prepare(query);
    const slow: D1Database["batch"] = async (statements) => {
      const results = await env.DB.batch<never>(statements);
      await signOut(env, { id: sid, accountId: person.accountId }, "192.0.2.1");
      vi.setSystemTime(startMs + 20_000);
      return results;
    };
    const settings = { DB: { exec, withSession, dump, prepare, batch: slow } };
    const late = await call("POST", REFRESH, { body: { refresh_token: token }, settings });
    expect(late.status).toBe(200);
    const lateToken = late.body["auth-token"];
    expect(await statusOfMe(lateToken)).toBe(401);
    // The token has ten seconds left; whoever was signed out twenty minutes ago has none.
    vi.setSystemTime(startMs + 20 * 60_000 + 10_000);
    expect(await statusOfMe(lateToken)).toBe(401);
  });

  test("is forgotten however many tokens it has, a part of them at a time", async () => {
    const hashes = Array.from({ length: 2 * TOKENS_FORGOTTEN_AT_ONCE }, (_, n) => `hash ${n}`);
    await env.DB.batch([
      env.DB.prepare("INSERT INTO sessions VALUES ('large', 'account', 1, 1, NULL)"),
      env.DB.prepare("INSERT INTO refresh_tokens SELECT value, 'large', 1, 1, NULL FROM json_each(?)").bind(
        JSON.stringify(hashes),
      ),
    ]);
    const left = async () => [
      (await env.DB.prepare("SELECT 1 FROM sessions WHERE id = 'large'").all()).results.length,
      (await env.DB.prepare("SELECT 1 FROM refresh_tokens WHERE session_id = 'large'").all()).results.length,
    ];
    await forgetExpiredSessions(env.DB, Date.now());
    expect(await left()).toEqual([1, TOKENS_FORGOTTEN_AT_ONCE]);
    await forgetExpiredSessions(env.DB, Date.now());
    expect(await left()).toEqual([0, 0]);
  });

  test("is forgotten with its tokens an hour after its end, and others are not", async () => {
    const { refresh: token } = await session();
    const sessions = async () => (await env.DB.prepare("SELECT id FROM sessions").all()).results.length;
    const tokens = async () => (await env.DB.prepare("SELECT hash FROM refresh_tokens").all()).results.length;
    await forgetExpiredSessions(env.DB, Date.now() + 30 * DAY_MS);
    expect(await sessions()).toBeGreaterThan(0);
    const otherHash = hashOf(token);
    await env.DB.prepare(
      "UPDATE sessions SET expires_at_ms = 1 WHERE id <> (SELECT session_id FROM refresh_tokens WHERE hash = ?)",
    )
      .bind(otherHash)
      .run();
    await forgetExpiredSessions(env.DB, Date.now());
    expect([await sessions(), await tokens()]).toEqual([1, 1]);
    expect((await refresh(token)).status).toBe(200);
  });
});

describe("signing out everywhere", () => {
  test("ends every session of the account, and nobody else's", async () => {
    const mine = [await session(), await session()];
    const other = await newPerson();
    const others = await session(other);
    const answer = await call("POST", "/api-auth/logout-everywhere", { token: mine[0]?.access ?? "" });
    expect(answer.status).toBe(204);
    for (const { access, refresh: token } of mine) {
      expect(await statusOfMe(access)).toBe(401);
      expect((await refresh(token)).status).toBe(401);
    }
    expect(await statusOfMe(others.access)).toBe(200);
    expect((await refresh(others.refresh)).status).toBe(200);
  });

  test("ends access tokens that were made by a refresh a moment before", async () => {
    const { access, refresh: token } = await session();
    const [refreshed] = await Promise.all([
      refresh(token),
      call("POST", "/api-auth/logout-everywhere", { token: access }),
    ]);
    if (refreshed.status === 200) {
      expect(await statusOfMe(refreshed.body["auth-token"])).toBe(401);
      expect((await refresh(refreshed.body.refresh_token)).status).toBe(401);
    }
    expect((await refresh(token)).status).toBe(401);
  });

  test("clears the cookies", async () => {
    const { access } = await session();
    const answer = await call("POST", "/api-auth/logout-everywhere", { token: access });
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    expect(cookies).toEqual(["__Host-session=", "__Host-refresh="]);
  });
});

describe("refreshing by cookie", () => {
  test("answers with new cookies, and the device's stays", async () => {
    const { refresh: token } = await session();
    const headers = { cookie: `__Host-refresh=${token}`, "sec-fetch-site": "same-origin" };
    const answer = await call("POST", REFRESH, { headers });
    expect(answer.status).toBe(200);
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    expect(cookies).toEqual([
      `__Host-session=${answer.body["auth-token"]}`,
      `__Host-refresh=${answer.body.refresh_token}`,
    ]);
  });

  test.each([
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["another host of the same site", { "sec-fetch-site": "same-site" }],
    ["a foreign Origin", { origin: "https://evil.test" }],
    ["the opaque Origin", { origin: "null" }],
  ])("is refused where %s made the browser send it, and uses nothing up", async (_from, foreign) => {
    const { refresh: token } = await session();
    const answer = await call("POST", REFRESH, { headers: { cookie: `__Host-refresh=${token}`, ...foreign } });
    expect(answer.status).toBe(403);
    expect(answer.body.type).toBe("/problems/cross-site-request");
    expect((await refresh(token)).status).toBe(200);
  });

  test("that is no good is refused like a token in the body", async () => {
    const answer = await call("POST", REFRESH, { headers: { cookie: "__Host-refresh=nothing" } });
    expect(seen(answer)).toEqual(seen(await refresh("nothing")));
    expect(answer.status).toBe(401);
  });

  test("prefers the body: another origin's page sends its own token, and no cookie counts", async () => {
    const [mine, cookies] = [await session(), await session()];
    const headers = { cookie: `__Host-refresh=${cookies.refresh}`, "sec-fetch-site": "cross-site" };
    expect((await refresh(mine.refresh, headers)).status).toBe(200);
    const used = await env.DB.prepare("SELECT used_at_ms FROM refresh_tokens WHERE hash = ?")
      .bind(hashOf(cookies.refresh))
      .first();
    expect(used).toEqual({ used_at_ms: null });
  });
});

describe("signing keys", () => {
  const OLD = env.SESSION_SECRET ?? "";
  const NEW = "a-new-secret-0123456789abcdef0123456789abcdef";
  const me = (token: string, settings: Record<string, string>) => call("GET", "/me", { token, settings });

  test("rotate without signing anyone out, step by step and in both directions", async () => {
    const { access, refresh: token } = await session();
    // 1: every location learns the new key, and signs with the old one.
    const learnt = { SESSION_SECRET: OLD, SESSION_SECRET_PREVIOUS: NEW };
    expect((await me(access, learnt)).status).toBe(200);
    // 2: they change over one by one; what either signs is good at both.
    const changed = { SESSION_SECRET: NEW, SESSION_SECRET_PREVIOUS: OLD };
    expect((await me(access, changed)).status).toBe(200);
    const renewed = await call("POST", REFRESH, { body: { refresh_token: token }, settings: changed });
    expect(renewed.status).toBe(200);
    for (const settings of [learnt, changed]) expect((await me(renewed.body["auth-token"], settings)).status).toBe(200);
    // 3: the old key goes. Its access tokens are over by then, and refresh tokens need no key.
    const alone = { SESSION_SECRET: NEW, SESSION_SECRET_PREVIOUS: "" };
    expect((await me(access, alone)).status).toBe(401);
    expect((await me(renewed.body["auth-token"], alone)).status).toBe(200);
    const again = await call("POST", REFRESH, { body: { refresh_token: renewed.body.refresh_token }, settings: alone });
    expect(again.status).toBe(200);
  });

  test.each([
    ["a short previous secret", { SESSION_SECRET_PREVIOUS: "short" }],
    ["a short secret", { SESSION_SECRET: "short" }],
    ["no secret", { SESSION_SECRET: "" }],
  ])("are not made of %s: the service refuses to work with it", async (_what, settings) => {
    const answer = await call("GET", "/me", { token: (await session()).access, settings });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("SESSION");
  });
});
