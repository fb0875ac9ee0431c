// How organisers arrange what they offer: order, what is hidden, one currency, and who manages it.

import { describe, expect, test } from "vitest";
import { sqlIn } from "../../../support/objects.ts";
import { rowsOf } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  type OnSale,
  type Person,
  putOnSale,
  TICKET,
  until,
} from "../../../support/service.ts";

const EUR = { price: { amount: 0, currency: "EUR" } };
const USD = { price: { amount: 0, currency: "USD" } };

function change({ token }: Person, path: `/events/${string}` | `/tickets/${string}`, body: Record<string, unknown>) {
  return call("PATCH", path, { token, anyBody: body });
}

/** The ids of its ticket types, as everybody sees them, or as `viewer` does. */
async function shown(eventId: string, viewer?: Person): Promise<string[]> {
  const options = viewer === undefined ? {} : { token: viewer.token };
  const full = (await call("GET", `/events/${eventId}`, options)).body.tickets.map(({ id }) => id);
  const { organizer } = (await call("GET", `/events/${eventId}`)).body;
  const list = (await call("GET", `/events?organizer=${organizer}`, options)).list;
  expect(list.find(({ id }) => id === eventId)?.tickets).toEqual(full);
  return full;
}

async function withThree(): Promise<OnSale & { readonly ids: string[] }> {
  const sale = await putOnSale(EUR);
  const others = [
    await addTicket(sale.organizer, sale.eventId, EUR),
    await addTicket(sale.organizer, sale.eventId, EUR),
  ];
  return { ...sale, ids: [sale.ticketId, ...others] };
}

describe("the order of ticket types", () => {
  test("is the one they were added in, or another", async () => {
    const { organizer, eventId, ids } = await withThree();
    const tickets = ids.toReversed();
    const answer = await change(organizer, `/events/${eventId}`, { tickets, name: "In order" });
    expect(answer).toMatchObject({ status: 200, body: { name: "In order" } });
    expect(await shown(eventId, organizer)).toEqual(tickets);
    const last = await addTicket(organizer, eventId, EUR);
    expect(await shown(eventId, organizer)).toEqual([...tickets, last]);
  });

  test.each<[what: string, order: (ids: string[]) => string[]]>([
    ["leaves one out", (ids) => ids.slice(1)],
    ["names another's", (ids) => [...ids, "0123456789abcdef"]],
    ["names one twice", ([a = "", b = ""]) => [a, b, b]],
    ["is empty", () => []],
  ])("can't be one that %s: nothing changes", async (_what, order) => {
    const { organizer, eventId, ids } = await withThree();
    const refused = await change(organizer, `/events/${eventId}`, { tickets: order(ids), name: "Other" });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: "tickets" }] } });
    expect((await call("GET", `/events/${eventId}`)).body.name).not.toBe("Other");
    expect(await shown(eventId, organizer)).toEqual(ids);
  });
});

describe("a hidden ticket type", () => {
  test("is on no public page, and sold to who has its id", async () => {
    const { organizer, eventId, ids } = await withThree();
    const [first = "", second = "", third = ""] = ids;
    expect(await change(organizer, `/tickets/${second}`, { hidden: true })).toMatchObject({ body: { hidden: true } });
    expect(await shown(eventId)).toEqual([first, third]);
    expect(await shown(eventId, organizer)).toEqual(ids);
    const stream = await call("GET", `/events/${eventId}/live`);
    expect(stream.text).not.toContain(second);
    expect((await call("GET", `/tickets/${second}`)).body).not.toHaveProperty("hidden");
    expect(await hold(await newPerson(), second)).toMatchObject({ status: 201 });
    await change(organizer, `/tickets/${second}`, { hidden: false });
    expect(await shown(eventId)).toEqual(ids);
  });

  test("can be added so, and does not make its event available", async () => {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer);
    const path = `/events?available=true&organizer=${organizer.accountId}` as const;
    const ticketId = await addTicket(organizer, eventId, { hidden: true });
    expect((await call("GET", path)).list).toEqual([]);
    await change(organizer, `/tickets/${ticketId}`, { hidden: false });
    expect((await call("GET", `${path}&limit=7`)).list).toHaveLength(1);
    await change(organizer, `/tickets/${ticketId}`, { hidden: true });
    expect((await call("GET", `${path}&limit=8`)).list).toEqual([]);
  });
});

