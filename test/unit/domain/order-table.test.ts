// Every phase of an order, met with everything that can happen to it.

import { describe, expect, test } from "vitest";
import type { Order, OrderDecision } from "../../../src/domain/order.ts";
import { decideOrder } from "../../../src/domain/order-decisions.ts";
import { stepsOf } from "../../../src/domain/order-steps.ts";
import { acknowledge, decideAny, ITEMS, order, outcomeOf } from "./order-text.ts";
import { ACTION, CARD, DEADLINE, DECLINED, EARLY, LATE, SINCE } from "./reservation-text.ts";

const REQUIRED = { reference: ACTION.reference, clientSecret: ACTION.clientSecret };
const DAY_MS = 86_400_000;
const held = ITEMS.map((reservationId) => {
  return {
    reservationId,
    priceId: null,
    priceName: "",
    code: null,
    acceptedTerms: null,
    unitPriceMinor: 4500,
    currency: "EUR",
    expiresAtMs: DEADLINE,
  };
});
const pay = (method: string | null) => ({ type: "pay", paymentId: "p2", key: "key of p2", method }) as const;
const settle = (state: "succeeded" | "failed") => {
  const outcome = state === "failed" ? ({ state, failure: DECLINED } as const) : ({ state } as const);
  return { type: "settle", paymentId: "p1", outcome } as const;
};

type Happen = (from: Order) => OrderDecision;
const event =
  (one: Parameters<typeof decideOrder>[1], atMs = EARLY): Happen =>
  (from) =>
    decideOrder(from, one, atMs);
const said =
  (...what: Parameters<typeof acknowledge> extends [Order, ...infer Rest] ? Rest : never): Happen =>
  (from) =>
    acknowledge(from, ...what)(EARLY);

const HAPPENINGS = {
  "all held": event({ type: "reserved", held }),
  "one held": event({ type: "reserved", held: held.slice(0, 1) }),
  "in two currencies": event({
    type: "reserved",
    held: held.map((one, at) => ({ ...one, currency: at ? "USD" : "EUR" })),
  }),
  "one lost": event({ type: "lost", reservationId: ITEMS[0] }),
  "ticket type restored": event({ type: "forgotten", reservationId: ITEMS[0], givenBack: 0 }),
  abandoned: event({ type: "abandon", notHeld: [ITEMS[0]] }),
  pay: event(pay(CARD)),
  "pay at the deadline": event(pay(CARD), DEADLINE),
  "pay without a card": event(pay(null)),
  begun: said("begin", "held"),
  "begin: expired": said("begin", { refusal: "reservation_expired" }),
  "begin: called off": said("begin", { refusal: "event_cancelled" }),
  "begin: over": said("begin", { refusal: "event_over" }),
  "begin: not yet": said("begin", { refusal: "payment_in_progress" }),
  "p1 succeeds": event(settle("succeeded")),
  "p1 succeeds late": event(settle("succeeded"), LATE),
  "p1 fails": event(settle("failed")),
  "p1 fails at the deadline": event(settle("failed"), DEADLINE),
  "p1 waits for its buyer": event({ type: "action_required", paymentId: "p1", action: REQUIRED, eventEndsMs: null }),
  "p1 refunded": (from) => decideAny(from, { type: "refunded", paymentId: "p1" }, EARLY),
  prepared: said("prepare", "held"),
  "prepare: called off": said("prepare", { refusal: "event_cancelled" }),
  "confirmed there": said("confirm", "confirmed"),
  "free again": said("fail", "held"),
  "free, and ended": said("fail", "cancelled"),
  "let go": said("release", "cancelled"),
  "nothing to let go": said("release", { refusal: "reservation_unknown" }),
  cancel: event({ type: "cancel" }),
  "cancel late": event({ type: "cancel" }, LATE),
  "due early": event({ type: "due" }),
  "due at the deadline": event({ type: "due" }, DEADLINE),
  "too long": event({ type: "review", paymentId: "p1" }, SINCE + DAY_MS),
} as const satisfies Record<string, Happen>;

type Happening = keyof typeof HAPPENINGS;
const ALL = Object.keys(HAPPENINGS) as Happening[];
const OF_P1: readonly Happening[] = ALL.filter((name) => name.startsWith("p1") || name === "too long");
const PAY = ["pay", "pay at the deadline", "pay without a card"] as const;
const CANCEL = ["cancel", "cancel late"] as const;
const RELEASED = ["let go", "nothing to let go"] as const;

/** For each situation, what comes of what. All that is not listed changes nothing. */
type Table = Readonly<Record<string, Readonly<Record<string, readonly Happening[]>>>>;
const unseen = { "refused: order_unknown": [...PAY, ...CANCEL] };
const paying = { "refused: payment_in_progress": [...PAY] };

