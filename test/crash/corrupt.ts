// Lies: each takes a true history and changes one thing so that no order of events can explain it
// any more. The checker must reject every one. That it can't be true is shown by bounds that hold
// whatever the order was, not by the checker.

import type { Prng } from "../support/prng.ts";
import type { Granted, History, Operation, Shown } from "./operations.ts";

/** Null where the history has nothing to tell this lie about. */
export type Lie = (history: History, prng: Prng) => History | null;

export const LIES: Readonly<Record<string, Lie>> = {
  "more was granted than there is": grantedBeyondCapacity,
  "one hold was granted twice": grantedTwice,
  "an acknowledged reservation is not there": lost,
  "a sold reservation was forgotten": forgotten,
  "sold out while tickets were free": soldOutWhileFree,
  "another number was left": wrongAvailable,
  "cancelled, and then confirmed": (history, prng) => afterCancel(history, prng, "confirmed", "succeeded"),
  "cancelled, and then held": (history, prng) => afterCancel(history, prng, "held", null),
  "an old state was shown": staleRead,
  "another quantity was shown": wrongQuantity,
  "expired before its deadline": expiredEarly,
  "held after its deadline": heldLate,
  "another deadline was promised": wrongDeadline,
  "paid again after it was confirmed": paidTwice,
  "the counter is off by one": wrongCount,
};

/** A true history with one lie of this kind in it. Null where it has no room for it. */
export function corrupt(history: History, prng: Prng, kind: string): { kind: string; history: History } | null {
  const lie = LIES[kind]?.(history, prng) ?? null;
  return lie === null ? null : { kind, history: lie };
}

interface Grant {
  readonly operation: Operation;
  readonly answer: Granted;
  readonly quantity: number;
}

const AFTER_MS = 1;

function grantedBeyondCapacity(history: History, prng: Prng): History | null {
  const startMs = someMoment(history, prng);
  const endMs = startMs + AFTER_MS;
  const quantity = history.capacity - surelyTaken(history, startMs, endMs) + 1;
  const createdAtMs = Math.round(startMs);
  const answer = { type: "granted", hold: "extra", createdAtMs, expiresAtMs: createdAtMs + history.holdMs } as const;
  return withMore(history, { type: "reserve", quantity, answer, startMs, endMs });
}

function grantedTwice(history: History, prng: Prng): History | null {
  const grant = pickFrom(prng, grantsOf(history));
  return grant === null ? null : withMore(history, { ...grant.operation });
}

function lost(history: History, prng: Prng): History | null {
  const answered = grantsOf(history).filter(({ operation }) => Number.isFinite(operation.endMs));
  const show = pickFrom(
    prng,
    answered.map(({ answer }) => lastShow(history, answer.hold)).filter((it) => it !== null),
  );
  return show === null ? null : replaced(history, show, { ...show, answer: "not_found" } as Operation);
}

function forgotten(history: History, prng: Prng): History | null {
  if (!isCounted(history)) return null;
  const sold = grantsOf(history).filter(({ answer }) => endedAs(history, answer.hold) === "confirmed");
  const hold = pickFrom(prng, sold)?.answer.hold;
  if (hold === undefined) return null;
  return { ...history, operations: history.operations.filter((operation) => holdOf(operation) !== hold) };
}

function soldOutWhileFree(history: History, prng: Prng): History | null {
  const startMs = someMoment(history, prng);
  const endMs = startMs + AFTER_MS;
  const quantity = history.capacity - possiblyTaken(history, startMs, endMs);
  if (quantity < 1) return null;
  const answer = { type: "sold_out", available: quantity - 1 } as const;
  return withMore(history, { type: "reserve", quantity, answer, startMs, endMs });
}

function wrongAvailable(history: History, prng: Prng): History | null {
  const refused = history.operations.filter((it) => it.type === "reserve" && it.answer.type === "sold_out");
  const operation = pickFrom(prng, refused);
  if (operation === null) return null;
  const available = history.capacity - surelyTaken(history, operation.startMs, operation.endMs) + 1;
  const lie = { ...operation, quantity: available + 1, answer: { type: "sold_out", available } } as Operation;
  return replaced(history, operation, lie);
}

