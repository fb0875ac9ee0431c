// An organiser's mistakes can be deleted, and nothing that somebody may still need.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { AuditQuestion, SaleNews } from "../../../../src/durable/ticket-type/protocol.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { alarmOf, sqlIn } from "../../../support/objects.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  pay,
  putOnSale,
  TICKET,
  until,
} from "../../../support/service.ts";
import { openStream, watch } from "../../../support/watching.ts";

const FREE = { price: { amount: 0, currency: "EUR" } };
const LONG_AGO_MS = 120_000;

/** What may have become of a ticket type's tickets. */
const USES = {
  held: async (buyer: Person, ticketId: string) => void (await hold(buyer, ticketId, 2)),
  sold: async (buyer: Person, ticketId: string) => void (await pay(buyer, (await hold(buyer, ticketId)).body.id)),
  "let go": async (buyer: Person, ticketId: string) => {
    const { id } = (await hold(buyer, ticketId)).body;
    await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  },
} as const;

type Use = keyof typeof USES;

const OF_USE: Readonly<Record<Use, { held: number; sold: number }>> = {
  held: { held: 2, sold: 0 },
  sold: { held: 0, sold: 1 },
  "let go": { held: 0, sold: 0 },
};

async function used(use: Use): Promise<OnSale> {
  const sale = await putOnSale(FREE);
  await USES[use](await newPerson(), sale.ticketId);
  return sale;
}

function remove({ organizer: { token } }: OnSale, path: `/events/${string}` | `/tickets/${string}`) {
  return call("DELETE", path, { token });
}

function patch({ organizer: { token }, eventId }: OnSale, body: Record<string, unknown>) {
  return call("PATCH", `/events/${eventId}`, { token, body });
}

/** Whether a buyer can take a ticket at this moment. */
async function sells(ticketId: string): Promise<boolean> {
  return (await hold(await newPerson(), ticketId)).status === 201;
}

/** The ids of an event and its ticket types, wherever D1 has them: the log aside. */
async function traces(...ids: string[]): Promise<Record<string, unknown>[]> {
  const wanted = JSON.stringify(ids);
  const isWanted = (column: string) => `${column} IN (SELECT value FROM json_each(?1))`;
  return rowsOf(
    `SELECT 'event' AS kind, id FROM events WHERE ${isWanted("id")}
     UNION ALL SELECT 'ticket', id FROM ticket_types WHERE ${isWanted("id")} OR ${isWanted("event_id")}
     UNION ALL SELECT 'term', term FROM event_terms WHERE ${isWanted("event_id")}
     UNION ALL SELECT 'retiring', id FROM retiring_ticket_types WHERE ${isWanted("id")}`,
    wanted,
  );
}

/** What is left in the object's storage. */
async function storageOf(id: string) {
  const tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
  return { tables: await sqlIn(id, tables), alarm: await alarmOf(id) };
}

const EMPTY = { tables: [], alarm: null };

function actionsOn(objectId: string) {
  return rowsOf("SELECT action FROM audit_log WHERE object_id = ? ORDER BY at_ms, id", objectId).then((rows) =>
    rows.map(({ action }) => action),
  );
}

/** Objects of which some methods do something else. */
function withObjects(change: (id: string) => Record<string, unknown>): Pick<Env, "TICKET_TYPES"> {
  const getByName = (id: string) => ({
    announce: (news: SaleNews) => objectOf(id).announce(news),
    audit: (question: AuditQuestion) => objectOf(id).audit(question),
    ...change(id),
  });
  return { TICKET_TYPES: { getByName } as unknown as Env["TICKET_TYPES"] };
}

