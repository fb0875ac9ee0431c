// Finds one reservation of an account, though its object has forgotten it.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { FindResult } from "../../durable/ticket-type/protocol.ts";
import type { Env } from "../env.ts";
import { callNamedTicketType } from "../objects/ticket-types.ts";
import { findEndedReservation } from "./queries.ts";

/** As its object has it at this moment. Long after its end only D1 has it. */
export async function findReservation(env: Env, id: string, accountId: string): Promise<FindResult> {
  const unknown: FindResult = { ok: false, refusal: "reservation_unknown" };
  const result = await callNamedTicketType(env, ticketTypeIdOf(id), unknown, (object) => object.find(id, accountId));
  if (result.ok) return result;
  const ended = await findEndedReservation(env.DB, id, accountId);
  return ended === null ? result : { ok: true, reservation: ended };
}

/** The refusal of what only the order can do: it names the order. */
export async function partOfOrder(env: Env, id: string, accountId: string) {
  const result = await findReservation(env, id, accountId);
  return { type: "part_of_order", orderId: result.ok ? (result.reservation.orderId ?? null) : null } as const;
}
