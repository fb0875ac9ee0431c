// A payment that waits for its buyer to confirm it at the bank: for how long, what is to be done
// for it, and who sees its secret.

import { describe, expect, test } from "vitest";
import { orderViewOf } from "../../../src/domain/order.ts";
import { decideOrder } from "../../../src/domain/order-decisions.ts";
import { viewOf } from "../../../src/domain/reservation.ts";
import { decide } from "../../../src/domain/reservation-decisions.ts";
import { awaitsBuyer, instructionFor as instructionForOrder } from "../../../src/durable/order/instructions.ts";
import { instructionFor } from "../../../src/durable/ticket-type/plan-payments.ts";
import { order } from "./order-text.ts";
import { ACTION, awaited, DEADLINE, EARLY, LATE, reservation, SINCE } from "./reservation-text.ts";

const MINUTE_MS = 60_000;
const { reference, clientSecret } = ACTION;

/** A reservation that waits, of a payment that began at `sinceMs`. */
function waiting(sinceMs: number, eventEndsMs: number | null) {
  const from = reservation("held, p1 pending");
  const begun = { ...from, payments: from.payments.map((payment) => ({ ...payment, sinceMs })) };
  const decision = decide(begun, { ...awaited("p1"), eventEndsMs }, EARLY);
  if (decision.type !== "changed") throw new Error("nothing changed");
  return decision.reservation;
}

describe("a buyer has time", () => {
  const TEN_MINUTES_MS = 10 * MINUTE_MS;
  test.each<[what: string, sinceMs: number, eventEndsMs: number | null, untilMs: number]>([
    ["until the hold's deadline", DEADLINE - 15 * MINUTE_MS, null, DEADLINE],
    ["exactly until then, if the payment began ten minutes before", DEADLINE - TEN_MINUTES_MS, null, DEADLINE],
    ["for ten minutes after the payment began, if that is later", DEADLINE - 1, null, DEADLINE - 1 + TEN_MINUTES_MS],
    ["no longer for an event that ends later", DEADLINE - 15 * MINUTE_MS, DEADLINE + 1, DEADLINE],
    // Promise 13: no money is taken for an event that is over.
    ["until the event ends, before the deadline", DEADLINE - 15 * MINUTE_MS, DEADLINE - 1, DEADLINE - 1],
    ["until the event ends, before the ten minutes are over", DEADLINE - 1, DEADLINE + 1, DEADLINE + 1],
    ["not at all once the event has ended", DEADLINE - 15 * MINUTE_MS, EARLY - 1, EARLY - 1],
  ])("%s", (_what, sinceMs, eventEndsMs, untilMs) => {
    expect(waiting(sinceMs, eventEndsMs).payments[0]?.action).toEqual({ reference, clientSecret, untilMs });
    const charging = order("charging, items begun, p1 pending");
    const begun = { ...charging, payments: charging.payments.map((payment) => ({ ...payment, sinceMs })) };
    const action = { reference, clientSecret };
    const decision = decideOrder(begun, { type: "action_required", paymentId: "p1", action, eventEndsMs }, EARLY);
    expect(decision).toMatchObject({ type: "changed", order: { payments: [{ action: { untilMs } }] } });
  });
});

const published = { eventStatus: "published", eventEndsMs: null } as const;
const calledOff = { ...published, eventStatus: "cancelled" } as const;
const over = { ...published, eventEndsMs: SINCE } as const;
type Event = typeof published | typeof calledOff | typeof over;