describe("an event has one currency", () => {
  test("which a second ticket type shares", async () => {
    const { organizer, eventId, ticketId } = await putOnSale(EUR);
    const path = `/events/${eventId}/tickets` as const;
    const refused = { status: 409, body: { type: "/problems/other-currency", currency: "EUR" } };
    expect(await call("POST", path, { token: organizer.token, body: { ...TICKET, ...USD } })).toMatchObject(refused);
    await addTicket(organizer, eventId, EUR);
    expect(await change(organizer, `/tickets/${ticketId}`, { ...USD, name: "Other" })).toMatchObject(refused);
    expect((await call("GET", `/tickets/${ticketId}`)).body).toMatchObject({ name: TICKET.name, ...EUR });
  });

  test("which its only ticket type may change, until the first hold", async () => {
    const { organizer, eventId, ticketId } = await putOnSale(EUR);
    expect(await change(organizer, `/tickets/${ticketId}`, USD)).toMatchObject({ status: 200, body: USD });
    const { id } = (await hold(await newPerson(), ticketId)).body;
    expect(id).toBeDefined();
    const refused = { status: 409, body: { type: "/problems/currency-frozen", currency: "USD" } };
    expect(await change(organizer, `/tickets/${ticketId}`, { ...EUR, name: "Other" })).toMatchObject(refused);
    expect((await call("GET", `/tickets/${ticketId}`)).body).toMatchObject({ name: TICKET.name, ...USD });
    const dearer = { price: { amount: 700, currency: "USD" } };
    expect(await change(organizer, `/tickets/${ticketId}`, dearer)).toMatchObject({ status: 200, body: dearer });
    await addTicket(organizer, eventId, USD);
  });

  test("also where only D1 remembers that hold", async () => {
    const { organizer, ticketId } = await putOnSale(EUR);
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId)).body;
    await call("DELETE", `/reservations/${id}`, { token: buyer.token });
    const copies = () => rowsOf("SELECT 1 FROM reservations WHERE id = ?", id);
    await until(copies, (rows) => rows.length === 1);
    await sqlIn(ticketId, "DELETE FROM reservations");
    const refused = { status: 409, body: { type: "/problems/currency-frozen", currency: "EUR" } };
    expect(await change(organizer, `/tickets/${ticketId}`, USD)).toMatchObject(refused);
  });

  test("even when two are added at the same moment, or one changes meanwhile", async () => {
    for (let round = 0; round < 5; round++) {
      const organizer = await newPerson("organizer");
      const eventId = await createEvent(organizer);
      const path = `/events/${eventId}/tickets` as const;
      const add = (price: typeof EUR) => call("POST", path, { token: organizer.token, body: { ...TICKET, ...price } });
      const [first, second] = await Promise.all([add(EUR), add(USD)]);
      expect([first.status, second.status].sort()).toEqual([201, 409]);
      const added = first.status === 201 ? first : second;
      const other = first.status === 201 ? USD : EUR;
      const same = first.status === 201 ? EUR : USD;
      await Promise.all([change(organizer, `/tickets/${added.body.id}`, other), add(same)]);
      const { tickets } = (await call("GET", `/events/${eventId}`, { token: organizer.token })).body;
      expect(new Set(tickets.map(({ price }) => price.currency)).size).toBe(1);
    }
  });
});

describe("an event is handed over", () => {
  function handOver(by: Person, eventId: string, organizer: string) {
    return call("POST", `/events/${eventId}/handover`, { token: by.token, body: { organizer } });
  }

  test("by an admin: its new organiser manages it, and the old one is free to go", async () => {
    const [sale, heir, admin] = await Promise.all([putOnSale(), newPerson("organizer"), newPerson("admin")]);
    const { eventId, organizer } = sale;
    expect(await handOver(admin, eventId, heir.accountId)).toMatchObject({
      status: 200,
      body: { id: eventId, organizer: heir.accountId },
    });
    expect(await change(organizer, `/events/${eventId}`, { name: "Mine" })).toMatchObject({ status: 404 });
    expect(await change(heir, `/events/${eventId}`, { name: "Mine" })).toMatchObject({ status: 200 });
    expect(await shown(eventId)).toEqual([sale.ticketId]);
    expect((await call("GET", `/events?organizer=${organizer.accountId}`)).list).toEqual([]);
    const [entry] = (await call("GET", `/events/${eventId}/audit`, { token: heir.token })).list.slice(1);
    const details = { organizer: heir.accountId, from: organizer.accountId };
    expect(entry).toMatchObject({ action: "event.handover", actor: admin.accountId, details });
    expect(await rowsOf("SELECT 1 FROM events WHERE organizer_id = ?", organizer.accountId)).toEqual([]);
  });

  test.each(["buyer", "scanner", "nobody"] as const)("but not to a %s", async (role) => {
    const { eventId, organizer } = await putOnSale();
    const to = role === "nobody" ? "0123456789abcdef" : (await newPerson(role)).accountId;
    expect(await handOver(await newPerson("admin"), eventId, to)).toMatchObject({
      status: 422,
      body: { errors: [{ path: "organizer" }] },
    });
    expect((await call("GET", `/events/${eventId}`)).body.organizer).toBe(organizer.accountId);
  });
});
