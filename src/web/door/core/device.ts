// A device at the door of one event: what happens when it reads a code.

import { ticketTypeIdOf } from "../../../domain/id-forms.ts";
import { readPassCode } from "../../../domain/pass-code.ts";
import { type ClockOffset, serviceTime } from "../../ui/clock-offset.ts";
import { type Direction, type Outcome, outcome } from "./outcome.ts";
import { ask, type Grounds, goOnAlone, type NewScan, settle } from "./plans.ts";
import type { DoorService, Failure } from "./service.ts";
import type { DoorKey, DoorList, DoorStore } from "./store.ts";

/** One may be due to the key. A service that refuses the next one, too, will not read this scan. */
const MOST_REFUSALS = 3;

/** `unverifiable`: without the key, or without Ed25519 in this browser. */
export type Genuineness = "genuine" | "forged" | "unverifiable";
export type Verify = (code: string, keys: readonly DoorKey[]) => Promise<Genuineness>;

export interface DeviceParts {
  readonly store: DoorStore;
  readonly service: DoorService;
  readonly verify: Verify;
  readonly newKey: () => string;
  /** The device's own clock. */
  readonly nowMs: () => number;
  readonly isOnline: () => boolean;
  /** What kept the service from answering: the page shows it. */
  readonly onFailure: (failure: Failure) => void;
}

export interface Post {
  readonly eventId: string;
  readonly gate: string;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** Null where nothing is kept of it: no code, or a forged one. */
  readonly passId: string | null;
  readonly key: string | null;
  readonly isAlone: boolean;
}

/** What a camera or a person has read. */
export async function scanCode(parts: DeviceParts, post: Post, code: string, direction: Direction): Promise<Verdict> {
  const read = readPassCode(code);
  if (read === null) return nothing("unknown");
  const list = await parts.store.list(post.eventId);
  const genuineness = await parts.verify(code, list?.keys ?? []);
  if (genuineness === "forged") return nothing("unknown");
  const { passId, generation } = read;
  const isKnownTicket = list?.tickets.some(({ id }) => id === ticketTypeIdOf(passId)) ?? false;
  // The list may be older than the ticket type: only without the service it is the last word.
  if (list !== null && !isKnownTicket && !parts.isOnline()) return nothing("wrong_event");
  const grounds = genuineness === "genuine" && isKnownTicket ? termsOf(list) : null;
  return scan(parts, { ...post, code, passId, generation, direction }, grounds);
}

/** A pass that the crew has looked up for its holder. Only the service decides about it. */
export function scanPass(parts: DeviceParts, post: Post, passId: string, direction: Direction): Promise<Verdict> {
  return scan(parts, { ...post, code: null, passId, generation: 0, direction }, null);
}

async function scan(parts: DeviceParts, wanted: Omit<NewScan, "key" | "atMs">, grounds: Grounds): Promise<Verdict> {
  const { store, service } = parts;
  const { eventId, passId } = wanted;
  const clock = await store.clock();
  const attempt = () => ({ ...wanted, key: parts.newKey(), atMs: now(parts, clock) });
  const decideAlone = async (own: Grounds) => {
    const { outcome, key } = await store.change(eventId, passId, (facts) => goOnAlone(facts, attempt(), own));
    return { outcome, passId, key, isAlone: true };
  };
  for (let refusals = 0, isFirst = true; parts.isOnline(); isFirst = false) {
    const begun = await store.change(eventId, passId, (facts) => ask(facts, attempt(), grounds, isFirst));
    if (begun.type === "decided") return { outcome: begun.outcome, passId, key: begun.key, isAlone: true };
    const { key } = begun.scan;
    const reply = await service.checkIn(begun.scan);
    if (!reply.ok && reply.failure.type !== "refused") {
      parts.onFailure(reply.failure);
      // To whom the door is closed, the device must not go on opening it.
      return reply.failure.type === "not_crew" ? shut(await decideAlone(null)) : decideAlone(grounds);
    }
    // The key was used for another form of the request: the next attempt has another one.
    const answer = reply.ok ? reply.value : outcome("key_reused");
    const settled = await store.change(eventId, passId, (facts) => settle(facts, key, answer, begun));
    if (settled.type === "shown") return { outcome: settled.outcome, passId, key, isAlone: false };
    if (!reply.ok) refusals += 1;
    if (refusals === MOST_REFUSALS) return { outcome: outcome("not_accepted"), passId, key, isAlone: false };
  }
  return decideAlone(grounds);
}

/** Reads what is new at the door. Null once the list is complete. */
export async function readList(parts: DeviceParts, eventId: string): Promise<Failure | null> {
  const { store, service } = parts;
  for (;;) {
    const before = await store.list(eventId);
    const startedAt = await store.count();
    const reply = await service.door(eventId, before?.cursor ?? null);
    if (!reply.ok) return reply.failure;
    const page = reply.value;
    const atMs = now(parts, await store.clock());
    const isAdded = await store.addPage(eventId, page, startedAt, page.more ? (before?.completeAtMs ?? null) : atMs);
    // The next reading begins in the same place.
    if (!page.more || !isAdded) return null;
  }
}

function now(parts: DeviceParts, clock: ClockOffset | null): number {
  return serviceTime(clock, parts.nowMs());
}

function termsOf(list: DoorList | null): Grounds {
  // A device that has read half of the list would let in who is revoked in the other half.
  return list === null || list.completeAtMs === null ? null : list.event;
}

/** There is a network, so that it is not what keeps the device from deciding. */
function shut(verdict: Verdict): Verdict {
  return verdict.outcome.result === "undecided" ? { ...verdict, outcome: outcome("not_crew") } : verdict;
}

function nothing(result: "unknown" | "wrong_event"): Verdict {
  return { outcome: outcome(result), passId: null, key: null, isAlone: true };
}
