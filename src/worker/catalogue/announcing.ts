// Tells the objects of an event's ticket types what became of the event.

import type { SaleNews } from "../../durable/ticket-type/protocol.ts";
import { errorFields, log } from "../../platform/log.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import * as db from "./queries.ts";

/**
 * Tells all objects the event's status, its times, its terms and what goes back to buyers. If
 * one fails, or is of the version before and does not take all of it, the sweep does it again.
 */
export async function announce(env: Env, event: db.EventRow): Promise<void> {
  try {
    const ticketTypes = await db.ticketTypesOf(env.DB, event.id);
    if (await tell(env, event, ticketTypes)) await db.markAnnounced(env.DB, event, ticketTypes);
  } catch (fault) {
    log("warn", "event not announced", { event: event.id, ...errorFields(fault) });
  }
}

/** Whether all objects know this version of the event now, or a newer one. */
export async function tell(
  env: Env,
  event: db.EventRow,
  ticketTypes: readonly Pick<db.TicketTypeRow, "id">[],
): Promise<boolean> {
  const news = saleNewsOf(event, ticketTypes);
  const known = await Promise.all(
    ticketTypes.map(({ id }) => callTicketType(env, id, (object) => object.announce(news))),
  );
  return known.every((version) => version !== undefined && version >= event.statusVersion);
}

/**
 * An event that is withdrawn is off sale like a draft. One that was called off stays so.
 * `ticketTypes`: all of the event's.
 */
export function saleNewsOf(event: db.EventRow, ticketTypes: readonly Pick<db.TicketTypeRow, "id">[]): SaleNews {
  const { status, statusVersion, startsAtMs, endsAtMs, withdrawnSinceMs, cancellation } = event;
  const { termsVersion, refundableUntilMs, doorsOpenAtMs, reentry } = event;
  const eventStatus = status === "published" && withdrawnSinceMs !== null ? "draft" : status;
  const onSale = eventStatus === "published";
  const refunding = cancellation?.refund === true ? ticketTypes.map(({ id }) => id).join(" ") : null;
  const times = { eventStartsMs: startsAtMs, eventEndsMs: endsAtMs, refundableUntilMs, doorsOpenAtMs };
  return { onSale, onSaleVersion: statusVersion, eventStatus, ...times, termsVersion, refunding, reentry };
}

export function isUnannounced({ announcedVersion, statusVersion }: db.EventRow): boolean {
  return announcedVersion < statusVersion;
}