function afterCancel(history: History, prng: Prng, state: Shown["state"], payment: Shown["payment"]): History | null {
  const done = history.operations.filter((it) => it.type === "cancel" && it.answer === "done");
  const cancel = pickFrom(
    prng,
    done.filter((it) => !mayComeBack(history, holdOf(it))),
  );
  return cancel === null ? null : withShow(history, cancel, state, payment);
}

function staleRead(history: History, prng: Prng): History | null {
  const over = history.operations.filter(
    (it) =>
      it.type === "show" && it.answer !== "not_found" && it.answer.state !== "held" && !mayComeBack(history, it.hold),
  );
  const show = pickFrom(prng, over);
  return show === null ? null : withShow(history, show, "held", prng.pick([null, "pending"] as const));
}

function wrongQuantity(history: History, prng: Prng): History | null {
  const show = pickFrom(
    prng,
    history.operations.filter((it) => it.type === "show" && it.answer !== "not_found"),
  );
  if (show?.type !== "show" || show.answer === "not_found") return null;
  return replaced(history, show, { ...show, answer: { ...show.answer, quantity: show.answer.quantity + 1 } });
}

function expiredEarly(history: History, prng: Prng): History | null {
  const grant = pickFrom(prng, grantsOf(history));
  if (grant === null) return null;
  const { createdAtMs, expiresAtMs } = grant.answer;
  const at = prng.between(createdAtMs + history.clockToleranceMs + 1, expiresAtMs - history.clockToleranceMs - 2);
  return withMore(history, showOf(grant, at, "expired", null));
}

function heldLate(history: History, prng: Prng): History | null {
  const unpaid = grantsOf(history).filter(
    ({ answer: { hold } }) => !history.operations.some((it) => it.type === "pay" && it.hold === hold),
  );
  const grant = pickFrom(prng, unpaid);
  if (grant === null) return null;
  const at = grant.answer.expiresAtMs + history.clockToleranceMs + prng.between(1, 200);
  return withMore(history, showOf(grant, at, "held", null));
}

function wrongDeadline(history: History, prng: Prng): History | null {
  const grant = pickFrom(prng, grantsOf(history));
  if (grant === null) return null;
  const answer = { ...grant.answer, expiresAtMs: grant.answer.expiresAtMs + prng.pick([-1_000, 1_000]) };
  return replaced(history, grant.operation, { ...grant.operation, answer } as Operation);
}

function paidTwice(history: History, prng: Prng): History | null {
  const confirmed = history.operations.filter(
    (it) => it.type === "show" && it.answer !== "not_found" && it.answer.state === "confirmed",
  );
  const show = pickFrom(prng, confirmed);
  if (show?.type !== "show") return null;
  const times = { startMs: show.endMs + AFTER_MS, endMs: show.endMs + 2 * AFTER_MS };
  return withMore(history, { type: "pay", hold: show.hold, outcome: "succeeds", answer: "accepted", ...times });
}

function wrongCount(history: History, prng: Prng): History | null {
  const taken = history.operations.findLast((it) => it.type === "taken");
  if (taken === undefined || !isCounted(history)) return null;
  return replaced(history, taken, { ...taken, answer: taken.answer + prng.pick([-1, 1]) });
}

/**
 * Whether the count in the end is known: no hold that nobody saw, and none that may come back
 * between two looks.
 */
function isCounted({ operations }: History): boolean {
  return !operations.some(
    (it) => (it.type === "reserve" && it.answer.type === "unknown") || (it.type === "pay" && it.outcome === "either"),
  );
}

