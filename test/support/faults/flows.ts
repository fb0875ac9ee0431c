// A reservation's flows as client and provider see them, and how each ends, whatever fails once.

import {
  atBank,
  BANK_CARD,
  CARD,
  callOffWithRefunds,
  cancel,
  cancelInVain,
  charged,
  DECLINED_CARD,
  GIVEN_UP,
  HOLD_MINUTES,
  passMinutes,
  pay,
  providerBusyUntil,
  refund,
  refunded,
  reserve,
  SLOW_CARD,
  SUCCEEDED,
  settle,
  settled,
} from "./acts.ts";
import type { Journey } from "./cuts.ts";
import { disorderIn, type Outcome, outcomeOf } from "./outcome.ts";
import { MINUTE_MS } from "./process.ts";
import type { Plan } from "./steps.ts";
import { type Act, World } from "./world.ts";

export interface Flow {
  readonly name: string;
  readonly capacity: number;
  readonly priceMinor: number;
  readonly acts: readonly Act[];
  /** Until then, counted from the beginning, all must have come right. */
  readonly withinMinutes: number;
  readonly comesTo: Outcome;
}

const CONFIRMED = ["ada confirmed, p1 succeeded"];
const SOLD = { sold: 2, ledger: ["p1 charge"] };
const DECLINED = { ledger: ["p1 declined"] };
/** What was given up on succeeded after all. */
const LATE = settle("p1", SUCCEEDED);

export const FLOWS: readonly Flow[] = [
  // Before the hold is over.
  flow("reserve", [reserve("ada")], ["ada held"], { held: 2, withinMinutes: 14 }),
  flow("reserve, pay", [reserve("ada"), pay("ada", "p1", CARD), settled("p1")], CONFIRMED, SOLD),
  flow(
    "reserve, pay, declined, pay again",
    [reserve("ada"), pay("ada", "p1", DECLINED_CARD), settled("p1"), pay("ada", "p2", CARD), settled("p2")],
    ["ada confirmed, p1 failed, p2 succeeded"],
    { sold: 2, ledger: ["p1 declined", "p2 charge"] },
  ),
  flow("reserve, cancel", [reserve("ada"), cancel("ada")], ["ada cancelled"]),
  flow(
    "reserve, pay, cancel while pending, declined",
    [...slowly(DECLINED_CARD), cancel("ada"), settled("p1")],
    ["ada cancelled, p1 failed"],
    DECLINED,
  ),
  flow("reserve, pay, cancel while pending, charged", [...slowly(CARD), cancel("ada"), settled("p1")], CONFIRMED, SOLD),
  flow("reserve, expire", [reserve("ada"), passMinutes(HOLD_MINUTES)], ["ada expired"]),
  flow(
    "reserve, pay, expire while pending, declined",
    [...lateAndSlowly(DECLINED_CARD), settled("p1")],
    ["ada expired, p1 failed"],
    { ledger: ["p1 declined"] },
  ),
  flow("reserve, pay, expire while pending, charged", [...lateAndSlowly(CARD), settled("p1")], CONFIRMED, SOLD),
  flow("given up on, cancelled, charged after all", [...givenUpOn(), cancel("ada"), LATE], CONFIRMED, SOLD),
  flow(
    "given up on, cancelled, sold to another, charged after all",
    [...givenUpOn(), cancel("ada"), reserve("bob"), settle("p1", SUCCEEDED), settled("p1")],
    // Bob's hold is over by the end.
    ["ada cancelled, p1 refunded, p1-r1 succeeded", "bob expired"],
    { capacity: 2, ledger: ["p1 charge", "p1 refund"] },
  ),
  flow(
    "given up on, paid again, the first charged after all",
    [...givenUpOn(), pay("ada", "p2", CARD), settled("p2"), settle("p1", SUCCEEDED), settled("p1")],
    ["ada confirmed, p1 refunded, p2 succeeded, p1-r1 succeeded"],
    { sold: 2, ledger: ["p1 charge", "p1 refund", "p2 charge"] },
  ),
  flow(
    "reserve, pay, confirmed at the bank",
    [reserve("ada"), ...waiting(), atBank("p1", true), settled("p1")],
    CONFIRMED,
    SOLD,
  ),
  flow(
    "reserve, pay, refused at the bank, pay again",
    [reserve("ada"), ...waiting(), atBank("p1", false), settled("p1"), pay("ada", "p2", CARD), settled("p2")],
    ["ada confirmed, p1 failed, p2 succeeded"],
    { sold: 2, ledger: ["p1 declined", "p2 charge"] },
  ),
  flow(
    "reserve, pay, never at the bank",
    // The latest payment whose time is over with the hold's.
    [reserve("ada"), passMinutes(5), ...waiting(), passMinutes(HOLD_MINUTES), settled("p1"), atBank("p1", true)],
    ["ada expired, p1 failed"],
    DECLINED,
  ),
  flow(
    "reserve, pay, cancel instead of the bank",
    [reserve("ada"), ...waiting(), cancel("ada"), settled("p1"), atBank("p1", true)],
    ["ada cancelled, p1 failed"],
    DECLINED,
  ),
  flow(
    "reserve, pay, confirmed at the bank, and then cancelled",
    [reserve("ada"), ...waiting(), atBank("p1", true), cancelInVain("ada"), settled("p1")],
    CONFIRMED,
    SOLD,
  ),
  flow(
    "bought, given back",
    [...bought(), refund("ada", "1", "all"), refunded("ada")],
    ["ada refunded, p1 succeeded, p1-r1 succeeded"],
    { ledger: ["p1 charge", "p1-r1 refund"] },
  ),
  flow(
    "bought, given back in part",
    [...bought(), refund("ada", "1", 1), refunded("ada")],
    ["ada confirmed, p1 succeeded, p1-r1 succeeded"],
    { sold: 1, ledger: ["p1 charge", "p1-r1 refund"] },
  ),
  flow(
    "bought, given back in two parts at once",
    [...bought(), refund("ada", "1", 1), refund("ada", "2", 1), refunded("ada")],
    ["ada refunded, p1 succeeded, p1-r1 succeeded, p1-r2 succeeded"],
    { ledger: ["p1 charge", "p1-r1 refund", "p1-r2 refund"] },
  ),
  flow(
    "bought, called off with refunds",
    [...bought(), ...callOffWithRefunds()],
    ["ada refunded, p1 succeeded, p1-r1 succeeded"],
    { sold: 2, ledger: ["p1 charge", "p1-r1 refund"] },
  ),
  flow("free tickets", [reserve("ada"), pay("ada", "p1", null)], CONFIRMED, { sold: 2, priceMinor: 0 }),
];

