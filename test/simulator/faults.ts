// Every fault that the simulator can inject, and how likely each is where it can strike.

import type { Prng } from "../support/prng.ts";

// In a run of middling roughness. Faults that end a process, or lose what nobody repeats, are
// rarer. Those of probability 0 have an action of their own in the plan, or follow from others.
// What people may do at any moment is counted with the faults.
const PROBABILITIES = {
  "D1 fails": 0.05,
  "D1 does it, then fails": 0.05,
  "D1 hangs": 0.03,
  "D1 lands late": 0.05,
  "cache fails": 0.15,
  "cache hangs": 0.1,
  "queue fails": 0.08,
  "queue takes it, then fails": 0.08,
  "queue hangs": 0.05,
  "message dropped": 0.1,
  "message duplicated": 0.15,
  "message delayed": 0.15,
  "message reordered": 0.2,
  "message dead-lettered": 0.08,
  "queue loses all": 0,
  "call lost": 0.05,
  "call lost, not retryable": 0.03,
  "call delayed": 0.08,
  "reply lost": 0.08,
  "object overloaded": 0.02,
  "provider unreachable": 0.1,
  "provider is busy": 0.1,
  "provider does it, then fails": 0.1,
  "provider hangs": 0.08,
  "provider lands late": 0.08,
  "provider is slow": 0.15,
  "provider declines": 0.15,
  "provider succeeds after all": 0,
  "provider has forgotten": 0,
  "refund is pending": 0.15,
  "refund fails": 0.1,
  "refund comes back": 0.3,
  "payment disputed": 0,
  "alarm early": 0.08,
  "alarm late": 0.1,
  "alarm twice": 0.08,
  "alarm never": 0.08,
  "object crashes": 0.03,
  "object crashes between commits": 0.04,
  "consumer crashes": 0.06,
  "consumer crashes, message lost": 0.03,
  "clock jumps back": 0,
  "clock jumps ahead": 0,
  "storage fails": 0.01,
  "D1 restored": 0,
  "object restored": 0,
  "order's call lost": 0.05,
  "order's call delayed": 0.08,
  "order's reply lost": 0.08,
  "order overloaded": 0.02,
  "order crashes": 0.04,
  "order crashes between commits": 0.05,
  "order's storage fails": 0.01,
  "order's alarm early": 0.08,
  "order's alarm late": 0.1,
  "order's alarm twice": 0.08,
  "order's alarm never": 0.08,
  "step lost": 0.06,
  "step delayed": 0.08,
  "step hangs": 0.04,
  "reply to a step lost": 0.08,
  "question lost": 0.1,
  "question delayed": 0.1,
  "reply to a question lost": 0.1,
  "event called off": 0,
  "back to draft": 0,
  "event deleted": 0,
  "ticket type deleted": 0,
  "account closed": 0,
  "terms changed": 0,
  "giving back changed": 0,
  "event called off with refunds": 0,
} as const;

export type Fault = keyof typeof PROBABILITIES;

export const FAULTS = Object.keys(PROBABILITIES) as readonly Fault[];

/**
 * What becomes of a call. One that is done may fail or hang for its caller all the same. `fails for
 * good`: the caller must not try again; `overloaded`: nor soon; `busy`: soon.
 */
export type Course =
  | "fails"
  | "fails for good"
  | "overloaded"
  | "busy"
  | "done, then fails"
  | "hangs"
  | "done, then hangs"
  | "delayed"
  | "lands late"
  | "normal";
/**
 * `object` and `order`: calls to the objects of ticket types and orders. `participant`: an order
 * calls a ticket type; `question`: a ticket type asks an order.
 */
export type Part = "D1" | "cache" | "queue" | "object" | "order" | "participant" | "question" | "provider";
export const COURSES: Readonly<Record<Part, Readonly<Partial<Record<Fault, Course>>>>> = {
  D1: {
    "D1 fails": "fails",
    "D1 does it, then fails": "done, then fails",
    "D1 hangs": "hangs",
    "D1 lands late": "lands late",
  },
  cache: { "cache fails": "fails", "cache hangs": "hangs" },
  queue: { "queue fails": "fails", "queue takes it, then fails": "done, then fails", "queue hangs": "hangs" },
  object: {
    "call lost": "fails",
    "call lost, not retryable": "fails for good",
    "call delayed": "delayed",
    "reply lost": "done, then fails",
    "object overloaded": "overloaded",
  },
  order: {
    "order's call lost": "fails",
    "order's call delayed": "delayed",
    "order's reply lost": "done, then fails",
    "order overloaded": "overloaded",
  },
  participant: {
    "step lost": "fails",
    "step delayed": "delayed",
    "step hangs": "hangs",
    "reply to a step lost": "done, then fails",
  },
  question: {
    "question lost": "fails",
    "question delayed": "delayed",
    "reply to a question lost": "done, then fails",
  },
  provider: {
    "provider unreachable": "fails",
    "provider is busy": "busy",
    "provider does it, then fails": "done, then fails",
    "provider hangs": "hangs",
    "provider lands late": "lands late",
  },
};

export function faultsOf(part: Part): Fault[] {
  return Object.keys(COURSES[part]) as Fault[];
}

/** What can happen to orders alone. */
export const OF_ORDERS = FAULTS.filter((fault) => /^order|step|question/.test(fault));

/** How likely each fault is in one run; a fault that is not named never strikes. */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

/** Some of them, more or less likely: a run in which everything fails reaches few states. */
export function drawRates(prng: Prng): FaultRates {
  const roughness = prng.pick([0, 0.3, 1, 1, 1.5, 2.5]);
  const share = prng.pick([0.3, 0.6, 1]);
  const chosen = Object.entries(PROBABILITIES).filter(([, rate]) => rate > 0 && prng.chance(share));
  return Object.fromEntries(chosen.map(([fault, rate]) => [fault, rate * roughness]));
}
