// Batches of requests are planned by pure functions: a result for each request, and what is
// written.

import { expect, test } from "vitest";
import type { Payment } from "../../../../src/domain/payment.ts";
import { firstPrice } from "../../../../src/domain/price.ts";
import type { Reservation } from "../../../../src/domain/reservation.ts";
import { available } from "../../../../src/domain/stock.ts";
import type { KeyRecord } from "../../../../src/durable/ticket-type/draft.ts";
import { planPayments, planSettlements } from "../../../../src/durable/ticket-type/plan-payments.ts";
import { planReleases, planReservations } from "../../../../src/durable/ticket-type/plan-reservations.ts";
import type { PayRequest, ReserveRequest, TicketTypeState } from "../../../../src/durable/ticket-type/protocol.ts";
import { DEADLINE, EARLY, reservation, textOf } from "../../domain/reservation-text.ts";

const TICKET_TYPE: TicketTypeState = {
  ticketTypeId: "t",
  capacity: 10,
  held: 6,
  sold: 0,
  onSale: true,
  onSaleVersion: 1,
  eventStatus: "published",
  eventEndsMs: null,
  eventVersion: 1,
  termsVersion: null,
  refundableUntilMs: null,
  refunding: null,
  eventStartsMs: null,
  doorsOpenAtMs: null,
  reentry: false,
  edition: "0",
  newTexts: {},
  priceMinor: 4500,
  currency: "EUR",
  maxPerBuyer: 3,
  salesStartMs: null,
  salesEndMs: null,
  prices: [{ ...firstPrice("t", 4500), held: 6 }],
  version: 1,
};
const SUCCEEDED = { state: "succeeded" } as const;

function ask(reservationId: string, accountId: string, quantity: number, idempotencyKey: string | null = null) {
  return { reservationId, accountId, quantity, idempotencyKey };
}

function planHolds(
  requests: readonly ReserveRequest[],
  there: { reservations?: Reservation[]; keys?: KeyRecord[]; owned?: [string, number][] } = {},
) {
  const { reservations = [], keys = [], owned = [] } = there;
  const ownedByAccount = new Map(owned);
  const facts = { ticketType: TICKET_TYPE, reservations, keys, codes: [], ownedByAccount, holdMs: 900_000 };
  const { results, changes } = planReservations(facts, requests, EARLY);
  return {
    results: results.map((result) => (result.ok ? `ok ${result.reservation.id}` : result.refusal.type)),
    written: changes.reservations.map(({ before, after }) => [before === null, after.id, textOf(after)]),
    keys: changes.keys.map(({ key, request, reservationId }) => [key, request, reservationId]),
    left: available(changes.inventory),
  };
}

test("an account's holds are let go of as their owner would cancel them, and expire where they are due", () => {
  const held = [reservation("held", { id: "r1" }), reservation("held, p1 pending", { id: "r2" })];
  const releasedAt = (nowMs: number) =>
    planReleases(TICKET_TYPE, held, nowMs).changes.reservations.map(({ after }) => `${after.id} ${textOf(after)}`);
  expect(releasedAt(EARLY)).toEqual(["r1 cancelled", "r2 held, p1 pending, then cancelled"]);
  expect(releasedAt(DEADLINE)).toEqual(["r1 expired", "r2 held, p1 pending, then expired"]);
});

test("stock, limit and keys count from request to request within a batch", () => {
  const plan = planHolds(
    [
      ask("r1", "ada", 2, "k"),
      ask("r2", "ada", 2, "k"),
      ask("r3", "ada", 1, "k"),
      ask("r4", "ada", 2),
      ask("r1", "ada", 2),
      ask("r5", "bob", 3),
      ask("r6", "cyd", 2),
    ],
    { owned: [["bob", 1]] },
  );
  expect(plan).toEqual({
    // A replay by key; the key with another request; over the limit; a replay by id; over the
    // limit.
    results: ["ok r1", "ok r1", "idempotency_key_reused", "limit_reached", "ok r1", "limit_reached", "ok r6"],
    written: [
      [true, "r1", "held"],
      [true, "r6", "held"],
    ],
    keys: [["k", "reserve 2", "r1"]],
    left: 0,
  });
});

test("a replay is answered as the first time, whatever became of the reservation, and writes nothing", () => {
  const cancelled = reservation("cancelled, p1 failed", { id: "r1", accountId: "ada" });
  const keys = [{ accountId: "ada", key: "k", request: "reserve 2", reservationId: "r1" }];
  const plan = planHolds([ask("new", "ada", 2, "k")], { reservations: [cancelled], keys });
  expect(plan).toEqual({ results: ["ok r1"], written: [], keys: [], left: 4 });
});

test("a refusal leaves no record of its key", () => {
  expect(planHolds([ask("r1", "ada", 9, "k")])).toMatchObject({ results: ["limit_reached"], written: [], keys: [] });
});

test("of payments that begin together each is decided on what those before it made", () => {
  const held = reservation("held", { id: "r1" });
  const pay = (paymentId: string, key: string, unlike: Partial<PayRequest> = {}): PayRequest => ({
    reservationId: "r1",
    accountId: "ada",
    paymentId,
    key,
    method: "pm",
    idempotencyKey: key,
    ...unlike,
  });
  const requests = [pay("p1", "a"), pay("p2", "a"), pay("p3", "b"), pay("p4", "a", { method: "other" })];
  const facts = { ticketType: TICKET_TYPE, reservations: [held], keys: [] };
  const { results, changes } = planPayments(facts, [...requests, pay("p5", "c", { accountId: "bob" })], EARLY);
  expect(results.map((result) => (result.ok ? "pending" : result.refusal))).toEqual([
    "pending",
    "pending",
    "payment_in_progress",
    "idempotency_key_reused",
    "reservation_unknown",
  ]);
  expect(changes.reservations.map(({ after }) => textOf(after))).toEqual(["held, p1 pending"]);
  expect(changes.keys).toHaveLength(1);
});

test("late successes of one batch take the stock that is left, in order, and the rest is owed back", () => {
  const late = (id: string, paymentId: string) => {
    const [payment] = reservation("expired, p1 failed").payments as [Payment];
    return reservation("expired", { id, quantity: 3, payments: [{ ...payment, id: paymentId }] });
  };
  const facts = { ticketType: TICKET_TYPE, reservations: [late("r1", "p1"), late("r2", "p2")], codes: [] };
  const settlements = ["p1", "p2", "p1", "nobody's"].map((paymentId) => ({ paymentId, outcome: SUCCEEDED }));
  const { results, changes } = planSettlements(facts, settlements, DEADLINE);
  expect(results.map((result) => (result.ok ? result.state : result.refusal))).toEqual([
    "confirmed",
    "expired",
    "confirmed",
    "payment_unknown",
  ]);
  expect(changes.reservations.map(({ after }) => textOf(after))).toEqual([
    "confirmed, p1 succeeded",
    "expired, p2 refund_due",
  ]);
  expect(changes.inventory).toMatchObject({ held: 6, sold: 3 });
});
