// The checks of how orders ended: they accept what can be, and no lie about it.

import { expect, test } from "vitest";
import { ORDER_LIES } from "../../crash/corrupt-orders.ts";
import type { Body, Call, EndState, OrderRow, Request, ReservationRow } from "../../crash/record.ts";
import type { TicketType } from "../../crash/sale.ts";
import { CHECKS } from "../../crash/verify.ts";
import { untouchedPasses } from "./end-of-passes.ts";

const STALLS: TicketType = {
  id: "stalls",
  eventId: "event",
  capacity: 10,
  isRefundable: true,
  prices: [
    { id: "stalls", amountMinor: 2_500, capacity: null, code: null },
    { id: "early", amountMinor: 2_000, capacity: 3, code: null },
  ],
};
const PARKING: TicketType = {
  id: "parking",
  eventId: "event",
  capacity: 5,
  isRefundable: true,
  prices: [{ id: "parking", amountMinor: 500, capacity: null, code: null }],
};
const BUYER = 0;
const CREATED_AT = "2031-05-01T18:00:00.000Z";
const EXPIRES_AT = "2031-05-01T18:00:04.000Z";
const CONFIRMED = { state: "confirmed", expires_at: null, payment: { state: "succeeded" } };
const CANCELLED = { state: "cancelled", expires_at: EXPIRES_AT, payment: null };

type End = Pick<Body, "state" | "expires_at" | "payment">;

function euros(amount: number): Body["total"] {
  return { amount, currency: "EUR" };
}

function part(order: string, ticket: string, price: string, quantity: number, unitMinor: number, end: End): Body {
  const bought = { ticket, price, code: null, quantity, unit_price: euros(unitMinor) };
  const id = `${ticket}-${order}`;
  const money = { total: euros(quantity * unitMinor), refunded_quantity: 0 };
  return { id, order, ...bought, ...money, created_at: CREATED_AT, ...end };
}

/** Two early birds and a place to park. */
function partsOf(order: string, end: End): Body[] {
  return [part(order, "stalls", "early", 2, 2_000, end), part(order, "parking", "parking", 1, 500, end)];
}

function orderOf(id: string, end: End): Body {
  const parts = partsOf(id, end);
  const [first] = parts;
  if (first === undefined) throw new Error("an order has parts");
  const items = parts.map((one) => ({ ...one, reservation: one.id }));
  return { ...first, id, items, total: euros(4_500) };
}

function call(request: Request, status: number, body: Body | null): Call {
  const outcome = status < 400 ? "succeeded" : "refused";
  return { buyer: BUYER, request, startMs: 0, endMs: 1, outcome, status, body, fault: null };
}

function rowOf(body: Body): ReservationRow {
  return {
    id: body.id,
    ticket_type_id: body.ticket,
    account_id: "buyer",
    order_id: body.order ?? null,
    price_id: body.price === body.ticket ? null : body.price,
    code: null,
    quantity: body.quantity,
    unit_price_minor: body.unit_price.amount,
    given_back: body.refunded_quantity ?? 0,
    restocked: body.refunded_quantity ?? 0,
    state: body.state,
    created_at_ms: Date.parse(CREATED_AT),
    expires_at_ms: Date.parse(EXPIRES_AT),
    payment_state: body.payment?.state ?? null,
  };
}

function orderRowOf({ id, state, payment }: Body): OrderRow {
  const times = { created_at_ms: Date.parse(CREATED_AT), expires_at_ms: Date.parse(EXPIRES_AT) };
  return { id, account_id: "buyer", state, ...times, payment_state: payment?.state ?? null, unfinished: 0 };
}

function byId<T extends { readonly id: string }>(all: readonly T[]): Map<string, T> {
  return new Map(all.map((one) => [one.id, one]));
}

/** One order was paid for; another was cancelled, and its buyer has read so. */
function trueEnd(): EndState {
  const bodies = [...partsOf("sold", CONFIRMED), ...partsOf("gone", CANCELLED)];
  const orders = [orderOf("sold", CONFIRMED), orderOf("gone", CANCELLED)];
  const items = [
    { ticket: "stalls", quantity: 2, price: "early", code: null },
    { ticket: "parking", quantity: 1, price: null, code: null },
  ];
  const counters = new Map([
    ["stalls", { capacity: 10, held: 0, sold: 2, prices: [priceOf("stalls", 0), priceOf("early", 2)] }],
    ["parking", { capacity: 5, held: 0, sold: 1, prices: [priceOf("parking", 1)] }],
  ]);
  const charge = { kind: "charge", method: "pm_card_visa", amount_minor: 4_500, decline_code: null } as const;
  return {
    calls: [
      ...orders.map((order) => call({ type: "order", items, key: null }, 201, { ...order, expires_at: EXPIRES_AT })),
      call({ type: "cancel", of: "orders", id: "gone" }, 204, null),
      call({ type: "pay", of: "orders", id: "sold", method: "pm_card_visa", passes: true, key: null }, 202, null),
    ],
    changes: [],
    refunds: [],
    refusedRefunds: [],
    tickets: [STALLS, PARKING],
    deleted: [],
    buyerOf: new Map([...bodies, ...orders].map(({ id }) => [id, BUYER])),
    shown: byId(bodies),
    rows: byId(bodies.map(rowOf)),
    shownOrders: byId(orders),
    orderRows: byId(orders.map(orderRowOf)),
    listed: [
      ...bodies.map((body) => ({ of: "reservations" as const, buyer: BUYER, body })),
      ...orders.map((body) => ({ of: "orders" as const, buyer: BUYER, body })),
    ],
    ledger: [{ ...charge, idempotency_key: "payment", reservation_id: "sold" }],
    counted: counters,
    projected: counters,
    differences: [],
    countedMs: { startMs: 0, endMs: 1 },
    askedPasses: [],
    passes: untouchedPasses(bodies),
  };
}

function priceOf(id: string, sold: number) {
  return { id, held: 0, sold };
}

test("orders that ended as they may are accepted", () => {
  const end = trueEnd();
  expect(Object.entries(CHECKS).flatMap(([name, check]) => check(end).map((text) => `${name}: ${text}`))).toEqual([]);
});

test.each(Object.entries(ORDER_LIES))("an end is rejected where %s", (_kind, { check, tell }) => {
  const lies = tell(trueEnd());
  expect(lies.length).toBeGreaterThan(0);
  expect(lies.filter((lie) => CHECKS[check]?.(lie).length === 0)).toEqual([]);
});
