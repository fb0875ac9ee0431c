// How events and ticket types read on the wire.

import type * as z from "zod";
import type { SaleState } from "../../domain/stock.ts";
import { iso, isoOrNull, money, presentSale } from "../../platform/wire.ts";
import { tagOfEdition } from "../http/etag.ts";
import type { EventRow, TicketTypeDetails } from "./queries.ts";
import type { Ticket } from "./schemas.ts";

export type PresentedTicket = z.output<typeof Ticket>;

type EventOfSale = Pick<EventRow, "status" | "endsAtMs">;
type Sale = Pick<PresentedTicket, "price" | "sale_state" | "available">;

/** What decides whether and for how much a ticket type is sold. */
export type TicketTypeOnSale = Pick<
  TicketTypeDetails,
  "priceMinor" | "currency" | "capacity" | "held" | "sold" | "salesStartMs" | "salesEndMs"
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
    ...presentOnSale(ticketType, event),
    ...(toOrganizer ? { held, sold, hidden, etag: tagOfEdition(edition) } : {}),
  };
}

/** Its price, and what the event's own status and end make of its sale. */
export function presentOnSale(ticketType: TicketTypeOnSale, event: EventOfSale) {
  const period = { ...ticketType, eventStatus: event.status, eventEndsMs: event.endsAtMs };
  const price = money(ticketType.priceMinor, ticketType.currency);
  return { price, ...presentSale(period, ticketType, Date.now()) };
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
    ...saleOfEvent(event, sales),
    tickets,
  };
}

/** Counts what is open; where nothing is, what will be; and where nothing will be, all. */
function saleOfEvent(event: EventOfSale, sales: readonly Sale[]) {
  const state = stateOfEvent(event, sales);
  const counted = sales.filter(({ sale_state }) => sale_state === state);
  // Amounts in other currencies than the first one's can't be compared.
  const prices = counted.map(({ price }) => price).filter(({ currency }) => currency === counted[0]?.price.currency);
  return {
    sale_state: state,
    from_price: prices.toSorted((one, other) => one.amount - other.amount)[0] ?? null,
    available: counted.reduce((sum, sale) => sum + sale.available, 0),
  };
}

/** An event without ticket types may still get some. */
function stateOfEvent(event: EventOfSale, sales: readonly Sale[]): SaleState {
  if (event.status !== "published") return event.status;
  const states = sales.map(({ sale_state }) => sale_state);
  if (states.includes("open")) return "open";
  if (sales.length === 0) return Date.now() < event.endsAtMs ? "upcoming" : "ended";
  return states.includes("upcoming") ? "upcoming" : "ended";
}
