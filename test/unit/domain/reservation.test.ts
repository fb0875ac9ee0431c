// The life of a reservation: each row of the design's table, each refusal, and what a decision
// carries.

import { describe, expect, test } from "vitest";
import { currentPayment, isUnsettled } from "../../../src/domain/payment.ts";
import {
  decide,
  type HoldRefusal,
  hasPendingPayment,
  type Reservation,
  type ReservationEvent,
  type ReserveEvent,
  totalMinor,
} from "../../../src/domain/reservation.ts";
import {
  CARD,
  cancel,
  DEADLINE,
  DECLINED,
  due,
  EARLY,
  failed,
  keyOf,
  LATE,
  outcomeOf,
  pay,
  refunded,
  reservation,
  review,
  SINCE,
  succeeded,
} from "./reservation-text.ts";

type Row = [name: string, from: string, event: ReservationEvent, atMs: number, want: string];

describe("the birth of a reservation", () => {
  const OFFER = { capacity: 10, held: 4, sold: 3, onSale: true, priceMinor: 4500, currency: "EUR" };
  const RULES = { maxPerBuyer: 4, salesStartMs: null, salesEndMs: null };
  const event: ReserveEvent = {
    type: "reserve",
    reservationId: "new",
    accountId: "ada",
    quantity: 2,
    offer: { ...OFFER, ...RULES },
    ownedByBuyer: 0,
    holdMs: 900_000,
  };
  const asked = (unlike: Partial<ReserveEvent>) => decide(null, { ...event, ...unlike }, EARLY);

  test("is a hold at the price of the moment, until the hold's length has passed", () => {
    expect(decide(null, event, EARLY)).toEqual({
      type: "changed",
      reservation: {
        id: "new",
        accountId: "ada",
        quantity: 2,
        unitPriceMinor: 4500,
        currency: "EUR",
        state: "held",
        releaseAs: null,
        createdAtMs: EARLY,
        expiresAtMs: EARLY + 900_000,
        version: 1,
        payments: [],
      },
    });
  });

  test.each<[name: string, unlike: Partial<ReserveEvent>, refusal: HoldRefusal]>([
    ["more than are left", { quantity: 4 }, { type: "sold_out", available: 3 }],
    ["more than the limit", { ownedByBuyer: 3 }, { type: "limit_reached", maxPerBuyer: 4, leftForBuyer: 1 }],
    [
      "a draft's",
      { offer: { ...OFFER, ...RULES, onSale: false } },
      { type: "not_on_sale", salesStartMs: null, salesEndMs: null },
    ],
  ])("is refused: %s", (_name, unlike, refusal) => {
    expect(asked(unlike)).toEqual({ type: "refused", refusal });
  });

  test.each(["held", "held, p1 pending", "confirmed, p1 succeeded", "expired", "cancelled, p1 refunded"])(
    "asked again, it is answered with what there is: %s",
    (text) => {
      const there = reservation(text);
      const again = { ...event, reservationId: there.id, offer: { ...OFFER, ...RULES, onSale: false } };
      expect(decide(there, again, LATE)).toEqual({ type: "unchanged", reservation: there });
    },
  );

  test.each([
    ["another account", { accountId: "bob" }],
    ["another quantity", { quantity: 3 }],
  ])("asked again by %s, it is refused", (_name, unlike) => {
    const decision = decide(reservation("held"), { ...event, ...unlike }, EARLY);
    expect(decision).toEqual({ type: "refused", refusal: { type: "idempotency_key_reused" } });
  });

  test.each<[string, ReservationEvent]>([
    ["pay", pay("p1")],
    ["settle", succeeded("p1")],
    ["cancel", cancel],
    ["due", due],
    ["review", review("p1")],
    ["refunded", refunded("p1")],
  ])("comes before everything else: %s is refused", (_name, other) => {
    expect(outcomeOf(decide(null, other, EARLY))).toBe("refused: reservation_unknown");
  });
});

describe("a hold", () => {
  test.each<Row>([
    ["is payable just before the deadline", "held", pay("p1"), EARLY, "held, p1 pending"],
    ["is not payable at the deadline itself", "held", pay("p1"), DEADLINE, "refused: reservation_expired"],
    ["is not payable after the deadline", "held", pay("p1"), LATE, "refused: reservation_expired"],
    ["can be cancelled", "held", cancel, EARLY, "cancelled"],
    ["stays before the deadline, however early the alarm", "held", due, EARLY, "unchanged"],
    ["expires at the deadline itself", "held", due, DEADLINE, "expired"],
    ["expires after the deadline, however late the alarm", "held", due, LATE, "expired"],
    ["is payable again after a failure", "held, p1 failed", pay("p2"), EARLY, "held, p1 failed, p2 pending"],
    ["keeps its deadline after a failure", "held, p1 failed", pay("p2"), DEADLINE, "refused: reservation_expired"],
    ["is kept by a payment given up on", "held, p1 failed", succeeded("p1", 0), EARLY, "confirmed, p1 succeeded"],
  ])("%s", expectOutcome);
});

