// A payment that its buyer disputes at the bank: recorded once, shown to the organiser, kept true.

import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { newLongId } from "../../../../src/platform/ids.ts";
import { recordDisputes, sweepDisputes } from "../../../../src/worker/payments/disputes.ts";
import type { Dispute } from "../../../../src/worker/payments/provider.ts";
import { sandboxMovements, sandboxProvider } from "../../../../src/worker/payments/sandbox.ts";
import { compare } from "../../../../src/worker/reconciliation/compare.ts";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { reconcile } from "../../../support/reconciling.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  type OnSale,
  ORIGIN,
  type Person,
  pagesOf,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

const DISPUTED = "pm_card_createDispute";
const sandbox = sandboxProvider(env.DB);

async function bought(sale: OnSale, method = DISPUTED) {
  const buyer = await newPerson();
  const { id } = (await hold(buyer, sale.ticketId, 2)).body;
  await pay(buyer, id, method);
  const state = async () => (await call("GET", `/reservations/${id}`, { token: buyer.token })).body.state;
  await until(state, (state) => state === "confirmed");
  return { buyer, id, state };
}

function disputesOf(eventId: string, { token }: Person) {
  return call("GET", `/events/${eventId}/disputes`, { token });
}

async function auditOf(eventId: string) {
  const lines = "SELECT details FROM audit_log WHERE action = 'payment.dispute' AND event_id = ? ORDER BY at_ms, id";
  return (await rowsOf(lines, eventId)).map(({ details }) => JSON.parse(String(details)));
}

test("it is found without any notice, shown to the organiser, and changes nothing for the buyer", async () => {
  const sale = await putOnSale();
  const { id, state } = await bought(sale);
  await bought(sale, "pm_card_visa");
  expect((await disputesOf(sale.eventId, sale.organizer)).body).toEqual([]);
  for (let time = 0; time < 3; time++) await sweepDisputes(env.DB, sandbox);
  const { status, body } = await disputesOf(sale.eventId, sale.organizer);
  expect(status).toBe(200);
  expect(body).toEqual([
    {
      dispute: expect.stringMatching(/^dispute-/),
      payment: expect.any(String),
      reservation: id,
      order: null,
      state: "open",
      reason: "fraudulent",
      total: { amount: 9_000, currency: "EUR", exponent: 2 },
      opened_at: expect.any(String),
      respond_by: expect.any(String),
    },
  ]);
  expect(await state()).toBe("confirmed");
  expect(await auditOf(sale.eventId)).toEqual([{ bought: id, state: "open" }]);
});

test("the sandbox's own record shows all money that moved, page by page, and what is disputed", async () => {
  const sale = await putOnSale();
  const { id } = await bought(sale);
  const { id: other } = await bought(sale, "pm_card_visa");
  const body = { items: [{ reservation: other, quantity: 1 }], restock: true, reason: "Ill" };
  await call("POST", `/reservations/${other}/refunds`, { token: sale.organizer.token, body });
  const page = async (path: string) =>
    (await (await exports.default.fetch(new Request(ORIGIN + path))).json()) as {
      movements: { id: string; kind: string; bought: string; amount: number; state: string; dispute: string | null }[];
      next: string | null;
    };
  const own = async () =>
    (await page("/sandbox/movements")).movements.filter(({ bought }) => bought === id || bought === other);
  const seen = await until(own, (movements) => movements.length === 3);
  const shown = seen.map(({ bought, kind, amount, state, dispute }) => ({ bought, kind, amount, state, dispute }));
  expect(shown).toEqual(
    expect.arrayContaining([
      { bought: id, kind: "charge", amount: 9_000, state: "succeeded", dispute: "open" },
      { bought: other, kind: "charge", amount: 9_000, state: "succeeded", dispute: null },
      { bought: other, kind: "refund", amount: 4_500, state: "succeeded", dispute: null },
    ]),
  );
  const ids: string[] = [];
  let next: string | null = "";
  for (; next !== null; ) {
    const { movements, next: following } = await sandboxMovements(env.DB, next, 1);
    ids.push(...movements.map((one) => one.id));
    next = following;
  }
  expect(ids).toEqual((await page("/sandbox/movements")).movements.map((one) => one.id));
});

test("what became of it is read again, however long ago it was opened, and is on record once", async () => {
  const sale = await putOnSale();
  const { id } = await bought(sale);
  await sweepDisputes(env.DB, sandbox);
  await sql("UPDATE sandbox_ledger SET created_at_ms = ? WHERE reservation_id = ?", Date.now() - MINUTE_MS, id);
  // No longer among those that are new.
  const silent = { ...sandbox, disputesSince: async () => [] };
  for (let time = 0; time < 2; time++) await sweepDisputes(env.DB, silent);
  const { body } = await disputesOf(sale.eventId, sale.organizer);
  expect(body).toMatchObject([{ reservation: id, state: "lost", respond_by: null }]);
  expect(await auditOf(sale.eventId)).toEqual([
    { bought: id, state: "open" },
    { bought: id, state: "lost" },
  ]);
});

