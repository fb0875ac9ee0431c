// Calls to the objects of ticket types, and what to do when one fails.

import type { DurableObject } from "cloudflare:workers";
import type { WatchResult } from "../../durable/shared/watch-request.ts";
import type { ReserveRequest, ReserveResult } from "../../durable/ticket-type/protocol.ts";
import type { TicketType } from "../../durable/ticket-type/ticket-type.ts";
import { type WatchRequest, writeWatchRequest } from "../../durable/ticket-type/watch-request.ts";
import { ServiceError } from "../../platform/errors.ts";
import type { Env } from "../env.ts";
import { withRetries } from "./retries.ts";
import { openedSocket } from "./sockets.ts";
import { isTicketType } from "./ticket-type-ids.ts";

/** The methods that the object offers over RPC, as its own class types them. */
export type TicketTypeCalls = Omit<TicketType, keyof DurableObject>;

/**
 * Calls the object that owns a ticket type. Throws `Unavailable` where the object can't be reached.
 * `call` may run more than once: any method can be repeated, because the caller makes the ids.
 */
export function callTicketType<T>(
  env: Env,
  ticketTypeId: string,
  call: (ticketType: TicketTypeCalls) => Promise<T>,
): Promise<T> {
  return withRetries({ ticket: ticketTypeId }, () => call(env.TICKET_TYPES.getByName(ticketTypeId)));
}

/** As `callTicketType`, for an id that a client sent: `unknown` if nothing has that id. */
export async function callNamedTicketType<T>(
  env: Env,
  ticketTypeId: string,
  unknown: T,
  call: (ticketType: TicketTypeCalls) => Promise<T>,
): Promise<T> {
  return (await isTicketType(env, ticketTypeId)) ? callTicketType(env, ticketTypeId, call) : unknown;
}

/** Requests that arrive while the object commits share its next commit. */
export async function reserve(env: Env, ticketTypeId: string, request: ReserveRequest): Promise<ReserveResult> {
  const unknown: ReserveResult[] = [{ ok: false, refusal: { type: "ticket_unknown" } }];
  const [result] = await callNamedTicketType(env, ticketTypeId, unknown, (object) => object.reserve([request]));
  if (result === undefined) throw new ServiceError("the object gave no result");
  return result;
}

/**
 * Opens a socket for changes of a ticket type that there is. Throws `Unavailable` also where an
 * older object has no `fetch`.
 */
export async function openSocket(env: Env, ticketTypeId: string, request: WatchRequest): Promise<WatchResult> {
  return openedSocket({ ticket: ticketTypeId }, () =>
    env.TICKET_TYPES.getByName(ticketTypeId).fetch(writeWatchRequest(request)),
  );
}