describe("a pending payment", () => {
  test.each<Row>([
    ["is the same for the same key", "held, p1 pending", pay("p1"), EARLY, "unchanged"],
    ["is the same for the same key, late", "held, p1 pending", pay("p1"), LATE, "unchanged"],
    ["lets no other begin", "held, p1 pending", pay("p2"), EARLY, "refused: payment_in_progress"],
    ["defers a cancel", "held, p1 pending", cancel, EARLY, "held, p1 pending, then cancelled"],
    ["defers the expiry", "held, p1 pending", due, DEADLINE, "held, p1 pending, then expired"],
    ["is not touched by an early alarm", "held, p1 pending", due, EARLY, "unchanged"],
    ["confirms", "held, p1 pending", succeeded("p1", 0), EARLY, "confirmed, p1 succeeded"],
    ["confirms after the deadline too", "held, p1 pending", succeeded("p1", 0), LATE, "confirmed, p1 succeeded"],
    ["leaves the hold when it fails early", "held, p1 pending", failed("p1"), EARLY, "held, p1 failed"],
    ["ends the hold when it fails at the deadline", "held, p1 pending", failed("p1"), DEADLINE, "expired, p1 failed"],
    ["ends the hold when it fails late", "held, p1 pending", failed("p1"), LATE, "expired, p1 failed"],
  ])("%s", expectOutcome);
});

describe("a deferred release", () => {
  const cancelled = "held, p1 pending, then cancelled";
  const expired = "held, p1 pending, then expired";
  test.each<Row>([
    ["is remembered once", cancelled, cancel, EARLY, "unchanged"],
    ["stays a cancel when the deadline passes", cancelled, due, DEADLINE, "unchanged"],
    ["stays an expiry when the buyer cancels", expired, cancel, LATE, "unchanged"],
    ["is dropped when the payment succeeds (cancel)", cancelled, succeeded("p1", 0), EARLY, "confirmed, p1 succeeded"],
    ["is dropped when the payment succeeds (expiry)", expired, succeeded("p1", 0), LATE, "confirmed, p1 succeeded"],
    ["happens when the payment fails (cancel)", cancelled, failed("p1"), EARLY, "cancelled, p1 failed"],
    ["happens when the payment fails (cancel, late)", cancelled, failed("p1"), LATE, "cancelled, p1 failed"],
    ["happens when the payment fails (expiry)", expired, failed("p1"), LATE, "expired, p1 failed"],
    ["happens though the clock went back", expired, failed("p1"), EARLY, "expired, p1 failed"],
    ["lets no other payment begin", cancelled, pay("p2"), EARLY, "refused: payment_in_progress"],
  ])("%s", expectOutcome);
});

describe("a payment that comes through after all", () => {
  const paidTwice = "confirmed, p1 failed, p2 succeeded";
  const payingTwice = "held, p1 failed, p2 pending";
  const paidWhilePaying = "confirmed, p1 succeeded, p2 pending";
  test.each<Row>([
    ["takes the stock left (cancelled)", "cancelled, p1 failed", succeeded("p1", 2), LATE, "confirmed, p1 succeeded"],
    ["takes the stock left (expired)", "expired, p1 failed", succeeded("p1", 2), LATE, "confirmed, p1 succeeded"],
    ["is owed back: too few are left", "cancelled, p1 failed", succeeded("p1", 1), LATE, "cancelled, p1 refund_due"],
    ["is owed back: none is left", "expired, p1 failed", succeeded("p1", 0), LATE, "expired, p1 refund_due"],
    ["is owed back: another paid", paidTwice, succeeded("p1", 9), LATE, "confirmed, p1 refund_due, p2 succeeded"],
    ["confirms while the next is pending", payingTwice, succeeded("p1"), EARLY, paidWhilePaying],
    ["the next is owed back", paidWhilePaying, succeeded("p2", 9), EARLY, "confirmed, p1 succeeded, p2 refund_due"],
    ["is given back once", "cancelled, p1 refund_due", refunded("p1"), LATE, "cancelled, p1 refunded"],
  ])("%s", expectOutcome);
});

