// What goes back of what was paid for: how much, at most, and what becomes of a refund.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asMade,
  attemptIdOf,
  CALLED_OFF_KEY,
  isRefundId,
  isUnderWay,
  leftOf,
  markedByHand,
  nextLookMs,
  type Purchase,
  planRefund,
  type Refund,
  type RefundOutcome,
  type RefundRefusal,
  type RefundRequest,
  type RefundState,
  refundedMinor,
  refundedPaymentId,
  refundForPerson,
  refundIdOf,
  refundViewOf,
  retried,
  reviewAtMs,
  reviewedRefund,
  settledRefund,
} from "../../../src/domain/refund.ts";
import { DAY_MS } from "../../../src/domain/units.ts";

const NOW = Date.UTC(2031, 4, 1);
const ITEMS = [
  { reservationId: "a", quantity: 3, unitPriceMinor: 4_500, givenBack: 0 },
  { reservationId: "b", quantity: 1, unitPriceMinor: 500, givenBack: 0 },
];
const FAILURE = { code: "expired_or_canceled_card", message: "It did not arrive." };

function bought(otherwise: Partial<Purchase> = {}): Purchase {
  return { paymentId: "p", isCharged: true, paidMinor: 14_000, items: ITEMS, refunds: [], ...otherwise };
}

function asked(otherwise: Partial<RefundRequest> = {}): RefundRequest {
  const request = { key: "k", request: "r", requestedBy: "organizer", restock: true, reason: "" } as const;
  return { ...request, items: "all", amountMinor: null, ...otherwise };
}

function refund(otherwise: Partial<Refund> = {}): Refund {
  const made = planRefund(bought(), asked(), [], NOW);
  if ("type" in made) throw new Error(made.type);
  return Object.freeze({ ...made, ...otherwise });
}

const tickets = (reservationId: string, quantity: number) => [{ reservationId, quantity }];

describe("a request for", () => {
  test.each<[what: string, request: Partial<RefundRequest>, amount: number, items: number[]]>([
    ["all gives back all", {}, 14_000, [3, 1]],
    ["all, but for a fee", { amountMinor: 13_000 }, 13_000, [3, 1]],
    ["one of each costs what they cost", { items: [...tickets("a", 1), ...tickets("b", 1)] }, 5_000, [1, 1]],
    ["one reservation twice counts both", { items: [...tickets("a", 1), ...tickets("a", 2)] }, 13_500, [3]],
    ["only money takes no tickets", { items: [], amountMinor: 700 }, 700, []],
    ["tickets without money keeps all of it", { items: tickets("a", 1), amountMinor: 0 }, 0, [1]],
  ])("%s", (_what, request, amountMinor, quantities) => {
    const made = planRefund(bought(), asked(request), [], NOW);
    expect(made).toMatchObject({ id: "p-r1", amountMinor, state: amountMinor === 0 ? "succeeded" : "due" });
    expect("items" in made ? made.items.map((item) => ("quantity" in item ? item.quantity : 0)) : []).toEqual(
      quantities,
    );
  });

  test.each<[what: string, request: Partial<RefundRequest>]>([
    ["more tickets than there are", { items: tickets("a", 4) }],
    ["more tickets, named twice", { items: [...tickets("a", 2), ...tickets("a", 2)] }],
    ["more money than was paid", { items: [], amountMinor: 14_001 }],
    ["nothing", { items: [], amountMinor: 0 }],
  ])("%s is refused with what is left", (_what, request) => {
    const left = { leftMinor: 14_000, items: [...tickets("a", 3), ...tickets("b", 1)] };
    expect(planRefund(bought(), asked(request), [], NOW)).toEqual({ type: "refund_exceeds", ...left });
  });

  test("tickets that are not part of it is refused, by their place", () => {
    const items = [...tickets("a", 1), ...tickets("c", 1)];
    expect(planRefund(bought(), asked({ items }), [], NOW)).toEqual({ type: "refund_item_unknown", item: 1 });
  });

  test("tickets costs no more than is left after money went back alone", () => {
    const earlier = refund({ key: "earlier", items: [], amountMinor: 11_000 });
    const made = planRefund(bought({ refunds: [earlier] }), asked({ items: tickets("a", 1) }), [], NOW);
    expect(made).toMatchObject({ id: "p-r2", amountMinor: 3_000 });
    const named = planRefund(
      bought({ refunds: [earlier] }),
      asked({ items: tickets("a", 1), amountMinor: 3_001 }),
      [],
      NOW,
    );
    expect(named).toMatchObject({ type: "refund_exceeds", leftMinor: 3_000 });
  });

  test("a refund leaves what a failed one was to give back to another try of that", () => {
    const failed = refund({ key: "earlier", state: "failed", failure: FAILURE, items: [], amountMinor: 13_999 });
    expect(leftOf(bought({ refunds: [failed] })).leftMinor).toBe(1);
  });

  test("the same again, with its key, gets the same refund, and another one none", () => {
    const refunds = [refund()];
    expect(planRefund(bought({ refunds }), asked(), [], NOW)).toBe(refunds[0]);
    expect(planRefund(bought({ refunds }), asked({ request: "other" }), [], NOW)).toEqual({
      type: "idempotency_key_reused",
    });
  });

  test("what was not charged is done at once", () => {
    expect(planRefund(bought({ isCharged: false }), asked(), [], NOW)).toMatchObject({ state: "succeeded" });
  });
});

