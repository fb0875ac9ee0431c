// Scenarios `reserve` and `spread`: how many reservations a second, of one ticket type that everybody wants or of a hundred,
// beside what one call to an object costs, and beside what people would use instead.

import {
  type Contender,
  CREATED,
  compete,
  contender,
  INDIRECT,
  p99Ms,
  perSecond,
  relativeTo,
  table,
} from "./contest.ts";
import { CEILING, PLAIN } from "./paths.ts";
import { Peer, type PeerSize, peerName } from "./peers/peer.ts";
import type { Report } from "./report.ts";
import { Stage } from "./stage.ts";

export interface ReserveOptions {
  readonly tickets: 1 | 100;
  readonly rounds: number;
  readonly seconds: number;
  readonly peers: readonly PeerSize[];
  readonly isIndirect: boolean;
  readonly onProgress: (line: string) => void;
}

const CONNECTIONS = 64;
const BUYERS = 2_000;
const CAPACITY = 10_000_000;
/** The pool that the peer has as a rule, one process. */
const USUAL: PeerSize = { processes: 1, pool: 20 };

export async function reserve(folder: string, options: ReserveOptions): Promise<Report> {
  const { tickets, peers, rounds, seconds, onProgress } = options;
  const stage = await Stage.open(folder, tickets === 1 ? "reserve" : "spread", {
    tickets,
    buyers: BUYERS,
    capacity: CAPACITY,
  });
  const { peer, missing } = await Peer.openIfAny(peers, tickets, BUYERS, CAPACITY);
  try {
    const url = stage.service[options.isIndirect ? "indirectUrl" : "url"];
    const plain = contender("reference", "a plain 200", { url, requests: [{ path: PLAIN }], expect: [200] });
    const ceiling = contender("reference", "ceiling", { url, requests: stage.purchases(CEILING), expect: [CREATED] });
    const ours = contender(
      "ours",
      "ours",
      { url, requests: stage.purchases("/reservations"), expect: [CREATED] },
      stage,
    );
    const theirs: { readonly size: PeerSize; readonly side: Contender }[] = [];
    for (const size of peers) {
      if (peer === null) break;
      const load = { url: await peer.serve(size), requests: peer.purchases(), expect: [CREATED] };
      theirs.push({ size, side: contender("peer", peerName(size), load, peer) });
    }
    const contenders = [plain, ceiling, ours, ...theirs.map(({ side }) => side)];
    const wrong = await compete(folder, contenders, { rounds, seconds, connections: CONNECTIONS, onProgress });
    const shown = table(contenders, ceiling);
    const bounds = tickets === 1 ? hotBounds(ours, ceiling, theirs) : [atLeast(0.6, ours, ceiling)].flat();
    return {
      title: tickets === 1 ? "Reserving: one ticket type" : `Reserving: ${tickets} ticket types`,
      ...shown,
      versions: [...(shown.versions ?? []), ...(peer === null ? [] : Peer.versions())],
      notes: notesOf(options, missing),
      wrong,
      failures: bounds,
    };
  } finally {
    await stage.close();
    await peer?.close();
  }
}

function hotBounds(
  ours: Contender,
  ceiling: Contender,
  theirs: readonly { readonly size: PeerSize; readonly side: Contender }[],
) {
  const usual = theirs.find(({ size }) => size.processes === USUAL.processes && size.pool === USUAL.pool)?.side;
  const [best] = theirs.map(({ side }) => side).sort((a, b) => perSecond(b).median - perSecond(a).median);
  return [
    ...atLeast(1, ours, ceiling),
    ...(usual === undefined ? [] : atLeast(2, ours, usual)),
    ...(best === undefined ? [] : atLeast(1.3, ours, best)),
    ...(best === undefined || p99Ms(ours) <= p99Ms(best)
      ? []
      : [`p99 is ${p99Ms(ours).toFixed(1)} ms, and ${p99Ms(best).toFixed(1)} ms of ${best.name}`]),
  ];
}

function atLeast(least: number, one: Contender, reference: Contender): string[] {
  const { median } = relativeTo(one, reference);
  return median >= least
    ? []
    : [`${median.toFixed(2)} times as many a second as ${reference.name}, at least ${least} was promised`];
}

function notesOf({ tickets, rounds, seconds, isIndirect }: ReserveOptions, missing: string | null): string[] {
  return [
    `${CONNECTIONS} connections, ${BUYERS} buyers, one ticket a request, ${tickets === 1 ? "all of one ticket type" : `of ${tickets} ticket types in turn`}; ` +
      `${rounds} rounds of ${seconds} s each after one to warm up, in turn, and who comes first changes. Medians over the rounds, ` +
      "with their middle half; the longest of all rounds.",
    "The ceiling: the same worker, routing, token check and validation, and one call to the object, which does nothing.",
    ...(tickets === 1
      ? []
      : ["Here all objects share one thread with the worker and D1; on Cloudflare each has one of its own."]),
    ...(isIndirect ? [INDIRECT] : []),
    missing ??
      "A peer's pool is that of each of its processes. It writes one line of log a request, as ours does, and has no copies to keep.",
  ];
}
