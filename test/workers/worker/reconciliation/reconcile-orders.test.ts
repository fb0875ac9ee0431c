// Whether orders, their reservations, their copies in D1 and the provider's ledger agree.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId, orderIdFrom } from "../../../../src/platform/ids.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { sqlIn } from "../../../support/objects.ts";
import {
  orderLedger,
  orderObject,
  orderOf,
  outcomeOf,
  payOrder,
  placeOrder,
  stockOf,
  type TwoTypes,
  twoTypes,
} from "../../../support/orders.ts";
import { reconcile } from "../../../support/reconciling.ts";
import { insertRow, rowsOf, sql } from "../../../support/records.ts";
import { call, hold, newPerson, objectOf, type Person, until } from "../../../support/service.ts";

const DECLINED = "pm_card_visa_chargeDeclined";

interface Ordered extends TwoTypes {
  readonly buyer: Person;
  readonly id: string;
  /** Of two in the stalls, then of one in the car park. */
  readonly reservations: readonly string[];
  readonly paymentId: string;
}

/** An order that is settled by this payment, in all objects and in D1; held if there is none. */
async function ordered(method: string | null = "pm_card_visa", sale?: TwoTypes): Promise<Ordered> {
  const types = sale ?? (await twoTypes());
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [types.stalls, 2], [types.parking, 1]);
  const reservations = body.items.map(({ reservation }) => reservation);
  const { id } = body;
  if (method !== null) {
    expect((await payOrder(buyer, id, method)).status).toBe(202);
    await outcomeOf(buyer, id);
  }
  const isDone = async () => {
    const audit = await orderObject(id).audit();
    return audit?.isCopied === true && !audit.copy?.unfinished;
  };
  await until(isDone, (done) => done);
  const [charge] = await orderLedger(id);
  return { ...types, buyer, id, reservations, paymentId: charge?.idempotency_key ?? "" };
}

/** A ticket of this item, which is on sale again. */
async function giveBackOne({ id, organizer, reservations }: Ordered, item: number): Promise<void> {
  const items = [{ reservation: reservations[item] ?? "", quantity: 1 }];
  const body = { items, reason: "", restock: true };
  expect((await call("POST", `/orders/${id}/refunds`, { token: organizer.token, body })).status).toBe(201);
  await until(
    () => orderObject(id).audit(),
    (audit) => audit?.isCopied === true && !audit.copy?.unfinished,
  );
}

/** Past the order's own rules. */
async function inOrder(id: string, statement: string): Promise<void> {
  await runInDurableObject(orderObject(id), (_, { storage }) => void storage.sql.exec(statement));
  await evictDurableObject(orderObject(id));
}

/** Past the ticket type's own rules. */
async function inTicketType(id: string, statement: string, ...bindings: string[]): Promise<void> {
  await sqlIn(id, statement, ...bindings);
  await evictDurableObject(objectOf(id));
}

function rowOf(id: string) {
  return env.DB.prepare("SELECT * FROM orders WHERE id = ?").bind(id).first();
}

function addMovement(id: string, paymentId: string, kind: "charge" | "refund", amountMinor = 9_500) {
  const movement = { idempotency_key: paymentId, kind, reservation_id: id, amount_minor: amountMinor };
  const rest = { method: "pm_card_visa", currency: "EUR", created_at_ms: 0, completes_at_ms: 0 };
  return insertRow("sandbox_ledger", { ...movement, ...rest });
}

/** The kinds that an organiser's next reconciliation finds, in the order of the alphabet. */
async function found({ organizer }: TwoTypes, settings: Partial<Env> = {}): Promise<string[]> {
  return (await reconcile(organizer, settings)).kinds.sort();
}

