// An order's journeys as client, organiser and provider see them, and how each may end, whatever
// fails once.

import { BANK_CARD, CARD, DECLINED_CARD, GIVEN_UP, HOLD_MINUTES, SLOW_CARD, SUCCEEDED } from "./acts.ts";
import type { Journey } from "./cuts.ts";
import {
  atBank,
  busyUntil,
  callOff,
  callOffWithRefunds,
  cancelOrder,
  cancelOrderInVain,
  chargedOrder,
  charging,
  eraseCustomer,
  pass,
  pay,
  payAgain,
  place,
  placeAgain,
  placeInVain,
  refundedOrder,
  refundOrder,
  sell,
  settledOrder,
  settleOrder,
  takeMoney,
} from "./order-acts.ts";
import { type OrderOutcome, orderDisorderIn, orderOutcomeOf } from "./order-outcome.ts";
import { type OrderAct, OrderWorld, type Venue } from "./order-world.ts";
import { MINUTE_MS } from "./process.ts";
import type { Plan } from "./steps.ts";

const WITHIN_MINUTES = 180;
const VENUE: Venue = { stalls: {}, parking: {} };
const FREE: Venue = { stalls: { priceMinor: 0 }, parking: { priceMinor: 0 } };
const FULL: Venue = { stalls: {}, parking: { capacity: 0 } };

/** One adult for 45, two of the press for 10 each, parking for 5. */
const TOTAL = 7000;
const SOLD = ["stalls Adult 1 confirmed", "stalls Press 2 confirmed", "parking 1 confirmed"];
const CONFIRMED: OrderOutcome = { order: "confirmed, p1 succeeded", taken: SOLD, ledger: [`p1 charge ${TOTAL}`] };
const ENDED = { taken: [], ledger: [] };
/** Later than a call that is lost or late is repeated, and before the hold is over. */
const BUSY_MINUTES = 3;

const BUYERS_FLOWS: readonly Journey<OrderOutcome>[] = [
  flow("held, paid, confirmed", [place(), pay("p1", CARD), settledOrder("p1")], [CONFIRMED]),
  flow(
    "held, declined, paid again",
    [place(), pay("p1", DECLINED_CARD), settledOrder("p1"), pay("p2", CARD), settledOrder("p2")],
    [{ order: "confirmed, p1 failed, p2 succeeded", taken: SOLD, ledger: ["p1 declined", `p2 charge ${TOTAL}`] }],
  ),
  flow("held, cancelled", [place(), cancelOrder()], [{ order: "cancelled", ...ENDED }]),
  flow("held, expired", [place(), pass(HOLD_MINUTES)], [{ order: "expired", ...ENDED }]),
  flow(
    "cancelled while the provider charges, declined",
    [...pending(DECLINED_CARD), cancelOrder(), settledOrder("p1")],
    [{ order: "cancelled, p1 failed", taken: [], ledger: ["p1 declined"] }],
  ),
  flow(
    "cancelled while the provider charges, charged",
    [...pending(CARD), cancelOrder(), settledOrder("p1")],
    [CONFIRMED],
  ),
  flow(
    "expired while the provider charges, declined",
    [
      place(),
      busyUntil(HOLD_MINUTES + 1),
      pay("p1", DECLINED_CARD),
      charging(),
      pass(HOLD_MINUTES),
      settledOrder("p1"),
    ],
    [{ order: "expired, p1 failed", taken: [], ledger: ["p1 declined"] }],
  ),
  flow("free", [place(), pay("p1", null)], [{ ...CONFIRMED, ledger: [] }], FREE),
  flow("refused in its second ticket type", [placeInVain()], [{ order: "none", ...ENDED }], FULL),
  flow(
    "called off while held",
    [place(), callOff()],
    // One that did not hear of it ends at its deadline.
    [
      { order: "cancelled", ...ENDED },
      { order: "expired", ...ENDED },
    ],
  ),
  flow(
    "called off while the provider charges",
    [...pending(CARD), callOff(), settledOrder("p1")],
    [
      {
        order: "cancelled, p1 refunded, p1-r1 succeeded",
        taken: [],
        ledger: [`p1 charge ${TOTAL}`, `p1 refund ${TOTAL}`],
      },
    ],
  ),
  flow(
    "each request repeated with its key",
    [place(), placeAgain(), pay("p1", CARD), payAgain("p1", CARD), placeAgain(), settledOrder("p1"), placeAgain()],
    [CONFIRMED],
  ),
  flow(
    "given up on, cancelled, charged after all",
    [
      ...[place(), pay("p1", SLOW_CARD), chargedOrder("p1"), settleOrder("p1", GIVEN_UP), cancelOrder()],
      ...[settleOrder("p1", SUCCEEDED), settledOrder("p1")],
    ],
    [
      {
        order: "cancelled, p1 refunded, p1-r1 succeeded",
        taken: [],
        ledger: [`p1 charge ${TOTAL}`, `p1 refund ${TOTAL}`],
      },
    ],
  ),
];

