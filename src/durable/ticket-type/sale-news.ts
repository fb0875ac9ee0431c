// What an object knows of its event, and how news of the event changes that. Pure.

import type { SaleNews, TicketTypeState } from "./protocol.ts";

/** What older Workers do not tell: an object learns it with the same version of the event later. */
const ADDED = ["termsVersion", "refundableUntilMs", "refunding", "eventStartsMs", "doorsOpenAtMs", "reentry"] as const;

/** What news may leave out, so that it stays as it was known. */
type Kept = Pick<TicketTypeState, "eventEndsMs" | "eventVersion" | (typeof ADDED)[number]>;
type KnownEvent = Kept & Pick<TicketTypeState, "onSale" | "onSaleVersion" | "eventStatus">;

/** What was known before anything was announced. */
export const NOTHING_KNOWN: Kept = {
  eventEndsMs: null,
  eventVersion: 0,
  termsVersion: null,
  refundableUntilMs: null,
  refunding: null,
  eventStartsMs: null,
  doorsOpenAtMs: null,
  reentry: false,
};

/** News that arrives late changes nothing. The same version again adds what it left out before. */
export function isNews(known: KnownEvent, news: SaleNews): boolean {
  const { onSaleVersion, eventStatus } = news;
  if (eventStatus === undefined) return onSaleVersion > known.onSaleVersion;
  if (onSaleVersion < known.onSaleVersion) return false;
  if (onSaleVersion !== known.eventVersion) return onSaleVersion > known.eventVersion;
  // A version of the event has one of each: what differs was left out before.
  return ADDED.some((fact) => news[fact] !== undefined && news[fact] !== known[fact]);
}

/** Older Workers leave out some of it, which then stays as it was known. */
export function learn(known: Kept, news: SaleNews): KnownEvent {
  const { onSale, onSaleVersion, eventEndsMs, termsVersion, refundableUntilMs, refunding } = news;
  const { eventStartsMs, doorsOpenAtMs, reentry } = news;
  const eventStatus = news.eventStatus ?? (onSale ? "published" : "draft");
  return {
    onSale,
    onSaleVersion,
    eventStatus,
    eventEndsMs: eventEndsMs ?? known.eventEndsMs,
    eventVersion: news.eventStatus === undefined ? known.eventVersion : onSaleVersion,
    termsVersion: termsVersion === undefined ? known.termsVersion : termsVersion,
    refundableUntilMs: refundableUntilMs === undefined ? known.refundableUntilMs : refundableUntilMs,
    // An event that an older Worker has put on again sells nothing that is refunded at once.
    refunding: eventStatus === "cancelled" ? (refunding === undefined ? known.refunding : refunding) : null,
    eventStartsMs: eventStartsMs ?? known.eventStartsMs,
    doorsOpenAtMs: doorsOpenAtMs === undefined ? known.doorsOpenAtMs : doorsOpenAtMs,
    reentry: reentry ?? known.reentry,
  };
}
