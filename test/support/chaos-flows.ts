// The flows of a reservation as a client and the provider see them, and what each must come to, whatever fails once.

import { env } from "cloudflare:workers";
import type { PaymentOutcome } from "../../src/durable/reservation.ts";
import type { Fault, Plan } from "./chaos.ts";
import { type Act, MINUTE_MS, type Process, World } from "./chaos-world.ts";

export const CARD = "pm_card_visa";
export const DECLINED_CARD = "pm_card_visa_chargeDeclined";
// Charged at once, and known as charged only after an hour.
const SLOW_CARD = "pm_sandbox_slow_3600s";
export const HOLD_MINUTES = Number(env.HOLD_SECONDS) / 60;
export const GIVEN_UP: PaymentOutcome = { state: "failed", failure: { code: "timed_out", message: "Given up on." } };
export const SUCCEEDED: PaymentOutcome = { state: "succeeded" };

export interface Flow {
  readonly name: string;
  readonly capacity: number;
  readonly priceMinor: number;
  readonly acts: readonly Act[];
  /** Until then, counted from the beginning, all must have come right. */
  readonly withinMinutes: number;
  readonly comesTo: Outcome;
}

/** What the world looks like from outside when nothing moves any more. */
export interface Outcome {
  /** By buyer: the reservation's state, then its payments, oldest first. */
  readonly reservations: readonly string[];
  readonly held: number;
  readonly sold: number;
  readonly ledger: readonly string[];
}

type End = Outcome & Partial<Pick<Flow, "capacity" | "priceMinor" | "withinMinutes">>;

const nothing = { held: 0, sold: 0, ledger: [] };

export const FLOWS: readonly Flow[] = [
  flow("reserve", [reserve("ada")], {
    ...{ reservations: ["ada held"], held: 2, sold: 0, ledger: [] },
    // Before the hold is over.
    withinMinutes: 14,
  }),
  flow("reserve, pay", [reserve("ada"), pay("ada", "p1", CARD), settled("p1")], {
    ...{ reservations: ["ada confirmed, p1 succeeded"], held: 0, sold: 2, ledger: ["p1 charge"] },
  }),
  flow(
    "reserve, pay, declined, pay again",
    [reserve("ada"), pay("ada", "p1", DECLINED_CARD), settled("p1"), pay("ada", "p2", CARD), settled("p2")],
    {
      reservations: ["ada confirmed, p1 failed, p2 succeeded"],
      ...{ held: 0, sold: 2, ledger: ["p1 declined", "p2 charge"] },
    },
  ),
  flow("reserve, cancel", [reserve("ada"), cancel("ada")], { reservations: ["ada cancelled"], ...nothing }),
  flow("reserve, pay, cancel while pending, declined", [...slowly(DECLINED_CARD), cancel("ada"), settled("p1")], {
    ...{ reservations: ["ada cancelled, p1 failed"], held: 0, sold: 0, ledger: ["p1 declined"] },
  }),
  flow("reserve, pay, cancel while pending, charged", [...slowly(CARD), cancel("ada"), settled("p1")], {
    ...{ reservations: ["ada confirmed, p1 succeeded"], held: 0, sold: 2, ledger: ["p1 charge"] },
  }),
  flow("reserve, expire", [reserve("ada"), passMinutes(HOLD_MINUTES)], { reservations: ["ada expired"], ...nothing }),
  flow("reserve, pay, expire while pending, declined", [...lateAndSlowly(DECLINED_CARD), settled("p1")], {
    ...{ reservations: ["ada expired, p1 failed"], held: 0, sold: 0, ledger: ["p1 declined"] },
  }),
  flow("reserve, pay, expire while pending, charged", [...lateAndSlowly(CARD), settled("p1")], {
    ...{ reservations: ["ada confirmed, p1 succeeded"], held: 0, sold: 2, ledger: ["p1 charge"] },
  }),
  flow("given up on, cancelled, charged after all", [...givenUpOn(), cancel("ada"), settle("p1", SUCCEEDED)], {
    ...{ reservations: ["ada confirmed, p1 succeeded"], held: 0, sold: 2, ledger: ["p1 charge"] },
  }),
  flow(
    "given up on, cancelled, sold to another, charged after all",
    [...givenUpOn(), cancel("ada"), reserve("bob"), settle("p1", SUCCEEDED), settled("p1")],
    {
      // Bob's hold is over by the end.
      reservations: ["ada cancelled, p1 refunded", "bob expired"],
      ...{ capacity: 2, held: 0, sold: 0, ledger: ["p1 charge", "p1 refund"] },
    },
  ),
  flow(
    "given up on, paid again, the first charged after all",
    [...givenUpOn(), pay("ada", "p2", CARD), settled("p2"), settle("p1", SUCCEEDED), settled("p1")],
    {
      reservations: ["ada confirmed, p1 refunded, p2 succeeded"],
      ...{ held: 0, sold: 2, ledger: ["p1 charge", "p1 refund", "p2 charge"] },
    },
  ),
  flow("free tickets", [reserve("ada"), pay("ada", "p1", null)], {
    ...{ reservations: ["ada confirmed, p1 succeeded"], priceMinor: 0, held: 0, sold: 2, ledger: [] },
  }),
];

