// Whether a history could have come from one counter with named holds that did one thing at a time.
//
// A ticket type has `capacity` tickets and holds with names. An operation takes effect at once:
//   reserve  takes `quantity` tickets if that many are available, else says exactly how many are;
//            its price and its code may be good for fewer
//   pay      begins a payment for a hold that is held and has none pending
//   cancel   gives the tickets back; while a payment is pending, once that has failed
//   show     reads one hold: its state, and the state of its payment
//   taken    reads the counter: held and sold together
//   refund   some or all tickets of a confirmed hold are given back, and are available or not;
//            one that nobody asked for comes after its event was called off
//   call_off the event is called off: what is held goes back, once its payment is decided, and a
//            payment that succeeds after it is refunded
// Events that no call causes: a hold that is not paid ends exactly at its deadline; a pending
// payment succeeds or fails, as its method says, at any moment; an order may let go of its holds
// from when it has a reason to, and at the deadline of the first of them.
//
// An operation took effect between its start and its answer; a payment or a cancel without one at
// any time after its start, or never. A hold began and its deadline passed when the service says,
// within `clockToleranceMs`.
//
// The search is Wing and Gong's, with Lowe's memory of the configurations it has seen: which
// operations are done, and the state then. Reads that fit are taken at once, because that closes no
// way. Events that may happen are tried only where a next operation could tell the difference. What
// can't be true of one hold, whatever became of the others, is found before.

import { eachAlone } from "./alone.ts";
import { answered, calledOff, fresh, type HoldOperation, hasStock, type ModelHold, settled } from "./hold-model.ts";
import type { History } from "./operations.ts";
import { type Maybe, type Problem, prepare, type Step } from "./problem.ts";
import { ALL, leastLeft, leftOf, missingTickets, moved, type Stock, stockOf } from "./stock.ts";

export type Verdict =
  | { readonly type: "linearizable"; readonly steps: number }
  | { readonly type: "violation"; readonly steps: number; readonly why: string }
  /** The search was given up, which counts as a failure. */
  | { readonly type: "undecided"; readonly steps: number };

const MAX_STEPS = 1_000_000;

/** `lazily` is how it is done; its test compares it with trying everything everywhere. */
export function check(history: History, maxSteps = MAX_STEPS, lazily = true): Verdict {
  const problem = prepare(history);
  if (typeof problem === "string") return { type: "violation", steps: 0, why: problem };
  const holds = lazily ? eachAlone(history) : [];
  for (const alone of holds) {
    const ofHold = prepare(alone);
    const verdict = typeof ofHold === "string" ? null : search(ofHold, maxSteps, lazily);
    if (verdict?.type === "violation") return verdict;
  }
  return search(problem, maxSteps, lazily);
}

function search(problem: Problem, maxSteps: number, lazily: boolean): Verdict {
  const seen = new Set<string>();
  const stack: Configuration[] = [
    { first: 0, done: [], fired: [], open: new Map(), available: stockOf(problem), isCalledOff: false },
  ];
  let steps = 0;
  let furthest = { done: -1, why: "" };
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (++steps > maxSteps) return { type: "undecided", steps };
    const at = takeReads(problem, top);
    if (at.first === problem.steps.length) return { type: "linearizable", steps };
    const key = keyOf(at);
    if (seen.has(key)) continue;
    seen.add(key);
    const done = at.first + at.done.length;
    if (done > furthest.done) furthest = { done, why: explain(problem, at) };
    stack.push(...successors(problem, at, lazily));
  }
  return { type: "violation", steps, why: furthest.why };
}

interface Configuration {
  /** All steps before this one are done, and those in `done` besides; ascending. */
  readonly first: number;
  readonly done: readonly number[];
  /** Which of what may happen has happened; ascending. */
  readonly fired: readonly number[];
  /** Holds that have begun and are still held, or of which something is to be given back. */
  readonly open: ReadonlyMap<number, ModelHold>;
  readonly available: Stock;
  readonly isCalledOff: boolean;
}

function isDone(at: Configuration, index: number): boolean {
  return index < at.first || at.done.includes(index);
}

/**
 * The steps that may take effect next: no other one that is not done ended before they started.
 * That is by `limitMs`, when the first of those ends.
 */
function next(problem: Problem, at: Configuration): { indexes: number[]; limitMs: number } {
  const indexes: number[] = [];
  let limitMs = Number.POSITIVE_INFINITY;
  for (let index = at.first; index < problem.steps.length; index++) {
    const step = problem.steps[index] as Step;
    if (step.startMs > limitMs) break;
    if (isDone(at, index)) continue;
    indexes.push(index);
    limitMs = Math.min(limitMs, step.endMs);
  }
  return { indexes: indexes.filter((index) => (problem.steps[index] as Step).startMs <= limitMs), limitMs };
}

