// What an event's being called off with refunds makes of each reservation and order, and how it was
// called off.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cancellation, decideCancellation } from "../../../src/domain/cancellation.ts";
import { isLate } from "../../../src/domain/late-refunds.ts";
import { type Order, totalOf } from "../../../src/domain/order.ts";
import { decideOrderRefund } from "../../../src/domain/order-refunds.ts";
import { CALLED_OFF_KEY, type RefundRequest, refundedMinor } from "../../../src/domain/refund.ts";
import type { Reservation } from "../../../src/domain/reservation.ts";
import { decideRefund } from "../../../src/domain/reservation-refunds.ts";
import { order } from "./order-text.ts";
import { LATE, reservation } from "./reservation-text.ts";

const calledOff = (...reservationIds: string[]) => ({ type: "called_off", reservationIds }) as const;
const asked = (amountMinor: number | null, items: RefundRequest["items"]): RefundRequest => {
  const request = { key: `k ${amountMinor}`, request: "r", requestedBy: "organizer" } as const;
  return { ...request, restock: false, reason: "", amountMinor, items };
};

/** "90.00 due, refunded", or why nothing goes back. */
function ofReservation(before: Reservation): string {
  const decision = decideRefund(before, calledOff(before.id), LATE);
  if (decision.type === "refused") return decision.refusal.type;
  const { state, refunds, restocked } = decision.reservation;
  const last = refunds.at(-1);
  return `${last?.amountMinor} ${last?.state}, ${state}, ${restocked} on sale`;
}

function afterRefund(before: Reservation, quantity: number, amountMinor: number): Reservation {
  const items = quantity === 0 ? [] : [{ reservationId: before.id, quantity }];
  const decision = decideRefund(before, { type: "refund", request: asked(amountMinor, items), passes: [] }, LATE);
  if (decision.type === "refused") throw new Error(decision.refusal.type);
  return decision.reservation;
}

describe("a reservation that was bought alone", () => {
  const sold = reservation("confirmed, p1 succeeded");
  test.each<[what: string, before: Reservation, outcome: string]>([
    ["sold", sold, "9000 due, refunded, 0 on sale"],
    [
      "sold after a try that failed",
      reservation("confirmed, p1 failed, p2 succeeded"),
      "9000 due, refunded, 0 on sale",
    ],
    ["free", reservation("confirmed, p1 succeeded", { unitPriceMinor: 0 }), "0 succeeded, refunded, 0 on sale"],
    ["partly given back", afterRefund(sold, 1, 4_500), "4500 due, refunded, 0 on sale"],
    ["partly given back for a fee", afterRefund(sold, 1, 4_000), "4500 due, refunded, 0 on sale"],
    ["partly given back for more", afterRefund(sold, 1, 6_000), "3000 due, refunded, 0 on sale"],
    ["with money back", afterRefund(sold, 0, 1_000), "8000 due, refunded, 0 on sale"],
    ["with all its money back", afterRefund(sold, 0, 9_000), "0 succeeded, refunded, 0 on sale"],
    ["given back", afterRefund(sold, 2, 8_000), "already_refunded"],
    ["held", reservation("held"), "nothing_paid"],
    ["held with a payment", reservation("held, p1 pending, then cancelled"), "nothing_paid"],
    ["cancelled", reservation("cancelled"), "nothing_paid"],
    ["cancelled, and refunded", reservation("cancelled, p1 refunded"), "nothing_paid"],
    ["expired", reservation("expired, p1 failed"), "nothing_paid"],
    ["of an order", reservation("confirmed, p1 succeeded", { orderId: "o" }), "part_of_order"],
  ])("%s", (_what, before, outcome) => {
    expect(ofReservation(before)).toBe(outcome);
  });

  test("is refunded once, however often it is said", () => {
    const first = decideRefund(sold, calledOff(sold.id), LATE);
    if (first.type === "refused") throw new Error(first.refusal.type);
    expect(first.reservation.refunds[0]?.key).toBe(`${CALLED_OFF_KEY} ${sold.id}`);
    expect(ofReservation(first.reservation)).toBe("already_refunded");
  });
});

const SOLD = order("confirmed, items confirmed, p1 succeeded");

function callOff(before: Order, ...ids: string[]): Order {
  const decision = decideOrderRefund(before, calledOff(...ids), LATE);
  return decision.type === "changed" ? decision.order : before;
}