/** What each outcome of the present attempt, or of one before, makes of a refund. */
const SETTLED: Readonly<Record<RefundState, Readonly<Record<string, RefundState>>>> = {
  due: { pending: "pending", succeeded: "succeeded", failed: "failed" },
  pending: { pending: "pending", succeeded: "succeeded", failed: "failed" },
  // It may fail after it has succeeded; what the provider said before comes late.
  succeeded: { pending: "succeeded", succeeded: "succeeded", failed: "failed" },
  failed: { pending: "failed", succeeded: "succeeded", failed: "failed" },
};
const OUTCOMES: readonly RefundOutcome[] = [
  { state: "pending" },
  { state: "succeeded" },
  { state: "failed", failure: FAILURE },
];

describe.each(Object.keys(SETTLED) as RefundState[])("a refund that is %s", (state) => {
  const from = refund({ state, sinceMs: NOW - 1, failure: state === "failed" ? FAILURE : null });

  test.each(OUTCOMES)("settled as $state", (outcome) => {
    const after = settledRefund(from, "p-r1", outcome, NOW);
    expect(after.state).toBe(SETTLED[state][outcome.state]);
    expect(after.failure).toEqual(after.state === "failed" ? FAILURE : null);
    if (after.state === state) expect(after).toBe(from);
    else expect(after.sinceMs).toBe(NOW);
    // The same again is no news.
    expect(settledRefund(after, "p-r1", outcome, NOW)).toBe(after);
  });

  test.each(OUTCOMES)("by another attempt as $state stays as it is", (outcome) => {
    expect(settledRefund(from, "p-r1.2", outcome, NOW)).toBe(from);
    const second = refund({ ...from, attempt: 2 });
    expect(settledRefund(second, "p-r1", outcome, NOW)).toBe(second);
  });

  test("is tried again only where it failed, and under another id", () => {
    const again = retried(from, "again", NOW);
    if (state !== "failed") {
      expect(again).toEqual({ type: "refund_not_failed", state });
      return;
    }
    expect(again).toMatchObject({ state: "due", attempt: 2, failure: null });
    if ("type" in again) throw new Error("it was refused");
    expect([attemptIdOf(from), attemptIdOf(again)]).toEqual(["p-r1", "p-r1.2"]);
    // A repeated request starts no third one.
    expect(retried(again, "again", NOW)).toBe(again);
  });

  test("needs a person after a day under way, and at once where it failed", () => {
    const isWaiting = state === "due" || state === "pending";
    expect(isUnderWay(from)).toBe(isWaiting);
    expect(reviewAtMs(from)).toBe(isWaiting ? NOW - 1 + DAY_MS : null);
    expect(reviewedRefund(from, NOW - 2 + DAY_MS)).toBe(from);
    const late = reviewedRefund(from, NOW - 1 + DAY_MS);
    expect(late.needsPerson).toBe(isWaiting);
    expect(reviewedRefund(late, NOW + DAY_MS)).toBe(late);
    expect(refundForPerson([from])).toBe(state === "failed" ? from : null);
    expect(refundForPerson([late])).toBe(isWaiting || state === "failed" ? late : null);
  });
});

describe("given back by hand", () => {
  const byHand = (key: string) => {
    const made = planRefund(bought({ isCharged: false }), asked({ key }), [], NOW);
    if ("type" in made) throw new Error(made.type);
    return made;
  };
  const givenAt = (refund: Refund | RefundRefusal) =>
    "type" in refund ? refund.type : refundViewOf(refund).givenByHandAtMs;

  test("is what its organiser refunds, at once, and not what a calling-off refunds", () => {
    expect(givenAt(byHand("k"))).toBe(NOW);
    expect(givenAt(byHand(`${CALLED_OFF_KEY} a`))).toBeNull();
  });

  test("is what somebody says, until it is taken back; the first who says it counts", () => {
    const given = markedByHand(byHand(`${CALLED_OFF_KEY} a`), true, "ola", NOW + 1);
    if ("type" in given) throw new Error(given.type);
    expect([given.byHand, givenAt(given)]).toEqual([{ atMs: NOW + 1, by: "ola" }, NOW + 1]);
    expect(markedByHand(given, true, "per", NOW + 2)).toBe(given);
    const taken = markedByHand(given, false, "per", NOW + 3);
    expect(givenAt(taken)).toBeNull();
    expect(givenAt(markedByHand(byHand("k"), false, "ola", NOW + 1))).toBeNull();
  });

  test("is nothing that the provider gives back, nor where no money goes back", () => {
    for (const one of [refund(), refund({ state: "succeeded" }), refund({ isAtProvider: false, amountMinor: 0 })]) {
      expect(givenAt(one)).toBeNull();
      expect(markedByHand(one, true, "ola", NOW)).toEqual({ type: "refund_not_by_hand" });
    }
  });

  test("does not change the first reply to the request that made it", () => {
    const taken = markedByHand(byHand("k"), false, "ola", NOW + 1);
    if ("type" in taken) throw new Error(taken.type);
    expect(asMade(refundViewOf(taken))).toEqual(refundViewOf(byHand("k")));
  });
});

