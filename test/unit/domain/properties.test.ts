// The promises of the design, held against whatever buyers, providers, alarms and clocks may do, in
// any order.

import fc from "fast-check";
import { expect, test } from "vitest";
import { available, type EventStatus, saleStateOf } from "../../../src/domain/stock.ts";
import { BoxOffice, type Told } from "./box-office.ts";

const MINUTE_MS = 60_000;
const RUNS = 3_000;
const MOST_STEPS = 60;

/** `which` picks one of what there is, whatever its number: for reservations the newest is 0. */
type Step =
  | { readonly type: "reserve"; readonly buyer: string; readonly quantity: number }
  | { readonly type: "pay"; readonly which: number; readonly key: "fresh" | "repeated" }
  | { readonly type: "settle"; readonly which: number; readonly succeeds: boolean }
  | { readonly type: "refunded"; readonly which: number }
  | { readonly type: "cancel" | "due" | "called_off"; readonly which: number }
  /** News of the event: what it is from now on, and how far away its end. */
  | { readonly type: "event"; readonly status: EventStatus; readonly endsInMs: number }
  | { readonly type: "wait"; readonly ms: number };

interface Sale {
  readonly capacity: number;
  readonly maxPerBuyer: number | null;
  readonly priceMinor: number;
  readonly steps: readonly Step[];
  /** How the payments turn out that are still pending at the end. */
  readonly lateOutcomes: readonly boolean[];
}

const anyPayment = fc.nat({ max: 1_000 });
const recentReservation = fc.nat({ max: 4 });
const aWhile = fc.integer({ min: 0, max: 20 * MINUTE_MS });
const backwards = fc.integer({ min: -60 * MINUTE_MS, max: 0 });

