// What the device knows of a pass that something has happened to: from the door's list and from
// the service's answers. Pure.

import { newPass, type Pass, type PassState, readPassId } from "../../../domain/pass.ts";
import type { Outcome } from "./outcome.ts";
import type { OwnScan } from "./scan.ts";

export interface PassNews {
  readonly state: PassState;
  readonly generation: number;
  readonly outside: boolean;
  /** When and where it went in. */
  readonly atMs: number | null;
  readonly gate: string | null;
}

export interface KnownPass extends PassNews {
  /** The store's count when the device learned it. */
  readonly learnedAt: number;
}

/**
 * Adds news of a pass. `startedAt` is the count when the request for it began: if the device has
 * learned meanwhile that the pass can't go in, an older reply must not make it valid again. Null
 * where the news is put aside for that, so that the list is read again from the same place.
 */
export function learned(
  before: KnownPass | null,
  news: PassNews,
  startedAt: number,
  learnedAt: number,
): KnownPass | null {
  const isOlder = before !== null && before.learnedAt > startedAt;
  if (isOlder && !mayGoIn(before) && mayGoIn(news)) return null;
  return { ...news, generation: Math.max(news.generation, before?.generation ?? 0), learnedAt };
}

/** What an answer says of the pass, for a code of this generation; null where it says nothing. */
export function newsOf({ pass, result, atMs, gate }: Outcome, generation: number): PassNews | null {
  if (pass === null) return null;
  const saysWhere = result === "admitted" || result === "already_admitted";
  const place = saysWhere && pass.state === "admitted" ? { atMs, gate } : { atMs: null, gate: null };
  return { state: pass.state, outside: pass.outside, generation, ...place };
}

/** The pass as the domain's rules read it. `since` stands for times that the list does not have. */
export function passFrom(passId: string, known: KnownPass | null, waiting: readonly OwnScan[], since: number): Pass {
  const name = readPassId(passId) ?? { reservationId: passId, number: 1 };
  const untouched = newPass(name.reservationId, name.number);
  const listed = known === null ? untouched : fromNews(untouched, known, since);
  return waiting.toSorted((one, other) => one.atMs - other.atMs).reduce(withOwn, listed);
}

function fromNews(untouched: Pass, known: KnownPass, since: number): Pass {
  const { state, generation, outside, atMs, gate } = known;
  const wentIn = state === "admitted" || atMs !== null;
  const admission = wentIn ? { key: "", atMs: atMs ?? since, gate: gate ?? "" } : null;
  return {
    ...untouched,
    generation,
    revokedAtMs: state === "revoked" ? since : null,
    admission,
    outSinceMs: outside ? (admission?.atMs ?? since) : null,
  };
}

/**
 * A scan of this device by which somebody has passed, which the list does not have yet. Whatever
 * the list says, they are inside: also where the pass has been passed on since.
 */
function withOwn(pass: Pass, { key, atMs, gate, direction }: OwnScan): Pass {
  if (direction === "out") return { ...pass, outSinceMs: atMs };
  const mine = { key, atMs, gate };
  const isFirst = pass.admission === null || atMs < pass.admission.atMs;
  return { ...pass, admission: isFirst ? mine : pass.admission, outSinceMs: null };
}

function mayGoIn({ state, outside }: PassNews): boolean {
  return state === "valid" || outside;
}