const TABLE: Table = {
  "reserving, items reserving": {
    ...unseen,
    "held, items held": ["all held"],
    "reserving, items held and reserving": ["one held"],
    "refused, items reserving": ["in two currencies"],
    "refused, items released and reserving": ["abandoned"],
  },
  "refused, items held": { ...unseen, "refused, items released": RELEASED },
  "refused, items released": unseen,
  "held, items held": {
    "beginning, items beginning, p2 pending": ["pay"],
    "refused: reservation_expired": ["pay at the deadline", "cancel late"],
    "refused: payment_method_required": ["pay without a card"],
    "cancelled, items held": ["cancel"],
    "expired, items held": ["due at the deadline"],
    "cancelled, items released and held": ["one lost"],
  },
  "beginning, items beginning, p1 pending": {
    "refused: payment_in_progress": ["pay", "pay without a card"],
    "refused: reservation_expired": ["pay at the deadline", "cancel late"],
    "charging, items begun, p1 pending": ["begun"],
    "expired, items beginning": ["begin: expired"],
    "cancelled, items beginning": ["begin: called off"],
    "held, items beginning": ["begin: over"],
    "cancelled, items beginning, p1 failed": ["cancel", "one lost"],
    "expired, items beginning, p1 failed": ["due at the deadline"],
    "beginning, items beginning, p1 pending, long": ["too long"],
  },
  "charging, items begun, p1 pending": {
    ...paying,
    "preparing, items begun, p1 pending": ["p1 succeeds", "p1 succeeds late"],
    "held, items begun, p1 failed": ["p1 fails"],
    "expired, items begun, p1 failed": ["p1 fails at the deadline"],
    "charging, items begun, p1 pending, cancel requested": [...CANCEL, "one lost"],
    "charging, items begun, p1 pending at the bank": ["p1 waits for its buyer"],
    "charging, items begun, p1 pending, long": ["too long"],
  },
  "charging, items begun, p1 pending at the bank": {
    ...paying,
    "preparing, items begun, p1 pending": ["p1 succeeds", "p1 succeeds late"],
    "held, items begun, p1 failed": ["p1 fails"],
    "expired, items begun, p1 failed": ["p1 fails at the deadline"],
    "charging, items begun, p1 pending at the bank, cancel requested": [...CANCEL, "one lost"],
    "charging, items begun, p1 pending at the bank, long": ["too long"],
  },
  "charging, items begun, p1 pending at the bank, cancel requested": {
    ...paying,
    "preparing, items begun, p1 pending, cancel requested": ["p1 succeeds", "p1 succeeds late"],
    "cancelled, items begun, p1 failed": ["p1 fails", "p1 fails at the deadline"],
    "charging, items begun, p1 pending at the bank, cancel requested, long": ["too long"],
  },
  "charging, items begun, p1 pending, cancel requested": {
    ...paying,
    "charging, items begun, p1 pending at the bank, cancel requested": ["p1 waits for its buyer"],
    "preparing, items begun, p1 pending, cancel requested": ["p1 succeeds", "p1 succeeds late"],
    "cancelled, items begun, p1 failed": ["p1 fails", "p1 fails at the deadline"],
    "charging, items begun, p1 pending, cancel requested, long": ["too long"],
  },
  "preparing, items begun, p1 pending": {
    ...paying,
    "confirmed, items prepared, p1 succeeded": ["prepared"],
    "cancelled, items begun, p1 refund_due": ["prepare: called off"],
    "preparing, items begun, p1 pending, cancel requested": CANCEL,
    "preparing, items begun, p1 pending, long": ["too long"],
  },
  "preparing, items begun, p1 pending, cancel requested": {
    ...paying,
    "confirmed, items prepared, p1 succeeded": ["prepared"],
    "cancelled, items begun, p1 refund_due": ["prepare: called off"],
    "preparing, items begun, p1 pending, cancel requested, long": ["too long"],
  },
  "held, items begun, p1 failed": {
    "beginning, items begun, p1 failed, p2 pending": ["pay"],
    "refused: reservation_expired": ["pay at the deadline", "cancel late"],
    "refused: payment_method_required": ["pay without a card"],
    "held, items begun, p1 refund_due": ["p1 succeeds", "p1 succeeds late"],
    "held, items held, p1 failed": ["free again"],
    "cancelled, items released, p1 failed": ["free, and ended"],
    "cancelled, items begun, p1 failed": ["cancel", "one lost"],
    "expired, items begun, p1 failed": ["due at the deadline"],
  },
  "beginning, items begun, p1 failed, p2 pending": {
    "refused: idempotency_key_reused": ["pay without a card"],
    "refused: reservation_expired": ["cancel late"],
    "beginning, items begun, p1 refund_due, p2 pending": ["p1 succeeds", "p1 succeeds late"],
    "beginning, items beginning, p1 failed, p2 pending": ["free again"],
    "cancelled, items released, p1 failed, p2 failed": ["free, and ended"],
    "cancelled, items begun, p1 failed, p2 failed": ["cancel", "one lost"],
    "expired, items begun, p1 failed, p2 failed": ["due at the deadline"],
  },
  "confirmed, items prepared, p1 succeeded": {
    "refused: already_confirmed": [...PAY, ...CANCEL],
    "confirmed, items confirmed, p1 succeeded": ["confirmed there"],
  },
  "confirmed, items confirmed, p1 failed, p2 succeeded": {
    "refused: idempotency_key_reused": ["pay without a card"],
    "refused: already_confirmed": CANCEL,
    "confirmed, items confirmed, p1 refund_due, p2 succeeded": ["p1 succeeds", "p1 succeeds late"],
  },
  ...ended("cancelled", { "refused: already_cancelled": PAY }),
  ...ended("expired", { "refused: reservation_expired": [...PAY, ...CANCEL] }),
};

