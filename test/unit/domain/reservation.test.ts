// The life of a reservation: its birth, payments that stay unsettled, free tickets, and what a
// decision carries. What happens in each state: reservation-table.test.ts.

import { describe, expect, test } from "vitest";
import { currentPayment, isUnsettled } from "../../../src/domain/payment.ts";
import { firstPrice } from "../../../src/domain/price.ts";
import {
  type HoldRefusal,
  hasPendingPayment,
  isOver,
  type Reservation,
  type ReservationEvent,
  type ReserveEvent,
  totalMinor,
  viewOf,
} from "../../../src/domain/reservation.ts";
import { decide, decideReserve } from "../../../src/domain/reservation-decisions.ts";
import {
  CARD,
  cancel,
  DEADLINE,
  DECLINED,
  decideAny,
  due,
  EARLY,
  failed,
  keyOf,
  LATE,
  OPEN,
  outcomeOf,
  pay,
  QUANTITY,
  type Refunded,
  refunded,
  reservation,
  review,
  SINCE,
  succeeded,
} from "./reservation-text.ts";

type Row = [name: string, from: string, event: ReservationEvent | Refunded, atMs: number, want: string];

describe("the birth of a reservation", () => {
  const OFFER = {
    capacity: 10,
    held: 4,
    sold: 3,
    priceMinor: 4500,
    currency: "EUR",
    maxPerBuyer: 4,
    ...OPEN,
    prices: [firstPrice("t", 4500)],
  };
  const DRAFT = { ...OFFER, eventStatus: "draft" } as const;
  const event: ReserveEvent = {
    reservationId: "new",
    accountId: "ada",
    orderId: null,
    quantity: 2,
    priceId: null,
    code: null,
    codes: [],
    requiredTerms: null,
    acceptedTerms: null,
    offer: OFFER,
    ownedByBuyer: 0,
    holdMs: 900_000,
  };
  const asked = (unlike: Partial<ReserveEvent>) => decideReserve(null, { ...event, ...unlike }, EARLY);

  test("is a hold at the price of the moment, until the hold's length has passed", () => {
    expect(decideReserve(null, event, EARLY)).toEqual({
      type: "changed",
      reservation: {
        id: "new",
        accountId: "ada",
        orderId: null,
        quantity: 2,
        priceId: null,
        priceName: "",
        code: null,
        acceptedTerms: null,
        unitPriceMinor: 4500,
        currency: "EUR",
        state: "held",
        releaseAs: null,
        createdAtMs: EARLY,
        expiresAtMs: EARLY + 900_000,
        version: 1,
        payments: [],
        givenBack: 0,
        restocked: 0,
        refunds: [],
      },
    });
  });

  test.each<[name: string, unlike: Partial<ReserveEvent>, refusal: HoldRefusal]>([
    ["more than are left", { quantity: 4 }, { type: "sold_out", available: 3 }],
    ["more than the limit", { ownedByBuyer: 3 }, { type: "limit_reached", maxPerBuyer: 4, leftForBuyer: 1 }],
    ["without the terms", { requiredTerms: "2" }, { type: "terms_not_accepted", version: "2" }],
    ["under terms of before", { requiredTerms: "2", acceptedTerms: "1" }, { type: "terms_not_accepted", version: "2" }],
    [
      "without the terms, of what is sold out anyway",
      { requiredTerms: "2", quantity: 4 },
      { type: "sold_out", available: 3 },
    ],
    ["a draft's", { offer: DRAFT }, { type: "not_on_sale", salesStartMs: null, salesEndMs: null, saleState: "draft" }],
  ])("is refused: %s", (_name, unlike, refusal) => {
    expect(asked(unlike)).toEqual({ type: "refused", refusal });
  });

  test.each([
    ["the version that it had to be", "2", "2", "2"],
    ["nothing where the event has no terms", null, "2", null],
  ])("it keeps of what was accepted %s", (_name, requiredTerms, acceptedTerms, kept) => {
    expect(asked({ requiredTerms, acceptedTerms })).toMatchObject({ reservation: { acceptedTerms: kept } });
  });

  test.each(["held", "held, p1 pending", "confirmed, p1 succeeded", "expired", "cancelled, p1 refunded"])(
    "asked again, it is answered with what there is: %s",
    (text) => {
      const there = reservation(text);
      const again = { ...event, reservationId: there.id, offer: DRAFT };
      expect(decideReserve(there, again, LATE)).toEqual({ type: "unchanged", reservation: there });
    },
  );

  test.each([
    ["another account", { accountId: "bob" }],
    ["another quantity", { quantity: 3 }],
  ])("asked again by %s, it is refused", (_name, unlike) => {
    const decision = decideReserve(reservation("held"), { ...event, ...unlike }, EARLY);
    expect(decision).toEqual({ type: "refused", refusal: { type: "idempotency_key_reused" } });
  });

  test.each<[string, ReservationEvent]>([
    ["pay", pay("p1")],
    ["settle", succeeded("p1")],
    ["cancel", cancel],
    ["due", due],
    ["review", review("p1")],
  ])("comes before everything else: %s is refused", (_name, other) => {
    expect(outcomeOf(decide(null, other, EARLY))).toBe("refused: reservation_unknown");
  });
});