/** Marks as done what changes nothing and fits now, as long as there is any. */
function takeReads(problem: Problem, from: Configuration): Configuration {
  let at = from;
  for (;;) {
    const reads = next(problem, at).indexes.filter((index) => isRead(problem, at, problem.steps[index] as Step));
    for (const index of reads) at = withDone(at, index);
    const after = takeLastRefund(problem, at);
    if (after === null && reads.length === 0) return at;
    at = after ?? at;
  }
}

/**
 * A refund of which nothing is on sale again, and after which all fits that is still to be said of
 * its hold: that closes no way either.
 */
function takeLastRefund(problem: Problem, at: Configuration): Configuration | null {
  for (const index of next(problem, at).indexes) {
    const { operation, hold } = problem.steps[index] as Step;
    if (operation.type !== "refund" || operation.answer !== "done" || operation.restocked > 0) continue;
    const after = take(problem, at, index);
    if (after !== null && !after.open.has(hold)) return after;
  }
  return null;
}

function withDone(at: Configuration, index: number): Configuration {
  const done = [...at.done, index].sort((a, b) => a - b);
  let first = at.first;
  while (done[0] === first) {
    done.shift();
    first += 1;
  }
  return { ...at, first, done };
}

function isRead(problem: Problem, at: Configuration, { operation, hold }: Step): boolean {
  switch (operation.type) {
    case "taken":
      return missingTickets(problem, at.available, operation) === 0;
    case "call_off":
      return false;
    case "reserve": {
      const { answer, quantity } = operation;
      if (answer.type === "granted") return false;
      if (answer.type === "not_on_sale") return at.isCalledOff;
      if (missingTickets(problem, at.available, operation) !== 0) return false;
      return answer.type === "used_up" ? quantity > answer.left : !at.isCalledOff && quantity > answer.available;
    }
    default: {
      const open = at.open.get(hold);
      if (open !== undefined) return answered(open, operation) === open;
      // A hold is closed only where all that is still to be said of it fits.
      return isDone(at, problem.holds[hold]?.begins ?? Number.POSITIVE_INFINITY);
    }
  }
}

/** Every configuration that may come right after; those to try first come last. */
function successors(problem: Problem, at: Configuration, lazily: boolean): Configuration[] {
  const { indexes, limitMs } = next(problem, at);
  const wants = wantsOf(problem, at, indexes);
  const found: (Configuration | null)[] = [];
  for (const [index, maybe] of problem.maybes.entries()) {
    const mayHappen = maybe.startMs <= limitMs && !at.fired.includes(index);
    if (mayHappen && (!lazily || isWanted(maybe, wants))) found.push(fire(problem, at, index, maybe));
  }
  for (const [hold, state] of at.open) {
    const after = settled(state);
    if (after === null) continue;
    const givesBack = wants.more && !hasStock(after);
    const isWanted = wants.stuck.has(hold) || givesBack || wants.paidAgain.has(hold);
    if (!lazily || isWanted) found.push(withHold(problem, at, hold, after));
  }
  const byEnd = indexes.toSorted((a, b) => (problem.steps[b] as Step).endMs - (problem.steps[a] as Step).endMs);
  for (const index of byEnd) found.push(take(problem, at, index));
  return found.filter((configuration) => configuration !== null);
}

/**
 * What makes a difference to the next steps; all else can wait. A pending payment past a deadline
 * comes to the same as the deadline past a payment, so a deadline asks for no outcome.
 */
interface Wants {
  readonly asked: ReadonlySet<number>;
  /** Holds of which something is said that is not so yet. */
  readonly stuck: ReadonlySet<number>;
  readonly due: ReadonlySet<number>;
  /** Holds for which another payment may have begun: there the outcome of the first matters. */
  readonly paidAgain: ReadonlySet<number>;
  /** More tickets than there are. */
  readonly more: boolean;
}

function wantsOf(problem: Problem, at: Configuration, indexes: readonly number[]): Wants {
  const steps = indexes.map((index) => problem.steps[index] as Step);
  const stuck = steps.filter(({ operation, hold }) => {
    const open = at.open.get(hold);
    const isOfHold = operation.type !== "reserve" && operation.type !== "taken" && operation.type !== "call_off";
    if (open === undefined || !isOfHold) return false;
    // An order's hold that is let go may have ended otherwise before.
    return answered(open, operation) === null || (operation.type === "cancel" && open.isOrdered);
  });
  // What becomes of each hold depends on what came before it.
  const open = steps.some(({ operation }) => operation.type === "call_off") ? [...at.open.keys()] : [];
  const asked = new Set([...steps.map(({ hold }) => hold), ...open]);
  const more = steps.some(({ operation }) => missingTickets(problem, at.available, operation) > 0);
  const payments = problem.maybes.filter((it, index) => it.operation.type === "pay" && !at.fired.includes(index));
  return {
    asked,
    stuck: new Set([...stuck.map(({ hold }) => hold), ...open]),
    due: new Set(steps.filter(({ operation }) => operation.type === "due").map(({ hold }) => hold)),
    paidAgain: new Set(payments.map(({ hold }) => hold).filter((hold) => more || asked.has(hold))),
    more,
  };
}