test("orders in good order, whatever became of them: no difference, and nothing is changed", async () => {
  const sale = await twoTypes();
  const [paid, declined] = [await ordered("pm_card_visa", sale), await ordered(DECLINED, sale)];
  const cancelled = await ordered(null, sale);
  await call("DELETE", `/orders/${cancelled.id}`, { token: cancelled.buyer.token });
  const late = await ordered(DECLINED, sale);
  await call("DELETE", `/orders/${late.id}`, { token: late.buyer.token });
  await sql("UPDATE sandbox_ledger SET decline_code = NULL WHERE reservation_id = ?", late.id);
  await orderObject(late.id).settle([{ paymentId: late.paymentId, outcome: { state: "succeeded" } }]);
  const refunded = () => orderOf(late.buyer, late.id);
  await until(refunded, ({ body }) => body.status === "refunded");
  await ordered(null, sale);
  const pending = await ordered(null, sale);
  await payOrder(pending.buyer, pending.id, "pm_sandbox_slow_600s");
  const copies = () => Promise.all([paid, declined, cancelled, late, pending].map(({ id }) => rowOf(id)));
  await until(copies, (rows) => rows.at(-1)?.payment_state === "pending");
  const before = await copies();
  const checked = { tickets: 2, reservations: 12, orders: 6 };
  expect(await reconcile(sale.organizer)).toMatchObject({ checked, kinds: [] });
  expect(await copies()).toEqual(before);
});

test("a free order has no charge; one would be a difference", async () => {
  const free = { price: { amount: 0, currency: "EUR" } };
  const sale = await twoTypes(free, free);
  const buyer = await newPerson();
  const { body } = await placeOrder(buyer, [sale.stalls, 1], [sale.parking, 1]);
  await call("POST", `/orders/${body.id}/payment`, { token: buyer.token, body: {} });
  expect((await outcomeOf(buyer, body.id)).body.state).toBe("confirmed");
  expect(await found(sale)).toEqual([]);
  await addMovement(body.id, `nobody's ${body.id}`, "charge");
  expect(await found(sale)).toEqual(["charge_not_known"]);
});

describe("a wrong copy of an order is repaired:", () => {
  test.each([
    ["gone", "DELETE FROM orders WHERE id = ?", "order_not_copied"],
    ["of another state", "UPDATE orders SET state = 'held' WHERE id = ?", "order_copy"],
    ["of another buyer", "UPDATE orders SET account_id = 'eve' WHERE id = ?", "order_copy"],
    ["newer", "UPDATE orders SET state = 'expired', version = version + 900 WHERE id = ?", "order_copy"],
  ])("%s", async (_what, damage, kind) => {
    const order = await ordered();
    const { version: _, ...before } = (await rowOf(order.id)) ?? {};
    await sql(damage, order.id);
    const { kinds, differences } = await reconcile(order.organizer);
    expect(kinds).toEqual([`${kind}, repaired`]);
    expect(differences).toMatchObject([{ ticket: order.stalls, reservation: null, order: order.id }]);
    for (const who of [order.buyer.accountId, "eve"]) expect(JSON.stringify(differences)).not.toContain(who);
    expect(await rowOf(order.id)).toMatchObject(before);
    expect(await found(order)).toEqual([]);
  });
});

describe("a copy of an order that nobody has:", () => {
  test.each([
    ["a hold is deleted", "held", null, false, ["order_not_known, repaired"]],
    ["a hold that was paid for is kept", "held", null, true, ["charge_not_known", "order_not_known"]],
    ["a confirmed one is kept for a person to look at", "confirmed", "succeeded", false, ["order_not_known"]],
  ])("%s", async (_what, state, payment_state, isCharged, kinds) => {
    const order = await ordered();
    const id = orderIdFrom(newId(), "");
    await insertRow("orders", { ...(await rowOf(order.id)), id, state, payment_state });
    if (isCharged) await addMovement(id, "lost", "charge");
    expect(await found(order)).toEqual(kinds);
    expect((await rowOf(id)) === null).toBe(kinds.includes("order_not_known, repaired"));
  });
});