// How often each comes up is tuned so that the rare cells are met dozens of times, not once.
const step: fc.Arbitrary<Step> = fc.oneof(
  often(
    5,
    fc.record({
      type: fc.constant("reserve"),
      buyer: fc.constantFrom("ada", "bob", "eve"),
      quantity: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  often(
    8,
    fc.record({
      type: fc.constant("pay"),
      which: recentReservation,
      key: fc.constantFrom("fresh", "fresh", "fresh", "repeated"),
    }),
  ),
  often(6, fc.record({ type: fc.constant("settle"), which: anyPayment, succeeds: fc.boolean() })),
  often(1, fc.record({ type: fc.constant("refunded"), which: anyPayment })),
  often(1, fc.record({ type: fc.constant("cancel"), which: recentReservation })),
  often(4, fc.record({ type: fc.constant("due"), which: recentReservation })),
  often(1, fc.record({ type: fc.constant("called_off"), which: recentReservation })),
  often(
    1,
    fc.record({
      type: fc.constant("event"),
      status: fc.constantFrom<EventStatus>("published", "published", "published", "cancelled", "draft"),
      endsInMs: fc.integer({ min: -5 * MINUTE_MS, max: 120 * MINUTE_MS }),
    }),
  ),
  often(3, fc.record({ type: fc.constant("wait"), ms: fc.oneof(often(3, aWhile), often(1, backwards)) })),
);

const sales: fc.Arbitrary<Sale> = fc.record({
  capacity: fc.integer({ min: 0, max: 6 }),
  maxPerBuyer: fc.option(fc.integer({ min: 1, max: 5 }), { nil: null }),
  priceMinor: fc.oneof(often(9, fc.constant(4500)), often(1, fc.constant(0))),
  steps: fc.array(step, { maxLength: MOST_STEPS, size: "max" }),
  lateOutcomes: fc.array(fc.boolean(), { minLength: MOST_STEPS, maxLength: MOST_STEPS }),
});

// A run that never gets there proves nothing.
const RARE_CELLS = [
  "late success, stock left: confirmed",
  "late success, none left: refund due",
  "late success, not on sale: refund due",
  "success when called off: refund due",
  "success after the end of the event: confirmed",
  "second success: refund due",
  "confirmed while another payment is pending",
  "success drops a deferred cancel",
  "success drops a deferred expiry",
  "failure ends in a deferred cancel",
  "failure ends in a deferred expiry",
  "failure after success",
  "refunded",
  "free",
  "refused: reservation_expired",
  "refused: already_cancelled",
  "refused: already_confirmed",
  "refused: payment_in_progress",
  "refused: event_cancelled",
  "refused: event_over",
];

test("every promise holds after every step of every sale", { timeout: 600_000 }, () => {
  const met = new Map<string, number>();
  fc.assert(
    fc.property(sales, ({ capacity, maxPerBuyer, priceMinor, steps, lateOutcomes }) => {
      const office = new BoxOffice(capacity, maxPerBuyer, priceMinor);
      for (const step of steps) {
        const told = take(office, step);
        if (told !== null) {
          checkTold(told);
          checkSale(office, told, step);
          count(met, cellOf(office, told, step));
        }
        checkPromises(office);
      }
      settleEverything(office, lateOutcomes);
      checkMoney(office);
    }),
    { numRuns: RUNS },
  );
  for (const cell of RARE_CELLS) expect(met.get(cell) ?? 0, cell).toBeGreaterThan(0);
});

function take(office: BoxOffice, step: Step): Told | null {
  if (step.type === "wait") {
    office.nowMs += step.ms;
    return null;
  }
  if (step.type === "event") {
    office.rules = { ...office.rules, eventStatus: step.status, eventEndsMs: office.nowMs + step.endsInMs };
    return null;
  }
  if (step.type === "reserve") {
    const left = available(office.stock);
    const given = office.reserve(step.buyer, step.quantity);
    if (given) expect(step.quantity).toBeLessThanOrEqual(left);
    if (given) expect(saleStateOf(office.rules, office.nowMs)).toBe("open");
    return null;
  }
  if (step.type === "settle" || step.type === "refunded") {
    const chosen = pick(office.payments(), step.which);
    if (chosen === undefined) return null;
    const { index, payment } = chosen;
    if (step.type === "settle") return office.settle(index, payment.id, step.succeeds);
    return office.tell(index, { type: "refunded", paymentId: payment.id });
  }
  const index = office.reservations.length - 1 - (step.which % office.reservations.length);
  const reservation = office.reservations[index];
  if (reservation === undefined) return null;
  if (step.type !== "pay") return office.tell(index, { type: step.type });
  const repeated = step.key === "repeated" ? reservation.payments.at(-1)?.key : undefined;
  return office.pay(index, repeated ?? `key ${office.payments().length}`);
}

/** What one event may do to one reservation. */
function checkTold({ before, decision, again }: Told): void {
  expect(again.type).toBe(decision.type === "refused" ? "refused" : "unchanged");
  if (decision.type === "refused") {
    expect(again).toEqual(decision);
    return;
  }
  const after = decision.reservation;
  expect(again).toEqual({ type: "unchanged", reservation: after });
  if (decision.type === "unchanged") {
    expect(after).toBe(before);
    return;
  }
  expect(after.version).toBe(before.version + 1);
  // 6. No stock is freed while a payment for it may still succeed.
  const released = after.state === "cancelled" || after.state === "expired";
  if (released) expect(after.payments.map(({ state }) => state)).not.toContain("pending");
}

/** 13. No money is taken for an event that is over or called off. */
function checkSale({ rules, nowMs }: BoxOffice, { before, decision }: Told, step: Step): void {
  if (decision.type !== "changed") return;
  const { state } = decision.reservation;
  const sale = saleStateOf(rules, nowMs);
  if (step.type === "pay") expect(["cancelled", "ended"]).not.toContain(sale);
  if (state !== "confirmed" || before.state === "confirmed") return;
  expect(sale).not.toBe("cancelled");
  // Once released, tickets are sold like any others.
  if (before.state !== "held") expect(sale).toBe("open");
}

function checkPromises(office: BoxOffice): void {
  const { capacity, held, sold } = office.stock;
  // 1. Never oversold. 2. Stock is conserved, and the counters are what the reservations add up to.
  expect(held + sold).toBeLessThanOrEqual(capacity);
  expect(available(office.stock) + held + sold).toBe(capacity);
  expect([held, sold]).toEqual([office.quantityIn("held"), office.quantityIn("confirmed")]);
  // 5. Money that was taken is never forgotten, and none is given back that was not taken.
  for (const { payment } of office.payments()) {
    const paid = ["succeeded", "refund_due", "refunded"].includes(payment.state);
    expect(paid).toBe(office.charged.has(payment.id) || payment.method === null);
  }
}

function settleEverything(office: BoxOffice, outcomes: readonly boolean[]): void {
  for (const [nth, { index, payment }] of office.payments().entries()) {
    if (payment.state === "pending") checkTold(office.settle(index, payment.id, outcomes[nth] ?? true));
    checkPromises(office);
  }
  for (const { index, payment } of office.payments()) {
    if (payment.state === "refund_due") checkTold(office.tell(index, { type: "refunded", paymentId: payment.id }));
    checkPromises(office);
  }
}

/** 5. A paid buyer has a confirmed reservation or a refund. Never neither, never both. */
function checkMoney(office: BoxOffice): void {
  for (const { payment, reservation } of office.payments()) {
    const wanted = office.charged.has(payment.id)
      ? ["succeeded", "refunded"]
      : [payment.method === null ? "succeeded" : "failed"];
    expect(wanted).toContain(payment.state);
    if (payment.state === "succeeded") expect(reservation.state).toBe("confirmed");
  }
  for (const { state, payments } of office.reservations) {
    expect(payments.filter((payment) => payment.state === "succeeded")).toHaveLength(state === "confirmed" ? 1 : 0);
  }
}

/** What is worth counting of what happened. */
function cellOf({ rules, nowMs }: BoxOffice, { before, decision }: Told, step: Step): string {
  if (decision.type === "refused") return `refused: ${decision.refusal}`;
  const { state, payments } = decision.reservation;
  const succeeds = step.type === "settle" && step.succeeds;
  if (decision.type === "unchanged") {
    return step.type === "settle" && !step.succeeds && state === "confirmed" ? "failure after success" : "unchanged";
  }
  if (step.type === "refunded") return "refunded";
  if (step.type === "pay") return state === "confirmed" ? "free" : "pay";
  if (step.type !== "settle") return step.type;
  if (succeeds && before.state === "confirmed") return "second success: refund due";
  const sale = saleStateOf(rules, nowMs);
  if (succeeds && before.state === "held" && sale === "cancelled") return "success when called off: refund due";
  if (succeeds && before.state === "held" && sale === "ended") return `success after the end of the event: ${state}`;
  if (succeeds && before.state !== "held") {
    if (sale !== "open") return "late success, not on sale: refund due";
    return state === "confirmed" ? "late success, stock left: confirmed" : "late success, none left: refund due";
  }
  if (before.releaseAs !== null) {
    const deferred = before.releaseAs === "cancelled" ? "a deferred cancel" : "a deferred expiry";
    return succeeds ? `success drops ${deferred}` : `failure ends in ${deferred}`;
  }
  const stillPending = payments.some((payment) => payment.state === "pending");
  return state === "confirmed" && stillPending ? "confirmed while another payment is pending" : "settle";
}

function count(met: Map<string, number>, cell: string): void {
  met.set(cell, (met.get(cell) ?? 0) + 1);
}

function pick<T>(from: readonly T[], which: number): T | undefined {
  return from[which % from.length];
}

function often<T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> {
  return { weight, arbitrary };
}
