// A history made ready for the search: what must have happened and when, and what may have.

import type { Release } from "./hold-model.ts";
import { type Answered, type Granting, type History, isGranting, type Operation } from "./operations.ts";

/** Something that happened once, from `startMs` to `endMs`. */
export interface Step {
  readonly operation: Answered | { readonly type: "due" };
  readonly startMs: number;
  readonly endMs: number;
  /** Its hold's number; -1 where it has none. */
  readonly hold: number;
}

/** Something that may have happened, at any time after `startMs`. */
export interface Maybe {
  readonly operation: Unanswered;
  readonly startMs: number;
  readonly hold: number;
}

type Unanswered = Extract<Operation, { type: "cancel" | "pay" }> | Release;

export interface KnownHold {
  readonly quantity: number;
  readonly isOrdered: boolean;
  /** What it takes from besides the ticket type. */
  readonly caps: readonly string[];
  /** The step that begins it. */
  readonly begins: number;
  /** All other steps of it. */
  readonly steps: readonly number[];
}

export interface Problem {
  readonly capacity: number;
  readonly caps: History["caps"];
  /** By their start. */
  readonly steps: readonly Step[];
  readonly maybes: readonly Maybe[];
  readonly holds: readonly KnownHold[];
}

/** The problem, or what is wrong with the history however it is ordered. */
export function prepare(history: History): Problem | string {
  const grants = history.operations.filter(isGranting);
  const numbers = new Map(grants.map(({ answer }, number) => [answer.hold, number]));
  if (numbers.size < grants.length) return "one hold was granted to two calls";
  const impossible = history.operations.map((operation) => contradiction(history, operation, grants, numbers));
  const found = impossible.find((text) => text !== null) ?? wrongSum(history, grants);
  if (found !== null) return found;

  const steps = [
    ...history.operations.filter((operation) => !isMaybe(operation)).map((it) => stepOf(history, it, numbers)),
    ...grants.map(({ answer }, hold) => ({
      operation: { type: "due" } as const,
      hold,
      ...window(history, answer.expiresAtMs),
    })),
  ].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  const holds = grants.map(({ quantity, caps, answer }, hold) => ({
    quantity,
    isOrdered: answer.order !== null,
    caps,
    begins: steps.findIndex((step) => step.hold === hold && step.operation.type === "reserve"),
    steps: steps.flatMap((step, index) => (step.hold === hold && step.operation.type !== "reserve" ? [index] : [])),
  }));
  const unanswered = history.operations.filter(isMaybe).map((operation): Maybe => {
    return { operation, startMs: operation.startMs, hold: numbers.get(operation.hold) ?? -1 };
  });
  const maybes = [...unanswered, ...grants.flatMap((grant, hold) => releasesOf(history, grant, hold))];
  return { capacity: history.capacity, caps: history.caps, steps, maybes, holds };
}

function isMaybe(operation: Operation): operation is Extract<Operation, { type: "cancel" | "pay" }> {
  return operation.answer === "unknown";
}

/** What its order may do to a hold, if it has a reason to. */
function releasesOf(history: History, { answer }: Granting, hold: number): Maybe[] {
  if (answer.order === null) return [];
  const { cancelledFromMs, expiresAtMs } = answer.order;
  const cancelled: Maybe = { operation: { type: "release", as: "cancelled" }, startMs: cancelledFromMs, hold };
  const startMs = expiresAtMs - history.clockToleranceMs;
  const expired: Maybe = { operation: { type: "release", as: "expired" }, startMs, hold };
  return [...(Number.isFinite(cancelledFromMs) ? [cancelled] : []), expired];
}

function window({ clockToleranceMs }: History, atMs: number): { startMs: number; endMs: number } {
  return { startMs: atMs - clockToleranceMs, endMs: atMs + clockToleranceMs };
}