describe("a payment that is not settled for a day", () => {
  const DAY_LATER = SINCE + 24 * 3_600_000;
  test.each<Row>([
    ["needs a person", "held, p1 pending", review("p1"), DAY_LATER, "held, p1 pending for too long"],
    ["but not before", "held, p1 pending", review("p1"), DAY_LATER - 1, "unchanged"],
    ["is marked once", "held, p1 pending for too long", review("p1"), DAY_LATER, "unchanged"],
    ["a refund too", "expired, p1 refund_due", review("p1"), DAY_LATER, "expired, p1 refund_due for too long"],
    ["not if it failed", "held, p1 failed", review("p1"), DAY_LATER, "unchanged"],
    ["not if it succeeded", "confirmed, p1 succeeded", review("p1"), DAY_LATER, "unchanged"],
    ["not if it was given back", "expired, p1 refunded", review("p1"), DAY_LATER, "unchanged"],
    ["nobody's payment", "held", review("p1"), DAY_LATER, "refused: payment_unknown"],
    [
      "keeps its tickets",
      "held, p1 pending for too long",
      due,
      DAY_LATER,
      "held, p1 pending for too long, then expired",
    ],
    [
      "may succeed",
      "held, p1 pending for too long, then expired",
      succeeded("p1"),
      DAY_LATER,
      "confirmed, p1 succeeded",
    ],
    ["may fail", "held, p1 pending for too long, then expired", failed("p1"), DAY_LATER, "expired, p1 failed"],
    ["may be given back", "expired, p1 refund_due for too long", refunded("p1"), DAY_LATER, "expired, p1 refunded"],
  ])("%s", (_name, from, event, atMs, want) => {
    expect(outcomeOf(decide(reservation(from), event, atMs))).toBe(want === "unchanged" ? `unchanged: ${from}` : want);
  });

  test("counts from when its present state began", () => {
    const late = changedBy(reservation("expired, p1 failed"), succeeded("p1", 0), LATE);
    expect(late.payments[0]).toMatchObject({ state: "refund_due", sinceMs: LATE });
  });
});

describe("what is over", () => {
  test.each<Row>([
    ["confirmed can't be cancelled", "confirmed, p1 succeeded", cancel, EARLY, "refused: already_confirmed"],
    ["confirmed can't be paid again", "confirmed, p1 succeeded", pay("p2"), EARLY, "refused: already_confirmed"],
    ["confirmed does not expire", "confirmed, p1 succeeded", due, LATE, "unchanged"],
    ["cancelled can't be paid", "cancelled", pay("p1"), EARLY, "refused: already_cancelled"],
    ["cancelled is cancelled", "cancelled", cancel, EARLY, "unchanged"],
    ["cancelled does not expire", "cancelled", due, LATE, "unchanged"],
    ["expired can't be paid", "expired", pay("p1"), LATE, "refused: reservation_expired"],
    ["expired can't be paid by a clock that went back", "expired", pay("p1"), EARLY, "refused: reservation_expired"],
    ["expired can't be cancelled", "expired", cancel, LATE, "refused: reservation_expired"],
    ["expired is expired", "expired", due, LATE, "unchanged"],
  ])("%s", expectOutcome);
});

describe("an outcome that was told before", () => {
  test.each<Row>([
    ["success again", "confirmed, p1 succeeded", succeeded("p1", 9), LATE, "unchanged"],
    ["failure again", "held, p1 failed", failed("p1"), LATE, "unchanged"],
    ["failure after success, which is final", "confirmed, p1 succeeded", failed("p1"), LATE, "unchanged"],
    ["success, a refund due", "expired, p1 refund_due", succeeded("p1", 9), LATE, "unchanged"],
    ["failure, a refund due", "expired, p1 refund_due", failed("p1"), LATE, "unchanged"],
    ["success, refunded", "expired, p1 refunded", succeeded("p1", 9), LATE, "unchanged"],
    ["refunded again", "expired, p1 refunded", refunded("p1"), LATE, "unchanged"],
    ["a refund that nobody asked for", "confirmed, p1 succeeded", refunded("p1"), LATE, "unchanged"],
  ])("changes nothing: %s", expectOutcome);
});

describe("a request that can't be", () => {
  test.each<Row>([
    ["paying without a card", "held", pay("p1", null), EARLY, "refused: payment_method_required"],
    ["a key with another card", "held, p1 pending", pay("p1", "pm_other"), EARLY, "refused: idempotency_key_reused"],
    ["a key without its card", "held, p1 pending", pay("p1", null), EARLY, "refused: idempotency_key_reused"],
    ["success of a payment nobody began", "held, p1 pending", succeeded("p2"), EARLY, "refused: payment_unknown"],
    ["failure of a payment nobody began", "held", failed("p1"), EARLY, "refused: payment_unknown"],
    ["a refund of a payment nobody began", "expired", refunded("p1"), EARLY, "refused: payment_unknown"],
  ])("is refused: %s", expectOutcome);
});

