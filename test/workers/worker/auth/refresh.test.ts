// Staying signed in: tokens for one use, retries, copies, and the end of a session.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../../src/domain/units.ts";
import { forgetExpiredSessions, TOKENS_FORGOTTEN_AT_ONCE } from "../../../../src/worker/auth/queries.ts";
import { hashOf } from "../../../../src/worker/auth/refresh.ts";
import { signOut } from "../../../../src/worker/auth/session-lifecycle.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, seen } from "../../../support/service.ts";
import { newSession } from "../../../support/sign-in.ts";

const REFRESH = "/api-auth/refresh";
const OLD_SECRET = env.SESSION_SECRET ?? "";
const NEW_SECRET = "a-new-secret-0123456789abcdef0123456789abcdef";
const person = await newPerson();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});

afterEach(() => {
  vi.useRealTimers();
});

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** A session of the person's own, or of somebody else's. */
async function session(whose = person): Promise<{ access: string; refresh: string }> {
  const { token, refresh } = await newSession(whose);
  return { access: token, refresh };
}

function refresh(token: string, headers: Record<string, string> = {}, settings: Record<string, unknown> = {}) {
  return call("POST", REFRESH, { body: { refresh_token: token }, headers, settings });
}

function byCookie(token: string, headers: Record<string, string> = {}) {
  return call("POST", REFRESH, { headers: { cookie: `__Host-refresh=${token}`, ...headers } });
}

async function statusOfMe(token: string, settings: Record<string, string> = {}): Promise<number> {
  return (await call("GET", "/me", { token, settings })).status;
}

function usesOf(token: string): Promise<Record<string, unknown>[]> {
  return rowsOf("SELECT used_at_ms FROM refresh_tokens WHERE hash = ?", hashOf(token));
}