/** The flow once, with one fault or none: what it came to, what is not in order, and the steps that it took. */
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
  const missed = world.chaos.hit ? [] : ["the fault was never reached"];
  return { outcome: seen.outcome, disorder: [...seen.disorder, ...missed], steps: world.chaos.steps, sent: world.sent };
}

/**
 * The flow once for each of its steps and each fault that such a step can have. The steps are counted from a run without
 * faults, so a step that is added is cut as well. Says how many runs there were, and what came out wrong, in words.
 */
export async function cutEverywhere(flow: Flow, faultsOf: (step: string) => readonly Fault[]) {
  const { steps } = await runFlow(flow, null);
  const plans = steps.flatMap((name, step) => faultsOf(name).map((fault) => ({ step, fault })));
  const wrong: string[] = [];
  for (const plan of plans) {
    const where = `step ${plan.step} (${steps[plan.step]}) ${plan.fault}`;
    const { outcome, disorder } = await runFlow(flow, plan).catch((fault) => ({
      outcome: null,
      disorder: [`${fault}`],
    }));
    if (JSON.stringify(outcome) !== JSON.stringify(flow.comesTo)) wrong.push(`${where}: ${JSON.stringify(outcome)}`);
    wrong.push(...disorder.map((what) => `${where}: ${what}`));
  }
  return { runs: plans.length, wrong };
}

export function reserve(buyer: string, quantity = 2): Act {
  return async (process) => {
    const reservationId = reservationOf(process, buyer);
    const request = { reservationId, accountId: buyer, quantity, idempotencyKey: `${buyer}'s key` };
    const [result] = await process.call((object) => object.reserve([request]));
    demand(result?.ok, "reserve", result);
  };
}

export function pay(buyer: string, paymentId: string, method: string | null): Act {
  return async (process) => {
    const reservationId = reservationOf(process, buyer);
    const request = { reservationId, accountId: buyer, paymentId: named(process, paymentId), key: paymentId, method };
    const result = await process.call((object) => object.pay(request));
    demand(result.ok, "pay", result);
  };
}

export function cancel(buyer: string): Act {
  return async (process) => {
    const result = await process.call((object) => object.cancel(reservationOf(process, buyer), buyer));
    demand(result.ok, "cancel", result);
  };
}

/** News of a payment that does not come through the queue. */
export function settle(paymentId: string, outcome: PaymentOutcome): Act {
  return async (process) => {
    const news = { paymentId: named(process, paymentId), outcome };
    const [result] = await process.call((object) => object.settle([news]));
    demand(result?.ok, "settle", result);
  };
}

/** Waits until the consumer has done for a payment what was to do. */
export function settled(paymentId: string): Act {
  return async (process) => {
    const isSettled = () => {
      const row = process.state.storage.sql.exec<{ state: string }>(
        "SELECT state FROM payments WHERE id = ?",
        named(process, paymentId),
      );
      return !["pending", "refund_due"].includes(row.one().state);
    };
    demand(await process.until(isSettled, Date.now() + 60 * MINUTE_MS), `${paymentId} settled`, "after an hour");
  };
}

/** To a moment counted from the beginning: an act that is repeated waits no longer than once. */
export function passMinutes(minutes: number): Act {
  return (process) => process.passTo(process.world.startMs + minutes * MINUTE_MS);
}

/** Charges begin only then. */
export function providerBusyUntil(minutes: number): Act {
  return async ({ world }) => {
    world.providerBusyUntilMs = world.startMs + minutes * MINUTE_MS;
  };
}

