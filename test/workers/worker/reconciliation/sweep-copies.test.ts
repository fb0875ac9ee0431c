// The sweep notices that D1, or an object, was restored to an earlier time, and mends the copies.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { DAY_MS } from "../../../../src/domain/units.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { sweepCopies } from "../../../../src/worker/reconciliation/sweep-copies.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { sqlIn } from "../../../support/objects.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { insertRow, rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  hold,
  newPerson,
  objectOf,
  type Person,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

/** The tables that have copies, as they are at this moment. */
const saveCopies = async () => {
  const tables = ["reservations", "passes", "ticket_types", "orders"];
  for (const table of tables) await sql(`CREATE TABLE saved_${table} AS SELECT * FROM ${table}`);
  return async () => {
    for (const table of tables) await sql(`DELETE FROM ${table}`);
    for (const table of tables) await sql(`INSERT INTO ${table} SELECT * FROM saved_${table}`);
    for (const table of tables) await sql(`DROP TABLE saved_${table}`);
  };
};

/** The object's tables, as they are at this moment. */
async function saveObject(ticketId: string) {
  const tables = ["ticket_type", "reservations", "payments"];
  const saved = await Promise.all(tables.map((table) => sqlIn(ticketId, `SELECT * FROM ${table}`)));
  return async () => {
    await runInDurableObject(objectOf(ticketId), (_, { storage }) => {
      for (const [index, table] of tables.entries()) {
        storage.sql.exec(`DELETE FROM ${table}`);
        for (const row of saved[index] ?? []) {
          const values = Object.values(row);
          storage.sql.exec(`INSERT INTO ${table} VALUES (${values.map(() => "?")})`, ...values);
        }
      }
    });
    await evictDurableObject(objectOf(ticketId));
  };
}

async function paid(buyer: Person, ticketId: string): Promise<string> {
  const { id } = (await hold(buyer, ticketId)).body;
  await pay(buyer, id);
  await until(
    async () => (await listed(buyer))[0]?.state,
    (state) => state === "confirmed",
  );
  return id;
}

async function listed({ token }: Person) {
  return (await call("GET", "/reservations", { token })).list;
}

function inD1(ticketId: string) {
  return rowsOf("SELECT id, state, version FROM reservations WHERE ticket_type_id = ? ORDER BY id", ticketId);
}

/** D1 has what the object has, down to the version. */
async function expectCopied(ticketId: string): Promise<void> {
  const rows = await sqlIn(ticketId, "SELECT id, state, version FROM reservations ORDER BY id");
  expect(await inD1(ticketId)).toEqual(rows);
  const columns = "held, sold, version FROM";
  const [ticketType] = await sqlIn(ticketId, `SELECT ${columns} ticket_type`);
  expect(await rowsOf(`SELECT ${columns} ticket_types WHERE id = ?`, ticketId)).toEqual([ticketType]);
}

beforeEach(async () => {
  for (const table of ["ticket_types", "sweep_progress"]) await sql(`DELETE FROM ${table}`);
});

describe("D1 restored to an earlier time:", () => {
  test("what was bought since is confirmed in its buyer's list again", async () => {
    const { ticketId } = await putOnSale();
    const [early, late, undecided] = [await newPerson(), await newPerson(), await newPerson()];
    const { id } = (await hold(early, ticketId)).body;
    const restore = await saveCopies();
    await pay(early, id);
    await paid(late, ticketId);
    const dropped = (await hold(undecided, ticketId)).body;
    await call("DELETE", `/reservations/${dropped.id}`, { token: undecided.token });
    await until(
      async () => (await listed(early))[0]?.state,
      (state) => state === "confirmed",
    );
    await restore();
    expect((await listed(early)).map(({ state }) => state)).toEqual(["held"]);
    expect(await listed(late)).toEqual([]);
    await sweep(env);
    expect((await listed(early)).map(({ state }) => state)).toEqual(["confirmed"]);
    expect((await listed(late)).map(({ state }) => state)).toEqual(["confirmed"]);
    expect((await listed(undecided)).map(({ state }) => state)).toEqual(["cancelled"]);
    await expectCopied(ticketId);
  });

  test("who went in since is in its copies again", async () => {
    const { ticketId } = await putOnSale();
    const id = await paid(await newPerson(), ticketId);
    const restore = await saveCopies();
    const scan = { key: "k", gate: "A", generation: 0, atMs: null, by: "crew" };
    await objectOf(ticketId).checkIn([{ type: "in", passId: `${id}-1`, ...scan }]);
    const rows = () => rowsOf("SELECT state, gate FROM passes WHERE reservation_id = ?", id);
    await until(rows, ({ length }) => length === 1);
    await restore();
    expect(await rows()).toEqual([]);
    await sweep(env);
    expect(await rows()).toEqual([{ state: "admitted", gate: "A" }]);
    await expectCopied(ticketId);
  });

  test("reservations are missed though their ticket type was put back from an export", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    await paid(buyer, ticketId);
    await sql("DELETE FROM reservations WHERE ticket_type_id = ?", ticketId);
    await sweep(env);
    expect((await listed(buyer)).map(({ state }) => state)).toEqual(["confirmed"]);
  });
});

