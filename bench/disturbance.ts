// Scenarios `redis` and `watchers`: buying while Redis hangs, and while a thousand people watch.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../scripts/lib/settings.ts";
import { Upstash } from "../test/support/upstash.ts";
import { inTurn, type Turns } from "./comparison.ts";
import { Connection } from "./http.ts";
import { milliseconds, progress, type Report, ratio, when } from "./report.ts";
import { Sale } from "./sale.ts";
import { median, quantile, type Spread, spread } from "./statistics.ts";
import type { FromWatchers } from "./watcher-process.ts";

export interface WatcherOptions extends Turns {
  readonly watchers: number;
  /** Single changes that each watcher receives. */
  readonly changes: number;
}

/** What is compared: buyers who hold these tickets of a sale, and let them go again. */
interface Side {
  readonly name: string;
  readonly sale: Sale;
  readonly tickets: readonly string[];
  readonly rounds: Round[];
  readonly readMs: number[];
}

interface Round {
  readonly reserveMs: readonly number[];
  readonly cancelMs: readonly number[];
  readonly perSecond: number;
}

const BUYERS = 8;
const CAPACITY = 1_000_000;
const TICKETS = 20;
const MOST_SLOWER = 1.1;
const LONGEST_READ_MS = 500;
const LONGEST_LAG_MS = 500;
/** Longer than broadcasts are held back and take: each change is sent by itself. */
const BETWEEN_CHANGES_MS = 1_000;

/** Needs a redis-server. */
export async function redis(folder: string, { rounds, seconds }: Turns): Promise<Report> {
  const [well, hanging] = [await Upstash.start(), await Upstash.start()];
  const sides: Side[] = [];
  try {
    const caches: [name: string, cache: Upstash | null][] = [
      ["without Redis", null],
      // Shows how noisy the comparison is.
      ["without Redis, once more", null],
      ["with Redis", well],
      ["with Redis hanging", hanging],
    ];
    for (const [name, cache] of caches) {
      const size = { tickets: TICKETS, buyers: BUYERS, capacity: CAPACITY };
      const sale = await Sale.open(folder, name.replaceAll(/\W+/g, "-"), { ...size, variables: cache?.settings ?? {} });
      sides.push({ name, sale, tickets: sale.tickets, rounds: [], readMs: [] });
    }
    for (const side of sides) await buy(side, 2 * seconds);
    hanging.behave("hangs");
    await inTurn(sides, rounds, async (side, round) => {
      side.rounds.push(await buy(side, seconds));
      side.readMs.push(...(await read(side)));
      if (side === sides[0]) progress(`round ${round + 1}`);
    });
    const longest = (side: Side | undefined) => Math.max(...(side?.readMs ?? []));
    const longestMs = longest(sides.at(-1));
    return {
      title: "Buying while Redis hangs",
      headings: [...HEADINGS, "read, median ms", "read, longest ms"],
      rows: sides.map((side) => [...cells(side, sides), ...[median(side.readMs), longest(side)].map(milliseconds)]),
      notes: [buyingText(`${TICKETS} ticket types`, "each service")],
      failures: [...slowed(sides), ...when(longestMs > LONGEST_READ_MS, `a read took ${milliseconds(longestMs)} ms`)],
    };
  } finally {
    for (const { sale } of sides) await sale.close();
    await Promise.all([well.stop(), hanging.stop()]);
  }
}

export async function watchers(folder: string, options: WatcherOptions): Promise<Report> {
  const { watchers, rounds, seconds } = options;
  // They all come from one address, which a production build lets open a few sockets only.
  const onSale = { tickets: 3, buyers: BUYERS, capacity: CAPACITY, mode: "development" as const };
  const sale = await Sale.open(folder, "watchers", onSale);
  let crowd: ChildProcess | null = null;
  try {
    const names = ["nobody watches", "nobody watches, once more", `${watchers} watch`];
    const sides = names.map((name, number): Side => {
      return { name, sale, tickets: sale.tickets.slice(number, number + 1), rounds: [], readMs: [] };
    });
    for (const side of sides) await buy(side, seconds);
    const watched = sale.tickets[2] ?? "";
    crowd = await gather(`${sale.service.url.replace("http", "ws")}/tickets/${watched}/live`, watchers);
    progress(`${watchers} watch`);
    await inTurn(sides, rounds, async (side, round) => {
      side.rounds.push(await buy(side, seconds));
      if (side === sides[0]) progress(`round ${round + 1}`);
    });
    const lags = await lagsOf(sale, watched, crowd, options);
    const lag = (share: number) => milliseconds(quantile(lags, share));
    const longestMs = Math.max(...lags);
    return {
      title: "Buying what many watch",
      headings: HEADINGS,
      rows: sides.map((side) => cells(side, sides)),
      notes: [
        buyingText("one ticket type", "each ticket type of one service"),
        `${watchers} watchers of the last one received single changes, from the request on: half of them within ` +
          `${lag(0.5)} ms, 99 % within ${lag(0.99)} ms, the last one after ${milliseconds(longestMs)} ms.`,
      ],
      failures: [...slowed(sides), ...when(longestMs > LONGEST_LAG_MS, `a change took ${milliseconds(longestMs)} ms`)],
    };
  } finally {
    crowd?.kill();
    await sale.close();
  }
}

