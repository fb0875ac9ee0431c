// The judge of crash histories: it accepts what the product's own decisions made, and no lie.

import { expect, test } from "vitest";
import { corrupt, LIES } from "../../crash/corrupt.ts";
import type { Outcome } from "../../crash/hold-model.ts";
import { check } from "../../crash/linearizable.ts";
import {
  type Answered,
  CANCEL_ANSWERS,
  type CancelAnswer,
  type History,
  type Operation,
  PAY_ANSWERS,
  type PayAnswer,
  REFUND_REFUSALS,
  type Shown,
  type SoldOut,
  type UsedUp,
} from "../../crash/operations.ts";
import { Prng } from "../../support/prng.ts";
import { generateHistory, type Size } from "./generated-history.ts";

const SIZES: readonly Size[] = [
  { buyers: 2, capacity: 3, callsPerBuyer: 12, lost: 0.15 },
  { buyers: 4, capacity: 5, callsPerBuyer: 15, lost: 0.1 },
  { buyers: 4, capacity: 10, callsPerBuyer: 15, lost: 0 },
  { buyers: 8, capacity: 12, callsPerBuyer: 15, lost: 0.1 },
  { buyers: 3, capacity: 6, callsPerBuyer: 15, lost: 0.1, isCalledOff: true },
  { buyers: 8, capacity: 14, callsPerBuyer: 15, lost: 0.1, isCalledOff: true },
  { buyers: 4, capacity: 8, callsPerBuyer: 20, lost: 0.1, isRefundable: true },
  { buyers: 6, capacity: 20, callsPerBuyer: 15, lost: 0.1, isRefundable: true, isCalledOff: true, isRefunding: true },
];
const HISTORIES = 300;
const CHANGED = 2_000;
const LIES_OF_EACH_KIND = 10;
const SEEDS_TRIED = 400;

const HOLD_MS = 10_000;
const CAPACITY = 3;
type At = readonly [startMs: number, endMs: number];
const NEVER = Number.POSITIVE_INFINITY;

function at([startMs, endMs]: At, answered: Answered): Operation {
  return { ...answered, startMs, endMs };
}

function took(hold: string, quantity: number, [startMs, endMs]: At, createdAtMs = startMs): Operation {
  const answer = { type: "granted", hold, createdAtMs, expiresAtMs: createdAtMs + HOLD_MS, order: null } as const;
  return at([startMs, endMs], { type: "reserve", quantity, caps: [], answer });
}

/** Two tickets of an order. */
function ordered(cancelledFromMs: number, expiresAtMs = HOLD_MS): Operation {
  const order = { cancelledFromMs, expiresAtMs };
  const answer = { type: "granted", hold: "a", createdAtMs: 0, expiresAtMs: HOLD_MS, order } as const;
  return at([0, 10], { type: "reserve", quantity: 2, caps: [], answer });
}

/** At a price with a cap of two. */
function early(quantity: number, answer: "granted" | SoldOut | UsedUp, when: At): Operation {
  const [createdAtMs] = when;
  const hold = { hold: `early ${createdAtMs}`, createdAtMs, expiresAtMs: createdAtMs + HOLD_MS, order: null };
  const asked = { type: "reserve", quantity, caps: ["early"] } as const;
  return at(when, { ...asked, answer: answer === "granted" ? { type: "granted", ...hold } : answer });
}

function soldOut(quantity: number, available: number, when: At): Operation {
  return at(when, { type: "reserve", quantity, caps: [], answer: { type: "sold_out", available } });
}

function cancel(hold: string, answer: CancelAnswer, when: At): Operation {
  return at(when, { type: "cancel", hold, answer });
}

function pay(hold: string, answer: PayAnswer, when: At, outcome: Outcome = "succeeds"): Operation {
  return at(when, { type: "pay", hold, outcome, answer });
}

/** Of a hold of two that began at 0. */
function show(hold: string, state: Shown["state"], payment: Shown["payment"], when: At, givenBack = 0): Operation {
  return at(when, { type: "show", hold, answer: { state, payment, quantity: 2, givenBack, expiresAtMs: HOLD_MS } });
}

