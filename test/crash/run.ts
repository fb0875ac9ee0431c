// One crash history: a sale that is killed again and again, left to come to rest, and looked into.

import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Prng } from "../support/prng.ts";
import { Buyer } from "./buyers.ts";
import type { Device } from "./device.ts";
import { type AskedPass, Gates } from "./gates.ts";
import { historyOf } from "./histories.ts";
import { check, type Verdict } from "./linearizable.ts";
import { lookAtAll } from "./look.ts";
import { lookAtPasses } from "./look-at-doors.ts";
import { Organiser } from "./organiser.ts";
import { type EndState, nowMs, Recorder, type Request } from "./record.ts";
import { onSale, openSale, type Sale } from "./sale.ts";
import { Service } from "./service.ts";
import { CHECKS } from "./verify.ts";
import { CALLED_OFF_REASON, refundsIn } from "./verify-refunds.ts";

export interface Plan {
  readonly kills: number;
  readonly seed: number;
  /** The built worker. */
  readonly script: string;
  /** What the run may write into; removed in the end. */
  readonly folder: string;
}

export type Report = Awaited<ReturnType<typeof playHistory>>;

const BUYERS = 12;
const HOLD_SECONDS = 4;
const LONGEST_LIFE_MS = 2_200;
const MOST_AWAITED = 30;
const LONGEST_WAIT_MS = 5_000;
const LONGEST_DEATH_MS = 150;
const LAST_LIFE_MS = 600;
// Left to prng alone, most kills would come while nobody writes.
const SHARE_AIMED = 0.6;
const LONGEST_AIM_MS = 500;
const LONGEST_ANSWER_MS = 25;
// A payment whose message was lost five times is sent again after 160 s, 310 s after the first.
const REST_WITHIN_MS = 330_000;
const POLL_MS = 250;
// Between the service's clock and ours lie the grain of each, and how far they come apart in a run.
const LEAST_TOLERANCE_MS = 50;

