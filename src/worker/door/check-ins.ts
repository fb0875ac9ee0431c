// Brings scans to the objects that decide them. A code is verified here: objects see a pass and its
// generation.

import { scannedAtMs } from "../../domain/check-in.ts";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { PassView } from "../../domain/pass.ts";
import type { DoorRequest, DoorResult } from "../../durable/ticket-type/pass-protocol.ts";
import { ServiceError } from "../../platform/errors.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { verifyPassCode } from "../passes/pass-keys.ts";
import type { Door } from "./access.ts";

export interface Scan {
  readonly code: string;
  readonly gate: string;
  /** By the device's clock. Null: now. */
  readonly atMs: number | null;
  /** How far that clock is behind ours, as far as it has said. */
  readonly behindMs: number;
  readonly key: string;
  readonly direction: "in" | "out";
}

/** What came of a scan. The object decides all but these two. */
export type CheckInResult =
  | DoorResult
  | { readonly ok: false; readonly refusal: { readonly type: "wrong_event" | "unknown" }; readonly pass: null };

// A quarter of a megabyte, and some ten milliseconds of one object.
const MOST_AT_ONCE = 500;

/** A scan with what its code says, if one of our keys has signed it. */
export type ReadScan = Scan & { readonly claim: Awaited<ReturnType<typeof verifyPassCode>> };

export function readScans(env: Env, scans: readonly Scan[]): Promise<ReadScan[]> {
  return Promise.all(scans.map(async (scan) => ({ ...scan, claim: await verifyPassCode(env, scan.code) })));
}

/** Whether the door knows the ticket type of each: one may have been added a moment ago. */
export function areOfDoor(scans: readonly ReadScan[], { ticketTypes }: Door): boolean {
  return scans.every(({ claim }) => claim === null || ticketTypes.has(ticketTypeIdOf(claim.passId)));
}

/** In the order of `scans`. Of each ticket type the earliest goes first: the first one counts. */
export async function checkIn(env: Env, door: Door, by: string, scans: readonly ReadScan[]): Promise<CheckInResult[]> {
  const results: CheckInResult[] = Array(scans.length);
  const known = scans.flatMap(({ claim, ...scan }, index) => {
    const isOfEvent = claim !== null && door.ticketTypes.has(ticketTypeIdOf(claim.passId));
    if (isOfEvent) return [{ index, scan, request: requestOf(scan, claim, by) }];
    results[index] = { ok: false, refusal: { type: claim === null ? "unknown" : "wrong_event" }, pass: null };
    return [];
  });
  const nowMs = Date.now();
  const inOrder = known.sort(({ scan: one }, { scan: other }) => scannedAtMs(one, nowMs) - scannedAtMs(other, nowMs));
  const byTicketType = Map.groupBy(inOrder, ({ request }) => ticketTypeIdOf(request.passId));
  await Promise.all(
    [...byTicketType].map(async ([ticketTypeId, ofType]) => {
      for (let first = 0; first < ofType.length; first += MOST_AT_ONCE) {
        const part = ofType.slice(first, first + MOST_AT_ONCE);
        const requests = part.map(({ request }) => request);
        const decided = await callTicketType(env, ticketTypeId, (object) => object.checkIn(requests));
        for (const [place, { index }] of part.entries()) results[index] = required(decided[place]);
      }
    }),
  );
  return results;
}

/** Something about a pass that a person has chosen, instead of a scan. */
export async function decide(env: Env, request: DoorRequest): Promise<DoorResult> {
  const [result] = await callTicketType(env, ticketTypeIdOf(request.passId), (object) => object.checkIn([request]));
  return required(result);
}

/** The pass as its object has it; null where there is no such pass. */
export async function findPass(env: Env, passId: string): Promise<PassView | null> {
  const ask = { passIds: [passId] };
  const [pass] = await callTicketType(env, ticketTypeIdOf(passId), (object) => object.passes(ask, null));
  return pass ?? null;
}

function requestOf(
  { gate, atMs, behindMs, key, direction }: Scan,
  { passId, generation }: { readonly passId: string; readonly generation: number },
  by: string,
): DoorRequest {
  return { type: direction, passId, generation, gate, atMs, behindMs, key, by };
}

function required<T>(result: T | undefined): T {
  if (result === undefined) throw new ServiceError("the object gave no result");
  return result;
}