/** Of the hold of two. */
function refund(quantity: number, restocked: number, when: At, isCallingOff = false): Operation {
  return at(when, { type: "refund", hold: "a", quantity, restocked, isCallingOff, answer: "done" });
}

function notRefunded(answer: "nothing_paid" | "refund_exceeds", when: At): Operation {
  return at(when, { type: "refund", hold: "a", quantity: 0, restocked: 0, isCallingOff: false, answer });
}

function offSale(when: At): Operation {
  return at(when, { type: "reserve", quantity: 1, caps: [], answer: { type: "not_on_sale" } });
}

const OFF: Operation = { type: "call_off", answer: "done", startMs: 40, endMs: 50 };
const TWO = took("a", 2, [0, 10]);
const PAID = pay("a", "accepted", [20, 30]);
const DECLINED = pay("a", "accepted", [20, 30], "fails");
const DEFERRED = cancel("a", "deferred", [40, 50]);
const UNANSWERED = cancel("a", "unknown", [20, NEVER]);
const EARLY_GONE = { type: "sold_out", available: 0 } as const;
const CODE_GONE = { type: "used_up", cap: "early", left: 0 } as const;
const PENDING = show("a", "held", "pending", [40, 50]);
const CONFIRMED = show("a", "confirmed", "succeeded", [11_000, 11_010]);
const WHOLE = show("a", "confirmed", "succeeded", [60, 70], 2);
const GIVEN = show("a", "refunded", "succeeded", [11_000, 11_010], 2);
const TAKEN_AGAIN = took("b", 1, [11_000, 11_010]);