describe("a payment that is not settled for a day", () => {
  const TOO_LONG = "held, p1 pending for too long";
  const DAY_LATER = SINCE + 24 * 3_600_000;
  test.each<Row>([
    ["needs a person", "held, p1 pending", review("p1"), DAY_LATER, TOO_LONG],
    ["but not before", "held, p1 pending", review("p1"), DAY_LATER - 1, "unchanged"],
    ["is marked once", TOO_LONG, review("p1"), DAY_LATER, "unchanged"],
    [
      "not where its refund is due: that has a review of its own",
      "expired, p1 refund_due",
      review("p1"),
      DAY_LATER,
      "unchanged",
    ],
    ["not if it failed", "held, p1 failed", review("p1"), DAY_LATER, "unchanged"],
    ["not if it succeeded", "confirmed, p1 succeeded", review("p1"), DAY_LATER, "unchanged"],
    ["not if it was given back", "expired, p1 refunded", review("p1"), DAY_LATER, "unchanged"],
    ["nobody's payment", "held", review("p1"), DAY_LATER, "refused: payment_unknown"],
    ["keeps its tickets", TOO_LONG, due, DAY_LATER, `${TOO_LONG}, then expired`],
    ["may succeed", `${TOO_LONG}, then expired`, succeeded("p1"), DAY_LATER, "confirmed, p1 succeeded"],
    ["may fail", `${TOO_LONG}, then expired`, failed("p1"), DAY_LATER, "expired, p1 failed"],
    ["may be given back", "expired, p1 refund_due for too long", refunded("p1"), DAY_LATER, "expired, p1 refunded"],
  ])("%s", expectOutcome);

  test("counts from when its present state began", () => {
    const late = changedBy(reservation("expired, p1 failed"), succeeded("p1", 0), LATE);
    expect(late.payments[0]).toMatchObject({ state: "refund_due", sinceMs: LATE });
  });
});

describe("free tickets", () => {
  test.each<Row>([
    ["need no card", "held", pay("p1", null), EARLY, "confirmed, p1 succeeded"],
    ["take no money from a card", "held", pay("p1"), EARLY, "confirmed, p1 succeeded"],
    ["have a deadline too", "held", pay("p1", null), DEADLINE, "refused: reservation_expired"],
    ["expire", "held", due, DEADLINE, "expired"],
    ["are taken once", "confirmed, p1 succeeded", pay("p2", null), EARLY, "refused: already_confirmed"],
  ])("%s", (_name, from, event, atMs, want) => {
    expect(outcomeOf(decideAny(reservation(from, { unitPriceMinor: 0 }), event, atMs))).toBe(want);
  });

  test("are confirmed without a card on record, and the same request again is a replay, card or not", () => {
    const confirmed = changedBy(reservation("held", { unitPriceMinor: 0 }), pay("p1"), EARLY);
    const paid = { id: "p1", key: keyOf("p1"), method: null, state: "succeeded", reference: null };
    expect(confirmed.payments).toEqual([{ ...paid, failure: null, sinceMs: EARLY, needsPerson: false, action: null }]);
    for (const method of [null, CARD, "pm_other"]) {
      const again = decide(confirmed, pay("p9", method, keyOf("p1")), LATE);
      expect(outcomeOf(again)).toBe("unchanged: confirmed, p1 succeeded");
    }
  });
});

