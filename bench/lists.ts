// Scenario `lists`: whether a list of a large catalogue takes as long as one of a small one. It
// also compares any two of little and much.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildWorker, Service } from "../test/crash/service.ts";
import { fillCatalogue, type Sizes, sizesOf } from "./catalogue.ts";
import { type Answer, Connection } from "./http.ts";
import { type ListCase, listCases, tokenOf } from "./list-cases.ts";
import { milliseconds, progress, type Report, ratio, when } from "./report.ts";
import { median, spread } from "./statistics.ts";

const HOLD_SECONDS = 900;
const MOST = 1.5;
/** The service may answer from memory for a second: no request is repeated within that time. */
const CACHED_MS = 1_500;
const WARM_UP_ROUNDS = 1;

/** What is compared with one of another size: what D1 has, and which lists are read of it. */
export interface Contents {
  /** Over its column, and in full. */
  readonly heading: string;
  readonly text: string;
  fill(service: Service): Promise<void>;
  cases(service: Service, connection: Connection): Promise<ListCase[]>;
}

interface Side {
  readonly contents: Contents;
  readonly service: Service;
  readonly connection: Connection;
  readonly cases: readonly ListCase[];
  readonly askedAtMs: Map<string, number>;
  /** By who asks, for one round. */
  readonly tokens: Map<string | null, string | null>;
}

/** One case. Times are medians of a round. */
interface Measured {
  readonly smallMs: number[];
  readonly largeMs: number[];
  /** How many rows a variant returns. */
  readonly rows: Map<number, number>;
}

/** `events`: of a small and a large catalogue, each a multiple of ten, at least a hundred. */
export function lists(folder: string, [small, large]: readonly [number, number], rounds: number): Promise<Report> {
  return compare(folder, "Lists", catalogueOf(sizesOf(small)), catalogueOf(sizesOf(large)), rounds);
}

function catalogueOf(sizes: Sizes): Contents {
  return {
    heading: `${sizes.events} events`,
    text: sizeText(sizes),
    fill: (service) => fillCatalogue(service, sizes),
    cases: (service, connection) => listCases(service, connection, sizes),
  };
}

/** Whether a list of much takes as long as the same list of little. */
export async function compare(
  folder: string,
  title: string,
  little: Contents,
  much: Contents,
  rounds: number,
): Promise<Report> {
  const script = await buildWorker(join(folder, "worker"));
  const small = await open(join(folder, "small"), script, little);
  try {
    const large = await open(join(folder, "large"), script, much);
    try {
      return reportOf(title, small, large, await measure(small, large, rounds));
    } finally {
      await close(large);
    }
  } finally {
    await close(small);
  }
}

async function open(folder: string, script: string, contents: Contents): Promise<Side> {
  const service = await Service.create(folder, script, HOLD_SECONDS);
  await service.startNew();
  await contents.fill(service);
  const connection = new Connection(service.url);
  const cases = await contents.cases(service, connection);
  progress(`${contents.heading}: filled`);
  return { contents, service, connection, cases, askedAtMs: new Map(), tokens: new Map() };
}

async function close({ service, connection }: Side): Promise<void> {
  connection.close();
  await service.kill();
}

/** Both services get each variant of each case in turn; another one is first in each round. */
async function measure(small: Side, large: Side, rounds: number): Promise<Measured[]> {
  const measured = small.cases.map((): Measured => ({ smallMs: [], largeMs: [], rows: new Map() }));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const { tokens } of [small, large]) tokens.clear();
    for (const [index, { smallMs, largeMs, rows }] of measured.entries()) {
      const [inSmallMs, inLargeMs]: [number[], number[]] = [[], []];
      for (const variant of small.cases[index]?.paths.keys() ?? []) {
        const first = (round + variant) % 2 === 0 ? small : large;
        const [a, b] = [await ask(first, index, variant), await ask(first === small ? large : small, index, variant)];
        const [inSmall, inLarge] = first === small ? [a, b] : [b, a];
        rows.set(variant, sameRows(inSmall, inLarge, small.cases[index]?.name));
        inSmallMs.push(inSmall.ms);
        inLargeMs.push(inLarge.ms);
      }
      if (round < 0) continue;
      smallMs.push(median(inSmallMs));
      largeMs.push(median(inLargeMs));
    }
    if (round >= 0) progress(`round ${round + 1} of ${rounds}`);
  }
  return measured;
}

async function ask({ cases, connection, askedAtMs, tokens }: Side, index: number, variant: number): Promise<Answer> {
  const { caller = null, paths = [] } = cases[index] ?? {};
  const token = tokens.get(caller) ?? (await tokenOf(caller));
  tokens.set(caller, token);
  const path = paths[variant % paths.length] ?? "";
  const waitMs = (askedAtMs.get(path) ?? Number.NEGATIVE_INFINITY) + CACHED_MS - performance.now();
  if (waitMs > 0) await sleep(waitMs);
  const answer = await connection.must(path, { token });
  askedAtMs.set(path, performance.now());
  return answer;
}

/** Pages of different length can't be compared. */
function sameRows(small: Answer, large: Answer, name: string | undefined): number {
  const [inSmall, inLarge] = [rowsOf(small), rowsOf(large)];
  if (inSmall !== inLarge) throw new Error(`${name}: ${inSmall} rows are compared with ${inLarge}`);
  return inSmall;
}

function rowsOf({ text }: Answer): number {
  const body = JSON.parse(text);
  return Array.isArray(body) ? body.length : 1;
}

function reportOf(title: string, small: Side, large: Side, measured: readonly Measured[]): Report {
  const results = measured.map(({ smallMs, largeMs, rows }, index) => ({
    name: small.cases[index]?.name ?? "",
    rows: [...new Set([Math.min(...rows.values()), Math.max(...rows.values())])].join(" to "),
    smallMs: median(smallMs),
    largeMs: median(largeMs),
    ratio: spread(smallMs.map((ms, round) => (largeMs[round] ?? Number.NaN) / ms)),
  }));
  return {
    title,
    headings: ["list", "rows", `${small.contents.heading}, ms`, `${large.contents.heading}, ms`, "ratio"],
    rows: results.map(({ name, rows, smallMs, largeMs, ratio: times }) => {
      return [name, rows, milliseconds(smallMs), milliseconds(largeMs), ratio(times)];
    }),
    notes: [
      `The large one has ${large.contents.text}, the small one ${small.contents.text}.`,
      "Times are of whole replies over one connection, medians over rounds of medians; the two services take turns, and no " +
        "request is repeated while its reply may be in memory. The ratio is the median over the rounds, with its middle half.",
    ],
    failures: results.flatMap(({ name, ratio: { median } }) =>
      when(!(median <= MOST), `${name}: ${median.toFixed(2)} times as long, at most ${MOST} is promised`),
    ),
  };
}

function sizeText({ events, tickets, reservations }: Sizes): string {
  const [a, b, c] = [events, tickets, reservations].map((count) => count.toLocaleString("en"));
  return `${a} events, ${b} ticket types and ${c} reservations`;
}
