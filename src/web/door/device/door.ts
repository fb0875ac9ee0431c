// The door of one event on this page: scans, and what goes on beside them.

import { signal } from "@preact/signals";
import type { DoorCounts } from "../../ui/api-types.ts";
import { clockOffset, restoreClock, serverNowMs } from "../../ui/clock.ts";
import { type Watching, watch } from "../../ui/live.ts";
import { bringIn } from "../core/bring-in.ts";
import { type DeviceParts, readList, scanCode, scanPass, type Verdict } from "../core/device.ts";
import type { Direction, Outcome } from "../core/outcome.ts";
import { settleConcern, takeBack } from "../core/plans.ts";
import type { OwnScan } from "../core/scan.ts";
import type { Failure } from "../core/service.ts";
import type { DoorList } from "../core/store.ts";
import { httpService, undo } from "./http-service.ts";
import { IdbStore } from "./idb-store.ts";
import { verifyCode } from "./verify.ts";

/** False once a request has had no reply, until one has. Then the device decides by itself. */
export const isOnline = signal(navigator.onLine);
/** By which people have passed, of all events, and which the service does not have yet. */
export const waitingCount = signal(0);
/** Of the event that is open, the newest first. */
export const ownScans = signal<readonly OwnScan[]>([]);
export const list = signal<DoorList | null>(null);
/** Why scans that wait can't be brought in, where it is not the network. */
export const hindrance = signal<Exclude<Failure["type"], "unreachable"> | null>(null);
/** Why the list of the event that is open can't be read; null while it can. */
export const listFailure = signal<Failure["type"] | null>(null);
/** By ticket type; empty until the service has said it. */
export const counts = signal<ReadonlyMap<string, DoorCounts>>(new Map());

const RETRY_MS = { first: 2_000, longest: 15_000 };
const RESTING_MS = 10_000;
// Gates that are busy change something several times a second.
const LIST_EVERY_MS = 3_000;

export const store = new IdbStore(() => void refresh());
const service = httpService((isReached) => {
  isOnline.value = isReached;
  const offset = clockOffset();
  if (isReached && offset !== null) void store.setClock(offset);
});
const parts: DeviceParts = {
  store,
  service,
  verify: verifyCode,
  newKey: () => crypto.randomUUID(),
  nowMs: () => Date.now(),
  isOnline: () => isOnline.peek(),
  onFailure: (failure) => {
    if (failure.type !== "unreachable") hindrance.value = failure.type;
    soon(RETRY_MS.first);
  },
};

let openEvent: string | null = null;
let watching: Watching | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let listAtMs = 0;
let isListStale = true;

addEventListener("online", () => soon(0));
addEventListener("offline", () => {
  isOnline.value = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") soon(0);
});

/** Brings in what an earlier visit has left, also where no event is open. */
export async function startDevice(): Promise<void> {
  restoreClock(await store.clock());
  await store.forget(serverNowMs());
  await refresh();
  soon(0);
}

/** From then on this event's list is kept up to date. */
export async function openDoor(eventId: string): Promise<void> {
  if (openEvent === eventId) return;
  closeDoor();
  openEvent = eventId;
  isListStale = true;
  listAtMs = 0;
  list.value = await store.list(eventId);
  await refresh();
  watching = watch("GET /events/{id}/door/live", { id: eventId }, "door", (data) => {
    counts.value = new Map([...counts.peek(), [data.ticket, data]]);
    isListStale = true;
    soon(LIST_EVERY_MS);
  });
  soon(0);
}

export function closeDoor(): void {
  openEvent = null;
  watching?.close();
  watching = null;
  list.value = null;
  listFailure.value = null;
  ownScans.value = [];
  counts.value = new Map();
}

export function scanText(text: string, gate: string, direction: Direction): Promise<Verdict> {
  return scanCode(parts, { eventId: opened(), gate }, text, direction);
}

