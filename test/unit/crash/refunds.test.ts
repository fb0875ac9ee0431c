// The checks of what was given back: they accept what can be, and no lie about it.

import { expect, test } from "vitest";
import { REFUND_LIES } from "../../crash/corrupt-refunds.ts";
import type { OrganiserChange } from "../../crash/organiser.ts";
import type { Body, Call, EndState, GivenBack, LedgerRow, ReservationRow } from "../../crash/record.ts";
import type { TicketType } from "../../crash/sale.ts";
import { CALLED_OFF_REASON, REFUND_CHECKS } from "../../crash/verify-refunds.ts";

const PRICE_MINOR = 2_500;
const REASON = "A part of it";

type Maker = "organizer" | "buyer" | "calling-off";

function ticketType(id: string): TicketType {
  const prices = [{ id, amountMinor: PRICE_MINOR, capacity: null, code: null }];
  return { id, eventId: `event of ${id}`, capacity: 20, isRefundable: true, prices };
}

const STALLS = ticketType("stalls");
const RAINED_OFF = ticketType("rained-off");

function euros(amount: number): Body["total"] {
  return { amount, currency: "EUR" };
}

/** So many of two tickets. */
function refund(by: Maker, of: string, tickets: number, restock: boolean, reservation = of): GivenBack {
  const isCallingOff = by === "calling-off";
  return {
    id: `${of}-payment-r1`,
    requested_by: isCallingOff ? "organizer" : by,
    items: [{ reservation, quantity: tickets }],
    amount: euros(tickets * PRICE_MINOR),
    restock,
    reason: isCallingOff ? CALLED_OFF_REASON : REASON,
    state: "succeeded",
  };
}

/** Two tickets that were paid, and what was given back of them. */
function bought(id: string, { id: ticket }: TicketType, refunds: readonly GivenBack[], order: string | null): Body {
  const back = refunds.flatMap(({ items }) => items).reduce((sum, { quantity }) => sum + quantity, 0);
  const what = { ticket, price: ticket, code: null, quantity: 2, unit_price: euros(PRICE_MINOR) };
  const times = { created_at: "2031-05-01T18:00:00.000Z", expires_at: null };
  const state = back === 2 ? "refunded" : "confirmed";
  const own = { refunded_quantity: back, refunds: order === null ? refunds : [] };
  const money = { total: euros(2 * PRICE_MINOR), payment: { state: "succeeded" } };
  return { id, order, ...what, ...times, ...own, ...money, state };
}

function rowOf({ id, ticket, order, quantity, state, refunded_quantity: given_back = 0 }: Body, restocked: number) {
  const row = { id, ticket_type_id: ticket, order_id: order, quantity, state, given_back, restocked };
  return row as unknown as ReservationRow;
}

function cancelled(of: "reservations" | "orders", id: string): Call {
  const request = { type: "cancel", of, id } as const;
  const reply = { outcome: "succeeded", status: 200, body: null, fault: null } as const;
  return { buyer: 0, request, startMs: 0, endMs: 1, ...reply };
}

/**
 * One reservation is kept, of one a ticket is sold again, one was given back whole and is not; its
 * buyer has given back an order; and of an event that was called off all goes back.
 */
function trueEnd(): EndState {
  const part = refund("organizer", "part", 1, true);
  const whole = refund("organizer", "whole", 2, false);
  const ofBuyer = refund("buyer", "order", 2, true, "of-order");
  const off = refund("calling-off", "off", 2, false);
  const alone = [
    bought("kept", STALLS, [], null),
    bought("part", STALLS, [part], null),
    bought("whole", STALLS, [whole], null),
    bought("off", RAINED_OFF, [off], null),
  ];
  const ofOrder = bought("of-order", STALLS, [ofBuyer], "order");
  const shown = [...alone, ofOrder];
  const order = { ...ofOrder, id: "order", items: [{ ...ofOrder, reservation: ofOrder.id }], refunds: [ofBuyer] };
  const restocked: Readonly<Record<string, number>> = { part: 1, "of-order": 2 };
  const asked = { of: "reservations", startMs: 0, endMs: 1, outcome: "done" } as const;
  const change: OrganiserChange = {
    ...{ type: "call_off", isRefunding: true, ticket: RAINED_OFF },
    ...{ startMs: 0, endMs: 1, outcome: "done" },
  };
  const paid = [...alone, order].map(({ id }) => rowOfLedger("charge", id, `${id}-payment`, 2 * PRICE_MINOR));
  const back = [part, whole, ofBuyer, off].map(({ id, amount }) =>
    rowOfLedger("refund", id.replace("-payment-r1", ""), id, amount.amount),
  );
  const end: Partial<EndState> = {
    calls: [cancelled("orders", "order")],
    changes: [change],
    refunds: [
      { ...asked, id: "part", wanted: { what: "ticket", restock: true } },
      { ...asked, id: "whole", wanted: { what: "all", restock: false } },
    ],
    refusedRefunds: [
      { ...asked, id: "kept", wanted: { what: "all", restock: false }, problem: "nothing_paid" },
      { ...asked, id: "whole", wanted: { what: "all", restock: false }, problem: "refund_exceeds" },
    ],
    tickets: [STALLS, RAINED_OFF],
    shown: new Map(shown.map((body) => [body.id, body])),
    rows: new Map(shown.map((body) => [body.id, rowOf(body, restocked[body.id] ?? 0)])),
    shownOrders: new Map([[order.id, order]]),
    ledger: [...paid, ...back],
  };
  return end as EndState;
}

function rowOfLedger(kind: LedgerRow["kind"], reservation_id: string, key: string, amount_minor: number): LedgerRow {
  return { kind, reservation_id, idempotency_key: key, method: "pm_card_visa", amount_minor, decline_code: null };
}

function found(end: EndState): string[] {
  return Object.entries(REFUND_CHECKS).flatMap(([name, check]) => check(end).map((text) => `${name}: ${text}`));
}

test("what was given back as it may be is accepted", () => {
  expect(found(trueEnd())).toEqual([]);
});

test.each(Object.entries(REFUND_LIES))("an end is rejected where %s", (_kind, { check, tell }) => {
  const lies = tell(trueEnd());
  expect(lies.length).toBeGreaterThan(0);
  expect(lies.filter((lie) => REFUND_CHECKS[check]?.(lie).length === 0)).toEqual([]);
});

test("a refusal of what is confirmed, and not given back, is rejected", () => {
  const end = trueEnd();
  const refused = end.refusedRefunds.map((one) => ({ ...one, id: "kept", problem: "refund_exceeds" }));
  expect(found({ ...end, refusedRefunds: refused })).toHaveLength(2);
});
