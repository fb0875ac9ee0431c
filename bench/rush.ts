// Scenario `rush`: everybody comes at once, twice as many as there are tickets. How long until all are sold, how long one
// waits, and whether exactly as many are sold as there are.

import { CREATED } from "./contest.ts";
import { type Ask, Connection } from "./http.ts";
import { drive, loadGenerator, type Outcome, type Request } from "./load.ts";
import { Peer, type PeerSize, peerName } from "./peers/peer.ts";
import { milliseconds, type Report, rate } from "./report.ts";
import { inTurn } from "./sides.ts";
import { Stage } from "./stage.ts";
import { median, spread } from "./statistics.ts";

export interface RushOptions {
  readonly buyers: number;
  readonly tickets: number;
  readonly rounds: number;
  readonly peers: readonly PeerSize[];
  readonly onProgress: (line: string) => void;
}

const CONNECTIONS = 256;
const CONFLICT = 409;

interface Side {
  readonly name: string;
  readonly url: string;
  /** One ticket type for each round, and the first to warm up with. */
  readonly tickets: readonly string[];
  readonly purchases: (tickets: readonly string[]) => Request[];
  readonly outcomes: Outcome[];
}

export async function rush(folder: string, options: RushOptions): Promise<Report> {
  const { buyers, tickets: capacity, rounds, peers, onProgress } = options;
  const stage = await Stage.open(folder, "rush", { tickets: rounds + 1, buyers, capacity });
  const { peer, missing } = await Peer.openIfAny(peers, (rounds + 1) * peers.length, buyers, capacity);
  try {
    const ours = (tickets: readonly string[]) => stage.purchases("/reservations", tickets);
    const sides: Side[] = [
      { name: "ours", url: stage.service.url, tickets: stage.tickets, purchases: ours, outcomes: [] },
    ];
    for (const [index, size] of (peer === null ? [] : peers).entries()) {
      const tickets = peer?.tickets.slice(index * (rounds + 1), (index + 1) * (rounds + 1)) ?? [];
      const purchases = (tickets: readonly string[]) => peer?.purchases(tickets) ?? [];
      sides.push({ name: peerName(size), url: (await peer?.serve(size)) ?? "", tickets, purchases, outcomes: [] });
    }
    const wrong: string[] = [];
    const sellOut = async ({ name, url, tickets, purchases }: Side, round: number): Promise<Outcome> => {
      const requests = purchases(tickets.slice(round, round + 1));
      const expect = [CREATED, CONFLICT];
      const outcome = await drive(folder, { url, requests, connections: CONNECTIONS, seconds: "once", expect });
      const { [CREATED]: sold = 0, [CONFLICT]: refused = 0 } = outcome.statuses;
      onProgress(`${name}: sold out after ${outcome.lastMs[CREATED]?.toFixed(0)} ms`);
      if (sold !== capacity || refused !== buyers - capacity) {
        wrong.push(`${name}: ${sold} were sold and ${refused} refused, of ${capacity} for ${buyers}`);
      }
      const why = await refusal(url, requests[0]);
      if (why !== "/problems/sold-out") wrong.push(`${name}: refused as ${why}`);
      // What is left to do of one is no part of the next one's time.
      await stage.reservations();
      return outcome;
    };
    for (const side of sides) await sellOut(side, 0);
    await inTurn(sides, rounds, async (side, round) => {
      side.outcomes.push(await sellOut(side, round + 1));
    });
    wrong.push(...(await stage.mistakes()), ...((await peer?.mistakes()) ?? []));
    return reportOf(sides, options, missing, peer === null ? [] : Peer.versions(), wrong);
  } finally {
    await stage.close();
    await peer?.close();
  }
}

/** Why one more is not sold. */
async function refusal(url: string, request: Request | undefined): Promise<string> {
  const connection = new Connection(url);
  const ask: Ask = { method: "POST", token: request?.token ?? null, body: request?.body };
  const { text } = await connection.ask(request?.path ?? "", ask);
  connection.close();
  return JSON.parse(text).type;
}

function reportOf(
  sides: readonly Side[],
  { buyers, tickets, rounds }: RushOptions,
  missing: string | null,
  versions: readonly string[],
  wrong: readonly string[],
): Report {
  const soldOutMs = ({ outcomes }: Side) => outcomes.map(({ lastMs }) => lastMs[CREATED] ?? Number.NaN);
  return {
    title: `${buyers.toLocaleString("en")} buyers for ${tickets.toLocaleString("en")} tickets`,
    headings: ["", "sold out after, ms", "sold a second", "all answered after, ms", "p50 ms", "p99 ms", "longest ms"],
    rows: sides.map((side) => [
      ...[side.name, rate(spread(soldOutMs(side)))],
      median(soldOutMs(side).map((ms) => (tickets * 1_000) / ms)).toFixed(0),
      milliseconds(median(side.outcomes.map(({ durationMs }) => durationMs))),
      ...(["p50Ms", "p99Ms"] as const).map((name) => milliseconds(median(side.outcomes.map((one) => one[name])))),
      milliseconds(Math.max(...side.outcomes.map(({ maxMs }) => maxMs))),
    ]),
    notes: [
      `${CONNECTIONS} connections; each buyer asks once, for one ticket; ${rounds} rounds after one to warm up, each of a ticket ` +
        "type of its own. Medians over the rounds, with their middle half; the longest of all rounds.",
      ...(wrong.length > 0
        ? []
        : [`In each round exactly ${tickets.toLocaleString("en")} were sold, and all others were told so.`]),
      ...(missing === null ? [] : [missing]),
    ],
    versions: [loadGenerator() ?? "", ...versions],
    wrong,
    failures: [],
  };
}
