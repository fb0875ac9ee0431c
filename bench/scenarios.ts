// The scenarios by their names, each with how long it takes as a rule and in short.

import { cold } from "./cold.ts";
import { expiry } from "./expiry.ts";
import { pay } from "./pay.ts";
import type { PeerSize } from "./peers/peer.ts";
import { reads } from "./reads.ts";
import type { Report } from "./report.ts";
import { reserve } from "./reserve.ts";
import { rush } from "./rush.ts";

export interface Length {
  readonly isShort: boolean;
  /** Null for as many as usual. */
  readonly rounds: number | null;
  /** Reservations and reads go through the worker that Miniflare puts in front. */
  readonly isIndirect: boolean;
  readonly onProgress: (line: string) => void;
}

type Scenario = (folder: string, length: Length) => Promise<Report>;

// Twenty is what pools are often set to, five is what suits one row that everybody wants best.
const PEERS: readonly PeerSize[] = [
  { processes: 1, pool: 20 },
  { processes: 1, pool: 5 },
  { processes: 2, pool: 20 },
  { processes: 2, pool: 5 },
];
const ONE_PROCESS = PEERS.slice(0, 2);

/** How fast the service is. Lists, Redis and watchers are measured apart: they need a large catalogue, or many minutes. */
export const SPEED: Readonly<Record<string, Scenario>> = {
  reserve: (folder, length) =>
    reserve(folder, { tickets: 1, peers: length.isShort ? ONE_PROCESS : PEERS, ...turns(length) }),
  spread: (folder, length) =>
    reserve(folder, { tickets: 100, peers: length.isShort ? ONE_PROCESS.slice(1) : ONE_PROCESS, ...turns(length) }),
  pay: (folder, { isShort, rounds, onProgress }) =>
    pay(folder, { payments: isShort ? 500 : 3_000, rounds: rounds ?? (isShort ? 1 : 5), onProgress }),
  reads: (folder, length) => reads(folder, turns(length)),
  rush: (folder, { isShort, rounds, onProgress }) =>
    rush(folder, {
      ...{ buyers: 10_000, tickets: 5_000, peers: isShort ? ONE_PROCESS.slice(1) : ONE_PROCESS },
      ...{ rounds: rounds ?? (isShort ? 1 : 5), onProgress },
    }),
  expiry: (folder, { isShort, rounds, onProgress }) =>
    expiry(folder, {
      ...(isShort ? { holds: 20_000, holdSeconds: 18, seconds: 4 } : { holds: 100_000, holdSeconds: 60, seconds: 10 }),
      ...{ rounds: rounds ?? (isShort ? 1 : 3), onProgress },
    }),
  cold: (folder, { isShort, rounds, onProgress }) => cold(folder, { starts: rounds ?? (isShort ? 2 : 9), onProgress }),
};

function turns({ isShort, rounds, isIndirect, onProgress }: Length) {
  return { rounds: rounds ?? (isShort ? 3 : 9), seconds: isShort ? 1 : 4, isIndirect, onProgress };
}