test("one that the bank decides for the seller is won", async () => {
  const sale = await putOnSale();
  const { id } = await bought(sale, "pm_sandbox_dispute_won");
  await sweepDisputes(env.DB, sandbox);
  expect((await disputesOf(sale.eventId, sale.organizer)).body).toMatchObject([{ reservation: id, state: "open" }]);
  await sql("UPDATE sandbox_ledger SET created_at_ms = ? WHERE reservation_id = ?", Date.now() - MINUTE_MS, id);
  await sweepDisputes(env.DB, sandbox);
  expect((await disputesOf(sale.eventId, sale.organizer)).body).toMatchObject([{ reservation: id, state: "won" }]);
});

test("an order's is in each event that it bought tickets of", async () => {
  const types = await twoTypes();
  const elsewhere = await createEvent(types.organizer);
  const other = await addTicket(types.organizer, elsewhere);
  const buyer = await newPerson();
  const order = (await placeOrder(buyer, [types.stalls, 2], [types.parking, 1], [other, 1])).body;
  await payOrder(buyer, order.id, DISPUTED);
  expect((await outcomeOf(buyer, order.id)).body.state).toBe("confirmed");
  await sweepDisputes(env.DB, sandbox);
  for (const eventId of [types.eventId, elsewhere]) {
    const { body } = await disputesOf(eventId, types.organizer);
    expect(body).toMatchObject([{ reservation: null, order: order.id, state: "open", total: { amount: 14_000 } }]);
  }
});

test.each(["open", "won", "lost"] as const)(
  "what is %s is marked for the organiser in orders and attendees, unless it was won",
  async (state) => {
    const types = await twoTypes();
    const buyer = await newPerson();
    const order = (await placeOrder(buyer, [types.stalls, 1], [types.parking, 1])).body.id;
    await payOrder(buyer, order, DISPUTED);
    await outcomeOf(buyer, order);
    const { id: alone } = await bought({ ...types, ticketId: types.stalls });
    const { id: other } = await bought({ ...types, ticketId: types.stalls }, "pm_card_visa");
    await sweepDisputes(env.DB, sandbox);
    await sql("UPDATE disputes SET state = ? WHERE event_id = ?", state, types.eventId);
    const isMarked = state !== "won";
    const wanted = { [order]: isMarked, [alone]: isMarked, [other]: false };
    const { token } = types.organizer;
    const { list: orders } = await call("GET", `/events/${types.eventId}/orders`, { token });
    expect(Object.fromEntries(orders.map(({ id, disputed }) => [id, disputed]))).toEqual(wanted);
    for (const [id, disputed] of Object.entries(wanted)) {
      expect((await call("GET", `/events/${types.eventId}/orders/${id}`, { token })).body.disputed).toBe(disputed);
    }
    const { list: attendees } = await call("GET", `/events/${types.eventId}/attendees`, { token });
    const marked = attendees.map((one) => [one.pass, one.order ?? one.reservation, one.disputed]);
    expect(marked).toHaveLength(6);
    for (const [pass, id, disputed] of marked) expect(disputed, `${pass}`).toBe(wanted[`${id}`]);
    const { text } = await call("GET", `/events/${types.eventId}/attendees.csv`, { token });
    for (const line of text.trim().split("\r\n").slice(1)) {
      const [pass, disputed] = line.split(",").slice(-2);
      expect(disputed).toBe(marked.find(([id]) => `"${id}"` === pass)?.[2] === true ? '"yes"' : '""');
    }
  },
);

test("a message on the queue says no more than: look at this one", async () => {
  const sale = await putOnSale();
  const { id } = await bought(sale);
  const [row] = await rowsOf("SELECT idempotency_key AS payment FROM sandbox_ledger WHERE reservation_id = ?", id);
  for (const disputeId of [`dispute-${row?.payment}`, `dispute-${row?.payment}`, "nobody-knows-it"]) {
    await env.PAYMENTS.send({ disputeId });
  }
  const found = await until(
    () => disputesOf(sale.eventId, sale.organizer),
    ({ body }) => body.length > 0,
  );
  expect(found.body).toMatchObject([{ reservation: id }]);
});

test("what was read of the provider earlier does not undo what was read later", async () => {
  const sale = await putOnSale();
  const { id } = await bought(sale);
  const [dispute] = (await sandbox.disputesSince(0)).filter(({ boughtId }) => boughtId === id);
  const saying = (state: Dispute["state"]) => ({
    ...sandbox,
    disputesSince: async () => (dispute === undefined ? [] : [{ ...dispute, state }]),
  });
  await sweepDisputes(env.DB, saying("won"));
  await sql("UPDATE disputes SET read_at_ms = ? WHERE bought_id = ?", Date.now() + MINUTE_MS, id);
  await sweepDisputes(env.DB, saying("open"));
  expect((await disputesOf(sale.eventId, sale.organizer)).body).toMatchObject([{ state: "won" }]);
});

