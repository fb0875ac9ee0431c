// What an object knows of its event, and how news of the event changes that. Pure.

import type { SaleNews, TicketTypeState } from "./protocol.ts";

type KnownEvent = Pick<TicketTypeState, "onSale" | "onSaleVersion" | "eventStatus" | "eventEndsMs" | "eventVersion">;

/** What was known before anything was announced. */
export const NOTHING_KNOWN: Pick<KnownEvent, "eventEndsMs" | "eventVersion"> = { eventEndsMs: null, eventVersion: 0 };

/** News that arrives late changes nothing. The same version again adds what it left out before. */
export function isNews(known: KnownEvent, { onSaleVersion, eventStatus }: SaleNews): boolean {
  if (eventStatus === undefined) return onSaleVersion > known.onSaleVersion;
  return onSaleVersion > known.eventVersion && onSaleVersion >= known.onSaleVersion;
}

/** Older Workers leave out status and end. The end then stays as it was known. */
export function learn(known: Pick<KnownEvent, "eventEndsMs" | "eventVersion">, news: SaleNews): KnownEvent {
  const { onSale, onSaleVersion, eventStatus, eventEndsMs } = news;
  return {
    onSale,
    onSaleVersion,
    eventStatus: eventStatus ?? (onSale ? "published" : "draft"),
    eventEndsMs: eventEndsMs ?? known.eventEndsMs,
    eventVersion: eventStatus === undefined ? known.eventVersion : onSaleVersion,
  };
}