test("one that succeeded is looked at after a day, a week and a month, and a notice in between counts for nothing", () => {
  let one = refund({ state: "succeeded", sinceMs: NOW });
  const looks: (number | null)[] = [];
  for (const days of [0, 1, 2, 7, 8, 30, 99]) {
    one = settledRefund(one, "p-r1", { state: "succeeded" }, NOW + days * DAY_MS);
    const nextMs = nextLookMs(one);
    looks.push(nextMs && (nextMs - NOW) / DAY_MS);
  }
  expect(looks).toEqual([1, 7, 7, 30, 30, null, null]);
  expect(nextLookMs(refund({ state: "succeeded", isAtProvider: false }))).toBeNull();
});

test.each([
  ["0f3g-a1", false, "0f3g-a1", "0f3g-a1"],
  ["p.1", false, "p.1", "p.1"],
  ["p-r12", true, "p-r12", "p"],
  ["p-r12.3", true, "p-r12", "p"],
])("%s is of a refund: %s, which is %s of %s", (id, is, refundId, paymentId) => {
  expect([isRefundId(id), refundIdOf(id), refundedPaymentId(id)]).toEqual([is, refundId, paymentId]);
});

// Requests of organisers who do not know of each other, and a provider that says anything.
const anyRequest = fc.record({
  items: fc.oneof(
    fc.constant("all" as const),
    fc.array(fc.record({ reservationId: fc.constantFrom("a", "b"), quantity: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 3,
    }),
  ),
  amountMinor: fc.option(fc.integer({ min: 0, max: 14_500 }), { nil: null }),
  restock: fc.boolean(),
});
const anyStep = fc.oneof(
  fc.record({ do: fc.constant("ask" as const), request: anyRequest }),
  fc.record({ do: fc.constant("settle" as const), which: fc.nat(5), outcome: fc.constantFrom(...OUTCOMES) }),
  fc.record({ do: fc.constant("retry" as const), which: fc.nat(5) }),
);

test("whatever is asked for and happens, no more goes back than was paid, in money and in tickets", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 25 }), (steps) => {
      let purchase = bought();
      // By attempt, what the provider was told to give back.
      const moved = new Map<string, number>();
      for (const [index, step] of steps.entries()) {
        purchase = take(purchase, step, index);
        for (const one of purchase.refunds) {
          if (one.state === "failed") moved.delete(attemptIdOf(one));
          else moved.set(attemptIdOf(one), one.amountMinor);
        }
        const left = leftOf(purchase);
        expect(left.leftMinor).toBeGreaterThanOrEqual(0);
        expect(left.leftMinor + refundedMinor(purchase.refunds)).toBe(purchase.paidMinor);
        expect([...moved.values()].reduce((sum, amount) => sum + amount, 0)).toBeLessThanOrEqual(purchase.paidMinor);
        for (const { quantity, givenBack } of purchase.items) expect(givenBack).toBeLessThanOrEqual(quantity);
        expect(new Set(purchase.refunds.map(({ id }) => id)).size).toBe(purchase.refunds.length);
      }
    }),
    { numRuns: 2_000 },
  );
});

function take(
  purchase: Purchase,
  step: typeof anyStep extends fc.Arbitrary<infer S> ? S : never,
  index: number,
): Purchase {
  if (step.do === "ask") {
    const made = planRefund(purchase, asked({ ...step.request, key: `k${index}` }), [], NOW);
    if ("type" in made) return purchase;
    const items = purchase.items.map((item) => {
      const back = made.items.find(({ reservationId }) => reservationId === item.reservationId)?.quantity ?? 0;
      return { ...item, givenBack: item.givenBack + back };
    });
    return { ...purchase, items, refunds: [...purchase.refunds, made] };
  }
  const chosen = purchase.refunds[step.which % Math.max(1, purchase.refunds.length)];
  if (chosen === undefined) return purchase;
  const after =
    step.do === "retry"
      ? retried(chosen, `again ${index}`, NOW)
      : settledRefund(chosen, attemptIdOf(chosen), step.outcome, NOW);
  if ("type" in after) return purchase;
  return { ...purchase, refunds: purchase.refunds.map((one) => (one === chosen ? after : one)) };
}
