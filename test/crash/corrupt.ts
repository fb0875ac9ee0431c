// Lies: each takes a true history and changes one thing so that no order of events can explain it
// any more. The checker must reject every one. That it can't be true is shown by bounds that hold
// whatever the order was, not by the checker.

import type { Prng } from "../support/prng.ts";
import { GIVEN_BACK_LIES } from "./corrupt-given-back.ts";
import {
  AFTER_MS,
  callOffsOf,
  deadlineOf,
  endedAs,
  grantsOf,
  holdOf,
  lastShow,
  moments,
  offFromMs,
  ordersOf,
  possiblyTaken,
  replaced,
  rightAfter,
  shownAs,
  showOf,
  showsOf,
  surelyTaken,
  withMore,
  withShow,
} from "./history-parts.ts";
import type { History, Operation, Shown } from "./operations.ts";

/** Every way to tell this lie about a true history; none where that has no room for it. */
export type Lie = (history: History, prng: Prng) => History[];

export const LIES: Readonly<Record<string, Lie>> = {
  "more was granted than there is": grantedBeyondCapacity,
  "more was granted at a price, or with a code, than it is good for": grantedBeyondCap,
  "one hold was granted twice": (history) => grantsOf(history).map((grant) => withMore(history, { ...grant })),
  "an acknowledged reservation is not there": lost,
  "a sold reservation was forgotten": forgotten,
  "sold out while tickets were free": soldOutWhileFree,
  "another number was left": wrongAvailable,
  "cancelled, and then confirmed": (history) => afterCancel(history, "confirmed", "succeeded"),
  "cancelled, and then held": (history) => afterCancel(history, "held", null),
  "an old state was shown": staleRead,
  "another quantity was shown": wrongQuantity,
  "expired before its deadline": expiredEarly,
  "held after its deadline": heldLate,
  "another deadline was promised": wrongDeadline,
  "paid again after it was confirmed": paidTwice,
  "the counter is off by one": wrongCount,
  ...GIVEN_BACK_LIES,
  "granted after the event was called off": grantedOff,
  "held after the event was called off": (history) => afterCallingOff(history, "held", null),
  "paid after the event was called off": paidOff,
  "confirmed although the event was called off": confirmedOff,
  "not on sale while the event was on": offTooEarly,
  "a part of an order that was paid for was let go": letGoThoughPaid,
  "a part of an order ended before its deadline, for no reason": endedForNoReason,
};

/** A true history with one lie of this kind in it. Null where it has no room for it. */
export function corrupt(history: History, prng: Prng, kind: string): History | null {
  const lies = LIES[kind]?.(history, prng) ?? [];
  return lies.length === 0 ? null : prng.pick(lies);
}

function grantedBeyondCapacity(history: History): History[] {
  return moments(history).map(({ startMs, endMs }) => {
    const quantity = history.capacity - surelyTaken(history, startMs, endMs) + 1;
    return withMore(history, granted(history, quantity, [], { startMs, endMs }));
  });
}

function grantedBeyondCap(history: History): History[] {
  return Object.entries(history.caps).flatMap(([cap, most]) =>
    moments(history).map(({ startMs, endMs }) => {
      const quantity = most - surelyTaken(history, startMs, endMs, cap) + 1;
      return withMore(history, granted(history, quantity, [cap], { startMs, endMs }));
    }),
  );
}

function granted(
  { holdMs }: History,
  quantity: number,
  caps: readonly string[],
  times: { readonly startMs: number; readonly endMs: number },
): Operation {
  const createdAtMs = Math.round(times.startMs);
  const moment = { createdAtMs, expiresAtMs: createdAtMs + holdMs };
  return {
    type: "reserve",
    quantity,
    caps,
    answer: { type: "granted", hold: "extra", ...moment, order: null },
    ...times,
  };
}

function lost(history: History): History[] {
  return grantsOf(history).flatMap(({ answer, endMs }) => {
    const show = Number.isFinite(endMs) ? lastShow(history, answer.hold) : undefined;
    return show === undefined ? [] : [replaced(history, show, { ...show, answer: "not_found" })];
  });
}

function forgotten(history: History): History[] {
  const sold = grantsOf(history).filter(({ answer }) => endedAs(history, answer.hold) === "confirmed");
  return sold.map(({ answer }) => {
    return { ...history, operations: history.operations.filter((operation) => holdOf(operation) !== answer.hold) };
  });
}

function soldOutWhileFree(history: History): History[] {
  return moments(history).flatMap(({ startMs, endMs }) => {
    const quantity = history.capacity - possiblyTaken(history, startMs, endMs);
    const answer = { type: "sold_out", available: quantity - 1 } as const;
    return quantity < 1 ? [] : [withMore(history, { type: "reserve", quantity, caps: [], answer, startMs, endMs })];
  });
}

function wrongAvailable(history: History): History[] {
  return history.operations.flatMap((operation) => {
    if (operation.type !== "reserve" || operation.answer.type !== "sold_out") return [];
    const available = history.capacity - surelyTaken(history, operation.startMs, operation.endMs) + 1;
    const answer = { type: "sold_out", available } as const;
    return [replaced(history, operation, { ...operation, quantity: available + 1, answer })];
  });
}

function afterCancel(history: History, state: Shown["state"], payment: Shown["payment"]): History[] {
  return history.operations
    .filter((it) => it.type === "cancel" && it.answer === "done")
    .flatMap((cancel) => withShow(history, cancel, state, payment));
}

function staleRead(history: History, prng: Prng): History[] {
  return showsOf(history)
    .filter(({ answer }) => answer.state !== "held")
    .flatMap((show) => withShow(history, show, "held", prng.pick([null, "pending"] as const)));
}