test.each<[fact: string, wanted: "linearizable" | "violation", operations: Operation[]]>([
  ["two at once may come in either order", "linearizable", [took("a", 2, [0, 50], 20), soldOut(2, 1, [0, 50])]],
  ["who was answered first came first", "violation", [TWO, soldOut(4, 3, [20, 30])]],
  ["more is not granted than there is", "violation", [TWO, took("b", 2, [20, 30])]],
  ["sold out says what is left", "violation", [TWO, soldOut(2, 0, [20, 30])]],
  ["no refusal while there is enough", "violation", [TWO, soldOut(1, 1, [20, 30])]],
  ["a cancel gives back", "linearizable", [TWO, cancel("a", "done", [20, 30]), took("b", 3, [40, 50])]],
  ["what is cancelled stays so", "violation", [TWO, cancel("a", "done", [20, 30]), show("a", "held", null, [40, 50])]],
  ["no hold ends early", "violation", [TWO, took("b", 3, [9_000, 9_100])]],
  ["a hold ends at its deadline", "linearizable", [TWO, took("b", 3, [10_200, 10_300])]],
  ["no hold lasts longer", "violation", [TWO, soldOut(2, 1, [10_200, 10_300])]],
  [
    "a pending payment keeps the tickets past the deadline",
    "linearizable",
    [TWO, PAID, soldOut(2, 1, [10_200, 10_300]), CONFIRMED],
  ],
  [
    "no tickets are freed while a payment may succeed",
    "violation",
    [TWO, PAID, took("b", 3, [10_200, 10_300]), CONFIRMED],
  ],
  [
    "a deferred cancel frees them once the payment failed",
    "linearizable",
    [TWO, DECLINED, DEFERRED, took("b", 3, [60, 70]), show("a", "cancelled", "failed", [80, 90])],
  ],
  ["a deferred cancel needs a payment", "violation", [TWO, cancel("a", "deferred", [20, 30])]],
  ["no two payments at once", "violation", [TWO, PAID, pay("a", "accepted", [40, 50])]],
  ["a payment that failed makes room for another", "linearizable", [TWO, DECLINED, pay("a", "accepted", [40, 50])]],
  ["an unanswered call may have happened", "linearizable", [TWO, UNANSWERED, took("b", 3, [40, 50])]],
  ["or not", "linearizable", [TWO, UNANSWERED, soldOut(2, 1, [40, 50])]],
  ["or later", "linearizable", [TWO, UNANSWERED, soldOut(2, 1, [40, 50]), took("b", 3, [60, 70])]],
  ["not before it started", "violation", [TWO, UNANSWERED, took("b", 3, [12, 18])]],
  ["and once only", "violation", [TWO, UNANSWERED, took("b", 3, [40, 50]), took("c", 2, [60, 70])]],
  ["a reservation that was found later happened", "violation", [took("a", 2, [0, NEVER], 5), took("b", 3, [200, 210])]],
  ["a calling-off gives back", "linearizable", [TWO, OFF, show("a", "cancelled", null, [80, 90])]],
  ["and nothing is held after it", "violation", [TWO, OFF, show("a", "held", null, [80, 90])]],
  ["nor sold", "violation", [OFF, took("a", 2, [80, 90])]],
  ["nor paid", "violation", [TWO, OFF, pay("a", "accepted", [80, 90])]],
  [
    "a refusal says that it is off",
    "linearizable",
    [TWO, OFF, pay("a", "event_cancelled", [80, 90]), offSale([80, 90])],
  ],
  ["not before it is", "violation", [TWO, pay("a", "event_cancelled", [20, 30]), OFF]],
  ["nor is the sale over before", "violation", [TWO, offSale([20, 30]), OFF]],
  [
    "a payment that comes too late is refunded",
    "linearizable",
    [TWO, PAID, OFF, show("a", "held", "pending", [80, 90]), show("a", "cancelled", "refunded", [100, 110])],
  ],
  [
    "and buys nothing any more",
    "violation",
    [TWO, PAID, OFF, show("a", "held", "pending", [80, 90]), show("a", "confirmed", "succeeded", [100, 110])],
  ],
  ["what was paid before it stays", "linearizable", [TWO, PAID, OFF, show("a", "confirmed", "succeeded", [80, 90])]],
  [
    "one that is declined is let go",
    "linearizable",
    [TWO, DECLINED, OFF, show("a", "held", "pending", [80, 90]), show("a", "cancelled", "failed", [100, 110])],
  ],
  ["an order lets go for a reason", "linearizable", [ordered(20), took("b", 3, [40, 50])]],
  ["and not before it", "violation", [ordered(60), took("b", 3, [40, 50])]],
  ["nor without one", "violation", [ordered(NEVER), show("a", "cancelled", null, [40, 50])]],
  ["at the deadline of another of its holds", "linearizable", [ordered(NEVER, 5_000), took("b", 3, [5_100, 5_110])]],
  ["once it has, all is free", "violation", [ordered(20), cancel("a", "done", [20, 30]), soldOut(2, 1, [40, 50])]],
  [
    "a payment of an order that was let go is not charged",
    "linearizable",
    [ordered(45), PAID, PENDING, show("a", "cancelled", "failed", [60, 70])],
  ],
  ["an order's payment keeps its holds", "violation", [ordered(NEVER), PAID, PENDING, took("b", 3, [10_200, 10_300])]],
  [
    "an order that all have agreed to is confirmed, whatever is called off then",
    "linearizable",
    [ordered(40), PAID, OFF, show("a", "held", "pending", [80, 90]), show("a", "confirmed", "succeeded", [100, 110])],
  ],
  [
    "what is given back is on sale again",
    "linearizable",
    [TWO, PAID, refund(1, 1, [40, 50]), took("b", 2, [60, 70]), show("a", "confirmed", "succeeded", [80, 90], 1)],
  ],
  ["once", "violation", [TWO, PAID, refund(1, 1, [40, 50]), took("b", 3, [60, 70])]],
  ["or not, where the organiser keeps it", "violation", [TWO, PAID, refund(2, 0, [40, 50]), took("b", 2, [60, 70])]],
  ["and then nobody can have it", "linearizable", [TWO, PAID, refund(2, 0, [40, 50]), soldOut(2, 1, [60, 70])]],
  [
    "all of it, in one part or two, leaves it refunded",
    "linearizable",
    [TWO, PAID, refund(1, 1, [40, 50]), refund(1, 0, [60, 70]), show("a", "refunded", "succeeded", [80, 90], 2)],
  ],
  ["no more than there is", "violation", [TWO, PAID, refund(1, 0, [40, 50]), refund(2, 0, [60, 70])]],
  ["after that it is not confirmed", "violation", [TWO, PAID, refund(2, 2, [40, 50]), WHOLE]],
  ["nor before", "violation", [TWO, PAID, show("a", "refunded", "succeeded", [32, 38], 2), refund(2, 2, [40, 50])]],
  ["what is not paid is not given back", "violation", [TWO, refund(1, 1, [20, 30])]],
  ["but refused", "linearizable", [TWO, notRefunded("nothing_paid", [12, 18]), PAID, CONFIRMED]],
  [
    "what is confirmed is not refused",
    "violation",
    [TWO, PAID, show("a", "confirmed", "succeeded", [40, 50]), notRefunded("nothing_paid", [60, 70])],
  ],
  [
    "unless all of it has gone back",
    "linearizable",
    [TWO, PAID, refund(2, 2, [40, 50]), notRefunded("refund_exceeds", [60, 70])],
  ],
  ["and not while there is some", "violation", [TWO, PAID, notRefunded("refund_exceeds", [40, 50]), CONFIRMED]],
  [
    "a buyer gives back once, and hears so again",
    "linearizable",
    [TWO, PAID, refund(2, 2, [40, 60]), cancel("a", "given_back", [50, 60]), cancel("a", "given_back", [70, 80])],
  ],
  ["not what is kept", "violation", [TWO, PAID, cancel("a", "given_back", [40, 50]), CONFIRMED]],
  [
    "what was given back is not paid again",
    "violation",
    [TWO, PAID, refund(2, 2, [40, 50]), pay("a", "accepted", [60, 70])],
  ],
  [
    "and says why",
    "linearizable",
    [
      TWO,
      PAID,
      refund(2, 2, [40, 50]),
      pay("a", "already_refunded", [60, 70]),
      cancel("a", "already_refunded", [80, 90]),
    ],
  ],
  ["a calling-off gives back what was sold", "linearizable", [TWO, PAID, OFF, refund(2, 0, [40, NEVER], true), GIVEN]],
  ["not before it", "violation", [TWO, PAID, refund(2, 0, [32, 38], true), OFF, GIVEN]],
  ["and nothing of it is sold again", "violation", [TWO, PAID, OFF, refund(2, 0, [40, NEVER], true), TAKEN_AGAIN]],
  ["a price has a cap of its own", "linearizable", [early(2, "granted", [20, 30]), early(1, EARLY_GONE, [40, 50])]],
  ["which is not passed", "violation", [early(2, "granted", [20, 30]), early(1, "granted", [40, 50])]],
  ["and does not bind other prices", "violation", [early(2, "granted", [20, 30]), soldOut(1, 0, [40, 50])]],
  ["nor refuses while there is enough", "violation", [early(1, "granted", [20, 30]), early(1, EARLY_GONE, [40, 50])]],
  ["a code may be used up", "linearizable", [early(2, "granted", [20, 30]), early(1, CODE_GONE, [40, 50])]],
  ["but not while it is good", "violation", [early(1, "granted", [20, 30]), early(1, CODE_GONE, [40, 50])]],
  ["what a hold began with stays", "violation", [took("a", 1, [0, 10]), show("a", "held", null, [20, 30])]],
])("%s", (_fact, wanted, operations) => {
  const verdict = check({ capacity: CAPACITY, caps: { early: 2 }, holdMs: HOLD_MS, clockToleranceMs: 50, operations });
  expect(verdict).toMatchObject({ type: wanted });
});

