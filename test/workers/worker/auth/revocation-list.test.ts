// The revocation list as isolates read it: only what is new, and no ended session is missed.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/domain/units.ts";
import { newLongId } from "../../../../src/platform/ids.ts";
import { forgetExpiredSessions } from "../../../../src/worker/auth/queries.ts";
import { d1With } from "../../../support/recording.ts";
import { sql } from "../../../support/records.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { type CallOptions, call, newPerson } from "../../../support/service.ts";

type List = typeof import("../../../../src/worker/auth/revocation-list.ts");
type Rows = D1Result<{ id: string }>;

const never = () => new Promise<never>(() => {});
const silent = { bind: () => silent, all: never } as unknown as D1PreparedStatement;
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  await sql("DELETE FROM revoked_sessions");
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function advance(ms: number): void {
  nowMs += ms;
  vi.setSystemTime(nowMs);
}

/** Another isolate: it has read nothing yet. */
async function newIsolate(): Promise<List> {
  vi.resetModules();
  return import("../../../../src/worker/auth/revocation-list.ts");
}

/** Puts a session on the list in D1, as an isolate that ended it does. */
async function end(expiresAtMs = nowMs + HOUR_MS, id = newLongId()): Promise<string> {
  await sql("INSERT INTO revoked_sessions (id, expires_at_ms) VALUES (?, ?)", id, expiresAtMs);
  return id;
}

/** Which sessions the isolate refuses once it has read the list again; the rows it fetched. */
async function renewed(list: List, ids: readonly string[]): Promise<{ refused: boolean[]; fetched: string[] }> {
  advance(6 * SECOND_MS);
  const fetched: string[] = [];
  const d1 = watched((rows) => void fetched.push(...rows.results.map(({ id }) => id)));
  const refused: boolean[] = [];
  for (const id of ids) refused.push(await list.isRevoked(d1, id));
  return { refused, fetched };
}

/** D1, with `seen` called before the rows of a read arrive. */
function watched(seen: (rows: Rows) => unknown): D1Database {
  const prepare = (text: string) => ({
    bind: (...parameters: unknown[]) => ({
      all: async () => {
        const rows: Rows = await env.DB.prepare(text)
          .bind(...parameters)
          .all();
        await seen(rows);
        return rows;
      },
    }),
  });
  return d1With({ prepare: prepare as unknown as D1Database["prepare"] });
}

describe("an isolate", () => {
  test("that starts reads all of the list that counts", async () => {
    const [first, second, over] = [await end(), await end(), await end(nowMs - 1)];
    const { refused, fetched } = await renewed(await newIsolate(), [first, second, newLongId()]);
    expect(refused).toEqual([true, true, false]);
    expect(fetched).toEqual([first, second]);
    expect(fetched).not.toContain(over);
  });

  test("then reads what is new, from the last row that it has", async () => {
    const list = await newIsolate();
    const old = [await end(), await end(), await end()];
    await renewed(list, old);
    const added = [await end(), await end()];
    expect(await renewed(list, [...old, ...added])).toEqual({
      refused: [true, true, true, true, true],
      fetched: [old[2], ...added],
    });
    expect((await renewed(list, [])).fetched).toEqual([]);
    expect((await renewed(list, added)).fetched).toEqual([added[1]]);
  });

  test("makes D1 read no more rows than it fetches, however long the list is", async () => {
    const list = await newIsolate();
    const numbers = JSON.stringify(Array.from({ length: 3_000 }, (_, n) => n));
    const insert = "INSERT INTO revoked_sessions (id, expires_at_ms) SELECT 'long-' || value, ? FROM json_each(?)";
    await sql(insert, nowMs + HOUR_MS, numbers);
    expect((await renewed(list, ["long-0", "long-2999"])).refused).toEqual([true, true]);
    const added = await end();
    let rowsRead = 0;
    const counted = watched(({ meta }) => (rowsRead += meta.rows_read));
    advance(6 * SECOND_MS);
    expect(await list.isRevoked(counted, added)).toBe(true);
    expect(rowsRead).toBe(2);
  });

  test("asks once in five seconds", async () => {
    const list = await newIsolate();
    const known = await end();
    await renewed(list, [known]);
    const late = await end();
    advance(5 * SECOND_MS);
    expect(await list.isRevoked(brokenDatabase(), late)).toBe(false);
    expect(await renewed(list, [late])).toEqual({ refused: [true], fetched: [known, late] });
  });

  test("knows at once what it has ended itself, whatever the age of its list", async () => {
    const list = await newIsolate();
    await renewed(list, [newLongId()]);
    const id = newLongId();
    list.addRevoked([id], nowMs + HOUR_MS);
    expect(await list.isRevoked(brokenDatabase(), id)).toBe(true);
    for (const ms of [4 * SECOND_MS, 2 * SECOND_MS, 6 * SECOND_MS, 16 * MINUTE_MS]) {
      advance(ms);
      expect(await list.isRevoked(env.DB, id), `${ms} ms later`).toBe(true);
    }
  });

  test.each([
    ["fails", brokenDatabase()],
    ["does not answer", d1With({ prepare: () => silent })],
  ])("keeps what it knows where D1 %s, holds up nobody, and asks again five seconds later", async (_how, away) => {
    const list = await newIsolate();
    const known = await end();
    await renewed(list, [known]);
    const late = await end();
    advance(11 * SECOND_MS);
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
    expect(await list.isRevoked(away, known)).toBe(true);
    expect(await list.isRevoked(away, late)).toBe(false);
    expect(lines).toEqual([expect.stringContaining("revocation list not renewed")]);
    expect((await renewed(list, [known, late])).refused).toEqual([true, true]);
  });
});