function isWanted({ operation, hold }: Maybe, wants: Wants): boolean {
  if (operation.type !== "pay") return wants.stuck.has(hold) || wants.due.has(hold) || wants.more;
  // What gives tickets back may be a cancel that came after it.
  return wants.asked.has(hold) || wants.more;
}

function take(problem: Problem, at: Configuration, index: number): Configuration | null {
  const { operation, hold } = problem.steps[index] as Step;
  if (operation.type === "taken") return null;
  if (operation.type === "call_off") return callOff(problem, withDone(at, index));
  if (operation.type === "reserve") return operation.answer.type === "granted" ? begin(problem, at, hold, index) : null;
  if (operation.type === "refund" && operation.isCallingOff && !at.isCalledOff) return null;
  const before = at.open.get(hold);
  const after = before === undefined ? null : answered(before, operation);
  if (after === null) return null;
  const done = withDone(at, index);
  if (operation.type !== "refund") return withHold(problem, done, hold, after);
  const available = moved(done.available, problem.holds[hold]?.caps ?? [], operation.restocked);
  return withHold(problem, { ...done, available }, hold, after);
}

function fire(problem: Problem, at: Configuration, index: number, { operation, hold }: Maybe): Configuration | null {
  const before = at.open.get(hold);
  const fired = { ...at, fired: [...at.fired, index].sort((a, b) => a - b) };
  const after = before === undefined ? null : answered(before, operation);
  return after === null || after === before ? null : withHold(problem, fired, hold, after);
}

function callOff(problem: Problem, from: Configuration): Configuration | null {
  let at: Configuration | null = { ...from, isCalledOff: true };
  for (const [hold, state] of from.open) at &&= withHold(problem, at, hold, calledOff(state));
  return at;
}

function begin(problem: Problem, at: Configuration, hold: number, index: number): Configuration | null {
  const known = problem.holds[hold];
  if (known === undefined || at.isCalledOff || known.quantity > leastLeft(at.available, known.caps)) return null;
  const available = moved(at.available, known.caps, -known.quantity);
  return {
    ...withDone(at, index),
    available,
    open: new Map(at.open).set(hold, fresh(known.isOrdered, known.quantity)),
  };
}

/** Null where this closes the hold, and something still to be said of it can't be true any more. */
function withHold(problem: Problem, at: Configuration, hold: number, after: ModelHold): Configuration | null {
  const { quantity = 0, caps = [] } = problem.holds[hold] ?? {};
  const available = hasStock(after) ? at.available : moved(at.available, caps, quantity);
  const open = new Map(at.open);
  if (after.state === "held" || (after.state === "confirmed" && isToGiveBack(problem, at, hold))) {
    return { ...at, available, open: open.set(hold, after) };
  }
  const fits = (problem.holds[hold]?.steps ?? []).every(
    (index) => isDone(at, index) || answered(after, problem.steps[index]?.operation as HoldOperation) === after,
  );
  open.delete(hold);
  return fits ? { ...at, available, open } : null;
}

function isToGiveBack(problem: Problem, at: Configuration, hold: number): boolean {
  const left = (problem.holds[hold]?.steps ?? []).filter((index) => !isDone(at, index));
  return left.some((index) => {
    const operation = problem.steps[index]?.operation;
    return operation?.type === "refund" && operation.answer === "done";
  });
}

/** Closed holds are left out: all that is still to be said of them fits. */
function keyOf({ first, done, fired, open, available, isCalledOff }: Configuration): string {
  const holds = [...open].sort(([a], [b]) => a - b).map(([hold, state]) => `${hold}${textOf(state)}`);
  return `${first}|${done}|${fired}|${Object.values(available)}|${isCalledOff}|${holds.join()}`;
}

function textOf({ state, givenBack, releaseAs, isCalledOff, payments }: ModelHold): string {
  const texts = payments.map((it) => `${it.state} ${it.outcome}${it.isAccepted ? " accepted" : ""}`);
  return `${state} ${givenBack} ${releaseAs} ${isCalledOff ? "called off " : ""}${texts.join()}`;
}

/** What can't take effect next, at the furthest point that any order reached. */
function explain(problem: Problem, at: Configuration): string {
  const stuck = next(problem, at).indexes.map((index) => {
    const { operation, startMs, endMs, hold } = problem.steps[index] as Step;
    const state = at.open.get(hold);
    const what = `${Math.round(startMs)}–${Math.round(endMs)} ${JSON.stringify(operation)}`;
    return state === undefined ? what : `${what} while ${textOf(state)}`;
  });
  return `${leftOf(at.available, ALL)} of ${problem.capacity} available, and none of these can be next:\n${stuck.join("\n")}`;
}