test("one that no sweep could list for days is found, though a newer one was noticed meanwhile", async () => {
  const sale = await putOnSale();
  const [unheard, noticed] = [await bought(sale), await bought(sale)];
  const sixDaysAgo = "UPDATE sandbox_ledger SET created_at_ms = created_at_ms - ? WHERE reservation_id = ?";
  await sql(sixDaysAgo, 6 * DAY_MS, unheard.id);
  await recordDisputes(
    env.DB,
    (await sandbox.disputesSince(0)).filter(({ boughtId }) => boughtId === noticed.id),
  );
  await sweepDisputes(env.DB, sandbox);
  const { list } = await disputesOf(sale.eventId, sale.organizer);
  expect(list.map(({ reservation }) => reservation)).toEqual([noticed.id, unheard.id]);
});

test("one of something that this service never sold is not recorded, and keeps no other from it", async () => {
  const sale = await putOnSale();
  const { id } = await bought(sale);
  const found = await sandbox.disputesSince(0);
  const strange = found.map((dispute) => ({ ...dispute, id: "strange", boughtId: newLongId() }));
  await sweepDisputes(env.DB, { ...sandbox, disputesSince: async () => [...strange, ...found] });
  expect((await disputesOf(sale.eventId, sale.organizer)).body).toMatchObject([{ reservation: id }]);
  expect(await rowsOf("SELECT id FROM disputes WHERE provider_id = 'strange'")).toEqual([]);
});

test("the list is in pages, the newest first, and nobody else's", async () => {
  const sale = await putOnSale();
  const ids = [];
  for (let number = 0; number < 3; number++) {
    const { id } = await bought(sale);
    await sql(
      "UPDATE sandbox_ledger SET created_at_ms = created_at_ms - ? WHERE reservation_id = ?",
      number * 10_000,
      id,
    );
    ids.push(id);
  }
  await sweepDisputes(env.DB, sandbox);
  const pages = await pagesOf(`/events/${sale.eventId}/disputes?limit=2`, { token: sale.organizer.token });
  expect(pages.map(({ list }) => list.length)).toEqual([2, 1]);
  expect(pages.flatMap(({ list }) => list.map(({ reservation }) => reservation))).toEqual(ids);
  const other = await newPerson("organizer");
  expect((await disputesOf(sale.eventId, other)).status).toBe(404);
  const empty = await createEvent(sale.organizer);
  await addTicket(sale.organizer, empty);
  expect((await disputesOf(empty, sale.organizer)).body).toEqual([]);
});

test("reconciling finds what the sweep has not seen, and records it", async () => {
  const sale = await putOnSale();
  const { id } = await bought(sale);
  const found = async () => (await reconcile(sale.organizer)).kinds;
  expect(await found()).toEqual(["dispute_unrecorded, repaired"]);
  expect((await disputesOf(sale.eventId, sale.organizer)).body).toMatchObject([{ reservation: id, state: "open" }]);
  expect(await auditOf(sale.eventId)).toEqual([{ bought: id, state: "open" }]);
  await sql("UPDATE disputes SET state = 'won' WHERE bought_id = ?", id);
  expect(await found()).toEqual(["dispute_copy, repaired"]);
  expect(await found()).toEqual([]);
  // So old that the provider does not list it any more.
  const provider = { ...sandbox, disputesSince: async () => [] };
  const question = { count: true, after: "", limit: 100 };
  expect((await compare({ env, provider, withOrders: true }, sale.ticketId, question)).findings).toEqual([]);
  // Nobody can say here what became of it.
  await sql("UPDATE sandbox_ledger SET method = 'pm_card_visa' WHERE reservation_id = ?", id);
  expect(await found()).toEqual(["dispute_not_known"]);
});

test("reconciling finds one of an order of two events, and records it for both", async () => {
  const { organizer, eventId, stalls } = await twoTypes();
  const otherEvent = await createEvent(organizer);
  const buyer = await newPerson();
  const order = await placeOrder(buyer, [stalls, 1], [await addTicket(organizer, otherEvent), 1]);
  await payOrder(buyer, order.body.id, DISPUTED);
  await outcomeOf(buyer, order.body.id);
  expect((await reconcile(organizer)).kinds).toEqual(["dispute_unrecorded, repaired"]);
  for (const event of [eventId, otherEvent]) {
    expect((await disputesOf(event, organizer)).body).toMatchObject([{ order: order.body.id }]);
  }
});