describe("no ended session is missed", () => {
  test("where the list was emptied in between: a position does not come twice", async () => {
    const list = await newIsolate();
    await renewed(list, [await end(nowMs + MINUTE_MS), await end(nowMs + MINUTE_MS)]);
    advance(2 * MINUTE_MS);
    await forgetExpiredSessions(env.DB, nowMs);
    const added = await end();
    expect((await renewed(list, [added])).refused).toEqual([true]);
  });

  test("where the last row that the isolate read has expired", async () => {
    const list = await newIsolate();
    const long = await end();
    await renewed(list, [await end(nowMs + MINUTE_MS)]);
    advance(2 * MINUTE_MS);
    const added = await end();
    expect((await renewed(list, [long, added])).refused).toEqual([true, true]);
    const next = await end();
    expect((await renewed(list, [next])).fetched).toEqual([added, next]);
  });

  test.each([
    ["and another session has the position of the last row", 0],
    ["and its positions are all lower", 1],
  ])("where D1 was restored to an earlier time, %s", async (_how, lower) => {
    const list = await newIsolate();
    const kept = await end();
    const lost = await end();
    await end();
    await renewed(list, [kept, lost]);
    const position = "SELECT MAX(position) AS p FROM revoked_sessions";
    const last = Number((await env.DB.prepare(position).first("p")) ?? 0);
    await sql("DELETE FROM revoked_sessions WHERE id <> ?", kept);
    const added = newLongId();
    const insert = "INSERT INTO revoked_sessions (position, id, expires_at_ms) VALUES (?, ?, ?)";
    await sql(insert, last - lower, added, nowMs + HOUR_MS);
    expect((await renewed(list, [kept, added])).refused).toEqual([true, true]);
  });

  test("where an older read arrives after a newer one", async () => {
    const list = await newIsolate();
    const first = await end();
    await renewed(list, [first]);
    advance(11 * SECOND_MS);
    const [read, arrival] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slowly = watched(() => {
      read.resolve();
      return arrival.promise;
    });
    const slow = list.isRevoked(slowly, first);
    await read.promise;
    const second = await end();
    advance(11 * SECOND_MS);
    expect(await list.isRevoked(env.DB, second)).toBe(true);
    arrival.resolve();
    expect(await slow).toBe(true);
    const third = await end();
    expect((await renewed(list, [first, second, third])).refused).toEqual([true, true, true]);
  });

  test("where the clock goes back", async () => {
    const list = await newIsolate();
    const [early, late] = [await end(nowMs + MINUTE_MS), await end()];
    await renewed(list, [early, late]);
    advance(2 * MINUTE_MS);
    await renewed(list, [late]);
    advance(-2 * MINUTE_MS);
    expect(await list.isRevoked(env.DB, early)).toBe(true);
  });
});

test("a session that another isolate ended is refused here once the list is older than 5 s", async () => {
  const [{ token }, bystander] = [await newPerson(), await newPerson()];
  const statusOf = async (options: CallOptions<undefined>) => (await call("GET", "/me", options)).status;
  advance(MINUTE_MS);
  expect(await statusOf({ token })).toBe(200);
  await end(nowMs + HOUR_MS, String(decodeJwt(token).sid));
  advance(4_999);
  // No promise to anybody but D1, which is asked once in 5 s instead of with each request.
  expect(await statusOf({ token })).toBe(200);
  for (const ms of [1_001, MINUTE_MS, 16 * MINUTE_MS]) {
    advance(ms);
    expect(await statusOf({ token }), `${ms} ms later`).toBe(401);
  }
  expect(await statusOf({ headers: { cookie: `__Host-session=${token}` } })).toBe(401);
  expect(await statusOf({ token: bystander.token })).toBe(200);
});