/** The flow once, with at most one fault: its outcome, its disorder, and the steps it took. */
export async function runFlow(
  { acts, capacity, priceMinor, withinMinutes }: Flow,
  plan: Plan | null,
  whatBecomesOf: World["whatBecomesOf"] = (message) => [message],
) {
  const world = new World(plan);
  world.whatBecomesOf = whatBecomesOf;
  const goOn: Act = (process) => process.passTo(world.startMs + withinMinutes * MINUTE_MS);
  const seen = await world.live(
    (process) => process.putOnSale({ capacity, priceMinor }),
    [...acts, goOn],
    async (process) => ({
      outcome: await outcomeOf(process),
      disorder: await disorderIn(process),
    }),
  );
  return { ...seen, steps: world.steps.names, sent: world.sent };
}

export function journeyOf(flow: Flow): Journey<Outcome> {
  return { name: flow.name, mayEnd: [flow.comesTo], run: (plan) => runFlow(flow, plan) };
}

function bought(): Act[] {
  return [reserve("ada"), pay("ada", "p1", CARD), settled("p1")];
}

/** Ada's payment is at the provider, which does not say how it went: it counts as failed. */
function givenUpOn(): Act[] {
  return [reserve("ada"), pay("ada", "p1", SLOW_CARD), charged("p1"), settle("p1", GIVEN_UP)];
}

/** The provider waits until Ada has been at her bank. */
function waiting(): Act[] {
  return [pay("ada", "p1", BANK_CARD), charged("p1")];
}

/** Ada pays, and the provider begins later than she repeats a call that was not answered. */
function slowly(method: string): Act[] {
  return [reserve("ada"), providerBusyUntil(0.7), pay("ada", "p1", method)];
}

/** Ada pays just before her hold is over, and the provider begins when it is. */
function lateAndSlowly(method: string): Act[] {
  const beforePaying = [reserve("ada"), providerBusyUntil(HOLD_MINUTES + 0.1), passMinutes(HOLD_MINUTES - 0.7)];
  return [...beforePaying, pay("ada", "p1", method), passMinutes(HOLD_MINUTES)];
}

/** Ten tickets at a price, unless it says otherwise; within three hours all has come right. */
function flow(
  name: string,
  acts: readonly Act[],
  reservations: readonly string[],
  unlike: Partial<Omit<Outcome, "reservations"> & Pick<Flow, "capacity" | "priceMinor" | "withinMinutes">> = {},
): Flow {
  const { held = 0, sold = 0, ledger = [], capacity = 10, priceMinor = 4500, withinMinutes = 180 } = unlike;
  return { name, acts, capacity, priceMinor, withinMinutes, comesTo: { reservations, held, sold, ledger } };
}