/** Ada's payment is at the provider, which does not say what became of it, and is then taken for failed. */
function givenUpOn(): Act[] {
  return [reserve("ada"), pay("ada", "p1", SLOW_CARD), charged("p1"), settle("p1", GIVEN_UP)];
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

/** Waits until the provider has the charge, whatever it says of it. */
export function charged(paymentId: string): Act {
  return async (process) => {
    const isCharged = () => process.world.charged.has(named(process, paymentId));
    demand(await process.until(isCharged, Date.now() + 60 * MINUTE_MS), `${paymentId} charged`, "after an hour");
  };
}

function flow(name: string, acts: readonly Act[], { reservations, held, sold, ledger, ...unlike }: End): Flow {
  const comesTo = { reservations, held, sold, ledger };
  return { name, acts, comesTo, capacity: 10, priceMinor: 4500, withinMinutes: 180, ...unlike };
}

/** Payments of several worlds share one ledger. */
export function named({ world }: Process, paymentId: string): string {
  return `${world.ticketTypeId}-${paymentId}`;
}

export function reservationOf({ world }: Process, buyer: string): string {
  return `${world.ticketTypeId}-${buyer.padEnd(20, "0")}`;
}

export function demand(met: boolean | undefined, what: string, found: unknown): void {
  if (met !== true) throw new Error(`${what}: ${JSON.stringify(found)}`);
}

/** What the world came to, as the object's tables and the provider's ledger have it. */
export async function outcomeOf(process: Process): Promise<Outcome> {
  const { sql } = process.state.storage;
  const short = (id: string) => id.slice(process.world.ticketTypeId.length + 1).replace(/0+$/, "");
  const reservations = sql
    .exec<{ id: string; state: string; release_as: string | null }>("SELECT * FROM reservations ORDER BY id")
    .toArray()
    .map(({ id, state, release_as }) => {
      const payments = sql
        .exec<{ id: string; state: string }>("SELECT id, state FROM payments WHERE reservation_id = ? ORDER BY seq", id)
        .toArray()
        .map((payment) => `${short(payment.id)} ${payment.state}`);
      return [`${short(id)} ${state}`, ...payments, ...(release_as === null ? [] : [`then ${release_as}`])].join(", ");
    });
  const stock = sql.exec<{ held: number; sold: number }>("SELECT held, sold FROM ticket_type").one();
  const { results } = await env.DB.prepare("SELECT * FROM sandbox_ledger WHERE reservation_id GLOB ?")
    .bind(`${process.world.ticketTypeId}-*`)
    .all<{ idempotency_key: string; kind: string; decline_code: string | null }>();
  const ledger = results
    .map((row) => `${short(row.idempotency_key)} ${row.decline_code === null ? row.kind : "declined"}`)
    .sort();
  return { reservations, held: stock.held, sold: stock.sold, ledger };
}

/** Whatever is not as it must be when nothing moves any more, in words. */
export async function disorderIn(process: Process): Promise<string[]> {
  const { sql } = process.state.storage;
  const { ticketTypeId, queue, errors, broken } = process.world;
  const total = (state: string) => `(SELECT COALESCE(SUM(quantity), 0) FROM reservations WHERE state = '${state}')`;
  const counters = sql.exec("SELECT held, sold FROM ticket_type").one();
  const rows = sql.exec(`SELECT ${total("held")} AS held, ${total("confirmed")} AS sold`).one();
  const left = sql
    .exec(
      `SELECT (SELECT COUNT(*) FROM payments WHERE dispatch_at_ms IS NOT NULL OR state IN ('pending', 'refund_due'))
           AS payments,
         (SELECT COUNT(*) FROM reservations WHERE projected_version <> version OR release_as IS NOT NULL)
           AS reservations,
         (SELECT COUNT(*) FROM ticket_type WHERE projected_version <> version) AS ticket_types`,
    )
    .one();
  const ofReservations = "SELECT id, account_id, state, quantity, version FROM reservations";
  const [reservations, ticketType, unsettled] = await env.DB.batch([
    env.DB.prepare(`${ofReservations} WHERE ticket_type_id = ? ORDER BY id`).bind(ticketTypeId),
    env.DB.prepare("SELECT held, sold, version FROM ticket_types WHERE id = ?").bind(ticketTypeId),
    env.DB.prepare("SELECT id FROM reservations WHERE ticket_type_id = ? AND unsettled = 1").bind(ticketTypeId),
  ]);
  return [
    ...difference("the counters and the rows", counters, rows),
    ...difference("rows with work left", left, { payments: 0, reservations: 0, ticket_types: 0 }),
    ...difference("reservations and D1", sql.exec(`${ofReservations} ORDER BY id`).toArray(), reservations?.results),
    ...difference(
      "the ticket type and D1",
      sql.exec("SELECT held, sold, version FROM ticket_type").toArray(),
      ticketType?.results,
    ),
    ...difference("what D1 has as unsettled", unsettled?.results, []),
    ...difference("messages in the queue", queue, []),
    ...difference("errors in the log", errors, []),
    ...difference("promises broken on the way", [...broken], []),
  ];
}

function difference(what: string, one: unknown, other: unknown): string[] {
  const [found, wanted] = [JSON.stringify(one), JSON.stringify(other)];
  return found === wanted ? [] : [`${what}: ${found}, ${wanted}`];
}
