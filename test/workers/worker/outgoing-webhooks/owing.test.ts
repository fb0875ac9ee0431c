// What happens is owed to those who subscribed to it: once, with a number, and to nobody else.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Refund, RefundState } from "../../../../src/domain/refund.ts";
import { DAY_MS, HOUR_MS } from "../../../../src/domain/units.ts";
import { WEBHOOK_TYPES } from "../../../../src/domain/webhooks.ts";
import { newId, newReservationId, orderIdFrom } from "../../../../src/platform/ids.ts";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { type Owed, owedTo, type Subscription, subscribe } from "../../../support/outgoing-webhooks.ts";
import { COMMON, refundOf } from "../../../support/receipts.ts";
import { insertRow, rowsOf, sql } from "../../../support/records.ts";
import { addTicket, call, createEvent, EVENT, newPerson, putOnSale, until } from "../../../support/service.ts";

type KindOfSale = "orders" | "reservations";

const inPublic = (owed: readonly Owed[]) => owed.map(({ type, data }) => ({ type, ...JSON.parse(data) }));

/** An order's copy, in a state; its items are one ticket of each type. */
async function copyOf(ticketTypeIds: readonly string[], state: string, atMs = Date.now()): Promise<string> {
  const id = orderIdFrom(newId(), "");
  const items = ticketTypeIds.map((ticketTypeId) => {
    const reservationId = newReservationId(ticketTypeId);
    return { reservationId, ticketTypeId, priceId: null, priceName: "", code: null, quantity: 1, unitPriceMinor: 500 };
  });
  const times = { created_at_ms: atMs, expires_at_ms: atMs + HOUR_MS, paid_at_ms: atMs };
  const rest = { items: JSON.stringify(items), state, cancel_requested: 0, unfinished: 0 };
  await insertRow("orders", { ...COMMON, ...times, id, ...rest });
  return id;
}

async function aloneOf(ticketTypeId: string, state: string, atMs = Date.now()): Promise<string> {
  const id = newReservationId(ticketTypeId);
  const row = { id, ticket_type_id: ticketTypeId, quantity: 2, unit_price_minor: 4500, unsettled: 0, state };
  const times = { created_at_ms: atMs, expires_at_ms: atMs + HOUR_MS, paid_at_ms: atMs };
  await insertRow("reservations", { ...COMMON, ...times, ...row });
  return id;
}

async function become(table: "orders" | "reservations", id: string, state: string): Promise<void> {
  await sql(`UPDATE ${table} SET state = ?, version = version + 1 WHERE id = ?`, state, id);
}

/** One ticket for all of the money, in each of the refunds. */
async function refund(orderId: string, ...refunds: readonly Refund[]): Promise<void> {
  const [row] = await rowsOf("SELECT items ->> '$[0].reservationId' AS id FROM orders WHERE id = ?", orderId);
  const shares = [{ reservationId: row?.id, quantity: 1, amountMinor: 500 }];
  const own = refunds.map((one) => ({ ...one, id: `${orderId}-${one.id}`, shares, sinceMs: Date.now() }));
  await sql("UPDATE orders SET refunds = ?, version = version + 1 WHERE id = ?", JSON.stringify(own), orderId);
}

/** What late payments have charged, in the copy that an object writes: so much for each type. */
async function comeLate(table: "orders" | "reservations", id: string, states: readonly RefundState[], of: string[]) {
  const shares = of.map((ticketTypeId, index) => {
    return { reservationId: newReservationId(ticketTypeId), quantity: 0, amountMinor: 500 + index };
  });
  const refunds = states.map((state, index) => {
    const refund = { ...refundOf(index + 1, 500, state), requestedBy: "service", shares, sinceMs: Date.now() };
    return { ...refund, id: `p${index + 1}-r1` };
  });
  const text = JSON.stringify(refunds);
  await sql(`UPDATE ${table} SET late_refunds = ?, version = version + 1 WHERE id = ?`, text, id);
}

