// Scenario `door`: passes that are scanned, each once, beside the same requests to an object that
// does nothing.

import { randomUUID } from "node:crypto";
import { passCode } from "../src/worker/passes/pass-keys.ts";
import { PASS_KEYS } from "../test/crash/service.ts";
import { inTurn } from "./comparison.ts";
import { scanAtGates, type Walk } from "./gates.ts";
import { drive, loadGenerator, type Outcome, type Request } from "./load.ts";
import { DOOR_CEILING } from "./paths.ts";
import { progress, type Report, rate, ratio, when } from "./report.ts";
import { Sale } from "./sale.ts";
import { type Spread, spread } from "./statistics.ts";

export interface DoorOptions {
  /** Of each turn. */
  readonly passes: number;
  readonly rounds: number;
}

interface Contender {
  readonly name: string;
  readonly path: string;
  readonly outcomes: Outcome[];
}

const SCANNERS = 64;
/** Of each scanner, in each round at the gates. */
const SCANS_AT_GATE = 10;
const CAPACITY = 10_000_000;
const SOLD_AT_ONCE = 10_000;
const OK = 200;
const LEAST_PER_SECOND = 2_000;
const LEAST_OF_CEILING = 0.5;
const MOST_P99_MS = 100;

export async function door(folder: string, { passes, rounds }: DoorOptions): Promise<Report> {
  const size = { tickets: 1, buyers: SCANNERS, capacity: CAPACITY };
  const sale = await Sale.open(folder, "door", size);
  try {
    await hire(sale);
    const ceiling: Contender = { name: "ceiling", path: DOOR_CEILING, outcomes: [] };
    const ours: Contender = { name: "ours", path: "/check-ins", outcomes: [] };
    const turns = 2 * (rounds + 1);
    const walked = SCANNERS * SCANS_AT_GATE;
    // All is sold before the doors open: what selling leaves behind is collected by then.
    const ids = await sellAll(sale, turns * passes + rounds * walked);
    let admitted = 0;
    const takeTurn = async ({ name, path }: Contender, title: string): Promise<Outcome> => {
      const requests = await newScans(sale, path, ids.splice(0, passes));
      if (path === ours.path) admitted += passes;
      const load = { url: sale.service.url, connections: SCANNERS, seconds: "once" as const };
      const outcome = await drive(folder, { ...load, requests, expect: [OK] });
      progress(`${title}, ${name}: ${outcome.perSecond.toFixed(0)}/s, p99 ${outcome.p99Ms.toFixed(0)} ms`);
      return outcome;
    };
    for (const one of [ceiling, ours]) await takeTurn(one, "warm-up");
    await inTurn([ceiling, ours], rounds, async (one, round) => {
      one.outcomes.push(await takeTurn(one, `round ${round + 1}`));
    });
    const walks: Walk[] = [];
    for (let round = 0; round < rounds; round++) {
      const scans = await newScans(sale, ours.path, ids.splice(0, walked));
      admitted += scans.length;
      walks.push(await scanAtGates(sale.service.url, scans, SCANNERS, OK));
      progress(`round ${round + 1}, at the gates: p99 ${walks.at(-1)?.p99Ms.toFixed(0)} ms`);
    }
    const [found] = await sale.objects<{ readonly admitted: number }>("admitted");
    const wrong = when(found?.admitted !== admitted, `${found?.admitted} of ${admitted} passes are admitted`);
    return reportOf([ceiling, ours], walks, { passes, rounds }, wrong);
  } finally {
    await sale.close();
  }
}

/** The buyers of this sale are the crew: their ids are none that the API would take in a path. */
async function hire({ service, eventId, accountIds }: Sale): Promise<void> {
  const members = accountIds.map((id) => `('${eventId}', '${id}', 'scanner', 0)`);
  await service.query(`INSERT INTO crew VALUES ${members.join(", ")}`);
}

