// What an object knows of its event, and how news of the event changes that. Pure.

import type { SaleNews, TicketTypeState } from "./protocol.ts";

type KnownEvent = Pick<
  TicketTypeState,
  "onSale" | "onSaleVersion" | "eventStatus" | "eventEndsMs" | "eventVersion" | "termsVersion"
>;
/** What news may leave out, so that it stays as it was known. */
type Kept = Pick<KnownEvent, "eventEndsMs" | "eventVersion" | "termsVersion">;

/** What was known before anything was announced. */
export const NOTHING_KNOWN: Kept = { eventEndsMs: null, eventVersion: 0, termsVersion: null };

/** News that arrives late changes nothing. The same version again adds what it left out before. */
export function isNews(known: KnownEvent, { onSaleVersion, eventStatus, termsVersion }: SaleNews): boolean {
  if (eventStatus === undefined) return onSaleVersion > known.onSaleVersion;
  if (onSaleVersion < known.onSaleVersion) return false;
  if (onSaleVersion !== known.eventVersion) return onSaleVersion > known.eventVersion;
  // A version of the event has one version of terms: other ones were left out before.
  return termsVersion !== undefined && termsVersion !== known.termsVersion;
}

/** Older Workers leave out status, end and terms. End and terms then stay as they were known. */
export function learn(known: Kept, news: SaleNews): KnownEvent {
  const { onSale, onSaleVersion, eventStatus, eventEndsMs, termsVersion } = news;
  return {
    onSale,
    onSaleVersion,
    eventStatus: eventStatus ?? (onSale ? "published" : "draft"),
    eventEndsMs: eventEndsMs ?? known.eventEndsMs,
    eventVersion: eventStatus === undefined ? known.eventVersion : onSaleVersion,
    termsVersion: termsVersion === undefined ? known.termsVersion : termsVersion,
  };
}