describe("what the service does", () => {
  test("an order that is paid is owed as the organiser sees it, and the buyer's name is not in it", async () => {
    const { organizer, eventId, stalls, parking } = await twoTypes();
    const webhook = await subscribe(organizer);
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 2], [parking, 1]);
    await payOrder(buyer, body.id);
    await outcomeOf(buyer, body.id);
    const [owed] = await until(
      () => owedTo(webhook),
      (rows) => rows.length > 0,
    );
    expect(JSON.parse(owed?.data ?? "")).toEqual({
      ...{ order_id: body.id, event_id: eventId, state: "confirmed", method: "online", tickets: 3 },
      total: { amount: 9_500, currency: "EUR" },
      created_at: body.created_at,
      paid_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(owed).toMatchObject({ type: "order.confirmed", number: 1, state: "due", attempts: 0 });
    expect(Math.abs(Number(owed?.due_ms) - Date.now())).toBeLessThan(60_000);
  });

  test("an event that changes, and one that is called off", async () => {
    const { organizer, eventId } = await putOnSale();
    const webhook = await subscribe(organizer, ["event.changed", "event.cancelled"]);
    const { token } = organizer;
    await call("PATCH", `/events/${eventId}`, { token, body: { name: "Another evening" } });
    await call("PATCH", `/events/${eventId}`, { token, body: { name: "Another evening" } });
    await call("POST", `/events/${eventId}/cancellation`, { token, anyBody: { refund: false } });
    await sql("UPDATE events SET status = 'cancelled' WHERE id = ?", eventId);
    const times = { starts_at: EVENT.starts_at.replace("Z", ".000Z"), ends_at: EVENT.ends_at.replace("Z", ".000Z") };
    const event = {
      event_id: eventId,
      name: "Another evening",
      venue: EVENT.venue,
      timezone: EVENT.timezone,
      ...times,
    };
    const owed = inPublic(await owedTo(webhook));
    expect(owed.at(0)).toMatchObject({ type: "event.changed", ...event });
    expect(owed.at(-1)).toEqual({ type: "event.cancelled", ...event, status: "cancelled" });
    expect(owed.filter(({ type }) => type === "event.cancelled")).toHaveLength(1);
  });
});