describe("a payment's record", () => {
  test("says who asked and what is charged", () => {
    const begun = { id: "p1", key: "once", method: "pm_other", state: "pending" };
    const { payments } = changedBy(reservation("held"), pay("p1", "pm_other", "once"), EARLY);
    const record = { ...begun, failure: null, sinceMs: EARLY, needsPerson: false, action: null, reference: null };
    expect(payments).toEqual([record]);
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

  test.each([
    ["in time", "held, p1 pending", QUANTITY],
    ["after all, and has its tickets again", "expired, p1 failed", QUANTITY],
    ["after all, and is to be refunded", "expired, p1 failed", 0],
  ])("keeps the provider's id of a charge that came through %s, also once it is refunded", (_when, from, stockLeft) => {
    const event = succeeded("p1", stockLeft, OPEN, "pi_1");
    const charged = changedBy(reservation(from), event, EARLY);
    expect(charged.payments[0]?.reference).toBe("pi_1");
    expect(decide(charged, event, EARLY).type).toBe("unchanged");
    if (stockLeft > 0) return;
    expect(changedBy(charged, refunded("p1"), LATE).payments[0]?.reference).toBe("pi_1");
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

  test.each<[text: string, is: ("pending" | "unsettled" | "over")[], current: string | undefined]>([
    ["held", [], undefined],
    ["held, p1 pending", ["pending", "unsettled"], "p1"],
    ["held, p1 failed", [], "p1"],
    ["held, p1 failed, p2 pending", ["pending", "unsettled"], "p2"],
    ["confirmed, p1 succeeded", ["over"], "p1"],
    ["confirmed, p1 succeeded, p2 pending", ["pending", "unsettled"], "p1"],
    ["confirmed, p1 succeeded, p2 refund_due", ["unsettled"], "p1"],
    ["confirmed, p1 refund_due, p2 succeeded", ["unsettled"], "p2"],
    ["expired, p1 refunded", ["over"], "p1"],
    ["cancelled", ["over"], undefined],
    ["cancelled, p1 refund_due, p2 failed", ["unsettled"], "p1"],
    ["cancelled, p1 refunded, p2 failed", ["over"], "p1"],
  ])("%s: %j, and its payment is %s", (text, is, current) => {
    const subject = reservation(text);
    expect(hasPendingPayment(subject)).toBe(is.includes("pending"));
    expect(subject.payments.some(isUnsettled)).toBe(is.includes("unsettled"));
    expect(isOver(subject)).toBe(is.includes("over"));
    expect(currentPayment(subject.payments)?.id).toBe(current);
  });

  test("others see its current payment, and neither its version nor what is deferred", () => {
    const { releaseAs, version, payments, restocked, ...shown } = reservation(
      "held, p1 failed, p2 pending, then expired",
    );
    const payment = { state: "pending", failure: null, pendingSinceMs: payments.at(-1)?.sinceMs };
    const view = { ...shown, ticketTypeId: "t", payment, cancelRequested: releaseAs === "cancelled" };
    expect(viewOf({ ...shown, releaseAs, version, payments, restocked }, "t")).toEqual(view);
    expect(viewOf(reservation("held, p1 failed"), "t").payment).toEqual({ state: "failed", failure: DECLINED });
    expect(viewOf(reservation("held"), "t").payment).toBeNull();
  });
});

function expectOutcome(...[, from, event, atMs, want]: Row): void {
  expect(outcomeOf(decideAny(reservation(from), event, atMs))).toBe(want === "unchanged" ? `unchanged: ${from}` : want);
}

function changedBy(from: Reservation, event: ReservationEvent | Refunded, atMs: number): Reservation {
  const decision = decideAny(from, event, atMs);
  if (decision.type !== "changed") throw new Error(outcomeOf(decision));
  return decision.reservation;
}
