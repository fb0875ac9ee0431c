// Lies: each takes a true history and changes one thing so that no order of events can explain it
// any more. The checker must reject every one. That it can't be true is shown by bounds that hold
// whatever the order was, not by the checker.

import type { Prng } from "../support/prng.ts";
import { type Granting, type History, isGranting, type Operation, type Shown } from "./operations.ts";

/** Every way to tell this lie about a true history; none where that has no room for it. */
type Lie = (history: History, prng: Prng) => History[];

export const LIES: Readonly<Record<string, Lie>> = {
  "more was granted than there is": grantedBeyondCapacity,
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
  "granted after the event was called off": grantedOff,
  "held after the event was called off": (history) => afterCallingOff(history, "held", null),
  "paid after the event was called off": paidOff,
  "confirmed although the event was called off": confirmedOff,
  "not on sale while the event was on": offTooEarly,
};

/** A true history with one lie of this kind in it. Null where it has no room for it. */
export function corrupt(history: History, prng: Prng, kind: string): History | null {
  const lies = LIES[kind]?.(history, prng) ?? [];
  return lies.length === 0 ? null : prng.pick(lies);
}

type Showing = Omit<Extract<Operation, { type: "show" }>, "answer"> & { readonly answer: Shown };

const AFTER_MS = 1;

function grantedBeyondCapacity(history: History): History[] {
  return moments(history).map(({ startMs, endMs }) => {
    const quantity = history.capacity - surelyTaken(history, startMs, endMs) + 1;
    const createdAtMs = Math.round(startMs);
    const answer = { type: "granted", hold: "extra", createdAtMs, expiresAtMs: createdAtMs + history.holdMs } as const;
    return withMore(history, { type: "reserve", quantity, answer, startMs, endMs });
  });
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
    return quantity < 1 ? [] : [withMore(history, { type: "reserve", quantity, answer, startMs, endMs })];
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
    const { createdAtMs, expiresAtMs } = grant.answer;
    const atMs = prng.between(createdAtMs + clockToleranceMs + 1, expiresAtMs - clockToleranceMs - 2);
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
  return callOffsOf(history).map(({ endMs }) => {
    const createdAtMs = Math.round(endMs) + AFTER_MS;
    const answer = { type: "granted", hold: "extra", createdAtMs, expiresAtMs: createdAtMs + history.holdMs } as const;
    return withMore(history, { type: "reserve", quantity: 1, answer, ...rightAfter(endMs) });
  });
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
  return before.map((times) => withMore(history, { type: "reserve", quantity: 1, answer, ...times }));
}

function callOffsOf({ operations }: History): Operation[] {
  return operations.filter(({ type }) => type === "call_off");
}

function rightAfter(endMs: number): { startMs: number; endMs: number } {
  return { startMs: endMs + AFTER_MS, endMs: endMs + 2 * AFTER_MS };
}

/** Tickets that were taken all the time from `startMs` to `endMs`, whatever the order was. */
function surelyTaken(history: History, startMs: number, endMs: number): number {
  const taken = grantsOf(history).filter((grant) => {
    const { hold, createdAtMs, expiresAtMs } = grant.answer;
    const began = Math.min(grant.endMs, createdAtMs + history.clockToleranceMs) < startMs;
    const isKept = endedAs(history, hold) === "confirmed";
    const cancels = history.operations.some(
      (it) => (it.type === "call_off" || (it.type === "cancel" && it.hold === hold)) && it.startMs <= endMs,
    );
    return began && (isKept || (endMs < expiresAtMs - history.clockToleranceMs && !cancels));
  });
  return taken.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Tickets that were taken at some moment from `startMs` to `endMs`, if the order was the worst. */
function possiblyTaken(history: History, startMs: number, endMs: number): number {
  const possible = grantsOf(history).filter((grant) => {
    const { hold, expiresAtMs } = grant.answer;
    const own = history.operations.filter((it) => holdOf(it) === hold);
    const isUnpaid = !own.some(({ type }) => type === "pay");
    const isCancelled = own.some((it) => it.type === "cancel" && it.answer === "done" && it.endMs < startMs);
    const isOver = isCancelled || (isUnpaid && expiresAtMs + history.clockToleranceMs < startMs);
    return grant.startMs <= endMs && !isOver;
  });
  return possible.reduce((sum, { quantity }) => sum + quantity, 0);
}

function grantsOf({ operations }: History): Granting[] {
  return operations.filter(isGranting);
}

function showsOf({ operations }: History): Showing[] {
  return operations.filter((it): it is Showing => it.type === "show" && it.answer !== "not_found");
}

function holdOf(operation: Operation): string | null {
  if ("hold" in operation) return operation.hold;
  return isGranting(operation) ? operation.answer.hold : null;
}

function lastShow({ operations }: History, hold: string) {
  const shows = operations.filter((it) => it.type === "show").filter((it) => it.hold === hold);
  return shows.sort((a, b) => a.endMs - b.endMs).at(-1);
}

function endedAs(history: History, hold: string): Shown["state"] | null {
  const answer = lastShow(history, hold)?.answer ?? "not_found";
  return answer === "not_found" ? null : answer.state;
}

/** The ends of all calls: at each of them something had just happened. */
function moments({ operations }: History): { startMs: number; endMs: number }[] {
  const ends = operations.map(({ endMs }) => endMs).filter(Number.isFinite);
  return ends.map(rightAfter);
}

function withMore(history: History, operation: Operation): History {
  return { ...history, operations: [...history.operations, operation] };
}

function replaced(history: History, old: Operation, lie: Operation): History {
  return { ...history, operations: history.operations.map((operation) => (operation === old ? lie : operation)) };
}

/** With a look at the hold of `before`, right after it. */
function withShow(history: History, before: Operation, state: Shown["state"], payment: Shown["payment"]): History[] {
  const grants = grantsOf(history).filter(({ answer }) => answer.hold === holdOf(before));
  return grants.map((grant) => withMore(history, showOf(grant, before.endMs + AFTER_MS, state, payment)));
}

function showOf(grant: Granting, atMs: number, state: Shown["state"], payment: Shown["payment"]): Operation {
  const { hold, expiresAtMs } = grant.answer;
  const answer = { state, payment, quantity: grant.quantity, expiresAtMs };
  return { type: "show", hold, answer, startMs: atMs, endMs: atMs + AFTER_MS };
}
