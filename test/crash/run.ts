// One crash history: a sale that is killed again and again, left to come to rest, and looked into.

import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { client } from "../../scripts/lib/client.ts";
import { Prng } from "../support/prng.ts";
import { Buyer } from "./buyers.ts";
import { historyOf } from "./histories.ts";
import { check, type Verdict } from "./linearizable.ts";
import { Organiser, type OrganiserChange } from "./organiser.ts";
import type { Body, Call, Counters, EndState, LedgerRow, ReservationRow } from "./record.ts";
import { nowMs, Recorder } from "./record.ts";
import { onSale, openSale, type Sale, type TicketType } from "./sale.ts";
import { Service } from "./service.ts";
import { CHECKS, d1EqualsObjects, nothingIsStuck } from "./verify.ts";

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
const LONGEST_DEATH_MS = 150;
const LAST_LIFE_MS = 600;
// Left to prng alone, most kills would come while nobody writes.
const SHARE_AIMED = 0.6;
const LONGEST_AIM_MS = 500;
const LONGEST_ANSWER_MS = 25;
const REST_WITHIN_MS = 90_000;
const AGREE_WITHIN_MS = 20_000;
const POLL_MS = 250;
const SHOWN_AT_ONCE = 8;
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
    const changes = await sell(service, sale, recorder, kills, seed);
    const restMs = await rest(service);
    const end = await lookAtAll(service, sale, recorder, changes);
    const clockToleranceMs = LEAST_TOLERANCE_MS + Math.ceil(drift());
    const histories = end.tickets.map((ticket) => historyOf(ticket, end, HOLD_SECONDS * 1_000, clockToleranceMs));
    const verdicts = histories.map((history) => check(history));
    return {
      seed,
      kills,
      /** How long it took until nothing was pending any more. */
      restMs,
      clockToleranceMs,
      calls: countBy(end.calls, ({ request, outcome }) => `${request.type} ${outcome}`),
      reservations: countBy([...end.shown.values()], ({ state }) => state),
      changes: countBy(changes, ({ type, outcome }) => `${type} ${outcome}`),
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
 * Lets buyers and the organiser loose, kills the service so many times, and stops them after the
 * last start. Returns what the organiser did.
 */
async function sell(
  service: Service,
  sale: Sale,
  recorder: Recorder,
  kills: number,
  seed: number,
): Promise<readonly OrganiserChange[]> {
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
  const office = organiser.work();
  try {
    for (; killed < kills; killed++) {
      await sleep(dice.between(0, LONGEST_LIFE_MS));
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
  return organiser.changes;
}

function listOf<T>(item: T | null): T[] {
  return item === null ? [] : [item];
}

/** Waits for a call that changes something, and for a part of the time that its answer takes. */
async function whileSomethingChanges(recorder: Recorder, dice: Prng): Promise<void> {
  const deadlineMs = nowMs() + LONGEST_AIM_MS;
  while (recorder.changing === 0 && nowMs() < deadlineMs) await sleep(1);
  await sleep(dice.between(0, LONGEST_ANSWER_MS));
}

/** Waits until D1 knows of nothing pending, and says how long it took. The rest is found later. */
async function rest(service: Service): Promise<number> {
  const startMs = nowMs();
  while (nowMs() - startMs < REST_WITHIN_MS) {
    const [row] = await service.query<{ open: number }>(
      "SELECT COUNT(*) AS open FROM reservations WHERE state = 'held' OR unsettled = 1",
    );
    if (row?.open === 0) break;
    await sleep(POLL_MS);
  }
  return nowMs() - startMs;
}

/** Asks for everything, again while D1 lags behind the objects or an object has more to do. */
async function lookAtAll(
  service: Service,
  sale: Sale,
  recorder: Recorder,
  changes: readonly OrganiserChange[],
): Promise<EndState> {
  const deadlineMs = nowMs() + AGREE_WITHIN_MS;
  const calls = [...recorder.calls];
  for (;;) {
    const listed = await service.query<ReservationRow>("SELECT * FROM reservations");
    const rows = new Map(listed.map((row) => [row.id, row]));
    const buyerOf = buyersOf(sale, calls, rows);
    const shown = await showAll(sale, buyerOf, recorder);
    const left = await service.query<{ id: string }>("SELECT id FROM ticket_types");
    const listedIds = new Set(left.map(({ id }) => id));
    const all = [...sale.tickets, ...sale.mistakes];
    const tickets = all.filter(({ id }) => listedIds.has(id));
    const deleted = all.filter(({ id }) => !listedIds.has(id));
    const asked = { calls: recorder.calls, changes, tickets, deleted, buyerOf, shown, rows };
    const end = { ...asked, ...(await readRest(service, sale, tickets)) };
    const isAtRest = [...d1EqualsObjects(end), ...nothingIsStuck(end)].length === 0;
    if (isAtRest || nowMs() > deadlineMs) return end;
    await sleep(POLL_MS);
  }
}

/** The buyer of each reservation that a reply or D1 has named. */
function buyersOf(sale: Sale, calls: readonly Call[], rows: EndState["rows"]): Map<string, number> {
  const numbers = new Map(sale.buyers.map(({ accountId }, number) => [accountId, number]));
  const buyerOf = new Map([...rows].map(([id, row]) => [id, numbers.get(row.account_id) ?? -1]));
  for (const { request, body, buyer, outcome } of calls) {
    if (request.type === "reserve" && outcome === "succeeded" && body !== null) buyerOf.set(body.id, buyer);
  }
  return buyerOf;
}

/** Each reservation as the object shows it to its buyer. */
async function showAll(sale: Sale, buyerOf: EndState["buyerOf"], recorder: Recorder): Promise<Map<string, Body>> {
  const shown = new Map<string, Body>();
  const todo = [...buyerOf];
  const worker = async () => {
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [reservation, buyer] = next;
      const call = await recorder.call(buyer, sale.buyers[buyer]?.token ?? "", { type: "show", reservation });
      if (call.outcome === "succeeded" && call.body !== null) shown.set(reservation, call.body);
    }
  };
  await Promise.all(Array.from({ length: SHOWN_AT_ONCE }, worker));
  return shown;
}

async function readRest(service: Service, sale: Sale, tickets: readonly TicketType[]) {
  const api = client(service.url, sale.organiserToken);
  const startMs = nowMs();
  const ask = async (method: string) => {
    const replies = tickets.map(async ({ id }) => {
      // A change of nothing is answered by the object itself, a GET by D1.
      const { body } = await api<Counters>(method, `/tickets/${id}`, method === "PATCH" ? {} : undefined);
      return [id, body] as const;
    });
    return new Map(await Promise.all(replies));
  };
  const counted = await ask("PATCH");
  const endMs = nowMs();
  const ledger = await service.query<LedgerRow>("SELECT * FROM sandbox_ledger");
  const projected = await ask("GET");
  return { counted, projected, ledger, countedMs: { startMs, endMs }, differences: await reconcile(service, sale) };
}

async function reconcile(service: Service, sale: Sale): Promise<unknown[]> {
  const api = client(service.url, sale.organiserToken);
  const differences: unknown[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const path: string = next === "" ? "/reconcile" : `/reconcile?cursor=${next}`;
    const { body, status } = await api<{ differences: unknown[]; next: string | null }>("POST", path);
    if (status !== 200) return [...differences, body];
    differences.push(...body.differences);
    next = body.next;
  }
  return differences;
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