/** All buyers at once, each over a connection of their own. */
async function buy({ sale, tickets }: Side, seconds: number): Promise<Round> {
  const [reserveMs, cancelMs]: [number[], number[]] = [[], []];
  let begun = 0;
  const startMs = performance.now();
  await Promise.all(
    sale.tokens.map(async (token) => {
      const connection = new Connection(sale.service.url);
      while (performance.now() < startMs + seconds * 1_000) {
        const ticket = tickets[begun++ % tickets.length];
        const held = await connection.must("/reservations", { method: "POST", token, body: { ticket, quantity: 1 } });
        const letGo = await connection.must(String(held.headers.location), { method: "DELETE", token });
        reserveMs.push(held.ms);
        cancelMs.push(letGo.ms);
      }
      connection.close();
    }),
  );
  return { reserveMs, cancelMs, perSecond: (reserveMs.length * 1_000) / (performance.now() - startMs) };
}

/** Each ticket type once: a second read of the same one could come from a nearer cache. */
async function read({ sale, tickets }: Side): Promise<number[]> {
  const connection = new Connection(sale.service.url);
  const times: number[] = [];
  for (const ticket of tickets) times.push((await connection.must(`/tickets/${ticket}`)).ms);
  connection.close();
  return times;
}

async function gather(url: string, count: number): Promise<ChildProcess> {
  const script = join(ROOT, "bench", "watcher-process.ts");
  const stdio = ["ignore" as const, "inherit" as const, "inherit" as const, "ipc" as const];
  const child = spawn(process.execPath, [script, url, String(count)], { stdio });
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the watchers could not connect")));
  await Promise.race([once(child, "message"), ended]);
  return child;
}

/** From a buyer's request to the moment that each watcher receives one ticket less. */
async function lagsOf(sale: Sale, ticket: string, crowd: ChildProcess, { watchers, changes }: WatcherOptions) {
  const connection = new Connection(sale.service.url);
  const askedAtMs = new Map<number, number>();
  for (let change = 0; change < changes; change++) {
    await sleep(BETWEEN_CHANGES_MS);
    askedAtMs.set(CAPACITY - change - 1, performance.timeOrigin + performance.now());
    const body = { ticket, quantity: 1 };
    await connection.must("/reservations", { method: "POST", token: sale.tokens[0] ?? null, body });
  }
  await sleep(BETWEEN_CHANGES_MS);
  connection.close();
  crowd.send("report");
  const [heard] = (await once(crowd, "message")) as [FromWatchers];
  return [...askedAtMs].flatMap(([available, atMs]) => {
    const times = heard.type === "heard" ? (heard.atMs[available] ?? []).filter((time) => time >= atMs) : [];
    if (times.length !== watchers) throw new Error(`${times.length} of ${watchers} received a change`);
    return times.map((time) => time - atMs);
  });
}

const HEADINGS = ["", "hold, median ms", "p99 ms", "let go, median ms", "a second", "hold, ratio", "a second, ratio"];

function cells(side: Side, [reference]: readonly Side[]): string[] {
  const holds = side.rounds.flatMap(({ reserveMs }) => reserveMs);
  return [
    side.name,
    milliseconds(median(holds)),
    milliseconds(quantile(holds, 0.99)),
    milliseconds(median(side.rounds.flatMap(({ cancelMs }) => cancelMs))),
    median(side.rounds.map(({ perSecond }) => perSecond)).toFixed(0),
    ratio(longer(side, reference)),
    ratio(more(side, reference)),
  ];
}

/** How much longer a hold takes than with the side that it is compared with, round by round. */
function longer({ rounds }: Side, reference: Side | undefined): Spread {
  const times = (round: Round | undefined) => median(round?.reserveMs ?? []);
  return spread(rounds.map((round, number) => times(round) / times(reference?.rounds[number])));
}

/** How much more is sold in the same time. */
function more({ rounds }: Side, reference: Side | undefined): Spread {
  return spread(rounds.map(({ perSecond }, n) => perSecond / (reference?.rounds[n]?.perSecond ?? Number.NaN)));
}

function slowed(sides: readonly Side[]): string[] {
  return sides.slice(-1).flatMap((last) => {
    const [holds, sold] = [longer(last, sides[0]).median, more(last, sides[0]).median];
    return [
      ...when(!(holds <= MOST_SLOWER), `${last.name}: a hold takes ${holds.toFixed(2)} times as long`),
      ...when(!(sold >= 1 / MOST_SLOWER), `${last.name}: ${sold.toFixed(2)} times as much is sold`),
    ];
  });
}

function buyingText(what: string, who: string): string {
  return (
    `${BUYERS} buyers at once hold tickets of ${what} and let them go, in rounds, with ${who} in turn. Ratios are to the ` +
    "first row: medians over the rounds, with their middle half."
  );
}