/** What the buyer confirms at a bank, or doesn't. */
const BANK_FLOWS: readonly Journey<OrderOutcome>[] = [
  flow("confirmed at the bank", [...waiting(), atBank("p1", true), settledOrder("p1")], [CONFIRMED]),
  flow(
    "refused at the bank, paid again",
    [...waiting(), atBank("p1", false), settledOrder("p1"), pay("p2", CARD), settledOrder("p2")],
    [{ order: "confirmed, p1 failed, p2 succeeded", taken: SOLD, ledger: ["p1 declined", `p2 charge ${TOTAL}`] }],
  ),
  flow(
    "never at the bank",
    [place(), pass(5), ...waiting().slice(1), pass(HOLD_MINUTES), settledOrder("p1"), atBank("p1", true)],
    [{ order: "expired, p1 failed", taken: [], ledger: ["p1 declined"] }],
  ),
  flow(
    "cancelled instead of the bank",
    [...waiting(), cancelOrder(), settledOrder("p1"), atBank("p1", true)],
    [{ order: "cancelled, p1 failed", taken: [], ledger: ["p1 declined"] }],
  ),
  flow(
    "confirmed at the bank, and then cancelled",
    [...waiting(), atBank("p1", true), cancelOrderInVain(), settledOrder("p1")],
    [CONFIRMED],
  ),
];

/** Money and tickets that go back, all of them or two of the press's, 20 in all. */
const REFUND_FLOWS: readonly Journey<OrderOutcome>[] = [
  flow(
    "bought, given back",
    [...bought(), refundOrder("1", "all"), refundedOrder()],
    [
      {
        order: "confirmed, p1 succeeded, p1-r1 succeeded",
        taken: [],
        ledger: [`p1 charge ${TOTAL}`, `p1-r1 refund ${TOTAL}`],
      },
    ],
  ),
  flow(
    "bought, given back in two parts at once",
    [...bought(), refundOrder("1", 1), refundOrder("2", 1), refundedOrder()],
    [
      {
        order: "confirmed, p1 succeeded, p1-r1 succeeded, p1-r2 succeeded",
        taken: SOLD.filter((one) => !one.includes("Press")),
        ledger: [`p1 charge ${TOTAL}`, "p1-r1 refund 1000", "p1-r2 refund 1000"],
      },
    ],
  ),
  flow(
    "bought, called off with refunds",
    [...bought(), ...callOffWithRefunds("stalls", "parking")],
    [
      {
        order: "confirmed, p1 succeeded, p1-r1 succeeded",
        taken: [],
        ledger: [`p1 charge ${TOTAL}`, `p1-r1 refund ${TOTAL}`],
      },
    ],
  ),
  flow(
    "bought, and one of its two events called off with refunds",
    [...bought(), ...callOffWithRefunds("parking")],
    [
      {
        order: "confirmed, p1 succeeded, p1-r1 succeeded",
        taken: SOLD.slice(0, 2),
        ledger: [`p1 charge ${TOTAL}`, "p1-r1 refund 500"],
      },
    ],
  ),
];

/** What the counter sells: the provider has no part in it. */
const BY_HAND: OrderOutcome = { ...CONFIRMED, ledger: [] };
const AWAITED_MINUTES = 4 * HOLD_MINUTES;

const COUNTER_FLOWS: readonly Journey<OrderOutcome>[] = [
  flow("sold for cash", [sell("cash")], [BY_HAND]),
  flow("sold for cash to somebody whose name is erased then", [sell("cash"), eraseCustomer()], [BY_HAND]),
  flow("sold free of charge", [sell("free")], [BY_HAND]),
  flow(
    "a transfer that comes after any buyer's hold is over",
    [sell("transfer", AWAITED_MINUTES), pass(2 * HOLD_MINUTES), takeMoney("p1", "transfer")],
    [BY_HAND],
  ),
  flow(
    "a transfer that does not come",
    [sell("transfer", AWAITED_MINUTES), pass(AWAITED_MINUTES)],
    [{ order: "expired", ...ENDED }],
  ),
  flow(
    "a transfer that is given up on",
    [sell("transfer", AWAITED_MINUTES), cancelOrder()],
    [{ order: "cancelled", ...ENDED }],
  ),
];

export const ORDER_FLOWS = [...BUYERS_FLOWS, ...COUNTER_FLOWS, ...BANK_FLOWS, ...REFUND_FLOWS];

function bought(): OrderAct[] {
  return [place(), pay("p1", CARD), settledOrder("p1")];
}

/** The provider waits until the buyer has been at the bank. */
function waiting(): OrderAct[] {
  return [place(), pay("p1", BANK_CARD), chargedOrder("p1")];
}

/** The order is paid, and the provider begins later than a call is repeated. */
function pending(method: string): OrderAct[] {
  return [place(), busyUntil(BUSY_MINUTES), pay("p1", method), charging()];
}

function flow(
  name: string,
  acts: readonly OrderAct[],
  mayEnd: readonly OrderOutcome[],
  venue: Venue = VENUE,
): Journey<OrderOutcome> {
  return { name, mayEnd, run: (plan) => run(acts, venue, plan) };
}

async function run(acts: readonly OrderAct[], venue: Venue, plan: Plan | null) {
  const world = new OrderWorld(plan);
  const goOn: OrderAct = (process) => process.passTo(world.startMs + WITHIN_MINUTES * MINUTE_MS);
  const seen = await world.live(
    (process) => process.putOnSale(venue),
    [...acts, goOn],
    async (process) => ({ outcome: await orderOutcomeOf(process), disorder: await orderDisorderIn(process) }),
  );
  return { ...seen, steps: world.steps.names };
}
