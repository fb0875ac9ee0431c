// At most 50 sessions of an account go on at once, and few that end are put on the revocation list.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { MAX_SESSIONS } from "../../../../src/worker/auth/queries.ts";
import { signIn } from "../../../../src/worker/auth/session-lifecycle.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, type Person } from "../../../support/service.ts";
import { type Member, newSession } from "../../../support/sign-in.ts";

afterEach(() => {
  vi.useRealTimers();
});

function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

function refresh({ refresh }: Member) {
  return call("POST", "/api-auth/refresh", { body: { refresh_token: refresh } });
}

/** What its access token and its refresh token are good for. */
async function statusOf(session: Member): Promise<number[]> {
  return [(await call("GET", "/me", { token: session.token })).status, (await refresh(session)).status];
}

async function count(table: string, condition: string, ...bindings: unknown[]): Promise<unknown> {
  return (await rowsOf(`SELECT COUNT(*) AS n FROM ${table} WHERE ${condition}`, ...bindings))[0]?.n;
}

function goingOn({ accountId }: Person): Promise<unknown> {
  return count("sessions", "account_id = ? AND ended_at_ms IS NULL", accountId);
}

function onTheList({ accountId }: Person): Promise<unknown> {
  return count("revoked_sessions", "id IN (SELECT id FROM sessions WHERE account_id = ?)", accountId);
}

/** One a millisecond, so that it is clear which is the oldest. */
async function sessionsOf(person: Person, howMany: number): Promise<Member[]> {
  const made: Member[] = [];
  for (let n = 0; n < howMany; n++) {
    later(1);
    made.push(await newSession(person));
  }
  return made;
}

/** From `fromMs`, one each `everyMs`, as a release without a limit left them. */
async function unlimitedSessions({ accountId }: Person, howMany: number, fromMs: number, everyMs: number) {
  const rows = "SELECT value AS n FROM json_each(?1)";
  const numbers = JSON.stringify(Array.from({ length: howMany }, (_, n) => n));
  const began = "?2 + n * ?3";
  const start = [numbers, fromMs, everyMs, accountId] as const;
  await sql(
    `INSERT INTO sessions SELECT ?4 || '-' || n, ?4, ${began}, ${began} + ${30 * DAY_MS}, NULL FROM (${rows})`,
    ...start,
  );
  await sql(
    `INSERT INTO refresh_tokens SELECT ?4 || '-hash-' || n, ?4 || '-' || n, ${began}, NULL, NULL FROM (${rows})`,
    ...start,
  );
}

