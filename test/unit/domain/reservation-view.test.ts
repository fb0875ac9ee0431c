// What a reservation shows: its current payment, and whether anything can still change it.

import { expect, test } from "vitest";
import type { Payment, PaymentState } from "../../../src/domain/payment.ts";
import { isOver, type Reservation } from "../../../src/domain/reservation.ts";
import { viewOf } from "../../../src/domain/reservation-view.ts";
import type { ReservationState } from "../../../src/domain/stock.ts";

function payment(state: PaymentState): Payment {
  return { id: "p", key: "k", method: "card", state, failure: null, sinceMs: 1, needsPerson: false };
}

function reservation(state: ReservationState, ...payments: PaymentState[]): Reservation {
  return {
    id: "r",
    accountId: "a",
    quantity: 2,
    unitPriceMinor: 300,
    currency: "EUR",
    state,
    releaseAs: null,
    createdAtMs: 1,
    expiresAtMs: 2,
    version: 3,
    payments: payments.map(payment),
  };
}

test.each<[state: ReservationState, payments: PaymentState[], isOver: boolean]>([
  ["held", [], false],
  ["held", ["failed"], false],
  ["confirmed", ["succeeded"], true],
  ["confirmed", ["succeeded", "pending"], false],
  ["confirmed", ["refund_due", "succeeded"], false],
  ["cancelled", [], true],
  ["expired", ["failed", "refunded"], true],
  ["expired", ["refund_due"], false],
])("a reservation that is %s with payments %j is over: %j", (state, payments, over) => {
  expect(isOver(reservation(state, ...payments))).toBe(over);
});

test.each<[payments: PaymentState[], shown: PaymentState | null]>([
  [[], null],
  [["failed", "pending"], "pending"],
  [["succeeded", "refund_due"], "succeeded"],
])("of payments %j the view shows %j, and all that a buyer sees of the reservation", (payments, state) => {
  expect(viewOf(reservation("held", ...payments), "t")).toEqual({
    id: "r",
    ticketTypeId: "t",
    accountId: "a",
    quantity: 2,
    unitPriceMinor: 300,
    currency: "EUR",
    state: "held",
    payment: state === null ? null : { state, failure: null },
    createdAtMs: 1,
    expiresAtMs: 2,
  });
});