describe("a refresh token", () => {
  test("brings a new access token, and a new one of its kind", async () => {
    const first = await session();
    const answer = await refresh(first.refresh);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(["auth-token", "refresh_token", "expires_at"]);
    expect(answer.body.refresh_token).not.toBe(first.refresh);
    expect(Date.parse(answer.body.expires_at) - Date.now()).toBe(20 * MINUTE_MS);
    expect((await call("GET", "/me", { token: answer.body["auth-token"] })).body.id).toBe(person.accountId);
    expect((await refresh(answer.body.refresh_token)).status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("is random and long, and kept as a hash", async () => {
    const tokens = [(await session()).refresh, (await session()).refresh];
    expect(new Set(tokens).size).toBe(2);
    const kept = await rowsOf("SELECT * FROM refresh_tokens");
    for (const token of tokens) {
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(JSON.stringify(kept)).not.toContain(token);
      expect(kept.map(({ hash }) => hash)).toContain(hashOf(token));
    }
  });

  test("is not an access token, nor the other way round", async () => {
    const { access, refresh: token } = await session();
    expect(await statusOfMe(token)).toBe(401);
    expect((await refresh(access)).status).toBe(401);
  });

  test.each([
    ["of nobody", () => "x".repeat(43)],
    ["that is SQL", () => "' OR 1=1 --"],
    ["that is the hash of one", (token: string) => hashOf(token)],
  ])("%s is refused like a used one", async (_what, given) => {
    const answer = await refresh(given((await session()).refresh));
    expect(answer.status).toBe(401);
    expect(answer.body.type).toBe("/problems/refresh-token-refused");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("is needed", async () => {
    expect((await call("POST", REFRESH)).status).toBe(401);
    expect((await call("POST", REFRESH, { body: {} })).status).toBe(401);
    expect((await refresh("")).status).toBe(422);
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
    const [successor = "", ...others] = new Set(answers.map(({ body }) => body.refresh_token));
    expect(others).toEqual([]);
    const sessionOf = "SELECT session_id FROM refresh_tokens WHERE hash = ?";
    expect(await rowsOf(`SELECT 1 FROM refresh_tokens WHERE session_id = (${sessionOf})`, hashOf(token))).toHaveLength(
      2,
    );
    expect((await refresh(successor)).status).toBe(200);
  });

  test.each([
    ["after ten seconds is a retry", 10 * SECOND_MS, 200],
    ["after more than ten seconds is a copy", 10 * SECOND_MS + 1, 401],
  ])("%s", async (_what, afterMs, status) => {
    const { refresh: token } = await session();
    await refresh(token);
    later(afterMs);
    expect((await refresh(token)).status).toBe(status);
  });

  test("finds its successor though the key was changed in between", async () => {
    const { refresh: token } = await session();
    const first = await refresh(token);
    const again = await refresh(token, {}, { SESSION_SECRET: NEW_SECRET, SESSION_SECRET_PREVIOUS: OLD_SECRET });
    expect(again.status).toBe(200);
    expect(again.body.refresh_token).toBe(first.body.refresh_token);
  });
});

describe("a token that was used, and comes again", () => {
  async function stolen() {
    const { access, refresh: used } = await session();
    const { body } = await refresh(used);
    return { access, used, live: body.refresh_token, newAccess: body["auth-token"] };
  }

  test("ends the whole session, is on record, and tells a thief nothing; other sessions go on", async () => {
    const other = await session();
    const { access, used, live, newAccess } = await stolen();
    later(11 * SECOND_MS);
    const refused = await refresh(used, { "cf-connecting-ip": "203.0.113.9" });
    expect(seen(refused)).toEqual(seen(await refresh("x".repeat(43))));
    const entries = "SELECT action, actor_id, object_id FROM audit_log WHERE address = '203.0.113.9'";
    const entry = { action: "session.refresh-reused", actor_id: null, object_id: person.accountId };
    expect(await rowsOf(entries)).toEqual([entry]);
    for (const token of [access, newAccess]) expect(await statusOfMe(token)).toBe(401);
    expect((await refresh(live)).status).toBe(401);
    expect(await statusOfMe(other.access)).toBe(200);
    expect((await refresh(other.refresh)).status).toBe(200);
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
});

describe("a session", () => {
  test("goes on for 30 days if it is refreshed, and not for longer", async () => {
    let { refresh: token } = await session();
    for (const idleMs of [...Array<number>(4).fill(6 * DAY_MS), 6 * DAY_MS - 1]) {
      later(idleMs);
      token = (await refresh(token)).body.refresh_token;
    }
    expect(token).toBeDefined();
    later(1);
    expect((await refresh(token)).status).toBe(401);
  });

  test.each([
    ["is over after a week without a refresh", 7 * DAY_MS, 401],
    ["goes on just before that", 7 * DAY_MS - 1, 200],
  ])("%s", async (_what, idleMs, status) => {
    const { refresh: token } = await session();
    later(idleMs);
    expect((await refresh(token)).status).toBe(status);
  });

  test("that was signed out can't be refreshed", async () => {
    const { access, refresh: token } = await session();
    expect((await call("POST", "/api-auth/logout", { token: access })).status).toBe(204);
    expect(await statusOfMe(access)).toBe(401);
    expect((await refresh(token)).status).toBe(401);
    expect(await usesOf(token)).toEqual([{ used_at_ms: null }]);
  });

  test("that was signed out stays so for an access token that was made late, because D1's answer was", async () => {
    const { access, refresh: token } = await session();
    const { sid } = decodeJwt<{ sid: string }>(access);
    const batch: D1Database["batch"] = async (statements) => {
      const results = await env.DB.batch<never>(statements);
      await signOut(env, { id: sid, accountId: person.accountId, isClosing: false }, "192.0.2.1");
      later(20 * SECOND_MS);
      return results;
    };
    const late = await refresh(token, {}, { DB: d1With({ batch }) });
    expect(late.status).toBe(200);
    const lateToken = late.body["auth-token"];
    expect(await statusOfMe(lateToken)).toBe(401);
    // The token is good for ten seconds more; those that were made in time have all expired.
    later(20 * MINUTE_MS - 10 * SECOND_MS);
    expect(await statusOfMe(lateToken)).toBe(401);
  });

  test("is forgotten however many tokens it has, a part of them at a time", async () => {
    const hashes = Array.from({ length: 2 * TOKENS_FORGOTTEN_AT_ONCE }, (_, n) => `hash ${n}`);
    await sql("INSERT INTO sessions VALUES ('large', 'account', 1, 1, NULL)");
    const insert = "INSERT INTO refresh_tokens SELECT value, 'large', 1, 1, NULL FROM json_each(?)";
    await sql(insert, JSON.stringify(hashes));
    const left = async () => [
      (await rowsOf("SELECT 1 FROM sessions WHERE id = 'large'")).length,
      (await rowsOf("SELECT 1 FROM refresh_tokens WHERE session_id = 'large'")).length,
    ];
    await forgetExpiredSessions(env.DB, Date.now());
    expect(await left()).toEqual([1, TOKENS_FORGOTTEN_AT_ONCE]);
    await forgetExpiredSessions(env.DB, Date.now());
    expect(await left()).toEqual([0, 0]);
  });

  test("is forgotten with its tokens an hour after its end, and others are not", async () => {
    const { refresh: token } = await session();
    const left = async (table: string) => (await rowsOf(`SELECT 1 FROM ${table}`)).length;
    await forgetExpiredSessions(env.DB, Date.now() + 30 * DAY_MS);
    expect(await left("sessions")).toBeGreaterThan(0);
    const sessionOf = "SELECT session_id FROM refresh_tokens WHERE hash = ?";
    await sql(`UPDATE sessions SET expires_at_ms = 1 WHERE id <> (${sessionOf})`, hashOf(token));
    await forgetExpiredSessions(env.DB, Date.now());
    expect([await left("sessions"), await left("refresh_tokens")]).toEqual([1, 1]);
    expect((await refresh(token)).status).toBe(200);
  });
});

describe("signing out everywhere", () => {
  test("ends every session of the account, and nobody else's, and clears the cookies", async () => {
    const mine = [await session(), await session()];
    const others = await session(await newPerson());
    const answer = await call("POST", "/api-auth/logout-everywhere", { token: mine[0]?.access ?? "" });
    expect(answer.status).toBe(204);
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    expect(cookies).toEqual(["__Host-session=", "__Host-refresh="]);
    for (const { access, refresh: token } of mine) {
      expect([await statusOfMe(access), (await refresh(token)).status]).toEqual([401, 401]);
    }
    expect([await statusOfMe(others.access), (await refresh(others.refresh)).status]).toEqual([200, 200]);
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
});

describe("refreshing by cookie", () => {
  test("answers with new cookies, and the device's stays", async () => {
    const answer = await byCookie((await session()).refresh, { "sec-fetch-site": "same-origin" });
    expect(answer.status).toBe(200);
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    expect(cookies).toEqual([
      `__Host-session=${answer.body["auth-token"]}`,
      `__Host-refresh=${answer.body.refresh_token}`,
    ]);
  });

  test("may say so in the body", async () => {
    const headers = { cookie: `__Host-refresh=${(await session()).refresh}`, "sec-fetch-site": "same-origin" };
    expect((await call("POST", REFRESH, { headers, body: { refresh_token: null } })).status).toBe(200);
  });

  test.each<[from: string, headers: Record<string, string>]>([
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["another host of the same site", { "sec-fetch-site": "same-site" }],
    ["a foreign Origin", { origin: "https://evil.test" }],
    ["the opaque Origin", { origin: "null" }],
  ])("is refused where %s made the browser send it, and uses nothing up", async (_from, foreign) => {
    const { refresh: token } = await session();
    const answer = await byCookie(token, foreign);
    expect(answer.status).toBe(403);
    expect(answer.body.type).toBe("/problems/cross-site-request");
    expect((await refresh(token)).status).toBe(200);
  });

  test("that is no good is refused like a token in the body", async () => {
    const answer = await byCookie("nothing");
    expect(seen(answer)).toEqual(seen(await refresh("nothing")));
    expect(answer.status).toBe(401);
  });

  test("prefers the body: another origin's page sends its own token, and no cookie counts", async () => {
    const [mine, cookies] = [await session(), await session()];
    const headers = { cookie: `__Host-refresh=${cookies.refresh}`, "sec-fetch-site": "cross-site" };
    expect((await refresh(mine.refresh, headers)).status).toBe(200);
    expect(await usesOf(cookies.refresh)).toEqual([{ used_at_ms: null }]);
  });
});

describe("signing keys", () => {
  test("rotate without signing anyone out, step by step and in both directions", async () => {
    const { access, refresh: token } = await session();
    // 1: every location learns the new key, and signs with the old one.
    const learnt = { SESSION_SECRET: OLD_SECRET, SESSION_SECRET_PREVIOUS: NEW_SECRET };
    // 2: they change over one by one; what either signs is good at both.
    const changed = { SESSION_SECRET: NEW_SECRET, SESSION_SECRET_PREVIOUS: OLD_SECRET };
    for (const settings of [learnt, changed]) expect(await statusOfMe(access, settings)).toBe(200);
    const renewed = await refresh(token, {}, changed);
    expect(renewed.status).toBe(200);
    for (const settings of [learnt, changed]) expect(await statusOfMe(renewed.body["auth-token"], settings)).toBe(200);
    // 3: the old key goes. Its access tokens are over by then, and refresh tokens need no key.
    const alone = { SESSION_SECRET: NEW_SECRET, SESSION_SECRET_PREVIOUS: "" };
    expect(await statusOfMe(access, alone)).toBe(401);
    expect(await statusOfMe(renewed.body["auth-token"], alone)).toBe(200);
    expect((await refresh(renewed.body.refresh_token, {}, alone)).status).toBe(200);
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
