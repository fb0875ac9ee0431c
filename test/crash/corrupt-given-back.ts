// Lies about what was given back of a ticket type, told as those of corrupt.ts are.

import type { Lie } from "./corrupt.ts";
import {
  AFTER_MS,
  endedAs,
  grantsOf,
  lastShow,
  offFromMs,
  refundsOf,
  replaced,
  rightAfter,
  showsOf,
  withMore,
  withShow,
} from "./history-parts.ts";
import type { GivingBack, History, Shown } from "./operations.ts";

export const GIVEN_BACK_LIES: Readonly<Record<string, Lie>> = {
  "tickets were given back twice": givenBackTwice,
  "tickets were given back of what was never sold": givenBackUnsold,
  "more tickets were given back than were bought": givenBackBeyond,
  "tickets that were not to be sold again are free": (history) => restockedOtherwise(history, 0),
  "tickets that were to be sold again are not free": (history) => restockedOtherwise(history, 1),
  "confirmed after all of it was given back": (history) => afterGivingBack(history, "confirmed"),
  "held after all of it was given back": (history) => afterGivingBack(history, "held"),
  "paid again after all of it was given back": paidAfterGivingBack,
  "nothing was paid of what was confirmed": nothingPaidThoughSold,
  "given back by its buyer, and still confirmed": givenBackAndKept,
  "given back by a calling-off before the event was called off": calledOffTooEarly,
};

function givenBackTwice(history: History): History[] {
  return refundsOf(history).map((refund) => withMore(history, { ...refund }));
}

function givenBackUnsold(history: History): History[] {
  const unsold = grantsOf(history).filter(({ answer }) => endedAs(history, answer.hold) === "expired");
  return unsold.map(({ answer: { hold }, startMs }) => {
    return withMore(history, { ...givenBack(hold), startMs, endMs: Number.POSITIVE_INFINITY });
  });
}

function givenBack(hold: string, answer: GivingBack["answer"] = "done"): GivingBack {
  return { type: "refund", hold, quantity: 1, restocked: 0, isCallingOff: false, answer };
}

function givenBackBeyond(history: History): History[] {
  return refundedShows(history).map(({ hold, endMs }) =>
    withMore(history, { ...givenBack(hold), startMs: 0, endMs: endMs + AFTER_MS }),
  );
}

/** As if the request had said the opposite. The counter knows better. */
function restockedOtherwise(history: History, from: 0 | 1): History[] {
  return refundsOf(history)
    .filter(({ restocked }) => (from === 0 ? restocked === 0 : restocked > 0))
    .map((refund) => replaced(history, refund, { ...refund, restocked: refund.quantity - refund.restocked }));
}

function refundedShows(history: History) {
  return showsOf(history).filter(({ answer }) => answer.state === "refunded");
}

function afterGivingBack(history: History, state: Shown["state"]): History[] {
  return refundedShows(history).flatMap((show) => withShow(history, show, state, show.answer.payment));
}

function paidAfterGivingBack(history: History): History[] {
  return refundedShows(history).map(({ hold, endMs }) =>
    withMore(history, { type: "pay", hold, outcome: "succeeds", answer: "accepted", ...rightAfter(endMs) }),
  );
}

function nothingPaidThoughSold(history: History): History[] {
  const sold = showsOf(history).filter(({ answer }) => ["confirmed", "refunded"].includes(answer.state));
  return sold.map(({ hold, endMs }) => withMore(history, { ...givenBack(hold, "nothing_paid"), ...rightAfter(endMs) }));
}

function givenBackAndKept(history: History): History[] {
  return grantsOf(history)
    .filter(({ answer }) => endedAs(history, answer.hold) === "confirmed")
    .map(({ answer: { hold }, startMs }) => {
      const endMs = lastShow(history, hold)?.startMs ?? 0;
      return withMore(history, { type: "cancel", hold, answer: "given_back", startMs, endMs });
    });
}

function calledOffTooEarly(history: History): History[] {
  return refundsOf(history)
    .filter(({ isCallingOff }) => isCallingOff)
    .map((refund) => replaced(history, refund, { ...refund, startMs: 0, endMs: offFromMs(history) - AFTER_MS }));
}