test(`accepts ${HISTORIES} true histories`, () => {
  const verdicts = Array.from({ length: HISTORIES }, (_, seed) => ({ seed, ...check(trueHistory(seed)) }));
  expect(verdicts.filter(({ type }) => type !== "linearizable")).toEqual([]);
});

test.each(Object.keys(LIES))("rejects every history in which %s", (kind) => {
  let checked = 0;
  for (let seed = 0; seed < SEEDS_TRIED && checked < LIES_OF_EACH_KIND; seed++) {
    const history = corrupt(trueHistory(seed), new Prng(seed), kind);
    if (history === null) continue;
    checked += 1;
    expect({ seed, ...check(history) }).toMatchObject({ type: "violation" });
  }
  expect(checked).toBe(LIES_OF_EACH_KIND);
});

test(`says of ${CHANGED} histories with one change, a lie or not, what a search says that tries everything`, () => {
  const verdicts = Array.from({ length: CHANGED }, (_, seed) => {
    const history = changedHistory(seed);
    return { seed, lazy: check(history).type, thorough: check(history, undefined, false).type };
  });
  expect(verdicts.filter(({ lazy, thorough }) => lazy !== thorough)).toEqual([]);
  expect(new Set(verdicts.map(({ lazy }) => lazy))).toEqual(new Set(["linearizable", "violation"]));
});