test("an object that was restored to before its event was called off hears of that again", async () => {
  const { ticketId, eventId, organizer } = await putOnSale();
  const restore = await saveObject(ticketId);
  const { token } = organizer;
  await call("PATCH", `/events/${eventId}`, { token, body: { status: "cancelled" } });
  await restore();
  expect(await objectOf(ticketId).describe()).toMatchObject({ eventStatus: "published" });
  await sweepCopies(env);
  await sweep(env);
  expect(await objectOf(ticketId).describe()).toMatchObject({ eventStatus: "cancelled" });
  expect(await hold(await newPerson(), ticketId)).toMatchObject({ status: 409 });
  const announced = await rowsOf("SELECT id FROM events WHERE announced_version < status_version");
  expect(announced).toEqual([]);
});

test("an object restored to an earlier time publishes above D1's versions, and goes on from there", async () => {
  const { ticketId } = await putOnSale();
  const [buyer, other] = [await newPerson(), await newPerson()];
  const { id } = (await hold(buyer, ticketId)).body;
  const restore = await saveObject(ticketId);
  await paid(other, ticketId);
  await pay(buyer, id);
  await until(
    async () => (await listed(buyer))[0]?.state,
    (state) => state === "confirmed",
  );
  await restore();
  await sweep(env);
  expect((await listed(buyer)).map(({ state }) => state)).toEqual(["held"]);
  // What only the copy knows is left to a person.
  expect((await listed(other)).map(({ state }) => state)).toEqual(["confirmed"]);
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  expect((await listed(buyer)).map(({ state }) => state)).toEqual(["cancelled"]);
  await sql("DELETE FROM reservations WHERE account_id = ?", other.accountId);
  await expectCopied(ticketId);
});

describe("where nothing differs", () => {
  test("nothing is written, and no row is read one by one", async () => {
    const { ticketId } = await putOnSale();
    await paid(await newPerson(), ticketId);
    const endedMs = Date.now() - 31 * DAY_MS;
    // Its object deleted it long ago.
    const old = { id: `${ticketId}-${"5".repeat(20)}`, ticket_type_id: ticketId, account_id: "eve", quantity: 1 };
    const terms = { unit_price_minor: 1, currency: "EUR", created_at_ms: endedMs, expires_at_ms: endedMs };
    await insertRow("reservations", { ...old, ...terms, state: "expired", unsettled: 0, version: 2 });
    const before = await inD1(ticketId);
    const { DB, statements } = recordingD1();
    await sweepCopies({ ...env, DB });
    // How far it has come, the ticket types, what the copies of reservations and of passes add up
    // to, orders without a copy, and holders whose buyer is erased.
    expect(statements.map(({ text }) => /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase())).toEqual(Array(6).fill("select"));
    expect(await inD1(ticketId)).toEqual(before);
  });
});

describe("in bounded steps", () => {
  async function wrongCopies(ids: readonly string[]): Promise<number> {
    const query =
      "SELECT COUNT(*) AS n FROM ticket_types WHERE capacity = 1 AND id IN (SELECT value FROM json_each(?))";
    return Number((await rowsOf(query, JSON.stringify(ids)))[0]?.n);
  }

  test("it comes round to every ticket type, past an object that can't be reached", async () => {
    const { organizer, eventId, ticketId } = await putOnSale();
    const more = await Promise.all(Array.from({ length: 44 }, () => addTicket(organizer, eventId)));
    const ids = [ticketId, ...more].sort();
    await sql("UPDATE ticket_types SET capacity = 1");
    const unreachable = ids[3] ?? "";
    const getByName = (id: string) => {
      if (id === unreachable) throw new Error("no such object");
      return objectOf(id);
    };
    const bindings: Env = { ...env, TICKET_TYPES: { getByName } as unknown as Env["TICKET_TYPES"] };
    await sweepCopies(bindings);
    expect(await wrongCopies(ids)).toBe(45 - 19);
    await sweepCopies(bindings);
    await sweepCopies(bindings);
    expect(await wrongCopies(ids)).toBe(1);
    await sweepCopies(env);
    expect(await wrongCopies(ids)).toBe(0);
  });

  test("a ticket type with many reservations is compared part by part", async () => {
    const { ticketId } = await putOnSale({ capacity: 10_000, max_per_buyer: null });
    const ids = Array.from({ length: 4_100 }, (_, n) => `${ticketId}-${String(n).padStart(20, "0")}`);
    const request = { quantity: 1, accountId: "buyer", idempotencyKey: null };
    await objectOf(ticketId).reserve(ids.map((reservationId) => ({ ...request, reservationId })));
    await until(
      async () => (await inD1(ticketId)).length,
      (count) => count === ids.length,
    );
    await sql("DELETE FROM reservations WHERE id = ?", ids[4_050]);
    const { DB, statements } = recordingD1();
    for (let time = 0; time < 3; time++) await sweepCopies({ ...env, DB });
    expect(await inD1(ticketId)).toHaveLength(ids.length);
    // Where it goes on is kept, twice, and forgotten.
    expect(statements.filter(({ text }) => text.includes("insert into"))).toHaveLength(3);
  });
});
