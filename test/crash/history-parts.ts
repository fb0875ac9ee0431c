// What is certain of a history, whatever the order of events was, and how lies are written into it.

import { type Granting, type History, isGranting, type Operation, type Shown } from "./operations.ts";

type Showing = Omit<Extract<Operation, { type: "show" }>, "answer"> & { readonly answer: Shown };

export const AFTER_MS = 1;

export function offFromMs(history: History): number {
  return Math.min(...callOffsOf(history).map(({ startMs }) => startMs));
}

export function callOffsOf({ operations }: History): Operation[] {
  return operations.filter(({ type }) => type === "call_off");
}

export function rightAfter(endMs: number): { startMs: number; endMs: number } {
  return { startMs: endMs + AFTER_MS, endMs: endMs + 2 * AFTER_MS };
}

/** Tickets that were taken all the time from `startMs` to `endMs`, whatever the order was. */
export function surelyTaken(history: History, startMs: number, endMs: number, cap: string | null = null): number {
  const taken = grantsOf(history).filter((grant) => {
    const { hold, createdAtMs, order } = grant.answer;
    if (cap !== null && !grant.caps.includes(cap)) return false;
    const began = Math.min(grant.endMs, createdAtMs + history.clockToleranceMs) < startMs;
    const isKept = isSoldIn(history, hold);
    const cancels = history.operations.some(
      (it) => (it.type === "call_off" || (it.type === "cancel" && it.hold === hold)) && it.startMs <= endMs,
    );
    const isLetGo = cancels || (order !== null && order.cancelledFromMs <= endMs);
    return began && (isKept || (endMs < deadlineOf(grant) - history.clockToleranceMs && !isLetGo));
  });
  return taken.reduce((sum, { quantity, answer }) => sum + quantity - restockedOf(history, answer.hold), 0);
}

/** Tickets of it that are on sale again, from whenever that was. */
function restockedOf(history: History, hold: string): number {
  return refundsOf(history)
    .filter((refund) => refund.hold === hold)
    .reduce((sum, { restocked }) => sum + restocked, 0);
}

/** Those that were carried out. */
export function refundsOf({ operations }: History) {
  return operations.filter((it) => it.type === "refund").filter(({ answer }) => answer === "done");
}

function isSoldIn(history: History, hold: string): boolean {
  return ["confirmed", "refunded"].includes(endedAs(history, hold) ?? "");
}

/** Tickets that were taken at some moment from `startMs` to `endMs`, if the order was the worst. */
export function possiblyTaken(history: History, startMs: number, endMs: number): number {
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

export function grantsOf({ operations }: History): Granting[] {
  return operations.filter(isGranting);
}

export function ordersOf(history: History): Granting[] {
  return grantsOf(history).filter(({ answer }) => answer.order !== null);
}

/** Before that it does not end by itself. */
export function deadlineOf({ answer: { expiresAtMs, order } }: Granting): number {
  return Math.min(expiresAtMs, order?.expiresAtMs ?? expiresAtMs);
}

export function showsOf({ operations }: History): Showing[] {
  return operations.filter((it): it is Showing => it.type === "show" && it.answer !== "not_found");
}

export function holdOf(operation: Operation): string | null {
  if ("hold" in operation) return operation.hold;
  return isGranting(operation) ? operation.answer.hold : null;
}

export function lastShow({ operations }: History, hold: string) {
  const shows = operations.filter((it) => it.type === "show").filter((it) => it.hold === hold);
  return shows.sort((a, b) => a.endMs - b.endMs).at(-1);
}

export function endedAs(history: History, hold: string): Shown["state"] | null {
  const show = lastShow(history, hold);
  return show === undefined ? null : shownAs(show);
}

export function shownAs({ answer }: Extract<Operation, { type: "show" }>): Shown["state"] | null {
  return answer === "not_found" ? null : answer.state;
}

/** The ends of all calls: at each of them something had just happened. */
export function moments({ operations }: History): { startMs: number; endMs: number }[] {
  const ends = operations.map(({ endMs }) => endMs).filter(Number.isFinite);
  return ends.map(rightAfter);
}

export function withMore(history: History, operation: Operation): History {
  return { ...history, operations: [...history.operations, operation] };
}

export function replaced(history: History, old: Operation, lie: Operation): History {
  return { ...history, operations: history.operations.map((operation) => (operation === old ? lie : operation)) };
}

/** With a look at the hold of `before`, right after it. */
export function withShow(
  history: History,
  before: Operation,
  state: Shown["state"],
  payment: Shown["payment"],
): History[] {
  const grants = grantsOf(history).filter(({ answer }) => answer.hold === holdOf(before));
  return grants.map((grant) => withMore(history, showOf(grant, before.endMs + AFTER_MS, state, payment)));
}

export function showOf(grant: Granting, atMs: number, state: Shown["state"], payment: Shown["payment"]): Operation {
  const { hold, expiresAtMs } = grant.answer;
  const answer = { state, payment, quantity: grant.quantity, givenBack: 0, expiresAtMs };
  return { type: "show", hold, answer, startMs: atMs, endMs: atMs + AFTER_MS };
}
