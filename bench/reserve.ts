// Scenarios `hot` and `spread`: reservations a second, beside one call to an object, and a peer.

import {
  atLeast,
  type Contender,
  CREATED,
  compare,
  contender,
  p99Ms,
  perSecond,
  roundsText,
  type Turns,
  table,
} from "./comparison.ts";
import { CEILING, PLAIN } from "./paths.ts";
import { missingPeer, Peer, type PeerSize, peerName } from "./peers/peer.ts";
import { type Report, when } from "./report.ts";
import { Sale } from "./sale.ts";

export interface ReserveOptions extends Turns {
  readonly tickets: 1 | 100;
  readonly peers: readonly PeerSize[];
}

const CONNECTIONS = 64;
const BUYERS = 2_000;
const CAPACITY = 10_000_000;
const LEAST_OF_CEILING = { 1: 0.75, 100: 0.16 };
const LEAST_OF_PEER = 1.3;

export async function reserve(folder: string, options: ReserveOptions): Promise<Report> {
  const { tickets, peers } = options;
  const size = { tickets, buyers: BUYERS, capacity: CAPACITY };
  const sale = await Sale.open(folder, tickets === 1 ? "hot" : "spread", size);
  const missing = peers.length === 0 ? null : missingPeer();
  const peer = peers.length === 0 || missing !== null ? null : await Peer.open(tickets, BUYERS, CAPACITY);
  try {
    const { url } = sale.service;
    const plain = contender("a plain 200", { url, requests: [{ path: PLAIN }], expect: [200] });
    const ceiling = contender("ceiling", { url, requests: sale.purchases(CEILING), expect: [CREATED] });
    const ours = contender("ours", { url, requests: sale.purchases("/reservations"), expect: [CREATED] }, sale);
    const theirs: Contender[] = [];
    for (const size of peer === null ? [] : peers) {
      const load = { url: (await peer?.serve(size)) ?? "", requests: peer?.purchases() ?? [], expect: [CREATED] };
      theirs.push(contender(peerName(size), load, peer));
    }
    const contenders = [plain, ceiling, ours, ...theirs];
    const wrong = await compare(folder, contenders, CONNECTIONS, options);
    const { headings, rows, versions = [] } = table(contenders, ceiling);
    return {
      title: tickets === 1 ? "Reserving: one ticket type" : `Reserving: ${tickets} ticket types`,
      headings,
      rows,
      versions: [...versions, ...(peer === null ? [] : Peer.versions())],
      notes: notesOf(options, missing),
      wrong,
      failures: [
        ...atLeast(LEAST_OF_CEILING[tickets], ours, ceiling),
        ...worseThanPeer(ours, tickets === 1 ? theirs : []),
      ],
    };
  } finally {
    await sale.close();
    await peer?.close();
  }
}

function worseThanPeer(ours: Contender, theirs: readonly Contender[]): string[] {
  const [best] = theirs.toSorted((a, b) => perSecond(b).median - perSecond(a).median);
  if (best === undefined) return [];
  const [oursMs, bestMs] = [p99Ms(ours), p99Ms(best)];
  const longer = `p99 is ${oursMs.toFixed(1)} ms, and ${bestMs.toFixed(1)} ms of ${best.name}`;
  return [...atLeast(LEAST_OF_PEER, ours, best), ...when(oursMs > bestMs, longer)];
}

function notesOf(options: ReserveOptions, missing: string | null): string[] {
  const which = options.tickets === 1 ? "all of one ticket type" : `of ${options.tickets} ticket types in turn`;
  return [
    `${CONNECTIONS} connections, ${BUYERS} buyers, one ticket a request, ${which}; ${roundsText(options)}`,
    "The ceiling: the same worker, routing, token check and validation, and one call to the object, which does nothing.",
    ...(options.tickets === 1
      ? []
      : ["Here all objects share one thread with the worker and D1; on Cloudflare each has one of its own."]),
    missing ??
      "A peer's pool is that of each of its processes. It writes one line of log a request, as ours does, and has no copies to keep.",
  ];
}