describe("an order and its reservations:", () => {
  test.each<[what: string, method: string | null, damage: (order: Ordered) => Promise<unknown>, kinds: string[]]>([
    [
      "one of a confirmed order is not confirmed",
      "pm_card_visa",
      ({ parking }) => inTicketType(parking, "UPDATE reservations SET state = 'cancelled'"),
      ["counters", "order_reservation", "reservation_copy, repaired"],
    ],
    [
      "one of a confirmed order is not there",
      "pm_card_visa",
      ({ parking }) => inTicketType(parking, "DELETE FROM reservations"),
      ["counters", "order_reservation", "reservation_not_known"],
    ],
    [
      "one of a declined order is confirmed",
      DECLINED,
      ({ parking }) => inTicketType(parking, "UPDATE reservations SET state = 'confirmed'"),
      ["counters", "order_reservation", "reservation_copy, repaired"],
    ],
    [
      "a hold has ended without its order: that ends with it",
      null,
      ({ parking }) => inTicketType(parking, "UPDATE reservations SET state = 'cancelled'"),
      ["counters", "order_reservation, repaired", "reservation_copy, repaired"],
    ],
    [
      "the quantities differ, and with them the price",
      "pm_card_visa",
      ({ id }) => inOrder(id, "UPDATE items SET quantity = 3 WHERE position = 0"),
      ["charge_amount", "order_copy, repaired", "order_reservation"],
    ],
    [
      "the prices differ",
      "pm_card_visa",
      ({ id }) => inOrder(id, "UPDATE items SET unit_price_minor = 1 WHERE position = 0"),
      ["charge_amount", "order_copy, repaired", "order_reservation"],
    ],
    [
      "the part of a payment is of another payment",
      "pm_card_visa",
      ({ parking }) => inTicketType(parking, "UPDATE payments SET id = 'another.1'"),
      ["order_payment_part"],
    ],
    [
      "the part of a payment is of another item",
      "pm_card_visa",
      ({ parking, paymentId }) => inTicketType(parking, "UPDATE payments SET id = ?", `${paymentId}.0`),
      ["order_payment_part"],
    ],
    [
      "it is confirmed without a payment that succeeded: the charge may have paid for it",
      "pm_card_visa",
      ({ id }) => inOrder(id, "UPDATE payments SET state = 'failed'"),
      ["charge_unrecorded", "order_copy, repaired", "order_payment"],
    ],
    [
      "it is paid, and not confirmed",
      DECLINED,
      ({ id }) => inOrder(id, "UPDATE payments SET state = 'succeeded'"),
      ["charge_missing", "order_copy, repaired", "order_payment"],
    ],
  ])("%s", async (_what, method, damage, kinds) => {
    const order = await ordered(method);
    await damage(order);
    expect(await found(order)).toEqual(kinds);
  });

  test("one did not hear that its order is confirmed: it hears now", async () => {
    const order = await ordered();
    await inTicketType(order.parking, "UPDATE reservations SET state = 'held'");
    await inTicketType(order.parking, "UPDATE payments SET state = 'pending'");
    await inTicketType(order.parking, "UPDATE ticket_type SET held = 1, sold = 0");
    await inOrder(order.id, "UPDATE items SET phase = 'prepared' WHERE position = 1");
    const repaired = ["order_payment_part, repaired", "order_reservation, repaired"];
    expect(await found(order)).toEqual(expect.arrayContaining(repaired));
    expect(await found(order)).toEqual([]);
    expect(await stockOf(order.stalls, order.parking)).toEqual([
      { held: 0, sold: 2 },
      { held: 0, sold: 1 },
    ]);
  });

  test("a ticket type that was put back has tickets as sold that its order gave back: it hears of it again", async () => {
    const order = await ordered();
    await giveBackOne(order, 0);
    await giveBackOne(order, 1);
    const forget = "UPDATE reservations SET given_back = 0, restocked = 0, state = 'confirmed'";
    await inTicketType(order.stalls, forget);
    await inTicketType(order.stalls, "UPDATE ticket_type SET sold = 2");
    await inTicketType(order.parking, forget);
    await inTicketType(order.parking, "UPDATE ticket_type SET sold = 1");
    const repaired = ["order_reservation, repaired", "order_reservation, repaired"];
    expect(await found(order)).toEqual(expect.arrayContaining(repaired));
    expect(await found(order)).toEqual([]);
    expect(await stockOf(order.stalls, order.parking)).toEqual([
      { held: 0, sold: 1 },
      { held: 0, sold: 0 },
    ]);
  });

  test("a reservation says it is part of an order that does not exist, or that does not have it", async () => {
    const order = await ordered();
    for (const orderId of [orderIdFrom(newId(), ""), order.id]) {
      const { id } = (await hold(await newPerson(), order.parking)).body;
      await inTicketType(order.parking, "UPDATE reservations SET order_id = ? WHERE id = ?", orderId, id);
    }
    const kinds = ["reservation_copy, repaired", "reservation_copy, repaired"];
    expect(await found(order)).toEqual([...kinds, "reservation_of_no_order", "reservation_of_no_order"]);
  });
});