export function scanFound(passId: string, gate: string, direction: Direction): Promise<Verdict> {
  return scanPass(parts, { eventId: opened(), gate }, passId, direction);
}

/** Once more what could not be brought in. The concern about it goes once the service has it. */
export async function recordNow(scan: OwnScan): Promise<Verdict> {
  const { passId, gate, direction } = scan;
  const verdict = await scanFound(passId, gate, direction);
  if (!verdict.isAlone) await readConcern(scan);
  return verdict;
}

export function readConcern({ eventId, passId, key }: OwnScan): Promise<null> {
  return store.change(eventId, passId, (facts) => settleConcern(facts, key));
}

/**
 * Takes back the admission by this check-in, or whichever counts. A repeat after a lost reply is
 * with another key, and finds that there is nothing to take back: the page shows that then.
 */
export async function undoAdmission(passId: string, checkInKey: string | null): Promise<Outcome> {
  const startedAt = await store.count();
  const answer = await undo(passId, checkInKey, crypto.randomUUID());
  await store.change(opened(), passId, (facts) => takeBack(facts, answer, startedAt));
  return answer;
}

/** At once, as after signing in. */
export function catchUp(): void {
  hindrance.value = null;
  isListStale = true;
  soon(0);
}

function opened(): string {
  if (openEvent === null) throw new Error("no door is open");
  return openEvent;
}

async function refresh(): Promise<void> {
  waitingCount.value = (await store.waiting()).length;
  if (openEvent !== null) ownScans.value = await store.scans(openEvent);
}

/** The next round is then at the latest. */
let dueAtMs = Number.POSITIVE_INFINITY;
function soon(ms: number): void {
  const atMs = Date.now() + ms;
  if (atMs >= dueAtMs) return;
  dueAtMs = atMs;
  clearTimeout(timer);
  timer = setTimeout(() => void round(), ms);
}

let isRunning = false;
async function round(): Promise<void> {
  dueAtMs = Number.POSITIVE_INFINITY;
  if (isRunning) return soon(RETRY_MS.first);
  isRunning = true;
  try {
    // A device that keeps nothing, because it is full, may have room again later.
    const failure = await catchUpOnce().catch((): Failure => ({ type: "unreachable" }));
    failures = failure === null ? 0 : failures + 1;
    if (failure === null) hindrance.value = null;
    else if (failure.type !== "unreachable") hindrance.value = failure.type;
    const backoffMs = Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** Math.min(failures, 10));
    const askedMs = failure?.type === "slow_down" ? failure.retryAfterMs : 0;
    isRunning = false;
    soon(failure === null ? RESTING_MS : Math.max(askedMs, backoffMs * (0.75 + Math.random() / 2)));
  } finally {
    isRunning = false;
  }
}

async function catchUpOnce(): Promise<Failure | null> {
  const brought = waitingCount.peek() > 0 ? await bringInOnce() : null;
  if (openEvent === null) return brought;
  const isDue = isListStale || !isOnline.peek() || Date.now() - listAtMs > 6 * RESTING_MS;
  if (!isDue || Date.now() - listAtMs < LIST_EVERY_MS) return brought;
  isListStale = false;
  const eventId = openEvent;
  const failure = await readList(parts, eventId);
  if (openEvent === eventId) listFailure.value = failure?.type ?? null;
  if (failure !== null) isListStale = true;
  else listAtMs = Date.now();
  if (openEvent === eventId) list.value = await store.list(eventId);
  return failure ?? brought;
}

/** One tab at a time. Where the browser has no locks, two do the same, which counts once. */
async function bringInOnce(): Promise<Failure | null> {
  const work = async () => {
    const hindrances = await bringIn(store, service);
    await refresh();
    return [...hindrances.values()][0] ?? null;
  };
  if (navigator.locks === undefined) return work();
  return navigator.locks.request("door-bring-in", { ifAvailable: true }, (lock) => (lock === null ? null : work()));
}
