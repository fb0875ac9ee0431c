// Every situation that a reservation with up to two payments can get into, met with everything that
// can happen to it.

import { describe, expect, test } from "vitest";
import type { Decision, Reservation, ReservationEvent } from "../../../src/domain/reservation.ts";
import {
  awaited,
  CALLED_OFF,
  CARD,
  calledOff,
  cancel,
  DEADLINE,
  decideAny,
  due,
  EARLY,
  failed,
  keyOf,
  LATE,
  OVER,
  outcomeOf,
  pay,
  QUANTITY,
  type Refunded,
  refunded,
  reservation,
  succeeded,
  textOf,
} from "./reservation-text.ts";

const HAPPENINGS = {
  "pay early": [payNext, EARLY],
  "pay at the deadline": [payNext, DEADLINE],
  "pay late": [payNext, LATE],
  "pay without a card": [(from: Reservation) => pay(nextPayment(from), null), EARLY],
  "pay when called off": [(from: Reservation) => pay(nextPayment(from), CARD, undefined, CALLED_OFF), EARLY],
  "pay when over": [(from: Reservation) => pay(nextPayment(from), CARD, undefined, OVER), EARLY],
  "p1 succeeds": [() => succeeded("p1", QUANTITY), LATE],
  "p1 succeeds, too few left": [() => succeeded("p1", QUANTITY - 1), EARLY],
  "p1 succeeds when called off": [() => succeeded("p1", QUANTITY, CALLED_OFF), EARLY],
  "p1 succeeds early when over": [() => succeeded("p1", QUANTITY, OVER), EARLY],
  "p1 succeeds late when over": [() => succeeded("p1", QUANTITY, OVER), LATE],
  "p1 fails when called off": [() => failed("p1", CALLED_OFF), EARLY],
  "p1 fails early": [() => failed("p1"), EARLY],
  "p1 fails at the deadline": [() => failed("p1"), DEADLINE],
  "p1 refunded": [() => refunded("p1"), LATE],
  "p1 waits for its buyer": [() => awaited("p1"), LATE],
  "p2 succeeds": [() => succeeded("p2", QUANTITY), LATE],
  "p2 succeeds, too few left": [() => succeeded("p2", QUANTITY - 1), LATE],
  "p2 succeeds when called off": [() => succeeded("p2", QUANTITY, CALLED_OFF), EARLY],
  "p2 succeeds early when over": [() => succeeded("p2", QUANTITY, OVER), EARLY],
  "p2 succeeds late when over": [() => succeeded("p2", QUANTITY, OVER), LATE],
  "p2 fails when called off": [() => failed("p2", CALLED_OFF), EARLY],
  "p2 fails early": [() => failed("p2"), EARLY],
  "p2 fails at the deadline": [() => failed("p2"), DEADLINE],
  "p2 refunded": [() => refunded("p2"), LATE],
  "p2 waits for its buyer": [() => awaited("p2"), EARLY],
  "cancel early": [() => cancel, EARLY],
  "cancel late": [() => cancel, LATE],
  "called off early": [() => calledOff, EARLY],
  "called off at the deadline": [() => calledOff, DEADLINE],
  "due early": [() => due, EARLY],
  "due at the deadline": [() => due, DEADLINE],
  "due late": [() => due, LATE],
} as const satisfies Record<string, readonly [(from: Reservation) => ReservationEvent | Refunded, number]>;

type Happening = keyof typeof HAPPENINGS;
const ALL_HAPPENINGS = Object.keys(HAPPENINGS) as Happening[];

const PAY = ["pay early", "pay at the deadline", "pay late", "pay without a card"] as const;
const PAY_TOO_LATE = ["pay at the deadline", "pay late"] as const;
const PAY_CALLED_OFF = ["pay when called off"] as const;
const P1_SUCCEEDS = ["p1 succeeds", "p1 succeeds, too few left"] as const;
const P1_SUCCEEDS_WHEN_OVER = ["p1 succeeds early when over", "p1 succeeds late when over"] as const;
const P1_FAILS = ["p1 fails early", "p1 fails at the deadline", "p1 fails when called off"] as const;
const P2_SUCCEEDS = ["p2 succeeds", "p2 succeeds, too few left"] as const;
const P2_SUCCEEDS_WHEN_OVER = ["p2 succeeds early when over", "p2 succeeds late when over"] as const;
const P2_FAILS = ["p2 fails early", "p2 fails at the deadline", "p2 fails when called off"] as const;
const CANCEL = ["cancel early", "cancel late"] as const;
const DUE = ["due at the deadline", "due late"] as const;
/** When nobody can take tickets, whether or not any are left. */
const P1_SUCCEEDS_IN_VAIN = [
  "p1 succeeds, too few left",
  "p1 succeeds when called off",
  ...P1_SUCCEEDS_WHEN_OVER,
] as const;
const P2_SUCCEEDS_IN_VAIN = [
  "p2 succeeds, too few left",
  "p2 succeeds when called off",
  ...P2_SUCCEEDS_WHEN_OVER,
] as const;
const P2_SUCCEEDS_ANYHOW = ["p2 succeeds", ...P2_SUCCEEDS_IN_VAIN] as const;