/** The ids of what was sold, one pass each. */
async function sellAll(sale: Sale, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const [sold = []] = await sale.objects<string[]>("sell", sale.tickets, Math.min(SOLD_AT_ONCE, count - ids.length));
    ids.push(...sold);
  }
  return ids;
}

/** A scan of each of these reservations' passes, with which nobody has gone in. */
async function newScans(sale: Sale, path: string, reservations: readonly string[]): Promise<Request[]> {
  return Promise.all(
    reservations.map(async (id, index) => {
      const code = await passCode({ PASS_KEYS }, `${id}-1`, 0);
      const gate = `Gate ${index % SCANNERS}`;
      const token = sale.tokens[index % SCANNERS] ?? "";
      return { path, token, body: { event: sale.eventId, code, gate, key: randomUUID() } };
    }),
  );
}

function reportOf(
  contenders: readonly [Contender, Contender],
  walks: readonly Walk[],
  { passes, rounds }: DoorOptions,
  wrong: readonly string[],
): Report {
  const [ceiling, ours] = contenders;
  const of = ({ outcomes }: Contender, name: "perSecond" | "p50Ms" | "p99Ms"): Spread =>
    spread(outcomes.map((outcome) => outcome[name]));
  const toCeiling = ({ outcomes }: Contender): Spread =>
    spread(outcomes.map(({ perSecond }, round) => perSecond / (ceiling.outcomes[round]?.perSecond ?? Number.NaN)));
  const [perSecond, share, p99Ms] = [of(ours, "perSecond"), toCeiling(ours), of(ours, "p99Ms")];
  const ofGates = (name: keyof Walk): Spread => spread(walks.map((walk) => walk[name]));
  const isFast = perSecond.median >= LEAST_PER_SECOND || share.median >= LEAST_OF_CEILING;
  return {
    title: "The door: check-ins",
    headings: ["", "a second", "ratio to the ceiling", "p50, ms", "p99, ms"],
    rows: [
      ...contenders.map((one) => [
        one.name,
        rate(of(one, "perSecond")),
        ratio(toCeiling(one)),
        ...[of(one, "p50Ms"), of(one, "p99Ms")].map(middleHalf),
      ]),
      [
        "ours, a scan a second each",
        rate(ofGates("perSecond")),
        "",
        ...[ofGates("p50Ms"), ofGates("p99Ms")].map(middleHalf),
      ],
    ],
    notes: [
      `${SCANNERS} scanners, each with an account of the crew and a connection; ${passes} passes of one ticket type in each of ` +
        `${rounds} rounds after one to warm up, each scanned once. The contenders take turns. Medians over the rounds with their middle half.`,
      "The ceiling: the same worker, routing, token check, crew, validation and signature, and one call to the object, which does nothing.",
      `The first two rows have scanners that never pause: each waits for the others, ${SCANNERS} divided by the rate on average (Little's law), ` +
        `so below ${(SCANNERS * 1_000) / MOST_P99_MS} a second even the mean is above ${MOST_P99_MS} ms. In the last row each pauses for up to two seconds, one on average, ` +
        `and scans ${SCANS_AT_GATE} passes in each round.`,
      "Afterwards as many passes are admitted as were scanned.",
    ],
    versions: [loadGenerator() ?? ""],
    wrong,
    failures: [
      ...when(
        !isFast,
        `${perSecond.median.toFixed(0)} a second, ${share.median.toFixed(2)} of the ceiling: at least ${LEAST_PER_SECOND} or ${LEAST_OF_CEILING} are promised`,
      ),
      ...when(
        !(p99Ms.median <= MOST_P99_MS),
        `p99 is ${p99Ms.median.toFixed(1)} ms, at most ${MOST_P99_MS} is promised`,
      ),
      ...when(
        !(ofGates("p99Ms").median <= MOST_P99_MS),
        `at the gates p99 is ${ofGates("p99Ms").median.toFixed(1)} ms, at most ${MOST_P99_MS} is promised`,
      ),
    ],
  };
}

function middleHalf({ median, low, high }: Spread): string {
  return `${median.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
}
