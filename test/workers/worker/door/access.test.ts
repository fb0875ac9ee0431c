// Who works at a door is read from D1 now and then: how seldom, for how long it counts, and what is
// forgotten at once.

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Session } from "../../../../src/worker/auth/sessions.ts";
import { doorOf, forgetDoor } from "../../../../src/worker/door/access.ts";
import { boughtPasses, codeOf } from "../../../support/passes.ts";
import { d1With, recordingD1 } from "../../../support/recording.ts";
import { addTicket, call, newPerson, type OnSale, type Person, putOnSale, until } from "../../../support/service.ts";

let sale: OnSale;
let scanner: Person;

beforeAll(async () => {
  sale = await putOnSale({ max_per_buyer: null });
});
beforeEach(async () => {
  vi.useRealTimers();
  scanner = await newPerson();
  const path = `/events/${sale.eventId}/crew/${scanner.accountId}` as const;
  await call("PUT", path, { token: sale.organizer.token, body: { part: "scanner" } });
});

async function scan(settings: { DB?: D1Database } = {}) {
  const [pass = ""] = await boughtPasses(sale.ticketId);
  const body = { event: sale.eventId, code: await codeOf(pass), gate: "North", key: crypto.randomUUID() };
  return call("POST", "/check-ins", { token: scanner.token, body, settings });
}

function scanNothing({ token }: Person, settings: { DB: D1Database }) {
  const body = { event: sale.eventId, code: "no code", gate: "North", key: crypto.randomUUID() };
  return call("POST", "/check-ins", { token, body, settings });
}

/** The clock of requests, which move on by so much. */
function later(ms: number): void {
  const atMs = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(atMs);
}

function sessionOf({ accountId }: Person): Session {
  return { accountId } as Session;
}

/** Statements about the door. */
function readsIn(statements: ReturnType<typeof recordingD1>["statements"]): string[] {
  return statements.map(({ text }) => text).filter((text) => /from "(accounts|events|ticket_types)"/.test(text));
}

test("what the crew at a door needs is read once for all of them, and once more for each who has just come", async () => {
  const { DB, statements } = recordingD1();
  // The clock stands still: on a slow machine all of it would be read again.
  later(0);
  forgetDoor(sale.eventId);
  await scan({ DB });
  expect(readsIn(statements)).toHaveLength(3);
  await scan({ DB });
  await scanNothing(sale.organizer, { DB });
  expect(readsIn(statements)).toHaveLength(3);
  const newcomer = await newPerson();
  expect((await scanNothing(newcomer, { DB })).status).toBe(404);
  expect(readsIn(statements)).toHaveLength(4);
  const row = env.DB.prepare("INSERT INTO crew VALUES (?, ?, 'scanner', 0)").bind(sale.eventId, newcomer.accountId);
  await row.run();
  expect((await scanNothing(newcomer, { DB })).status).toBe(200);
  expect(readsIn(statements)).toHaveLength(5);
});

test("before the time is over a scan has it read again, and does not wait for that", async () => {
  await scan();
  later(1_600);
  let reads = 0;
  const prepare = (text: string) => {
    if (/from "events"/.test(text)) reads += 1;
    throw new Error("D1 is down");
  };
  expect((await scan({ DB: d1With({ prepare }) })).body.result).toBe("admitted");
  expect(reads).toBe(1);
  const { DB, statements } = recordingD1();
  expect((await scan({ DB })).body.result).toBe("admitted");
  await until(
    async () => readsIn(statements).length,
    (count) => count === 3,
  );
  later(1_000);
  expect((await scan({ DB: d1With({ prepare }) })).body.result).toBe("admitted");
});

test("after two seconds nothing counts that was read before", async () => {
  await scan();
  await env.DB.prepare("DELETE FROM crew WHERE account_id = ?").bind(scanner.accountId).run();
  later(1_000);
  expect((await scan()).status).toBe(200);
  later(1_000);
  expect((await scan()).status).toBe(404);
});

/** D1 whose first answers about a door come only once they are let go. */
function slowD1() {
  const waiting = Promise.withResolvers<void>();
  const prepare = (text: string) => {
    const statement = env.DB.prepare(text);
    const slowly = (target: D1PreparedStatement): D1PreparedStatement =>
      new Proxy(target, {
        get(_target, name) {
          const value = Reflect.get(target, name, target);
          if (name === "bind") return (...parameters: unknown[]) => slowly(target.bind(...parameters));
          if (name !== "raw") return typeof value === "function" ? value.bind(target) : value;
          return async (...options: []) => {
            const rows = await target.raw(...options);
            await waiting.promise;
            return rows;
          };
        },
      });
    return slowly(statement);
  };
  return { DB: d1With({ prepare }), letGo: waiting.resolve };
}

describe("when all scanners of a door come after a quiet moment", () => {
  // Later each time: what the test before has read would else be new.
  test("it is read once, and the others wait for that", async () => {
    const { DB, statements } = recordingD1();
    later(10_000);
    const session = sessionOf(scanner);
    const all = await Promise.all(
      Array.from({ length: 64 }, () => doorOf({ ...env, DB } as never, sale.eventId, session)),
    );
    expect(all.every((door) => door?.event.id === sale.eventId)).toBe(true);
    expect(readsIn(statements)).toHaveLength(3);
  });

  test("nobody waits for long for a reading that does not end", async () => {
    later(20_000);
    const session = sessionOf(scanner);
    const { DB, letGo } = slowD1();
    const reading = doorOf({ ...env, DB } as never, sale.eventId, session);
    const { DB: other, statements } = recordingD1();
    expect(await doorOf({ ...env, DB: other } as never, sale.eventId, session)).not.toBeNull();
    expect(readsIn(statements)).toHaveLength(3);
    letGo();
    expect(await reading).not.toBeNull();
  });

  test("where it can't be read each is told so, and the next one reads", async () => {
    later(30_000);
    const session = sessionOf(scanner);
    const prepare = () => {
      throw new Error("D1 is down");
    };
    const down = { ...env, DB: d1With({ prepare }) } as never;
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => doorOf(down, sale.eventId, session)));
    expect(all.map(({ status }) => status)).toEqual(Array(8).fill("rejected"));
    expect(await doorOf(env as never, sale.eventId, session)).not.toBeNull();
  });
});

test("a reading that began before the part was taken away does not bring it back", async () => {
  const session = sessionOf(scanner);
  forgetDoor(sale.eventId);
  const { DB, letGo } = slowD1();
  const reading = doorOf({ ...env, DB } as never, sale.eventId, session);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await env.DB.prepare("DELETE FROM crew WHERE account_id = ?").bind(scanner.accountId).run();
  forgetDoor(sale.eventId);
  letGo();
  expect(await reading).not.toBeNull();
  expect(await doorOf(env as never, sale.eventId, session)).toBeNull();
});

test("nor does one bring back the ticket types of before", async () => {
  const session = sessionOf(scanner);
  forgetDoor(sale.eventId);
  const { DB, letGo } = slowD1();
  const reading = doorOf({ ...env, DB } as never, sale.eventId, session);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const added = await addTicket(sale.organizer, sale.eventId, { name: "Box" });
  forgetDoor(sale.eventId);
  letGo();
  await reading;
  expect((await doorOf(env as never, sale.eventId, session))?.ticketTypes.has(added)).toBe(true);
});