function ended(as: "cancelled" | "expired", refusals: Table[string]): Table {
  return {
    [`${as}, items begun, p1 failed`]: {
      ...refusals,
      [`${as}, items begun, p1 refund_due`]: ["p1 succeeds", "p1 succeeds late"],
      [`${as}, items held, p1 failed`]: ["free again"],
      [`${as}, items released, p1 failed`]: ["free, and ended", ...RELEASED],
    },
    [`${as}, items begun, p1 refund_due`]: {
      ...refusals,
      [`${as}, items begun, p1 refunded`]: ["p1 refunded"],
      [`${as}, items held, p1 refund_due`]: ["free again"],
      [`${as}, items released, p1 refund_due`]: ["free, and ended", ...RELEASED],
    },
    [`${as}, items released, p1 refunded`]: refusals,
  };
}

describe.each(Object.keys(TABLE))("%s", (situation) => {
  const happenings = ALL.filter((name) => situation.includes("p1 ") || !OF_P1.includes(name));

  test.each(happenings.map((name) => [name, wanted(situation, name)] as const))("%s → %s", (name, want) => {
    expect(outcomeOf(HAPPENINGS[name](order(situation)))).toBe(want);
  });

  test("the same again has no second effect", () => {
    for (const name of happenings) {
      const decision = HAPPENINGS[name](order(situation));
      if (decision.type !== "changed") continue;
      const again = HAPPENINGS[name](decision.order);
      // A cancel of what the first one cancelled late is no other refusal.
      expect(again.type, name).not.toBe("changed");
    }
  });
});

describe("a ticket type that was put back to an earlier time", () => {
  const sold = order("confirmed, items confirmed, p1 succeeded");
  const back = { ...sold, items: sold.items.map((item) => ({ ...item, givenBack: 1, restocked: 1, takenBack: 1 })) };
  const forgotten = (reservationId: string, givenBack: number) =>
    decideOrder(back, { type: "forgotten", reservationId, givenBack }, EARLY);

  test("hears again what was given back", () => {
    const decision = forgotten(ITEMS[0], 0);
    if (decision.type !== "changed") throw new Error(decision.type);
    expect(decision.order.version).toBe(back.version + 1);
    const [reservationId] = ITEMS;
    expect(stepsOf(decision.order)).toEqual([{ type: "give_back", reservationId, givenBack: 1, restocked: 1 }]);
  });

  test("hears nothing where it has forgotten nothing", () => {
    expect(forgotten(ITEMS[0], 1).type).toBe("unchanged");
    expect(forgotten("c-1", 0).type).toBe("unchanged");
  });
});

test.each([
  ["reserving, items reserving", "reserve"],
  ["refused, items held", "release"],
  ["refused, items released", null],
  ["held, items held", null],
  ["held, items begun, p1 failed", "fail"],
  ["beginning, items beginning, p1 pending", "begin"],
  ["beginning, items begun, p1 failed, p2 pending", "fail"],
  ["charging, items begun, p1 pending", null],
  ["preparing, items begun, p1 pending", "prepare"],
  ["confirmed, items prepared, p1 succeeded", "confirm"],
  ["confirmed, items confirmed, p1 succeeded", null],
  ["cancelled, items begun, p1 refund_due", "release"],
  ["expired, items released", null],
])("%s: what is left to do is %s", (situation, step) => {
  expect(stepsOf(order(situation)).map(({ type }) => type)).toEqual(step === null ? [] : [step, step]);
});

function wanted(situation: string, happening: Happening): string {
  const listed = Object.entries(TABLE[situation] ?? {}).filter(([, happenings]) => happenings.includes(happening));
  if (listed.length > 1) throw new Error(`${situation}: "${happening}" is listed more than once`);
  return listed[0]?.[0] ?? `unchanged: ${situation}`;
}
