// Brings the scans in by which people have passed while the service could not be reached.

import { outcome } from "./outcome.ts";
import { recordAnswer } from "./plans.ts";
import type { OwnScan } from "./scan.ts";
import type { DoorService, Failure, SentScan } from "./service.ts";
import type { DoorStore } from "./store.ts";

// Little is lost where the network breaks off again, and it counts as four requests.
const MOST_AT_ONCE = 200;

/** What keeps it from going on, for each event; empty once nothing waits. */
export type Hindrances = ReadonlyMap<string, Failure>;

/**
 * Brings in all that waits. Each request may be lost on its way or on its way back, and may be
 * repeated by another tab or after a restart: the key of a scan makes it count once.
 */
export async function bringIn(store: DoorStore, service: DoorService): Promise<Hindrances> {
  const hindrances = new Map<string, Failure>();
  const byEvent = Map.groupBy(await store.waiting(), ({ eventId }) => eventId);
  for (const [eventId, scans] of byEvent) {
    for (let first = 0; first < scans.length && !hindrances.has(eventId); first += MOST_AT_ONCE) {
      const failure = await bringInSome(store, service, eventId, scans.slice(first, first + MOST_AT_ONCE));
      if (failure !== null) hindrances.set(eventId, failure);
    }
  }
  return hindrances;
}

async function bringInSome(
  store: DoorStore,
  service: DoorService,
  eventId: string,
  scans: readonly OwnScan[],
): Promise<Failure | null> {
  const timed = scans.map((scan) => ({ scan, isTimed: true }));
  return send(store, service, eventId, timed);
}

async function send(
  store: DoorStore,
  service: DoorService,
  eventId: string,
  sent: readonly SentScan[],
): Promise<Failure | null> {
  if (sent.length === 0) return null;
  const startedAt = await store.count();
  const reply = await service.checkIns(eventId, sent);
  if (!reply.ok) {
    return reply.failure.type === "refused" ? sendApart(store, service, eventId, sent, startedAt) : reply.failure;
  }
  const again: SentScan[] = [];
  for (const [index, one] of sent.entries()) {
    const answer = reply.value[index];
    if (answer === undefined) return { type: "unreachable" };
    const { scan, isTimed } = one;
    // Its first request, without a time, has arrived after all: the same one again gets its answer.
    if (answer.result === "key_reused" && isTimed && scan.isAsked) again.push({ scan, isTimed: false });
    else await record(store, scan, answer, startedAt);
  }
  return send(store, service, eventId, again);
}

/** One that the service can't read must not keep the others back. */
async function sendApart(
  store: DoorStore,
  service: DoorService,
  eventId: string,
  sent: readonly SentScan[],
  startedAt: number,
): Promise<Failure | null> {
  const [only, ...rest] = sent;
  if (only !== undefined && rest.length === 0) {
    await record(store, only.scan, outcome("not_accepted"), startedAt);
    return null;
  }
  const half = sent.length >> 1;
  const failure = await send(store, service, eventId, sent.slice(0, half));
  return failure ?? send(store, service, eventId, sent.slice(half));
}

function record(store: DoorStore, scan: OwnScan, answer: Parameters<typeof recordAnswer>[2], startedAt: number) {
  const { eventId, passId, key } = scan;
  return store.change(eventId, passId, (facts) => recordAnswer(facts, key, answer, startedAt));
}
