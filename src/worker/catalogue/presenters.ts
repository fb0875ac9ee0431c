// How events and ticket types read on the wire.

import type * as z from "zod";
import { type Cancellation, cancellationOf } from "../../domain/cancellation.ts";
import { firstPrice, type Price, type TicketTypeOffer } from "../../domain/price.ts";
import type { SaleState } from "../../domain/stock.ts";
import type { Terms } from "../../domain/terms.ts";
import { iso, isoOrNull, money, presentSale, presentSaleAt } from "../../platform/wire.ts";
import { tagOfEdition } from "../http/etag.ts";
import type { EventRow, TicketTypeDetails } from "./queries.ts";
import type { Ticket } from "./schemas.ts";
import { presentSeller } from "./seller-schemas.ts";
import { presentTerms } from "./terms-schemas.ts";

export type PresentedTicket = z.output<typeof Ticket>;

type EventOfSale = Pick<EventRow, "status" | "endsAtMs">;
type Sale = Pick<PresentedTicket, "sale_state" | "available" | "prices">;

/** What decides whether and for how much a ticket type is sold. */
export type TicketTypeOnSale = Pick<
  TicketTypeDetails,
  | "id"
  | "priceMinor"
  | "prices"
  | "currency"
  | "capacity"
  | "held"
  | "sold"
  | "maxPerBuyer"
  | "salesStartMs"
  | "salesEndMs"
>;

/** `held`, `sold`, `hidden` and `etag` are shown only `toOrganizer`. */
export function presentTicket(
  ticketType: TicketTypeDetails,
  event: EventOfSale,
  toOrganizer: boolean,
): PresentedTicket {
  const { id, eventId, name, description, capacity, maxPerBuyer, held, sold, hidden, edition } = ticketType;
  return {
    id,
    event: eventId,
    name,
    description,
    capacity,
    max_per_buyer: maxPerBuyer,
    sales_end: isoOrNull(ticketType.salesEndMs),
    ...presentOnSale(ticketType, event, toOrganizer),
    ...(toOrganizer ? { held, sold, hidden, etag: tagOfEdition(edition) } : {}),
  };
}

/** Its prices, and what the event's own status and end make of its sale. */
export function presentOnSale(ticketType: TicketTypeOnSale, event: EventOfSale, toOrganizer = false) {
  const { currency, priceMinor } = ticketType;
  const prices = ticketType.prices ?? [firstPrice(ticketType.id, priceMinor)];
  const offer = { ...ticketType, prices, eventStatus: event.status, eventEndsMs: event.endsAtMs };
  const nowMs = Date.now();
  return {
    price: money(priceMinor, currency),
    prices: prices.map((price) => presentPrice(price, offer, nowMs, toOrganizer)),
    ...presentSale(offer, offer, nowMs),
  };
}

/** `held`, `sold` and `withdrawn` are shown only `toOrganizer`. */
export function presentPrice(price: Price, offer: TicketTypeOffer, nowMs: number, toOrganizer: boolean) {
  const { id, name, amountMinor, capacity, requiresCode, minPerOrder, maxPerOrder, isWithdrawn } = price;
  const { available, sale_state, sale_ends_at } = presentSaleAt(price, offer, nowMs);
  // While there is one price, the newest counters are the ticket type's.
  const { held, sold } = offer.prices.length > 1 ? price : offer;
  return {
    id,
    name,
    price: money(amountMinor, offer.currency),
    capacity,
    sales_start: isoOrNull(price.salesStartMs),
    sales_end: isoOrNull(price.salesEndMs),
    requires_code: requiresCode,
    min_per_order: minPerOrder,
    max_per_order: maxPerOrder,
    available,
    sale_state,
    sale_ends_at,
    ...(toOrganizer ? { held, sold, withdrawn: isWithdrawn } : {}),
  };
}

/** With its ticket types in full, or their ids; `sales` are theirs. */
export function presentEvent<T>(event: EventRow, tickets: T[], sales: readonly Sale[]) {
  const { id, organizerId, name, description, venue, timezone, status } = event;
  return {
    id,
    organizer: organizerId,
    name,
    description,
    venue,
    starts_at: iso(event.startsAtMs),
    ends_at: iso(event.endsAtMs),
    timezone,
    status,
    refundable_until: isoOrNull(event.refundableUntilMs),
    doors_open_at: isoOrNull(event.doorsOpenAtMs),
    reentry: event.reentry,
    ...saleOfEvent(event, sales),
    tickets,
  };
}

/** As its own page has it. A list has neither terms, which may be long, nor sellers. */
export function presentEventDetail<T extends Sale>(event: EventRow, terms: Terms | null, tickets: T[]) {
  const { seller, vatRate } = event;
  const sale = { seller: seller && presentSeller(seller), vat_rate: vatRate };
  const cancellation = cancellationOf(event);
  return {
    ...presentEvent(event, tickets, tickets),
    terms: terms && presentTerms(terms),
    ...sale,
    cancellation: cancellation && presentCancellation(cancellation),
  };
}

export function presentCancellation({ refund, message, atMs }: Cancellation) {
  return { refund, message, called_off_at: isoOrNull(atMs) };
}

/** Counts what is open; where nothing is, what will be; and where nothing will be, all. */
function saleOfEvent(event: EventOfSale, sales: readonly Sale[]) {
  const state = stateOfEvent(event, sales);
  const counted = sales.filter(({ sale_state }) => sale_state === state);
  const prices = pricesFrom(counted);
  return {
    sale_state: state,
    from_price: prices.toSorted((one, other) => one.amount - other.amount)[0] ?? null,
    available: counted.reduce((sum, sale) => sum + sale.available, 0),
  };
}

/** What a buyer without a code could pay: now, or else at another time. */
function pricesFrom(sales: readonly Sale[]): PresentedTicket["price"][] {
  const all = sales.flatMap((sale) => sale.prices);
  const open = all.filter((price) => price.sale_state === "open" && !price.requires_code);
  const public_ = all.filter((price) => !price.requires_code);
  const shown = [open, public_, all].find((some) => some.length > 0) ?? [];
  // Amounts in other currencies than the first one's can't be compared.
  return shown.map(({ price }) => price).filter(({ currency }) => currency === shown[0]?.price.currency);
}

/** An event without ticket types may still get some. */
function stateOfEvent(event: EventOfSale, sales: readonly Sale[]): SaleState {
  if (event.status !== "published") return event.status;
  const states = sales.map(({ sale_state }) => sale_state);
  if (states.includes("open")) return "open";
  if (sales.length === 0) return Date.now() < event.endsAtMs ? "upcoming" : "ended";
  return states.includes("upcoming") ? "upcoming" : "ended";
}