describe("signing in once more than 50 times", () => {
  test("ends the oldest sessions at once, and no other", async () => {
    const [person, bystander] = [await newPerson(), await newSession(await newPerson())];
    // This isolate's list is fresh: it hears of the ends by itself, and not from D1.
    later(0);
    expect((await statusOf(bystander))[0]).toBe(200);
    const sessions = await sessionsOf(person, MAX_SESSIONS + 3);
    expect(await goingOn(person)).toBe(MAX_SESSIONS);
    for (const ended of sessions.slice(0, 3)) expect(await statusOf(ended)).toEqual([401, 401]);
    for (const other of [...sessions.slice(3, 6), ...sessions.slice(-2)]) {
      expect(await statusOf(other)).toEqual([200, 200]);
    }
    expect((await call("GET", "/me", { token: bystander.token })).status).toBe(200);
    const { sid } = decodeJwt(sessions[2]?.token ?? "");
    expect(await count("revoked_sessions", "id = ?", sid)).toBe(1);
  });

  test("ends those that were refreshed longest ago: one that is in use stays, however old it is", async () => {
    const person = await newPerson();
    const [oldest, second] = await sessionsOf(person, MAX_SESSIONS);
    if (oldest === undefined || second === undefined) throw new Error("there are fifty");
    later(MINUTE_MS);
    const { body } = await refresh(oldest);
    await newSession(person);
    expect(await statusOf({ ...oldest, token: body["auth-token"], refresh: body.refresh_token })).toEqual([200, 200]);
    expect(await statusOf(second)).toEqual([401, 401]);
  });

  test("at the same moment leaves 50", async () => {
    const person = await newPerson();
    await Promise.all(Array.from({ length: MAX_SESSIONS + 20 }, () => newSession(person)));
    expect(await goingOn(person)).toBe(MAX_SESSIONS);
  });

  test("ends sessions that have expired before those that go on", async () => {
    const person = await newPerson();
    await unlimitedSessions(person, MAX_SESSIONS, Date.now() - 31 * DAY_MS, 1);
    const sessions = await sessionsOf(person, MAX_SESSIONS);
    expect(await statusOf(sessions[0] as Member)).toEqual([200, 200]);
  });

  test("ends nothing where the password was changed meanwhile", async () => {
    const person = await newPerson();
    await sessionsOf(person, MAX_SESSIONS);
    const account = await accountById(env.DB, person.accountId);
    if (account === null) throw new Error("the account is there");
    expect(await signIn(env, { ...account, passwordHash: "$another" }, "192.0.2.1")).toBeNull();
    expect([await goingOn(person), await onTheList(person)]).toEqual([MAX_SESSIONS, 0]);
  });

  test("reads no more rows of an account that has signed in 2,000 times than of one with 50 sessions", async () => {
    const rowsRead = async (person: Person) => {
      let rows = 0;
      const batch: D1Database["batch"] = async (statements) => {
        const results = await env.DB.batch<never>(statements);
        rows = results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
        return results;
      };
      const account = await accountById(env.DB, person.accountId);
      if (account !== null) await signIn({ ...env, DB: d1With({ batch }) }, account, "192.0.2.1");
      return rows;
    };
    const [often, seldom] = [await newPerson(), await newPerson()];
    await unlimitedSessions(often, 2_000, Date.now() - DAY_MS, 1);
    for (const person of [often, seldom]) await sessionsOf(person, MAX_SESSIONS);
    const usual = await rowsRead(seldom);
    expect(usual).toBeGreaterThan(MAX_SESSIONS);
    expect(await rowsRead(often)).toBeLessThan(1.2 * usual);
  });
});

describe("the revocation list", () => {
  test("has at most 50 rows of an account that had 10,000 sessions and signs out everywhere", async () => {
    const person = await newPerson();
    await unlimitedSessions(person, 10_000, Date.now() - 7 * DAY_MS, MINUTE_MS);
    const here = await newSession(person);
    expect(await goingOn(person)).toBe(MAX_SESSIONS);
    expect((await call("POST", "/api-auth/logout-everywhere", { token: here.token })).status).toBe(204);
    expect(await goingOn(person)).toBe(0);
    expect(await onTheList(person)).toBeLessThanOrEqual(MAX_SESSIONS);
  });

  // 20 minutes of an access token, 5 for one that was made late, 10 seconds for a retried refresh.
  test.each<[what: string, sinceMs: number, rows: number]>([
    ["has a session that began a moment ago", 0, 1],
    ["has a session whose last token may just be valid", 25 * MINUTE_MS + 9_999, 1],
    ["has no session whose last token has expired", 25 * MINUTE_MS + 10_000, 0],
    ["has no session that began a week ago", 7 * DAY_MS, 0],
  ])("%s", async (_what, sinceMs, rows) => {
    const person = await newPerson();
    later(0);
    await newSession(person);
    later(sinceMs);
    const { token } = await newSession(person);
    expect((await call("POST", "/api-auth/logout-everywhere", { token })).status).toBe(204);
    expect([await goingOn(person), await onTheList(person)]).toEqual([0, 1 + rows]);
  });

  test("has a session that began a week ago and was refreshed a moment ago", async () => {
    const person = await newPerson();
    const [old, here] = [await newSession(person), await newSession(person)];
    later(6 * DAY_MS);
    const refreshed = (await refresh(old)).body["auth-token"];
    const token = (await refresh(here)).body["auth-token"];
    await call("POST", "/api-auth/logout-everywhere", { token });
    expect(await onTheList(person)).toBe(2);
    expect((await call("GET", "/me", { token: refreshed })).status).toBe(401);
  });
});