function wrongQuantity(history: History): History[] {
  return showsOf(history).map((show) => {
    return replaced(history, show, { ...show, answer: { ...show.answer, quantity: show.answer.quantity + 1 } });
  });
}

function expiredEarly(history: History, prng: Prng): History[] {
  const { clockToleranceMs } = history;
  return grantsOf(history).map((grant) => {
    const { createdAtMs } = grant.answer;
    const atMs = prng.between(createdAtMs + clockToleranceMs + 1, deadlineOf(grant) - clockToleranceMs - 2);
    return withMore(history, showOf(grant, atMs, "expired", null));
  });
}

function heldLate(history: History, prng: Prng): History[] {
  const unpaid = grantsOf(history).filter(
    ({ answer: { hold } }) => !history.operations.some((it) => it.type === "pay" && it.hold === hold),
  );
  return unpaid.map((grant) => {
    const atMs = grant.answer.expiresAtMs + history.clockToleranceMs + prng.between(1, 200);
    return withMore(history, showOf(grant, atMs, "held", null));
  });
}

function wrongDeadline(history: History, prng: Prng): History[] {
  return grantsOf(history).map((grant) => {
    const expiresAtMs = grant.answer.expiresAtMs + prng.pick([-1_000, 1_000]);
    return replaced(history, grant, { ...grant, answer: { ...grant.answer, expiresAtMs } });
  });
}

function paidTwice(history: History): History[] {
  const confirmed = showsOf(history).filter(({ answer }) => answer.state === "confirmed");
  return confirmed.map(({ hold, endMs }) => {
    const times = { startMs: endMs + AFTER_MS, endMs: endMs + 2 * AFTER_MS };
    return withMore(history, { type: "pay", hold, outcome: "succeeds", answer: "accepted", ...times });
  });
}

function wrongCount(history: History, prng: Prng): History[] {
  const taken = history.operations.findLast((it) => it.type === "taken");
  if (taken === undefined) return [];
  return [replaced(history, taken, { ...taken, answer: taken.answer + prng.pick([-1, 1]) })];
}

function grantedOff(history: History): History[] {
  return callOffsOf(history).map(({ endMs }) => withMore(history, granted(history, 1, [], rightAfter(endMs))));
}

function afterCallingOff(history: History, state: Shown["state"], payment: Shown["payment"]): History[] {
  return callOffsOf(history).flatMap(({ endMs }) => {
    const earlier = grantsOf(history).filter(({ answer }) => answer.createdAtMs < endMs);
    return earlier.map((grant) => withMore(history, showOf(grant, endMs + AFTER_MS, state, payment)));
  });
}

function paidOff(history: History): History[] {
  return callOffsOf(history).flatMap(({ endMs }) =>
    grantsOf(history).map(({ answer: { hold } }) =>
      withMore(history, { type: "pay", hold, outcome: "succeeds", answer: "accepted", ...rightAfter(endMs) }),
    ),
  );
}

/** The counter tells, which does not have its tickets. */
function confirmedOff(history: History): History[] {
  const released = callOffsOf(history).length === 0 ? [] : grantsOf(history);
  return released
    .filter(({ answer }) => endedAs(history, answer.hold) === "cancelled")
    .map(({ answer: { hold } }) => {
      const shows = showsOf(history).filter((show) => show.hold === hold && show.answer.state === "cancelled");
      const lie = { state: "confirmed", payment: "succeeded", expiresAtMs: null } as const;
      const told = new Map<Operation, Operation>(
        shows.map((show) => [show, { ...show, answer: { ...show.answer, ...lie } }]),
      );
      return { ...history, operations: history.operations.map((operation) => told.get(operation) ?? operation) };
    });
}

function offTooEarly(history: History): History[] {
  const [off] = callOffsOf(history);
  const before = moments(history).filter(({ endMs }) => off === undefined || endMs < off.startMs);
  const answer = { type: "not_on_sale" } as const;
  return before.map((times) => withMore(history, { type: "reserve", quantity: 1, caps: [], answer, ...times }));
}

/** Its order was confirmed, and has its money; the counter agrees that the tickets are free. */
function letGoThoughPaid(history: History): History[] {
  return ordersOf(history)
    .filter(({ answer }) => answer.order?.cancelledFromMs === Number.POSITIVE_INFINITY)
    .filter(({ answer }) => endedAs(history, answer.hold) === "confirmed")
    .map((grant) => {
      const { hold, expiresAtMs } = grant.answer;
      const moment = { quantity: grant.quantity, givenBack: 0, expiresAtMs };
      const lie = { state: "cancelled", payment: "failed", ...moment } as const;
      const operations = history.operations.map((it): Operation => {
        if (it.type === "taken") return { ...it, answer: it.answer - grant.quantity };
        const isConfirmed = it.type === "show" && it.hold === hold && shownAs(it) === "confirmed";
        return isConfirmed ? { ...it, answer: lie } : it;
      });
      return { ...history, operations };
    });
}

function endedForNoReason(history: History, prng: Prng): History[] {
  const { clockToleranceMs } = history;
  return ordersOf(history).flatMap((grant) => {
    const { createdAtMs, order } = grant.answer;
    const untilMs = Math.min(deadlineOf(grant) - clockToleranceMs, order?.cancelledFromMs ?? 0, offFromMs(history));
    const firstMs = createdAtMs + clockToleranceMs + 1;
    const lastMs = Math.floor(untilMs) - 2;
    if (lastMs < firstMs) return [];
    const atMs = prng.between(firstMs, lastMs);
    return withMore(history, showOf(grant, atMs, prng.pick(["cancelled", "expired"] as const), null));
  });
}
