// Finds passes: each is in the object that its id names.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { type PassName, type PassReader, passIdOf } from "../../domain/pass.ts";
import type { ReadPass } from "../../durable/ticket-type/pass-protocol.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { accountById } from "../accounts/queries.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { callNamedTicketType } from "../objects/ticket-types.ts";
import type { PassedOnRow } from "./queries.ts";

/** A slow D1 must not hold up buyers. */
const LOOKUP_TIMEOUT_MS = 200;

/** What was bought: as many passes as tickets, given back or not. */
export interface Bought {
  readonly reservationId: string;
  readonly quantity: number;
}

/**
 * The account, and the address that it has proven to be its own: what was passed on to that address
 * is theirs. Buyers read their own passes while D1 is slow or down.
 */
export async function readerOf(env: Env, { accountId }: Session): Promise<PassReader> {
  try {
    const account = await timeout(LOOKUP_TIMEOUT_MS, accountById(env.DB, accountId));
    return { accountId, emailKey: account?.verifiedEmailKey ?? null };
  } catch (fault) {
    log("warn", "address not read", errorFields(fault));
    return { accountId, emailKey: null };
  }
}

/** Null where there is none that the reader may see. */
export async function passWithId(env: Env, id: string, reader: PassReader): Promise<ReadPass | null> {
  const [pass] = await passesOf(env, ticketTypeIdOf(id), [id], reader);
  return pass ?? null;
}

/** Some of the passes of what was bought, in its order; `after` so many others. */
export async function passesAfter(
  env: Env,
  bought: readonly Bought[],
  reader: PassReader | null,
  after: number,
  limit: number,
): Promise<ReadPass[]> {
  const ids = namesAfter(bought, after, limit).map(passIdOf);
  const byTicketType = [...Map.groupBy(ids, ticketTypeIdOf)];
  const found = await Promise.all(byTicketType.map(([id, passIds]) => passesOf(env, id, passIds, reader)));
  const passes = new Map(found.flat().map((pass) => [pass.id, pass]));
  return ids.flatMap((id) => passes.get(id) ?? []);
}

/** Of what D1 says was passed on to the reader the passes that still are theirs, in its order. */
export async function passesStillOf(
  env: Env,
  rows: readonly PassedOnRow[],
  { accountId }: Session,
): Promise<ReadPass[]> {
  const reader = { accountId, emailKey: rows[0]?.emailKey ?? null };
  const byTicketType = [...Map.groupBy(rows, ({ ticketTypeId }) => ticketTypeId)];
  const found = await Promise.all(byTicketType.map(([id, those]) => passesOf(env, id, those.map(passIdOf), reader)));
  const held = new Map(found.flat().flatMap((pass) => (pass.isHolder ? [[pass.id, pass]] : [])));
  return rows.flatMap((row) => held.get(passIdOf(row)) ?? []);
}

export function countOf(bought: readonly Bought[]): number {
  return bought.reduce((sum, { quantity }) => sum + quantity, 0);
}

function namesAfter(bought: readonly Bought[], after: number, limit: number): PassName[] {
  let before = 0;
  return bought.flatMap(({ reservationId, quantity }) => {
    const first = Math.max(1, after - before + 1);
    const last = Math.min(quantity, after + limit - before);
    before += quantity;
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => ({
      reservationId,
      number: first + step,
    }));
  });
}

function passesOf(
  env: Env,
  ticketTypeId: string,
  passIds: readonly string[],
  reader: PassReader | null,
): Promise<ReadPass[]> {
  return callNamedTicketType<ReadPass[]>(env, ticketTypeId, [], (object) => object.passes({ passIds }, reader));
}
