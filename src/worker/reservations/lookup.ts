// Finds one reservation of an account.

import type { ReservationView } from "../../domain/reservation-view.ts";
import type { FindResult } from "../../durable/ticket-type/protocol.ts";
import { ticketTypeIdOf } from "../../platform/ids.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { viewOfRow } from "./presenters.ts";
import { endedReservation } from "./queries.ts";

/**
 * As its object has it at this moment. Long after its end the object has forgotten it, and D1 has
 * it.
 */
export async function findReservation(env: Env, id: string, accountId: string): Promise<FindResult> {
  const result = await callTicketType(env, ticketTypeIdOf(id), (object) => object.find(id, accountId));
  if (result.ok) return result;
  const ended = await findEndedReservation(env, id, accountId);
  return ended === null ? result : { ok: true, reservation: ended };
}

/** A reservation that has ended, from D1, which keeps it when its object has forgotten it. */
export async function findEndedReservation(env: Env, id: string, accountId: string): Promise<ReservationView | null> {
  const row = await endedReservation(env.DB, id, accountId);
  return row === null ? null : viewOfRow(row, Date.now());
}