/** For each situation, what comes of what. All that is not listed changes nothing. */
type Table = Readonly<Record<string, Readonly<Record<string, readonly Happening[]>>>>;

const unpaid = {
  "refused: reservation_expired": PAY_TOO_LATE,
  "refused: payment_method_required": ["pay without a card"],
  "refused: event_cancelled": PAY_CALLED_OFF,
  "refused: event_over": ["pay when over"],
} as const;
const paying = {
  "refused: payment_in_progress": [...PAY, "pay when over"],
  "refused: event_cancelled": PAY_CALLED_OFF,
} as const;

const HELD: Table = {
  held: {
    ...unpaid,
    "held, p1 pending": ["pay early"],
    cancelled: [...CANCEL, "called off early"],
    expired: [...DUE, "called off at the deadline"],
  },
  "held, p1 pending": {
    ...paying,
    "held, p1 pending at the bank": ["p1 waits for its buyer"],
    "confirmed, p1 succeeded": [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
    "cancelled, p1 refund_due": ["p1 succeeds when called off"],
    "held, p1 failed": ["p1 fails early"],
    "expired, p1 failed": ["p1 fails at the deadline"],
    "cancelled, p1 failed": ["p1 fails when called off"],
    "held, p1 pending, then cancelled": [...CANCEL, "called off early"],
    "held, p1 pending, then expired": [...DUE, "called off at the deadline"],
  },
  "held, p1 pending at the bank": {
    ...paying,
    "confirmed, p1 succeeded": [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
    "cancelled, p1 refund_due": ["p1 succeeds when called off"],
    "held, p1 failed": ["p1 fails early"],
    "expired, p1 failed": ["p1 fails at the deadline"],
    "cancelled, p1 failed": ["p1 fails when called off"],
    "held, p1 pending at the bank, then cancelled": [...CANCEL, "called off early"],
    "held, p1 pending at the bank, then expired": [...DUE, "called off at the deadline"],
  },
  "held, p1 pending at the bank, then cancelled": {
    ...paying,
    "confirmed, p1 succeeded": [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
    "cancelled, p1 refund_due": ["p1 succeeds when called off"],
    "cancelled, p1 failed": P1_FAILS,
  },
  "held, p1 pending at the bank, then expired": {
    ...paying,
    "confirmed, p1 succeeded": [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
    "cancelled, p1 refund_due": ["p1 succeeds when called off"],
    "expired, p1 failed": P1_FAILS,
    // An expiry leaves buyers their time at the bank; a cancel ends it.
    "held, p1 pending at the bank, then cancelled": [...CANCEL, "called off early"],
  },
  "held, p1 pending, then cancelled": {
    ...paying,
    "held, p1 pending at the bank, then cancelled": ["p1 waits for its buyer"],
    "confirmed, p1 succeeded": [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
    "cancelled, p1 refund_due": ["p1 succeeds when called off"],
    "cancelled, p1 failed": P1_FAILS,
  },
  "held, p1 pending, then expired": {
    ...paying,
    "held, p1 pending at the bank, then expired": ["p1 waits for its buyer"],
    "confirmed, p1 succeeded": [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
    "cancelled, p1 refund_due": ["p1 succeeds when called off"],
    "expired, p1 failed": P1_FAILS,
  },
  "held, p1 failed": {
    ...unpaid,
    "held, p1 failed, p2 pending": ["pay early"],
    "confirmed, p1 succeeded": [...P1_SUCCEEDS, "p1 succeeds early when over"],
    "cancelled, p1 refund_due": ["p1 succeeds when called off"],
    "expired, p1 refund_due": ["p1 succeeds late when over"],
    "cancelled, p1 failed": [...CANCEL, "called off early"],
    "expired, p1 failed": [...DUE, "called off at the deadline"],
  },
  ...secondIs("pending", { "held, p1 failed, p2 pending at the bank": ["p2 waits for its buyer"] }),
  ...secondIs("pending at the bank", {}),
  ...deferred("pending", "cancelled"),
  ...deferred("pending", "expired"),
  ...deferred("pending at the bank", "cancelled"),
  ...deferred("pending at the bank", "expired"),
  "held, p1 failed, p2 failed": {
    ...unpaid,
    "held, p1 failed, p2 failed, p3 pending": ["pay early"],
    "confirmed, p1 succeeded, p2 failed": [...P1_SUCCEEDS, "p1 succeeds early when over"],
    "cancelled, p1 refund_due, p2 failed": ["p1 succeeds when called off"],
    "expired, p1 refund_due, p2 failed": ["p1 succeeds late when over"],
    "confirmed, p1 failed, p2 succeeded": [...P2_SUCCEEDS, "p2 succeeds early when over"],
    "cancelled, p1 failed, p2 refund_due": ["p2 succeeds when called off"],
    "expired, p1 failed, p2 refund_due": ["p2 succeeds late when over"],
    "cancelled, p1 failed, p2 failed": [...CANCEL, "called off early"],
    "expired, p1 failed, p2 failed": [...DUE, "called off at the deadline"],
  },
};

type Pending = "pending" | "pending at the bank";

function secondIs(p2: Pending, more: Table[string]): Table {
  return {
    [`held, p1 failed, p2 ${p2}`]: {
      ...paying,
      ...more,
      [`confirmed, p1 succeeded, p2 ${p2}`]: [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
      [`held, p1 refund_due, p2 ${p2}, then cancelled`]: ["p1 succeeds when called off"],
      "confirmed, p1 failed, p2 succeeded": [...P2_SUCCEEDS, ...P2_SUCCEEDS_WHEN_OVER],
      "cancelled, p1 failed, p2 refund_due": ["p2 succeeds when called off"],
      "held, p1 failed, p2 failed": ["p2 fails early"],
      "expired, p1 failed, p2 failed": ["p2 fails at the deadline"],
      "cancelled, p1 failed, p2 failed": ["p2 fails when called off"],
      [`held, p1 failed, p2 ${p2}, then cancelled`]: [...CANCEL, "called off early"],
      [`held, p1 failed, p2 ${p2}, then expired`]: [...DUE, "called off at the deadline"],
    },
  };
}

/** While a second payment is pending, a release waits for it, whatever becomes of the first. */
function deferred(p2: Pending, as: "cancelled" | "expired"): Table {
  const ofSecond = (p1: string): Table[string] => ({
    ...paying,
    ...(p2 === "pending" ? { [`held, ${p1}, p2 pending at the bank, then ${as}`]: ["p2 waits for its buyer"] } : {}),
    ...(p2 === "pending at the bank" && as === "expired"
      ? { [`held, ${p1}, p2 ${p2}, then cancelled`]: [...CANCEL, "called off early"] as const }
      : {}),
    [`confirmed, ${p1}, p2 succeeded`]: [...P2_SUCCEEDS, ...P2_SUCCEEDS_WHEN_OVER],
    [`cancelled, ${p1}, p2 refund_due`]: ["p2 succeeds when called off"],
    [`${as}, ${p1}, p2 failed`]: P2_FAILS,
  });
  return {
    [`held, p1 failed, p2 ${p2}, then ${as}`]: {
      ...ofSecond("p1 failed"),
      [`confirmed, p1 succeeded, p2 ${p2}`]: [...P1_SUCCEEDS, ...P1_SUCCEEDS_WHEN_OVER],
      [`held, p1 refund_due, p2 ${p2}, then ${as}`]: ["p1 succeeds when called off"],
    },
    [`held, p1 refund_due, p2 ${p2}, then ${as}`]: {
      ...ofSecond("p1 refund_due"),
      [`held, p1 refunded, p2 ${p2}, then ${as}`]: ["p1 refunded"],
    },
    [`held, p1 refunded, p2 ${p2}, then ${as}`]: ofSecond("p1 refunded"),
  };
}

const over = {
  "refused: already_confirmed": [...PAY, ...PAY_CALLED_OFF, "pay when over", ...CANCEL],
} as const;
const P1_SUCCEEDS_ANYHOW = ["p1 succeeds", ...P1_SUCCEEDS_IN_VAIN] as const;
const CONFIRMED: Table = {
  "confirmed, p1 succeeded": over,
  "confirmed, p1 succeeded, p2 pending at the bank": {
    ...over,
    "confirmed, p1 succeeded, p2 refund_due": P2_SUCCEEDS_ANYHOW,
    "confirmed, p1 succeeded, p2 failed": P2_FAILS,
  },
  "confirmed, p1 succeeded, p2 pending": {
    ...over,
    "confirmed, p1 succeeded, p2 pending at the bank": ["p2 waits for its buyer"],
    "confirmed, p1 succeeded, p2 refund_due": P2_SUCCEEDS_ANYHOW,
    "confirmed, p1 succeeded, p2 failed": P2_FAILS,
  },
  "confirmed, p1 succeeded, p2 failed": { ...over, "confirmed, p1 succeeded, p2 refund_due": P2_SUCCEEDS_ANYHOW },
  "confirmed, p1 succeeded, p2 refund_due": { ...over, "confirmed, p1 succeeded, p2 refunded": ["p2 refunded"] },
  "confirmed, p1 succeeded, p2 refunded": over,
  "confirmed, p1 failed, p2 succeeded": { ...over, "confirmed, p1 refund_due, p2 succeeded": P1_SUCCEEDS_ANYHOW },
  "confirmed, p1 refund_due, p2 succeeded": { ...over, "confirmed, p1 refunded, p2 succeeded": ["p1 refunded"] },
  "confirmed, p1 refunded, p2 succeeded": over,
};

const CANCELLED: Table = released("cancelled", {
  "refused: already_cancelled": [...PAY, "pay when over"],
  "refused: event_cancelled": PAY_CALLED_OFF,
});
const EXPIRED: Table = released("expired", {
  "refused: reservation_expired": [...PAY, "pay when over", ...CANCEL],
  "refused: event_cancelled": PAY_CALLED_OFF,
});

/**
 * Whoever ended the hold, a payment that comes through late is treated
 * alike.
 */
function released(as: "cancelled" | "expired", refusals: Table[string]): Table {
  return {
    [as]: refusals,
    [`${as}, p1 failed`]: {
      ...refusals,
      "confirmed, p1 succeeded": ["p1 succeeds"],
      [`${as}, p1 refund_due`]: P1_SUCCEEDS_IN_VAIN,
    },
    [`${as}, p1 refund_due`]: { ...refusals, [`${as}, p1 refunded`]: ["p1 refunded"] },
    [`${as}, p1 refunded`]: refusals,
    [`${as}, p1 failed, p2 failed`]: {
      ...refusals,
      "confirmed, p1 succeeded, p2 failed": ["p1 succeeds"],
      [`${as}, p1 refund_due, p2 failed`]: P1_SUCCEEDS_IN_VAIN,
      "confirmed, p1 failed, p2 succeeded": ["p2 succeeds"],
      [`${as}, p1 failed, p2 refund_due`]: P2_SUCCEEDS_IN_VAIN,
    },
    [`${as}, p1 refund_due, p2 failed`]: {
      ...refusals,
      [`${as}, p1 refunded, p2 failed`]: ["p1 refunded"],
      "confirmed, p1 refund_due, p2 succeeded": ["p2 succeeds"],
      [`${as}, p1 refund_due, p2 refund_due`]: P2_SUCCEEDS_IN_VAIN,
    },
    [`${as}, p1 refunded, p2 failed`]: {
      ...refusals,
      "confirmed, p1 refunded, p2 succeeded": ["p2 succeeds"],
      [`${as}, p1 refunded, p2 refund_due`]: P2_SUCCEEDS_IN_VAIN,
    },
    [`${as}, p1 failed, p2 refund_due`]: {
      ...refusals,
      [`${as}, p1 failed, p2 refunded`]: ["p2 refunded"],
      "confirmed, p1 succeeded, p2 refund_due": ["p1 succeeds"],
      [`${as}, p1 refund_due, p2 refund_due`]: P1_SUCCEEDS_IN_VAIN,
    },
    [`${as}, p1 failed, p2 refunded`]: {
      ...refusals,
      "confirmed, p1 succeeded, p2 refunded": ["p1 succeeds"],
      [`${as}, p1 refund_due, p2 refunded`]: P1_SUCCEEDS_IN_VAIN,
    },
    [`${as}, p1 refund_due, p2 refund_due`]: {
      ...refusals,
      [`${as}, p1 refunded, p2 refund_due`]: ["p1 refunded"],
      [`${as}, p1 refund_due, p2 refunded`]: ["p2 refunded"],
    },
    [`${as}, p1 refund_due, p2 refunded`]: { ...refusals, [`${as}, p1 refunded, p2 refunded`]: ["p1 refunded"] },
    [`${as}, p1 refunded, p2 refund_due`]: { ...refusals, [`${as}, p1 refunded, p2 refunded`]: ["p2 refunded"] },
    [`${as}, p1 refunded, p2 refunded`]: refusals,
  };
}

const TABLE: Table = { ...HELD, ...CONFIRMED, ...CANCELLED, ...EXPIRED };
const SITUATIONS = Object.keys(TABLE);

describe.each(SITUATIONS)("%s", (situation) => {
  const from = reservation(situation);
  const happenings = happeningsFor(from);

  test.each(happenings.map((happening) => [happening, wanted(situation, happening)]))("%s → %s", (happening, want) => {
    expect(outcomeOf(happen(from, happening))).toBe(want);
  });

  test("a change is one version more, in state, payments and their refunds only; anything else is no change at all", () => {
    for (const happening of happenings) {
      const decision = happen(from, happening);
      if (decision.type === "unchanged") expect(decision.reservation, happening).toBe(from);
      if (decision.type !== "changed") continue;
      const { state, releaseAs, payments, refunds } = decision.reservation;
      const wanted = { ...from, state, releaseAs, payments, refunds, version: from.version + 1 };
      expect(decision.reservation, happening).toEqual(wanted);
      // What is to be given back has a refund, and nothing else has one.
      const back = payments.filter(({ state }) => state === "refund_due" || state === "refunded");
      const states = back.map(({ id, state }) => [`${id}-r1`, state === "refunded" ? "succeeded" : "due", 9_000]);
      const made = refunds.map(({ id, state, amountMinor }) => [id, state, amountMinor]);
      expect(made.toSorted(), happening).toEqual(states);
    }
  });

  test("the same again has no second effect", () => {
    for (const happening of happenings) {
      const [eventFor, atMs] = HAPPENINGS[happening];
      const event = eventFor(from);
      const decision = decideAny(from, event, atMs);
      if (decision.type === "refused") expect(decideAny(from, event, atMs), happening).toEqual(decision);
      else expect(decideAny(decision.reservation, event, atMs).type, happening).toBe("unchanged");
    }
  });

  test.each([EARLY, DEADLINE, LATE])("a payment's key names that payment, and no other card, at %i", (atMs) => {
    for (const { id } of from.payments) {
      expect(outcomeOf(decideAny(from, pay("p9", CARD, keyOf(id)), atMs))).toBe(`unchanged: ${situation}`);
      for (const other of ["pm_other", null]) {
        expect(outcomeOf(decideAny(from, pay("p9", other, keyOf(id)), atMs))).toBe("refused: idempotency_key_reused");
      }
    }
  });

  test("news of a payment that nobody began is refused", () => {
    for (const event of [succeeded("p9"), failed("p9"), awaited("p9"), refunded("p9")]) {
      expect(outcomeOf(decideAny(from, event, EARLY))).toBe("refused: payment_unknown");
    }
  });
});

test("the table has every situation that can be reached from a hold, and no other", () => {
  const reached = new Set(["held"]);
  for (const situation of reached) {
    const from = reservation(situation);
    for (const happening of happeningsFor(from)) {
      const decision = happen(from, happening);
      if (decision.type !== "changed" || decision.reservation.payments.length > 2) continue;
      reached.add(textOf(decision.reservation));
    }
  }
  expect([...reached].sort()).toEqual(SITUATIONS.toSorted());
});

function wanted(situation: string, happening: Happening): string {
  const listed = Object.entries(TABLE[situation] ?? {}).filter(([, happenings]) => happenings.includes(happening));
  if (listed.length > 1) throw new Error(`${situation}: "${happening}" is listed more than once`);
  return listed[0]?.[0] ?? `unchanged: ${situation}`;
}

/** All but those of a payment that the reservation does not have. */
function happeningsFor(from: Reservation): Happening[] {
  const absent = ["p1", "p2"].slice(from.payments.length);
  return ALL_HAPPENINGS.filter((name) => !absent.some((id) => name.startsWith(id)));
}

function happen(from: Reservation, happening: Happening): Decision {
  const [eventFor, atMs] = HAPPENINGS[happening];
  return decideAny(from, eventFor(from), atMs);
}

function payNext(from: Reservation): ReservationEvent {
  return pay(nextPayment(from));
}

function nextPayment(from: Reservation): string {
  return `p${from.payments.length + 1}`;
}