/** Tickets that were taken all the time from `startMs` to `endMs`, whatever the order was. */
function surelyTaken(history: History, startMs: number, endMs: number): number {
  const taken = grantsOf(history).filter(({ operation, answer: { hold, createdAtMs, expiresAtMs } }) => {
    const began = Math.min(operation.endMs, createdAtMs + history.clockToleranceMs) < startMs;
    const isKept = endedAs(history, hold) === "confirmed" && !mayComeBack(history, hold);
    const cancels = history.operations.some((it) => it.type === "cancel" && it.hold === hold && it.startMs <= endMs);
    return began && (isKept || (endMs < expiresAtMs - history.clockToleranceMs && !cancels));
  });
  return taken.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Tickets that were taken at some moment from `startMs` to `endMs`, if the order was the worst. */
function possiblyTaken(history: History, startMs: number, endMs: number): number {
  const possible = history.operations.filter((operation) => {
    if (operation.type !== "reserve" || operation.answer.type === "sold_out" || operation.startMs > endMs) return false;
    if (operation.answer.type === "unknown") return true;
    const { hold, expiresAtMs } = operation.answer;
    const own = history.operations.filter((it) => holdOf(it) === hold);
    const isUnpaid = !own.some(({ type }) => type === "pay");
    const isCancelled = own.some((it) => it.type === "cancel" && it.answer === "done" && it.endMs < startMs);
    const isOver =
      (isUnpaid && expiresAtMs + history.clockToleranceMs < startMs) || (isCancelled && !mayComeBack(history, hold));
    return !isOver;
  });
  return possible.reduce((sum, operation) => sum + (operation.type === "reserve" ? operation.quantity : 0), 0);
}

function grantsOf(history: History): Grant[] {
  return history.operations.flatMap((operation) => {
    if (operation.type !== "reserve" || operation.answer.type !== "granted") return [];
    return [{ operation, answer: operation.answer, quantity: operation.quantity }];
  });
}

function holdOf(operation: Operation): string | null {
  if ("hold" in operation) return operation.hold;
  return operation.type === "reserve" && operation.answer.type === "granted" ? operation.answer.hold : null;
}

function lastShow(history: History, hold: string): Extract<Operation, { type: "show" }> | null {
  const shows = history.operations
    .filter((it) => it.type === "show" && it.hold === hold)
    .sort((a, b) => a.endMs - b.endMs);
  const last = shows.at(-1);
  return last?.type === "show" ? last : null;
}

function endedAs(history: History, hold: string): Shown["state"] | null {
  const answer = lastShow(history, hold)?.answer;
  return answer === undefined || answer === "not_found" ? null : answer.state;
}

/** Whether a payment that failed may turn out to have succeeded. */
function mayComeBack(history: History, hold: string | null): boolean {
  return history.operations.some((it) => it.type === "pay" && it.hold === hold && it.outcome === "either");
}

/** The end of some call: a moment at which something had just happened. */
function someMoment(history: History, prng: Prng): number {
  const ends = history.operations.map(({ endMs }) => endMs).filter(Number.isFinite);
  return prng.pick(ends) + AFTER_MS;
}

function pickFrom<T>(prng: Prng, from: readonly T[]): T | null {
  return from.length === 0 ? null : prng.pick(from);
}

function withMore(history: History, operation: Operation): History {
  return { ...history, operations: [...history.operations, operation] };
}

function replaced(history: History, old: Operation, lie: Operation): History {
  return { ...history, operations: history.operations.map((operation) => (operation === old ? lie : operation)) };
}

/** A look at the hold of `before`, right after it. */
function withShow(
  history: History,
  before: Operation,
  state: Shown["state"],
  payment: Shown["payment"],
): History | null {
  const grant = grantsOf(history).find(({ answer }) => answer.hold === holdOf(before));
  return grant === undefined ? null : withMore(history, showOf(grant, before.endMs + AFTER_MS, state, payment));
}

function showOf(
  { answer, quantity }: Grant,
  atMs: number,
  state: Shown["state"],
  payment: Shown["payment"],
): Operation {
  const shown = { state, payment, quantity, expiresAtMs: answer.expiresAtMs };
  return { type: "show", hold: answer.hold, answer: shown, startMs: atMs, endMs: atMs + AFTER_MS };
}