describe("the provider's ledger of an order", () => {
  test.each<[what: string, damage: (order: Ordered) => Promise<unknown>, kinds: string[]]>([
    ["has no charge", ({ id }) => sql("DELETE FROM sandbox_ledger WHERE reservation_id = ?", id), ["charge_missing"]],
    [
      "has it declined",
      ({ id }) => sql("UPDATE sandbox_ledger SET decline_code = 'x' WHERE reservation_id = ?", id),
      ["charge_missing"],
    ],
    [
      "has another amount",
      ({ id }) => sql("UPDATE sandbox_ledger SET amount_minor = 1 WHERE reservation_id = ?", id),
      ["charge_amount"],
    ],
    [
      "has another currency",
      ({ id }) => sql("UPDATE sandbox_ledger SET currency = 'USD' WHERE reservation_id = ?", id),
      ["charge_amount"],
    ],
    ["has a charge of nobody", ({ id }) => addMovement(id, `nobody's ${id}`, "charge"), ["charge_not_known"]],
    [
      "has a refund that is not due",
      ({ id, paymentId }) => addMovement(id, paymentId, "refund"),
      ["refund_unrecorded"],
    ],
  ])("%s: that stays a difference", async (_what, damage, kinds) => {
    const order = await ordered();
    await damage(order);
    expect(await found(order)).toEqual(kinds);
    expect(await found(order)).toEqual(kinds);
  });

  test("has a charge that the order has as failed: the money goes back", async () => {
    const order = await ordered(DECLINED);
    await sql("UPDATE sandbox_ledger SET decline_code = NULL WHERE reservation_id = ?", order.id);
    expect(await found(order)).toEqual(["charge_unrecorded, repaired"]);
    const rows = await until(
      () => orderLedger(order.id),
      ({ length }) => length === 2,
    );
    expect(rows.map(({ kind, amount_minor }) => [kind, amount_minor])).toEqual([
      ["charge", 9_500],
      ["refund", 9_500],
    ]);
    await until(
      () => orderOf(order.buyer, order.id),
      ({ body }) => body.status === "refunded",
    );
    await sql("DELETE FROM sandbox_ledger WHERE kind = 'refund' AND reservation_id = ?", order.id);
    expect(await found(order)).toContain("refund_missing");
  });
});

describe("an object that can't be reached is a difference, and the others are compared", () => {
  const without = <Name extends "TICKET_TYPES" | "ORDERS">(name: Name, isOut: (id: string) => boolean) => {
    const getByName = (id: string) => {
      if (isOut(id)) throw new Error("a planted fault");
      return env[name].getByName(id);
    };
    return { [name]: { getByName } } as unknown as Partial<Env>;
  };

  test("a ticket type", async () => {
    const order = await ordered();
    const [first = "", second = ""] = [order.stalls, order.parking].sort();
    await sql("UPDATE ticket_types SET capacity = 1 WHERE id = ?", second);
    const { checked, differences } = await reconcile(
      order.organizer,
      without("TICKET_TYPES", (id) => id === first),
    );
    expect(checked.tickets).toBe(1);
    expect(differences).toMatchObject([
      { kind: "ticket_unreachable", ticket: first, repaired: false },
      { kind: "ticket_copy", ticket: second, repaired: true },
    ]);
  });

  test("the last ticket type", async () => {
    const order = await ordered();
    const [, last = ""] = [order.stalls, order.parking].sort();
    const { checked, kinds } = await reconcile(
      order.organizer,
      without("TICKET_TYPES", (id) => id === last),
    );
    expect([checked.tickets, kinds]).toEqual([1, ["ticket_unreachable"]]);
  });

  test("an order", async () => {
    const sale = await twoTypes();
    const [one, other] = [await ordered("pm_card_visa", sale), await ordered("pm_card_visa", sale)];
    for (const { id } of [one, other]) await sql("UPDATE orders SET state = 'held' WHERE id = ?", id);
    const { differences } = await reconcile(
      sale.organizer,
      without("ORDERS", (name) => one.id.startsWith(name)),
    );
    const seen = new Set(
      (differences as { kind: string; order: string }[]).map(({ kind, order }) => `${kind} ${order}`),
    );
    expect(seen).toEqual(new Set([`order_unreachable ${one.id}`, `order_copy ${other.id}`]));
    expect(await rowsOf("SELECT state FROM orders WHERE id = ?", one.id)).toEqual([{ state: "held" }]);
    expect(await found(sale)).toEqual(["order_copy, repaired"]);
  });
});
