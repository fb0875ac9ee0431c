// Scenario `watchers`: whether a thousand people who watch a ticket type slow those who buy it, and how soon they hear.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../scripts/lib/settings.ts";
import { chance } from "../test/crash/random.ts";
import { buildWorker, Service } from "../test/crash/service.ts";
import { buy, CAPACITY, closeSale, openSale, type Round, type Sale } from "./buying.ts";
import { milliseconds, type Report } from "./report.ts";
import { BUYING_HEADINGS, buyingCells, inTurn, slowdown, speedup } from "./sides.ts";
import { quantile } from "./statistics.ts";
import type { FromWatchers } from "./watchers-process.ts";

export interface WatchersOptions {
  readonly watchers: number;
  readonly rounds: number;
  /** How long each ticket type is bought in a round. Its first change is told at once, so a short turn tells too often. */
  readonly turnMs: number;
  /** Single changes of which each watcher hears. */
  readonly changes: number;
  readonly onProgress: (line: string) => void;
}

const HOLD_SECONDS = 900;
const BUYERS = 8;
const MOST_SLOWER = 1.1;
const LONGEST_MS = 500;
/** Longer than messages are kept back, so that each change is told by itself, and longer than one may take. */
const BETWEEN_CHANGES_MS = 1_000;

interface Side {
  readonly name: string;
  readonly ticket: string;
  readonly rounds: Round[];
}

export async function watchers(folder: string, options: WatchersOptions): Promise<Report> {
  const script = await buildWorker(join(folder, "worker"));
  const service = await Service.create(join(folder, "service"), script, HOLD_SECONDS, chance(Date.now()));
  let crowd: ChildProcess | null = null;
  try {
    await service.startNew();
    const sale = await openSale(service, 3, BUYERS);
    // The second one says how noisy the comparison is.
    const names = ["nobody watches", "nobody watches, once more", `${options.watchers} watch`];
    const sides = names.map((name, number): Side => ({ name, ticket: sale.tickets[number] ?? "", rounds: [] }));
    for (const { ticket } of sides) await buy(sale.buyers, [ticket], options.turnMs);
    const watched = sides.at(-1)?.ticket ?? "";
    crowd = await gather(`${service.url.replace("http", "ws")}/tickets/${watched}/live`, options.watchers);
    options.onProgress(`${options.watchers} watch`);
    await inTurn(sides, options.rounds, async ({ ticket, rounds, name }, round) => {
      rounds.push(await buy(sale.buyers, [ticket], options.turnMs));
      if (name === names[0]) options.onProgress(`round ${round + 1}`);
    });
    const lags = await lagsOf(sale, watched, crowd, options);
    closeSale(sale);
    return reportOf(sides, lags, options);
  } finally {
    crowd?.kill();
    await service.kill();
  }
}

async function gather(url: string, count: number): Promise<ChildProcess> {
  const script = join(ROOT, "bench", "watchers-process.ts");
  const child = spawn(process.execPath, [script, url, String(count)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => {
      throw new Error("the watchers could not connect");
    }),
  ]);
  return child;
}

/** From the moment that somebody asks for a ticket to the moment that each watcher hears of one ticket less. */
async function lagsOf(sale: Sale, ticket: string, crowd: ChildProcess, { watchers, changes }: WatchersOptions) {
  const [buyer] = sale.buyers;
  const askedAtMs = new Map<number, number>();
  for (let change = 0; change < changes; change++) {
    await sleep(BETWEEN_CHANGES_MS);
    const atMs = performance.timeOrigin + performance.now();
    const body = { ticket, quantity: 1 };
    await buyer?.connection.must("/reservations", { method: "POST", token: buyer.token, body });
    askedAtMs.set(CAPACITY - change - 1, atMs);
  }
  await sleep(BETWEEN_CHANGES_MS);
  crowd.send("report");
  const [heard] = (await once(crowd, "message")) as [FromWatchers];
  const lags: number[] = [];
  for (const [available, atMs] of askedAtMs) {
    const times = heard.type === "heard" ? (heard.atMs[available] ?? []).filter((time) => time >= atMs) : [];
    if (times.length !== watchers) throw new Error(`${times.length} of ${watchers} heard of a change`);
    lags.push(...times.map((time) => time - atMs));
  }
  return lags;
}

function reportOf(sides: readonly Side[], lags: readonly number[], { watchers }: WatchersOptions): Report {
  const [{ rounds: reference = [] } = {}] = sides;
  const watched = sides.at(-1)?.rounds ?? [];
  const slower = slowdown(watched, reference).median;
  const fewer = speedup(watched, reference).median;
  const longest = Math.max(...lags);
  const lag = (share: number) => milliseconds(quantile(lags, share));
  return {
    title: "Buying what many watch",
    headings: ["", ...BUYING_HEADINGS],
    rows: sides.map(({ name, rounds }) => [name, ...buyingCells(rounds, reference)]),
    notes: [
      `${BUYERS} buyers at once hold tickets of one type and let them go, in rounds, with each ticket type of one service ` +
        "in turn. Ratios are to the first row: medians over the rounds, with their middle half.",
      `${watchers} watchers of the last one heard of single changes, from the request on: half of them within ` +
        `${lag(0.5)} ms, 99 % within ${lag(0.99)} ms, the last one after ${milliseconds(longest)} ms.`,
    ],
    failures: [
      ...(slower <= MOST_SLOWER ? [] : [`a hold takes ${slower.toFixed(2)} times as long while ${watchers} watch`]),
      ...(fewer >= 1 / MOST_SLOWER ? [] : [`${fewer.toFixed(2)} times as much is sold while ${watchers} watch`]),
      ...(longest <= LONGEST_MS ? [] : [`a watcher heard of a change after ${longest.toFixed(0)} ms`]),
    ],
  };
}