function stepOf(history: History, operation: Operation, numbers: ReadonlyMap<string, number>): Step {
  const { startMs, endMs } = operation;
  if ("hold" in operation) return { operation, startMs, endMs, hold: numbers.get(operation.hold) ?? -1 };
  if (!isGranting(operation)) return { operation, startMs, endMs, hold: -1 };
  const created = window(history, operation.answer.createdAtMs);
  return {
    operation,
    startMs: Math.max(startMs, created.startMs),
    endMs: Math.min(endMs, created.endMs),
    hold: numbers.get(operation.answer.hold) ?? -1,
  };
}

/** What no order of events could make true. */
function contradiction(
  history: History,
  operation: Operation,
  grants: readonly Granting[],
  numbers: ReadonlyMap<string, number>,
): string | null {
  const text = () => JSON.stringify(operation);
  if (isGranting(operation)) {
    const { createdAtMs, expiresAtMs } = operation.answer;
    if (expiresAtMs !== createdAtMs + history.holdMs) return `a hold that does not last as long as holds do: ${text()}`;
    const { startMs, endMs } = stepOf(history, operation, numbers);
    return startMs > endMs ? `a hold that began before its request or after its reply: ${text()}` : null;
  }
  if (!("hold" in operation)) return null;
  const grant = grants[numbers.get(operation.hold) ?? -1];
  if (grant === undefined) return `a hold that nobody was granted: ${text()}`;
  if (operation.answer === "not_found") return `a hold that was granted is not there: ${text()}`;
  if (operation.type === "pay") return wrongOrder(history, operation);
  if (operation.type !== "show") return null;
  const { state, quantity, expiresAtMs } = operation.answer;
  const isSold = state === "confirmed" || state === "refunded";
  const hasDeadline = expiresAtMs === null ? isSold : expiresAtMs === grant.answer.expiresAtMs;
  const same = quantity === grant.quantity && hasDeadline;
  return same ? null : `not as it was granted: ${text()}`;
}

/**
 * What is counted once everything is over: then no order of events makes a difference, and a search
 * that could only find that out at its end would go through all of them.
 */
function wrongSum({ operations }: History, grants: readonly Granting[]): string | null {
  const taken = operations.findLast((it) => it.type === "taken");
  if (taken === undefined) return null;
  const before = operations.filter(({ endMs }) => endMs < taken.startMs);
  const refunds = operations.filter((it) => it.type === "refund").filter(({ answer }) => answer === "done");
  if (refunds.some((refund) => !before.includes(refund))) return null;
  let sum = 0;
  for (const { answer, quantity } of grants) {
    const states = before.flatMap((it) => {
      return it.type === "show" && it.hold === answer.hold && it.answer !== "not_found" ? [it.answer.state] : [];
    });
    const isSold = states.some((state) => state === "confirmed" || state === "refunded");
    const isGone = states.some((state) => state === "cancelled" || state === "expired");
    // It is still held, or that is for the search to find.
    if (isSold === isGone) return null;
    const own = refunds.filter(({ hold }) => hold === answer.hold);
    if (isSold) sum += quantity - own.reduce((given, { restocked }) => given + restocked, 0);
  }
  return sum === taken.answer ? null : `${taken.answer} are taken, and ${sum} are sold`;
}

/** A hold that has ended gets another answer from when its event is called off. */
function wrongOrder({ operations }: History, pay: Extract<Operation, { type: "pay" }>): string | null {
  const off = operations.find(({ type }) => type === "call_off");
  const isSurelyBefore = off === undefined || pay.endMs < off.startMs;
  const isSurelyAfter = off !== undefined && pay.startMs > off.endMs;
  const isOff = pay.answer === "event_cancelled";
  const isOn = !["event_cancelled", "already_confirmed", "already_refunded", "unknown"].includes(pay.answer);
  return (isOff && isSurelyBefore) || (isOn && isSurelyAfter) ? `not while it is so: ${JSON.stringify(pay)}` : null;
}