describe("free tickets", () => {
  test.each<Row>([
    ["need no card", "held", pay("p1", null), EARLY, "confirmed, p1 succeeded"],
    ["take no money from a card", "held", pay("p1"), EARLY, "confirmed, p1 succeeded"],
    ["have a deadline too", "held", pay("p1", null), DEADLINE, "refused: reservation_expired"],
    ["expire", "held", due, DEADLINE, "expired"],
    ["are taken once", "confirmed, p1 succeeded", pay("p2", null), EARLY, "refused: already_confirmed"],
  ])("%s", (_name, from, event, atMs, want) => {
    expect(outcomeOf(decide(reservation(from, { unitPriceMinor: 0 }), event, atMs))).toBe(want);
  });

  test("are confirmed without a card on record, and the same request again is a replay, card or not", () => {
    const confirmed = changedBy(reservation("held", { unitPriceMinor: 0 }), pay("p1"), EARLY);
    expect(confirmed.payments).toEqual([
      {
        id: "p1",
        key: keyOf("p1"),
        method: null,
        state: "succeeded",
        failure: null,
        sinceMs: EARLY,
        needsPerson: false,
      },
    ]);
    for (const method of [null, CARD, "pm_other"]) {
      expect(outcomeOf(decide(confirmed, pay("p9", method, keyOf("p1")), LATE))).toBe(
        "unchanged: confirmed, p1 succeeded",
      );
    }
  });
});

describe("a payment's record", () => {
  test("says who asked and what is charged", () => {
    expect(changedBy(reservation("held"), pay("p1", "pm_other", "once"), EARLY).payments).toEqual([
      {
        id: "p1",
        key: "once",
        method: "pm_other",
        state: "pending",
        failure: null,
        sinceMs: EARLY,
        needsPerson: false,
      },
    ]);
  });

  test("says why it failed", () => {
    expect(changedBy(reservation("held, p1 pending"), failed("p1"), EARLY).payments[0]?.failure).toEqual(DECLINED);
  });

  test.each([
    ["held, p1 failed", 0],
    ["expired, p1 failed", 2],
    ["expired, p1 failed", 0],
  ])("forgets the failure when it came through after all: %s, %i left", (from, stockLeft) => {
    expect(changedBy(reservation(from), succeeded("p1", stockLeft), LATE).payments[0]?.failure).toBeNull();
  });

  test("leaves the other payments as they are", () => {
    const from = reservation("held, p1 failed, p2 pending");
    expect(changedBy(from, succeeded("p2"), EARLY).payments[0]).toBe(from.payments[0]);
  });
});

describe("what is read from a reservation", () => {
  test("the total is the price when the hold began, for all tickets", () => {
    expect(totalMinor(reservation("held", { unitPriceMinor: 4500, quantity: 3 }))).toBe(13_500);
    expect(totalMinor(reservation("held", { unitPriceMinor: 0, quantity: 3 }))).toBe(0);
  });

  test.each<[text: string, pending: boolean, unsettled: boolean, current: string | undefined]>([
    ["held", false, false, undefined],
    ["held, p1 pending", true, true, "p1"],
    ["held, p1 failed", false, false, "p1"],
    ["held, p1 failed, p2 pending", true, true, "p2"],
    ["confirmed, p1 succeeded, p2 pending", true, true, "p1"],
    ["confirmed, p1 succeeded, p2 refund_due", false, true, "p1"],
    ["confirmed, p1 refund_due, p2 succeeded", false, true, "p2"],
    ["expired, p1 refunded", false, false, "p1"],
    ["cancelled, p1 refund_due, p2 failed", false, true, "p1"],
    ["cancelled, p1 refunded, p2 failed", false, false, "p1"],
  ])("%s: pending %s, unsettled %s, speaks for it: %s", (text, pending, unsettled, current) => {
    const subject = reservation(text);
    expect(hasPendingPayment(subject)).toBe(pending);
    expect(subject.payments.some(isUnsettled)).toBe(unsettled);
    expect(currentPayment(subject.payments)?.id).toBe(current);
  });
});

function expectOutcome(...[, from, event, atMs, want]: Row): void {
  expect(outcomeOf(decide(reservation(from), event, atMs))).toBe(want === "unchanged" ? `unchanged: ${from}` : want);
}

function changedBy(from: Reservation, event: ReservationEvent, atMs: number): Reservation {
  const decision = decide(from, event, atMs);
  if (decision.type !== "changed") throw new Error(outcomeOf(decision));
  return decision.reservation;
}