describe("a copy", () => {
  test.each([
    ["held", ["confirmed"], ["order.confirmed"]],
    ["held", ["cancelled"], ["order.cancelled"]],
    ["held", ["expired"], []],
    ["held", ["confirmed", "refunded"], ["order.confirmed", "order.refunded"]],
    ["held", ["refunded"], ["order.confirmed", "order.refunded"]],
    ["held", ["confirmed", "held", "confirmed", "cancelled"], ["order.confirmed", "order.cancelled"]],
    ["confirmed", ["confirmed", "confirmed"], ["order.confirmed"]],
    ["cancelled", [], ["order.cancelled"]],
    ["refunded", ["refunded"], ["order.confirmed", "order.refunded"]],
  ])("of an order that begins as %s and becomes %j is news of %j", async (first, then, news) => {
    const { organizer, stalls, parking } = await twoTypes();
    const webhook = await subscribe(organizer, WEBHOOK_TYPES);
    const id = await copyOf([stalls, parking], first);
    for (const state of then) await become("orders", id, state);
    expect((await owedTo(webhook)).map(({ type }) => type)).toEqual(news);
  });

  test.each([
    ["held", ["confirmed"], ["reservation.confirmed"]],
    ["held", ["cancelled"], []],
    ["held", ["refunded"], ["reservation.confirmed", "reservation.refunded"]],
    ["confirmed", ["refunded"], ["reservation.confirmed", "reservation.refunded"]],
  ])("of a reservation alone that begins as %s and becomes %j is news of %j", async (first, then, news) => {
    const { organizer, ticketId, eventId } = await putOnSale();
    const webhook = await subscribe(organizer, WEBHOOK_TYPES);
    const id = await aloneOf(ticketId, first);
    for (const state of then) await become("reservations", id, state);
    const owed = inPublic(await owedTo(webhook));
    expect(owed.map(({ type }) => type)).toEqual(news);
    const total = { amount: 9_000, currency: "EUR" };
    for (const one of owed) expect(one).toMatchObject({ reservation_id: id, event_id: eventId, tickets: 2, total });
  });

  test("of a reservation in an order is no news of its own", async () => {
    const { organizer, ticketId } = await putOnSale();
    const webhook = await subscribe(organizer, WEBHOOK_TYPES);
    const row = { id: newReservationId(ticketId), ticket_type_id: ticketId, order_id: orderIdFrom(newId(), "") };
    const rest = { quantity: 1, unit_price_minor: 4500, unsettled: 0, state: "confirmed", created_at_ms: Date.now() };
    await insertRow("reservations", { ...COMMON, ...row, ...rest });
    expect(await owedTo(webhook)).toEqual([]);
  });

  test("of an order for two organisers' events tells each of their own, and one of two events of each", async () => {
    const [ada, ben] = [await newPerson("organizer"), await newPerson("organizer")];
    const events = [await createEvent(ada), await createEvent(ada), await createEvent(ben)];
    const tickets = await Promise.all(events.map((id, index) => addTicket(index < 2 ? ada : ben, id)));
    const [first, second] = [await subscribe(ada), await subscribe(ada)];
    const other = await subscribe(ben);
    await copyOf(tickets, "confirmed");
    for (const webhook of [first, second]) {
      const owed = inPublic(await owedTo(webhook));
      expect(owed.map(({ event_id }) => event_id).sort()).toEqual(events.slice(0, 2).sort());
      expect(owed.map(({ tickets }) => tickets)).toEqual([1, 1]);
    }
    expect(inPublic(await owedTo(other)).map(({ event_id }) => event_id)).toEqual(events.slice(2));
  });

  test("of a refund is news once it has succeeded, and not again with the next refund", async () => {
    const { organizer, eventId, stalls } = await twoTypes();
    const webhook = await subscribe(organizer);
    const id = await copyOf([stalls], "confirmed");
    await refund(id, refundOf(1, 500, "pending"));
    expect(await owedTo(webhook)).toHaveLength(1);
    await refund(id, refundOf(1, 500, "succeeded"));
    await refund(id, refundOf(1, 500, "succeeded"), refundOf(2, 500, "due"));
    await refund(id, refundOf(1, 500, "succeeded"), refundOf(2, 500, "succeeded"));
    const owed = inPublic(await owedTo(webhook));
    const amount = { amount: 500, currency: "EUR" };
    const sale = { order_id: id, reservation_id: null, event_id: eventId, late: false };
    const one = { ...sale, method: "online", tickets: 1, amount };
    expect(owed.slice(1)).toMatchObject([
      { type: "refund.succeeded", refund_id: `${id}-r1`, ...one },
      { type: "refund.succeeded", refund_id: `${id}-r2`, ...one },
    ]);
    expect(owed).toHaveLength(3);
  });

  test.each<[KindOfSale, ...states: (readonly RefundState[])[]]>([
    ["orders", ["due"], ["pending"], ["succeeded"]],
    ["orders", ["succeeded"], ["failed"], ["due"], ["succeeded"]],
    ["orders", ["succeeded"], ["succeeded", "due"]],
    ["reservations", ["due"], ["pending"], ["succeeded"]],
    ["reservations", ["succeeded"], ["failed"], ["due"], ["succeeded"]],
    ["reservations", ["succeeded"], ["succeeded", "due"]],
  ])("of %s has news of what came late once it is given back: %j %j %j %j", async (table, ...states) => {
    const { organizer, eventId, stalls } = await twoTypes();
    const webhook = await subscribe(organizer, WEBHOOK_TYPES);
    const id = table === "orders" ? await copyOf([stalls], "expired") : await aloneOf(stalls, "expired");
    for (const each of states) await comeLate(table, id, each, [stalls]);
    const [order_id, reservation_id] = table === "orders" ? [id, null] : [null, id];
    const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
    expect(inPublic(await owedTo(webhook))).toEqual([
      {
        ...{ type: "refund.succeeded", refund_id: "p1-r1", order_id, reservation_id, event_id: eventId, late: true },
        ...{ method: "online", tickets: 0, amount: { amount: 500, currency: "EUR" } },
        succeeded_at: expect.stringMatching(at),
      },
    ]);
  });

  test.each<[KindOfSale]>([["orders"], ["reservations"]])(
    "of %s that is new, with what came late given back, has news of that",
    async (table) => {
      const { organizer, stalls } = await twoTypes();
      const webhook = await subscribe(organizer);
      const id = table === "orders" ? await copyOf([stalls], "expired") : await aloneOf(stalls, "expired");
      await comeLate(table, id, ["succeeded"], [stalls]);
      const [row] = await rowsOf(`SELECT * FROM ${table} WHERE id = ?`, id);
      await sql(`DELETE FROM ${table} WHERE id = ?`, id);
      await sql("DELETE FROM webhook_deliveries WHERE webhook_id = ?", webhook.id);
      await sql("UPDATE webhooks SET last_number = 0 WHERE id = ?", webhook.id);
      await insertRow(table, row ?? {});
      expect(inPublic(await owedTo(webhook))).toMatchObject([{ type: "refund.succeeded", late: true }]);
    },
  );

  test("of a payment that came late for two organisers' events tells each what was for their own", async () => {
    const [ada, ben] = [await newPerson("organizer"), await newPerson("organizer")];
    const [first, second] = [await createEvent(ada), await createEvent(ben)];
    const tickets = [await addTicket(ada, first), await addTicket(ada, first), await addTicket(ben, second)];
    const [adas, bens] = [await subscribe(ada), await subscribe(ben)];
    const id = await copyOf(tickets, "cancelled");
    await comeLate("orders", id, ["succeeded"], tickets);
    const told = async (webhook: Pick<Subscription, "id">) =>
      inPublic(await owedTo(webhook)).map(({ event_id, amount }) => [event_id, amount.amount]);
    expect(await told(adas)).toEqual([[first, 500 + 501]]);
    expect(await told(bens)).toEqual([[second, 502]]);
  });

  test("of a reservation in an order has no news of its own of what came late", async () => {
    const { organizer, ticketId } = await putOnSale();
    const webhook = await subscribe(organizer, WEBHOOK_TYPES);
    const row = { id: newReservationId(ticketId), ticket_type_id: ticketId, order_id: orderIdFrom(newId(), "") };
    const rest = { quantity: 1, unit_price_minor: 4500, unsettled: 0, state: "expired", created_at_ms: Date.now() };
    await insertRow("reservations", { ...COMMON, ...row, ...rest });
    await comeLate("reservations", row.id, ["succeeded"], [ticketId]);
    expect(await owedTo(webhook)).toEqual([]);
  });

  test("of a dispute is news when it opens and when it closes", async () => {
    const { organizer, eventId, stalls } = await twoTypes();
    const webhook = await subscribe(organizer, ["dispute.opened", "dispute.closed"]);
    const bought = await copyOf([stalls], "confirmed");
    const ids = { id: newId(), provider_id: newId(), event_id: eventId, payment_id: newId(), bought_id: bought };
    const rest = { amount_minor: 500, currency: "EUR", state: "open", reason: "fraudulent", opened_at_ms: Date.now() };
    await insertRow("disputes", { ...ids, ...rest, read_at_ms: Date.now() });
    await sql("UPDATE disputes SET reason = 'general' WHERE id = ?", ids.id);
    await sql("UPDATE disputes SET state = 'won' WHERE id = ?", ids.id);
    await sql("UPDATE disputes SET state = 'won', read_at_ms = read_at_ms + 1 WHERE id = ?", ids.id);
    const same = { dispute_id: ids.id, event_id: eventId, order_id: bought, reservation_id: null, respond_by: null };
    expect(inPublic(await owedTo(webhook))).toMatchObject([
      { type: "dispute.opened", state: "open", ...same },
      { type: "dispute.closed", state: "won", reason: "general", ...same },
    ]);
  });

  test("that is restored is no news where it is from before the subscription, or too old to be remembered", async () => {
    const { organizer, stalls } = await twoTypes();
    const webhook = await subscribe(organizer);
    await copyOf([stalls], "confirmed", Date.now() - HOUR_MS);
    expect(await owedTo(webhook)).toEqual([]);
    await sql("UPDATE webhooks SET created_at_ms = 0 WHERE id = ?", webhook.id);
    await copyOf([stalls], "confirmed", Date.now() - 31 * DAY_MS);
    expect(await owedTo(webhook)).toEqual([]);
    await copyOf([stalls], "confirmed", Date.now() - 29 * DAY_MS);
    expect(await owedTo(webhook)).toHaveLength(1);
  });
});