describe("what is to be done for it", () => {
  test.each<[situation: string, event: Event, atMs: number, want: object]>([
    ["held, p1 pending", published, LATE, { todo: "charge" }],
    ["held, p1 pending at the bank", published, DEADLINE - 1, { awaited: { reference, isOver: false } }],
    ["held, p1 pending at the bank", published, DEADLINE, { awaited: { reference, isOver: true } }],
    ["held, p1 pending at the bank", calledOff, SINCE, { awaited: { reference, isOver: true } }],
    // It was moved since the buyer went to the bank.
    ["held, p1 pending at the bank", over, SINCE, { awaited: { reference, isOver: true } }],
    ["held, p1 pending at the bank", over, SINCE - 1, { awaited: { reference, isOver: false } }],
    ["held, p1 pending", over, LATE, { todo: "charge" }],
    ["held, p1 pending at the bank, then expired", published, DEADLINE - 1, { awaited: { isOver: false } }],
    ["held, p1 pending at the bank, then cancelled", published, SINCE, { awaited: { isOver: true } }],
    ["confirmed, p1 succeeded", published, LATE, { todo: "nothing" }],
    ["held, p1 failed", published, LATE, { todo: "nothing", hasFailed: true }],
  ])("%s, %o, at %i: %o", (situation, event, atMs, want) => {
    const instruction = instructionFor("p1", [reservation(situation)], event, atMs);
    expect(instruction).toMatchObject(want);
    expect(JSON.stringify(instruction)).not.toContain(clientSecret);
    if (!("awaited" in want)) expect(instruction).not.toHaveProperty("awaited");
  });

  test("a reservation that another payment has paid for waits for none", () => {
    const paid = reservation("confirmed, p1 succeeded, p2 pending at the bank");
    expect(instructionFor("p2", [paid], published, SINCE)).toMatchObject({ awaited: { isOver: true } });
  });

  test.each<[situation: string, eventEndsMs: number | null, atMs: number, want: object]>([
    ["charging, items begun, p1 pending", null, LATE, { todo: "charge" }],
    ["charging, items begun, p1 pending", SINCE, LATE, { todo: "charge" }],
    ["charging, items begun, p1 pending at the bank", null, DEADLINE - 1, { awaited: { reference, isOver: false } }],
    ["charging, items begun, p1 pending at the bank", null, DEADLINE, { awaited: { reference, isOver: true } }],
    ["charging, items begun, p1 pending at the bank", DEADLINE + 1, DEADLINE - 1, { awaited: { isOver: false } }],
    // The first of its events was moved since the buyer went to the bank.
    ["charging, items begun, p1 pending at the bank", SINCE, SINCE - 1, { awaited: { reference, isOver: false } }],
    ["charging, items begun, p1 pending at the bank", SINCE, SINCE, { awaited: { reference, isOver: true } }],
    ["charging, items begun, p1 pending at the bank, cancel requested", null, SINCE, { awaited: { isOver: true } }],
    ["preparing, items begun, p1 pending", SINCE, LATE, { todo: "nothing" }],
    ["held, items begun, p1 failed", SINCE, LATE, { todo: "nothing", hasFailed: true }],
  ])("an order that is %s, of an event that ends at %o, at %i: %o", (situation, eventEndsMs, atMs, want) => {
    const instruction = instructionForOrder(order(situation), "p1", eventEndsMs, atMs);
    expect(instruction).toMatchObject(want);
    expect(JSON.stringify(instruction)).not.toContain(clientSecret);
    if (!("awaited" in want)) expect(instruction).not.toHaveProperty("awaited");
  });

  test.each<[situation: string, paymentIds: readonly string[], want: boolean]>([
    ["charging, items begun, p1 pending at the bank", ["p1"], true],
    ["charging, items begun, p1 pending at the bank", ["p2", "p1"], true],
    ["charging, items begun, p1 pending at the bank", ["p2"], false],
    ["charging, items begun, p1 pending", ["p1"], false],
    ["held, items begun, p1 failed", ["p1"], false],
  ])("an order that is %s asks when its events end for %o: %s", (situation, paymentIds, want) => {
    expect(awaitsBuyer(order(situation), paymentIds)).toBe(want);
  });
});

describe("its owner sees the secret", () => {
  test.each<[situation: string, isShown: boolean]>([
    ["held, p1 pending at the bank", true],
    ["held, p1 pending at the bank, then expired", true],
    // Nobody is to begin what is being cancelled.
    ["held, p1 pending at the bank, then cancelled", false],
    ["held, p1 pending", false],
  ])("%s: %s", (situation, isShown) => {
    const { payment } = viewOf(reservation(situation), "t1");
    expect(payment?.action ?? null).toEqual(isShown ? { clientSecret, untilMs: DEADLINE } : null);
  });

  test.each<[situation: string, isShown: boolean]>([
    ["charging, items begun, p1 pending at the bank", true],
    ["charging, items begun, p1 pending at the bank, cancel requested", false],
    ["preparing, items begun, p1 pending", false],
  ])("of an order that is %s: %s", (situation, isShown) => {
    const payment = orderViewOf(order(situation))?.payment;
    expect(payment?.action ?? null).toEqual(isShown ? { clientSecret, untilMs: DEADLINE } : null);
  });
});
