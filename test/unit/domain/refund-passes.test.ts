// The passes that a refund names: which can be, and what is kept of them.

import { describe, expect, test } from "vitest";
import { type Purchase, planRefund, type RefundRequest } from "../../../src/domain/refund.ts";
import { type NamedPass, namedBy, namedIn, type RefundedItem, refuseNamed } from "../../../src/domain/refund-passes.ts";

const named = (reservationId: string, number: number, revokedAtMs: number | null = null): NamedPass => {
  return { reservationId, number, revokedAtMs };
};
const of = (reservationId: string, ...passes: number[]): RefundedItem => {
  return { reservationId, quantity: passes.length, passes };
};
const PASSES = [named("a", 1), named("a", 2), named("a", 3, 9), named("b", 1)];

test.each<[what: string, items: RefundedItem[], refusal: ReturnType<typeof refuseNamed>]>([
  ["passes that can be revoked", [of("a", 2, 1), of("b", 1)], null],
  ["no pass", [{ reservationId: "a", quantity: 3 }], null],
  ["one that there is not", [of("b", 1), of("a", 1, 4)], { type: "refund_pass_unknown", item: 1, pass: 1 }],
  ["one of another reservation", [of("b", 2)], { type: "refund_pass_unknown", item: 0, pass: 0 }],
  [
    "one that is revoked already",
    [of("a", 1, 3)],
    { type: "refund_pass_revoked", reservationId: "a", number: 3, revokedAtMs: 9 },
  ],
])("%s", (_what, items, refusal) => {
  expect(refuseNamed(items, PASSES)).toEqual(refusal);
});

describe("a refund", () => {
  const items = [
    { reservationId: "a", quantity: 3, unitPriceMinor: 4_500, givenBack: 0 },
    { reservationId: "b", quantity: 1, unitPriceMinor: 500, givenBack: 0 },
  ];
  const purchase: Purchase = { paymentId: "p", isCharged: true, paidMinor: 14_000, items, refunds: [] };
  const asked = (wanted: RefundRequest["items"]): RefundRequest => {
    const request = { key: "k", request: "r", requestedBy: "organizer", restock: true, reason: "" } as const;
    return { ...request, items: wanted, amountMinor: null };
  };

  test("keeps which passes it named, of a reservation that comes twice all of them", () => {
    const made = planRefund(purchase, asked([of("a", 2), of("b", 1), of("a", 1)]), PASSES, 1);
    expect(made).toMatchObject({ items: [of("a", 2, 1), of("b", 1)], amountMinor: 9_500 });
  });

  test("that names one among others counts all of them", () => {
    const wanted = [of("a", 2), { reservationId: "a", quantity: 1 }];
    expect(planRefund(purchase, asked(wanted), PASSES, 1)).toMatchObject({
      items: [{ reservationId: "a", quantity: 2, passes: [2] }],
    });
  });

  test("with its key again is the same, whatever has become of its passes", () => {
    const made = planRefund(purchase, asked([of("a", 2)]), PASSES, 1);
    if ("type" in made) throw new Error(made.type);
    const revoked = [named("a", 2, 1)];
    expect(planRefund({ ...purchase, refunds: [made] }, asked([of("a", 2)]), revoked, 2)).toBe(made);
    const other = { ...asked([of("a", 2)]), key: "other" };
    expect(planRefund({ ...purchase, refunds: [made] }, other, revoked, 2)).toMatchObject({
      type: "refund_pass_revoked",
    });
  });

  test("of a reservation that is not part of it names that first", () => {
    expect(planRefund(purchase, asked([of("c", 1)]), [], 1)).toEqual({ type: "refund_item_unknown", item: 0 });
  });
});

test("what was named is found by reservation, in all refunds", () => {
  const refunds = [
    { items: [of("a", 2), of("b", 1)] },
    { items: [{ reservationId: "a", quantity: 1 }] },
    { items: [of("a", 1)] },
  ];
  expect(namedBy(refunds, "a")).toEqual([2, 1]);
  expect(namedBy(refunds, "c")).toEqual([]);
  expect(namedIn("all")).toEqual([]);
});