test("each subscription has the types that it names, and no others", async () => {
  const { organizer, stalls } = await twoTypes();
  const webhooks = await Promise.all(
    WEBHOOK_TYPES.map(async (type) => ({ type, of: await subscribe(organizer, [type]) })),
  );
  const id = await copyOf([stalls], "confirmed");
  await refund(id, refundOf(1, 500, "succeeded"));
  await become("orders", id, "refunded");
  for (const { type, of } of webhooks) {
    const isSo = ["order.confirmed", "order.refunded", "refund.succeeded"].includes(type);
    expect((await owedTo(of)).map((row) => row.type)).toEqual(isSo ? [type] : []);
  }
});

test("where nobody has subscribed an order's copy writes no row more, and reads none of an account's", async () => {
  const { stalls, parking } = await twoTypes();
  const { organizer, stalls: others } = await twoTypes();
  await subscribe(organizer);
  const written = async (ticket: string) => {
    const id = await copyOf([ticket], "held");
    return (await sql("UPDATE orders SET state = 'confirmed' WHERE id = ?", id)).meta.rows_written;
  };
  const [without, alsoWithout, subscribed] = [await written(stalls), await written(parking), await written(others)];
  expect(alsoWithout).toBe(without);
  // The delivery with its five places, and the subscription's newest number.
  expect(subscribed - without).toBe(7);
});

test("whatever happens in whatever order, deliveries have the numbers from 1 on, and each news has one", async () => {
  const { organizer, stalls, parking } = await twoTypes();
  const step = fc.record({
    order: fc.nat(4),
    to: fc.constantFrom("held", "confirmed", "cancelled", "refunded", "again"),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const webhooks = [
        await subscribe(organizer, WEBHOOK_TYPES),
        await subscribe(organizer, ["order.refunded", "refund.succeeded"]),
      ];
      const orders: string[] = [];
      for (const { order, to } of taken) {
        const id = orders[order];
        if (id === undefined) orders.push(await copyOf([stalls, parking], to === "again" ? "held" : to));
        else if (to === "again") await refund(id, refundOf(1, 500, "succeeded"), refundOf(order, 500, "succeeded"));
        else await become("orders", id, to);
      }
      for (const webhook of webhooks) {
        const owed = await owedTo(webhook);
        expect(new Set(owed.map(({ subject }) => subject)).size).toBe(owed.length);
      }
      for (const { id } of webhooks) await call("DELETE", `/me/webhooks/${id}`, { token: organizer.token });
    }),
    { numRuns: 25 },
  );
});