describe("an order", () => {
  test.each<[what: string, before: Order, ids: string[], outcome: unknown]>([
    ["of the event goes back as one", SOLD, ["a-1", "b-1"], [[9_000, "a-1", "b-1"]]],
    ["of two events keeps the other's", SOLD, ["b-1"], [[4_500, "b-1"]]],
    ["of other events keeps all", SOLD, [], []],
    [
      "that its second ticket type calls off as well",
      callOff(SOLD, "a-1", "b-1"),
      ["a-1", "b-1"],
      [[9_000, "a-1", "b-1"]],
    ],
    [
      "whose other ticket type was not known before",
      callOff(SOLD, "a-1"),
      ["a-1", "b-1"],
      [
        [4_500, "a-1"],
        [4_500, "b-1"],
      ],
    ],
    ["that is held", order("held, items held"), ["a-1"], []],
    ["that is charged", order("charging, items begun, p1 pending"), ["a-1"], []],
    ["that was cancelled", order("cancelled, items released, p1 refund_due"), ["a-1"], []],
  ])("%s", (_what, before, ids, outcome) => {
    const refunds = callOff(before, ...ids).refunds.filter((refund) => !isLate(refund));
    expect(refunds.map(({ amountMinor, items }) => [amountMinor, ...items.map((one) => one.reservationId)])).toEqual(
      outcome,
    );
  });

  test("of the counter goes back by hand", () => {
    const cash = order("confirmed, at the counter for cash taken as cash by eve, items confirmed, p1 succeeded");
    expect(callOff(cash, "a-1", "b-1").refunds).toMatchObject([{ state: "succeeded", isAtProvider: false }]);
  });

  test("gives back each item once and never more than was paid, whatever is told in whatever order", () => {
    const telling = fc.array(fc.subarray(["a-1", "b-1"]), { maxLength: 6 });
    const before = fc.record({ amount: fc.nat(9_000), paid: fc.array(fc.nat(9_000), { minLength: 2, maxLength: 2 }) });
    fc.assert(
      fc.property(telling, before, (all, { amount, paid }) => {
        const items = SOLD.items.map((item, index) => ({ ...item, unitPriceMinor: paid[index] ?? 0 }));
        const priced = { ...SOLD, items };
        const given = Math.min(amount, totalOf(priced));
        const some = decideOrderRefund(priced, { type: "refund", request: asked(given, []), passes: [] }, LATE);
        const start = some.type === "changed" ? some.order : priced;
        const end = all.reduce((now, ids) => callOff(now, ...ids), start);
        const told = new Set(all.flat());
        expect(end.items.map(({ givenBack }) => givenBack)).toEqual(
          items.map((one) => Number(told.has(one.reservationId))),
        );
        expect(refundedMinor(end.refunds)).toBeLessThanOrEqual(totalOf(priced));
        if (told.size === 2) expect(refundedMinor(end.refunds)).toBe(totalOf(priced));
        const ofTold = items.filter((one) => told.has(one.reservationId));
        const owed = Math.min(totalOf({ items: ofTold }), totalOf(priced) - refundedMinor(start.refunds));
        expect(refundedMinor(end.refunds) - refundedMinor(start.refunds)).toBe(owed);
      }),
    );
  });
});

describe("an event that is called off", () => {
  const said = (refund: boolean, message: string): Cancellation => ({ refund, message, atMs: 1 });
  test.each<[what: string, kept: Cancellation | null, request: [boolean, string?], outcome: string]>([
    ["for the first time", null, [true, "Rain."], "true Rain. 9"],
    ["without a word", null, [false], "false  9"],
    ["as before", said(true, "Rain."), [true, "Rain."], "same"],
    ["as before, in fewer words", said(true, "Rain."), [true], "same"],
    ["with refunds after all", said(false, "Rain."), [true], "true Rain. 1"],
    ["with a word after all", said(false, ""), [false, "Rain."], "false Rain. 1"],
    ["with both after all", said(false, ""), [true, "Rain."], "true Rain. 1"],
    ["without refunds any more", said(true, "Rain."), [false], "refused true Rain."],
    ["for another reason", said(false, "Rain."), [false, "Snow."], "refused false Rain."],
    ["for another reason, with refunds", said(false, "Rain."), [true, "Snow."], "refused false Rain."],
    ["for no reason any more", said(false, "Rain."), [true, ""], "refused false Rain."],
  ])("%s", (_what, kept, [refund, message], outcome) => {
    const after = decideCancellation(kept, { refund, message }, 9);
    if (after === kept) return expect("same").toBe(outcome);
    const text = `${after.refund} ${after.message}`;
    return expect("type" in after ? `refused ${text}` : `${text} ${after.atMs}`).toBe(outcome);
  });
});
