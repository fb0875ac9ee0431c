// The steps of a scan: begin, settle with the service's answer, or go on without it. Each is one
// transaction on one pass, so tabs of a device never let the same pass in twice. Pure.

import type { DoorTerms } from "../../../domain/check-in.ts";
import { decideAlone, type PassFacts } from "./decide.ts";
import { type KnownPass, learned, newsOf } from "./known-pass.ts";
import { letsPass, type Outcome, outcome } from "./outcome.ts";
import { isOpen, isWaiting, type OwnScan } from "./scan.ts";

/** What to write, and what to go on with. */
export interface PassPlan<T> {
  readonly scans: readonly OwnScan[];
  readonly known: KnownPass | null;
  readonly next: T;
}

/** What is scanned, before it is known whether the service has seen it. */
export type NewScan = Pick<
  OwnScan,
  "key" | "eventId" | "passId" | "code" | "generation" | "gate" | "direction" | "atMs"
>;

/** What the device may decide by: null where it has no list, or can't verify the code. */
export type Grounds = DoorTerms | null;

export interface Asking {
  readonly type: "ask";
  readonly scan: OwnScan;
  readonly isRepeat: boolean;
  readonly startedAt: number;
}
export interface Decided {
  readonly type: "decided";
  readonly outcome: Outcome;
  readonly key: string;
}

/**
 * Asks the service. About a pass by which somebody has passed while it could not be reached, the
 * device decides: the service does not know of that yet.
 */
export function ask(facts: PassFacts, wanted: NewScan, grounds: Grounds, isFirst: boolean): PassPlan<Asking | Decided> {
  if (facts.scans.some(isWaiting)) return goOnAlone(facts, wanted, grounds);
  const found = openScan(facts, wanted);
  // What the crew was shown as refused is over for them, unless the service refuses this one, too.
  const open = isFirst && found !== null && found.shown !== null ? null : found;
  const scan = { ...(open ?? newScan(wanted)), atMs: afterAll(facts, wanted.atMs), isAsked: true };
  const next: Asking = { type: "ask", scan, isRepeat: open !== null, startedAt: facts.count };
  return { scans: [scan], known: null, next };
}

/** Decides without the service, if the device can. */
export function goOnAlone(facts: PassFacts, wanted: NewScan, grounds: Grounds): PassPlan<Decided> {
  const open = openScan(facts, wanted);
  const scan = { ...(open?.shown === null ? open : newScan(wanted)), atMs: afterAll(facts, wanted.atMs) };
  const { key, code } = scan;
  // Without a code it can't be brought in. If the service has decided it, a repeat finds that.
  if (grounds === null || code === null) return plan([], null, { type: "decided", outcome: outcome("undecided"), key });
  const decided = decideAlone(facts, scan, grounds, scan.atMs);
  return plan([{ ...scan, shown: decided }], null, { type: "decided", outcome: decided, key });
}

export type Settled =
  | { readonly type: "shown"; readonly outcome: Outcome; readonly key: string }
  /** The answer is to an earlier attempt, or because of one: ask again, with another key. */
  | { readonly type: "again" };

/** The service answered the scan while the crew waited. */
export function settle(
  facts: PassFacts,
  key: string,
  answer: Outcome,
  begun: { isRepeat: boolean; startedAt: number },
) {
  const scan = required(facts, key);
  const known = learnedFrom(facts, scan, answer, begun.startedAt);
  const seen = passedMeanwhile(facts, scan, answer);
  // Another tab has shown it, or has let them in without the reply: nobody passes twice.
  if (seen !== null) {
    const shown = scan.shown ?? seen;
    return plan<Settled>([{ ...scan, shown, answer }], known, { type: "shown", outcome: seen, key });
  }
  // Perhaps it refuses because of one whose reply was lost: then that one's answer lets them pass.
  const isOther = facts.scans.some((other) => other.key !== key && openScan({ scans: [other] }, scan) !== null);
  const isStale = (!letsPass(answer) && (begun.isRepeat || isOther)) || answer.result === "key_reused";
  if (isStale) return plan<Settled>([{ ...scan, answer }], known, { type: "again" });
  const shown = { ...scan, shown: answer, answer };
  return plan<Settled>([shown], known, { type: "shown", outcome: answer, key });
}

/** The service answered a scan that was brought in. */
export function recordAnswer(facts: PassFacts, key: string, answer: Outcome, startedAt: number): PassPlan<null> {
  const scan = required(facts, key);
  // Another tab has brought it in as well. Both answers are the same: the service keeps them.
  if (scan.answer !== null) return plan([], null, null);
  return plan([{ ...scan, answer }], learnedFrom(facts, scan, answer, startedAt), null);
}

/** The crew has read the concern about a scan. */
export function settleConcern({ scans }: PassFacts, key: string): PassPlan<null> {
  return plan(
    scans.filter((scan) => scan.key === key).map((scan) => ({ ...scan, isSettled: true })),
    null,
    null,
  );
}

/**
 * A manager has taken the pass's admission back, by whichever scan it was: it may go in again. What
 * the service answered to that says how the pass is now.
 */
export function takeBack(facts: PassFacts, answer: Outcome, startedAt: number): PassPlan<null> {
  const admitted = facts.scans.filter((scan) => scan.answer !== null && letsPass(scan.answer));
  const news = newsOf(answer, 0);
  return plan(
    answer.result === "undone" ? admitted.map((scan) => ({ ...scan, isTakenBack: true })) : [],
    news && learned(facts.known, news, startedAt, facts.count),
    null,
  );
}

function newScan(wanted: NewScan): OwnScan {
  return { ...wanted, isAsked: false, shown: null, answer: null, isSettled: false, isTakenBack: false };
}

function openScan(
  { scans }: Pick<PassFacts, "scans">,
  { code, direction }: Pick<NewScan, "code" | "direction">,
): OwnScan | null {
  return scans.findLast((scan) => isOpen(scan) && scan.code === code && scan.direction === direction) ?? null;
}

/** A clock that was set back must not change the order of what one device saw. */
function afterAll({ scans }: PassFacts, atMs: number): number {
  return Math.max(atMs, ...scans.map((scan) => scan.atMs + 1));
}

/** What is shown instead, where somebody has passed on this device before the service replied. */
function passedMeanwhile({ scans }: PassFacts, scan: OwnScan, answer: Outcome): Outcome | null {
  const isShown = scan.shown !== null && letsPass(scan.shown);
  const passed = isShown ? scan : scans.find((other) => letsPass(answer) && isWaiting(other));
  if (passed === undefined) return null;
  const { atMs, gate } = passed;
  return outcome(scan.direction === "in" ? "already_admitted" : "already_out", { atMs, gate });
}

function learnedFrom({ known, count }: PassFacts, scan: OwnScan, answer: Outcome, startedAt: number): KnownPass | null {
  const news = newsOf(answer, scan.generation);
  return news && learned(known, news, startedAt, count);
}

function required({ scans }: PassFacts, key: string): OwnScan {
  const scan = scans.find((one) => one.key === key);
  if (scan === undefined) throw new Error("the device has lost a scan");
  return scan;
}

function plan<T>(scans: readonly OwnScan[], known: KnownPass | null, next: T): PassPlan<T> {
  return { scans, known, next };
}