describe("an event becomes a draft again", () => {
  test("where nothing is held or sold", async () => {
    const sale = await used("let go");
    expect(await patch(sale, { status: "draft" })).toMatchObject({ status: 200, body: { status: "draft" } });
    expect(await sells(sale.ticketId)).toBe(false);
    expect(await patch(sale, { status: "published" })).toMatchObject({ status: 200 });
    expect(await sells(sale.ticketId)).toBe(true);
  });

  test.each(["held", "sold"] as const)("but not where a ticket is %s: all stays as it was", async (use) => {
    const sale = await used(use);
    const before = (await call("GET", `/events/${sale.eventId}`)).body;
    const refused = await patch(sale, { status: "draft", name: "Another evening" });
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/event-has-sales", ...OF_USE[use] } });
    expect((await call("GET", `/events/${sale.eventId}`)).body).toEqual(before);
    expect(await sells(sale.ticketId)).toBe(true);
    expect(await actionsOn(sale.eventId)).toEqual(["event.create"]);
  });

  test("but not where it was called off with tickets sold, which buyers still look up", async () => {
    const sale = await used("sold");
    await patch(sale, { status: "cancelled" });
    expect(await patch(sale, { status: "draft" })).toMatchObject({ status: 409 });
    expect((await call("GET", `/events/${sale.eventId}`)).body).toMatchObject({ status: "cancelled" });
  });

  test("but not where it would end before it starts: it is on sale again at once", async () => {
    const sale = await putOnSale(FREE);
    expect(await patch(sale, { status: "draft", ends_at: EVENT.starts_at })).toMatchObject({ status: 422 });
    expect(await sells(sale.ticketId)).toBe(true);
  });

  test("or a hold comes first: never both, whichever way they fall", async () => {
    const buyers = await Promise.all(Array.from({ length: 8 }, () => newPerson()));
    for (const first of buyers) {
      const sale = await putOnSale(FREE);
      const second = await addTicket(sale.organizer, sale.eventId, FREE);
      const [held, changed] = await Promise.all([hold(first, second), patch(sale, { status: "draft" })]);
      expect([`${held.status} ${changed.status}`]).toEqual([held.status === 201 ? "201 409" : "409 200"]);
      expect(await objectOf(sale.ticketId).describe()).toMatchObject({ onSale: held.status === 201 });
    }
  });

  test("or none, where it can't be taken off sale everywhere: 503, and on sale as before", async () => {
    const sale = await putOnSale(FREE);
    const settings = withObjects((id) => (id === sale.ticketId ? { announce: async () => undefined } : {}));
    const { token } = sale.organizer;
    const path = `/events/${sale.eventId}` as const;
    expect(await call("PATCH", path, { token, body: { status: "draft" }, settings })).toMatchObject({ status: 503 });
    expect((await call("GET", path)).body).toMatchObject({ status: "published" });
    await sweep(env);
    expect(await sells(sale.ticketId)).toBe(true);
  });

  test("or the sweep puts it back on sale, where the process died meanwhile", async () => {
    const sale = await putOnSale(FREE);
    const withdrawn = "UPDATE events SET withdrawn_since_ms = ?1, status_version = status_version + 1 WHERE id = ?2";
    await sql(withdrawn, Date.now() - LONG_AGO_MS, sale.eventId);
    await objectOf(sale.ticketId).announce({
      onSale: false,
      onSaleVersion: 2,
      eventStatus: "draft",
      eventEndsMs: 9e12,
    });
    expect(await sells(sale.ticketId)).toBe(false);
    await sweep(env);
    expect(await sells(sale.ticketId)).toBe(true);
    expect(await rowsOf("SELECT withdrawn_since_ms AS ms FROM events WHERE id = ?", sale.eventId)).toEqual([
      { ms: null },
    ]);
  });
});