export async function playHistory({ kills, seed, script, folder }: Plan) {
  const dice = new Prng(seed);
  const service = await Service.create(folder, script, HOLD_SECONDS);
  try {
    await service.startNew();
    const sale = await openSale(service, BUYERS, kills, dice);
    const drift = watchClock();
    const recorder = new Recorder(service.url);
    const office = await sell(service, sale, recorder, kills, seed);
    const restMs = await rest(service, refundedTypesOf(office));
    const ofSale = await lookAtAll(service, sale, recorder, office);
    const { askedPasses, device } = office;
    const end: EndState = { ...ofSale, askedPasses, passes: await lookAtPasses(service, sale, ofSale, device) };
    const clockToleranceMs = LEAST_TOLERANCE_MS + Math.ceil(drift());
    const histories = end.tickets.map((ticket) => historyOf(ticket, end, HOLD_SECONDS * 1_000, clockToleranceMs));
    const verdicts = histories.map((history) => check(history));
    return {
      seed,
      kills,
      /** How long it took until nothing was pending any more. */
      restMs,
      clockToleranceMs,
      calls: countBy(end.calls, ({ request, outcome }) => `${nameOf(request)} ${outcome}`),
      reservations: countBy([...end.shown.values()], ({ state }) => state),
      orders: countBy([...end.shownOrders.values()], ({ state }) => state),
      atGates: countBy(
        askedPasses.filter(wasAnswered),
        ({ request, answers: [answer] }) => `${request.type} ${answer?.result}`,
      ),
      changes: countBy(office.changes, ({ type, isRefunding, outcome }) => {
        return `${type}${isRefunding ? " with refunds" : ""} ${outcome}`;
      }),
      refunds: countBy(refundsIn(end), ({ requested_by, reason, restock }) => {
        const by = reason === CALLED_OFF_REASON ? "calling-off" : requested_by;
        return `${by}${restock ? " to sell again" : ""}`;
      }),
      refusedRefunds: countBy(office.refusedRefunds, ({ problem }) => problem),
      histories,
      verdicts,
      problems: [...brokenChecks(end), ...notLinearizable(end, verdicts)],
      /** All that is needed to look into a failure. */
      end,
      log: service.log(),
    };
  } finally {
    await service.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Lets buyers, the organiser and the gates loose, kills the service so many times, and stops them
 * after the last start. Returns what the organiser did, and what the gates asked.
 */
async function sell(
  service: Service,
  sale: Sale,
  recorder: Recorder,
  kills: number,
  seed: number,
): Promise<Pick<EndState, "changes" | "refunds" | "refusedRefunds" | "askedPasses"> & { readonly device: Device }> {
  const dice = new Prng(seed + 1);
  let killed = 0;
  let isOver = false;
  let up = Promise.withResolvers<void>();
  up.resolve();
  const open = { recorder, up: () => up.promise, isOver: () => isOver };
  const organiser = new Organiser({ ...open, sale, onSale: () => onSale(sale, killed) }, new Prng(seed + 2));
  const shop = { ...open, onSale: () => [...onSale(sale, killed), ...listOf(organiser.mistake)] };
  const buyers = sale.buyers.map(({ token }, number) =>
    new Buyer(number, token, shop, new Prng(seed * 1_000 + number)).buy(),
  );
  const gates = new Gates({ ...open, sale }, new Prng(seed + 3));
  const office = Promise.all([organiser.work(), organiser.giveBack(), gates.work()]);
  try {
    for (; killed < kills; killed++) {
      await sleep(dice.between(0, LONGEST_LIFE_MS));
      await untilAnswered(recorder, recorder.answered + dice.between(0, MOST_AWAITED));
      if (dice.chance(SHARE_AIMED)) await whileSomethingChanges(recorder, dice);
      up = Promise.withResolvers();
      await service.kill();
      await sleep(dice.between(0, LONGEST_DEATH_MS));
      await service.start();
      up.resolve();
    }
    await sleep(LAST_LIFE_MS);
  } finally {
    isOver = true;
    up.resolve();
    await Promise.all([...buyers, office]);
  }
  return {
    changes: organiser.changes,
    refunds: [...organiser.refunds.values()],
    refusedRefunds: organiser.refused,
    askedPasses: [...gates.asked.values()],
    device: gates.device,
  };
}

function listOf<T>(item: T | null): T[] {
  return item === null ? [] : [item];
}

/** On a busy machine a life that is as short as that comes to nothing. */
async function untilAnswered(recorder: Recorder, calls: number): Promise<void> {
  const deadlineMs = nowMs() + LONGEST_WAIT_MS;
  while (recorder.answered < calls && nowMs() < deadlineMs) await sleep(1);
}

/** Waits for a call that changes something, and for a part of the time that its answer takes. */
async function whileSomethingChanges(recorder: Recorder, dice: Prng): Promise<void> {
  const deadlineMs = nowMs() + LONGEST_AIM_MS;
  while (recorder.changing === 0 && nowMs() < deadlineMs) await sleep(1);
  await sleep(dice.between(0, LONGEST_ANSWER_MS));
}

/** Ticket types of events that were called off with refunds. */
function refundedTypesOf({ changes }: Pick<EndState, "changes">): string[] {
  return changes.filter(({ isRefunding }) => isRefunding).map(({ ticket }) => ticket.id);
}

/** Waits until D1 knows of nothing pending, and says how long it took. The rest is found later. */
async function rest(service: Service, refunded: readonly string[]): Promise<number> {
  const startMs = nowMs();
  while (nowMs() - startMs < REST_WITHIN_MS) {
    const [row] = await service.query<{ open: number }>(
      `SELECT (SELECT COUNT(*) FROM reservations WHERE state = 'held' OR unsettled = 1)
        + (SELECT COUNT(*) FROM orders WHERE state = 'held' OR unfinished = 1)
        + (SELECT COUNT(*) FROM reservations WHERE state = 'confirmed'
          AND ticket_type_id IN (SELECT value FROM json_each(?))) AS open`,
      JSON.stringify(refunded),
    );
    if (row?.open === 0) break;
    await sleep(POLL_MS);
  }
  return nowMs() - startMs;
}

function wasAnswered({ answers }: AskedPass): boolean {
  return answers.length > 0;
}

function brokenChecks(end: EndState): string[] {
  return Object.entries(CHECKS).flatMap(([name, holds]) => holds(end).map((text) => `${name}: ${text}`));
}

function notLinearizable({ tickets }: EndState, verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap((verdict, index) => {
    const ticket = `ticket type ${tickets[index]?.id}`;
    if (verdict.type === "violation") return [`not linearizable: ${ticket}: ${verdict.why}`];
    return verdict.type === "undecided" ? [`undecided after ${verdict.steps} steps: ${ticket}`] : [];
  });
}

/** `pay order`, and `pay` for a reservation. */
function nameOf(request: Request): string {
  return "of" in request && request.of === "orders" ? `${request.type} order` : request.type;
}

function countBy<T>(items: readonly T[], name: (item: T) => string): Record<string, number> {
  const groups = Map.groupBy(items, name);
  return Object.fromEntries([...groups].map(([key, group]) => [key, group.length]).sort());
}

/** By how much the wall clock, which the service reads, and our own have since differed at most. */
function watchClock(): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, Math.abs(Date.now() - nowMs()));
  }, 500);
  return () => {
    clearInterval(timer);
    return most;
  };
}