test("finds at once what can't be true of one hold, in whichever order the others came and went", () => {
  const others = Array.from({ length: 20 }, (_, number) => `other ${number}`).flatMap((hold) => [
    took(hold, 1, [0, 5_000]),
    pay(hold, "accepted", [0, 5_000], "fails"),
    cancel(hold, "unknown", [0, NEVER]),
  ]);
  const operations = [...others, TWO, show("a", "cancelled", null, [20, 30]), show("a", "held", null, [40, 50])];
  const history = { capacity: 22, caps: {}, holdMs: HOLD_MS, clockToleranceMs: 50, operations };
  expect(check(history, 1_000)).toMatchObject({ type: "violation" });
  expect(check(history, 1_000, false)).toMatchObject({ type: "undecided" });
});

test("gives up aloud, never in silence", () => {
  expect(check(trueHistory(3), 2)).toEqual({ type: "undecided", steps: 3 });
});

/** Small, with one operation gone, moved, or answered otherwise. */
function changedHistory(seed: number): History {
  const dice = new Prng(seed);
  const [buyers, capacity, callsPerBuyer] = [dice.between(1, 4), dice.between(2, 5), dice.between(3, 8)];
  const lost = dice.pick([0, 0.15, 0.3]);
  const [isCalledOff, isRefunding, isRefundable] = [dice.chance(0.4), dice.chance(0.5), dice.chance(0.5)];
  const size = { buyers, capacity, callsPerBuyer, lost, isCalledOff, isRefunding, isRefundable };
  const history = generateHistory(seed, size);
  const index = dice.between(0, history.operations.length - 1);
  const operations = history.operations.flatMap((it, at) => (at === index ? changed(it, dice) : [it]));
  return { ...history, operations };
}

function changed(operation: Operation, dice: Prng): Operation[] {
  const movedMs = dice.between(-400_000, 400_000);
  const moved = { ...operation, startMs: operation.startMs + movedMs, endMs: operation.endMs + movedMs };
  if (dice.chance(0.2)) return [];
  if (dice.chance(0.2)) return [moved];
  switch (operation.type) {
    case "reserve":
      if (operation.answer.type !== "sold_out") return [moved];
      return [{ ...operation, answer: { type: "sold_out", available: dice.between(0, 3) } }];
    case "show": {
      if (operation.answer === "not_found") return [moved];
      const state = dice.pick(["held", "confirmed", "refunded", "cancelled", "expired"] as const);
      return [{ ...operation, answer: { ...operation.answer, state } }];
    }
    case "cancel":
      return [{ ...operation, answer: dice.pick(CANCEL_ANSWERS) }];
    case "pay":
      return [{ ...operation, answer: dice.pick(PAY_ANSWERS) }];
    case "refund": {
      const { quantity, restocked } = operation;
      return dice.pick([
        [{ ...operation, quantity: quantity + 1 }],
        [{ ...operation, restocked: quantity - restocked }],
        [{ ...operation, answer: dice.pick(["done", ...REFUND_REFUSALS] as const) }],
      ]);
    }
    case "taken":
      return [{ ...operation, answer: operation.answer + dice.between(-2, 2) }];
    case "call_off":
      return [moved];
  }
}

function trueHistory(seed: number): History {
  return generateHistory(seed, SIZES[seed % SIZES.length] as Size);
}