describe("an event is deleted", () => {
  test("with its ticket types, and leaves nothing but its log", async () => {
    const sale = await putOnSale();
    const second = await addTicket(sale.organizer, sale.eventId);
    expect(await remove(sale, `/events/${sale.eventId}`)).toMatchObject({ status: 204 });
    for (const path of [`/events/${sale.eventId}`, `/tickets/${sale.ticketId}`, `/tickets/${second}`] as const) {
      expect(await call("GET", path)).toMatchObject({ status: 404 });
      expect(await call("GET", path, { token: sale.organizer.token })).toMatchObject({ status: 404 });
    }
    expect(await traces(sale.eventId, sale.ticketId, second)).toEqual([]);
    expect(await storageOf(sale.ticketId)).toEqual(EMPTY);
    expect(await storageOf(second)).toEqual(EMPTY);
    expect(await actionsOn(sale.eventId)).toEqual(["event.create", "event.delete"]);
    expect(await hold(await newPerson(), second)).toMatchObject({ status: 404 });
    expect(await remove(sale, `/events/${sale.eventId}`)).toMatchObject({ status: 404 });
  });

  test.each(Object.keys(USES) as Use[])("but not where a ticket was %s: it is on sale as before", async (use) => {
    const sale = await used(use);
    await addTicket(sale.organizer, sale.eventId, FREE);
    const refused = await remove(sale, `/events/${sale.eventId}`);
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/has-reservations", ...OF_USE[use] } });
    expect((await call("GET", `/events/${sale.eventId}`)).body.tickets).toHaveLength(2);
    expect(await sells(sale.ticketId)).toBe(true);
  });

  test("but not where only D1 remembers a reservation", async () => {
    const sale = await used("let go");
    await until(
      () => rowsOf("SELECT 1 FROM reservations WHERE ticket_type_id = ? AND state = 'cancelled'", sale.ticketId),
      (rows) => rows.length === 1,
    );
    await sqlIn(sale.ticketId, "DELETE FROM reservations");
    expect(await remove(sale, `/events/${sale.eventId}`)).toMatchObject({ status: 409 });
    expect(await remove(sale, `/tickets/${sale.ticketId}`)).toMatchObject({ status: 409 });
  });

  test("or a hold comes first: never both, whichever way they fall", async () => {
    const buyers = await Promise.all(Array.from({ length: 8 }, () => newPerson()));
    for (const buyer of buyers) {
      const sale = await putOnSale(FREE);
      const second = await addTicket(sale.organizer, sale.eventId, FREE);
      const [held, deleted] = await Promise.all([hold(buyer, second), remove(sale, `/events/${sale.eventId}`)]);
      expect(deleted.status).toBe(held.status === 201 ? 409 : 204);
      const left = await traces(sale.eventId, second);
      expect(left.length > 0).toBe(held.status === 201);
    }
  });

  test("or a ticket type is added first: never one of a deleted event", async () => {
    for (let round = 0; round < 6; round++) {
      const sale = await putOnSale(FREE);
      const { token } = sale.organizer;
      const adding = call("POST", `/events/${sale.eventId}/tickets`, { token, body: TICKET });
      const [added, deleted] = await Promise.all([adding, remove(sale, `/events/${sale.eventId}`)]);
      const isThere = (await call("GET", `/events/${sale.eventId}`)).status === 200;
      expect([deleted.status, isThere]).toEqual(isThere ? [503, true] : [204, false]);
      if (!isThere) expect(await traces(sale.eventId)).toEqual([]);
      if (added.status === 201 && !isThere) expect(await storageOf(added.body.id)).toEqual(EMPTY);
    }
  });

  test("twice at once: the event is gone, and nobody is told that the service is at fault", async () => {
    for (let round = 0; round < 6; round++) {
      const sale = await putOnSale(FREE);
      const both = await Promise.all([1, 2].map(() => remove(sale, `/events/${sale.eventId}`)));
      expect(both.map(({ status }) => status).toSorted()).toEqual([204, 404]);
    }
  });

  test("and stays deleted when the request that made it is repeated", async () => {
    const organizer = await newPerson("organizer");
    const request = { token: organizer.token, body: EVENT, headers: { "idempotency-key": "made-once" } };
    const made = await call("POST", "/events", request);
    await call("DELETE", `/events/${made.body.id}`, { token: organizer.token });
    const again = await call("POST", "/events", request);
    expect([again.status, again.text]).toEqual([201, made.text]);
    expect(await traces(made.body.id)).toEqual([]);
    expect(await call("POST", "/events", { ...request, body: { ...EVENT, name: "Other" } })).toMatchObject({
      status: 422,
      body: { type: "/problems/idempotency-key-reused" },
    });
  });

  test("once more, where D1 was restored to when it was there: its objects are empty", async () => {
    const sale = await putOnSale();
    const second = await addTicket(sale.organizer, sale.eventId);
    for (const id of [sale.ticketId, second]) await objectOf(id).retire(null);
    await sql("UPDATE events SET status_version = status_version + 1000 WHERE id = ?", sale.eventId);
    await sweep(env);
    const isUnannounced = "SELECT 1 FROM events WHERE id = ? AND announced_version < status_version";
    expect(await rowsOf(isUnannounced, sale.eventId)).toEqual([]);
    expect(await patch(sale, { status: "draft" })).toMatchObject({ status: 200 });
    expect(await remove(sale, `/events/${sale.eventId}`)).toMatchObject({ status: 204 });
    expect(await traces(sale.eventId, sale.ticketId, second)).toEqual([]);
  });

  test("at once, and the sweep empties an object that could not be reached", async () => {
    const sale = await putOnSale();
    const settings = withObjects(() => ({ retire: () => Promise.reject(new Error("unreachable")) }));
    const { token } = sale.organizer;
    expect(await call("DELETE", `/events/${sale.eventId}`, { token, settings })).toMatchObject({ status: 204 });
    expect((await storageOf(sale.ticketId)).tables).not.toEqual([]);
    await sql("UPDATE retiring_ticket_types SET since_ms = since_ms - ?", LONG_AGO_MS);
    await sweep(env);
    expect(await storageOf(sale.ticketId)).toEqual(EMPTY);
    expect(await traces(sale.eventId, sale.ticketId)).toEqual([]);
  });
});

describe("a ticket type is deleted", () => {
  test("while its event stays on sale", async () => {
    const sale = await putOnSale(FREE);
    const second = await addTicket(sale.organizer, sale.eventId, FREE);
    expect(await remove(sale, `/tickets/${sale.ticketId}`)).toMatchObject({ status: 204 });
    expect(await call("GET", `/tickets/${sale.ticketId}`)).toMatchObject({ status: 404 });
    expect(await storageOf(sale.ticketId)).toEqual(EMPTY);
    expect(await actionsOn(sale.ticketId)).toEqual(["ticket.add", "ticket.delete"]);
    expect((await call("GET", `/events/${sale.eventId}`)).body.tickets.map(({ id }) => id)).toEqual([second]);
    expect(await sells(second)).toBe(true);
    const third = await addTicket(sale.organizer, sale.eventId, FREE);
    expect((await call("GET", `/events/${sale.eventId}`)).body.tickets.map(({ id }) => id)).toEqual([second, third]);
  });

  test.each(Object.keys(USES) as Use[])("but not where one was %s", async (use) => {
    const sale = await used(use);
    const refused = await remove(sale, `/tickets/${sale.ticketId}`);
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/has-reservations", ...OF_USE[use] } });
    expect(await sells(sale.ticketId)).toBe(true);
  });

  test("or a hold comes first: never both, whichever way they fall", async () => {
    const buyers = await Promise.all(Array.from({ length: 8 }, () => newPerson()));
    for (const buyer of buyers) {
      const sale = await putOnSale(FREE);
      const [held, deleted] = await Promise.all([
        hold(buyer, sale.ticketId),
        remove(sale, `/tickets/${sale.ticketId}`),
      ]);
      expect(`${held.status} ${deleted.status}`).toBe(held.status === 201 ? "201 409" : "404 204");
      expect(await traces(sale.ticketId)).toHaveLength(held.status === 201 ? 1 : 0);
    }
  });

  test("with the last one its event is not available any more", async () => {
    const sale = await putOnSale(FREE);
    const path = `/events?available=true&organizer=${sale.organizer.accountId}` as const;
    expect((await call("GET", path)).list).toHaveLength(1);
    await remove(sale, `/tickets/${sale.ticketId}`);
    expect((await call("GET", `${path}&limit=7`)).list).toEqual([]);
  });

  test("and stays deleted when the request that made it is repeated", async () => {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer);
    const path = `/events/${eventId}/tickets` as const;
    const request = { token: organizer.token, body: TICKET, headers: { "idempotency-key": "made-once" } };
    const made = await call("POST", path, request);
    await call("DELETE", `/tickets/${made.body.id}`, { token: organizer.token });
    const again = await call("POST", path, request);
    expect([again.status, again.text]).toEqual([201, made.text]);
    expect(await traces(made.body.id)).toEqual([]);
    expect(await storageOf(made.body.id)).toEqual(EMPTY);
  });

  test.each([
    ["its object had been emptied", true, 0],
    ["its object had not been asked", false, 0],
  ])("by the sweep, where the process died when %s", async (_when, isEmptied, left) => {
    const sale = await putOnSale();
    await sql("INSERT INTO retiring_ticket_types VALUES (?, ?)", sale.ticketId, Date.now() - LONG_AGO_MS);
    if (isEmptied) await objectOf(sale.ticketId).retire();
    await sweep(env);
    expect(await traces(sale.ticketId)).toHaveLength(left);
    expect(await storageOf(sale.ticketId)).toEqual(EMPTY);
  });

  test("or stays, where a hold came before the sweep", async () => {
    const sale = await used("held");
    await sql("INSERT INTO retiring_ticket_types VALUES (?, ?)", sale.ticketId, Date.now() - LONG_AGO_MS);
    await sweep(env);
    expect(await traces(sale.ticketId)).toEqual([{ kind: "ticket", id: sale.ticketId }]);
    expect(await sells(sale.ticketId)).toBe(true);
  });

  test("and who watches it, or its event, is told at once that nothing is left of it", async () => {
    const sale = await putOnSale();
    const second = await addTicket(sale.organizer, sale.eventId);
    const watcher = await watch(`/tickets/${sale.ticketId}/live`);
    const stream = await openStream(`/events/${sale.eventId}/live`);
    await stream.until((text) => text.includes(sale.ticketId) && text.includes(second));
    const [{ seq } = { seq: 0 }] = await watcher.until(() => true);
    await remove(sale, `/tickets/${sale.ticketId}`);
    expect(await watcher.closed).toBe(1000);
    const last = watcher.messages.at(-1);
    expect(last).toMatchObject({ ticket: sale.ticketId, capacity: 0, available: 0, sale_state: "ended" });
    expect(last?.seq).toBeGreaterThan(seq);
    await stream.until((text) => text.includes('"sale_state":"ended"'));
    expect(stream.messages.at(-1)).toEqual(last);
    await stream.cancel();
  });

  test("and an object can be configured again after it", async () => {
    const { ticketId } = await putOnSale();
    const state = await objectOf(ticketId).describe();
    if (state === null) throw new Error("no ticket type");
    const { held: _held, sold: _sold, version: _version, ...config } = { ...state, eventEndsMs: 9e12 };
    await objectOf(ticketId).retire();
    expect(await objectOf(ticketId).describe()).toBeNull();
    await objectOf(ticketId).create(config);
    await runInDurableObject(objectOf(ticketId), (object) => object.alarm?.());
    expect(await objectOf(ticketId).describe()).toMatchObject({ capacity: 100, held: 0 });
  });
});
