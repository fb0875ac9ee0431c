// How events and ticket types read on the wire.

import type * as z from "zod";
import { iso, isoOrNull, money, presentSale } from "../../platform/wire.ts";
import type { EventRow, TicketTypeDetails } from "./queries.ts";
import type { Ticket } from "./schemas.ts";

export type PresentedTicket = z.output<typeof Ticket>;

/** `held` and `sold` are shown only `toOrganizer`. */
export function presentTicket(
  ticketType: TicketTypeDetails,
  event: Pick<EventRow, "status" | "endsAtMs">,
  toOrganizer: boolean,
): PresentedTicket {
  const { id, eventId, name, description, capacity, maxPerBuyer, held, sold } = ticketType;
  const period = { ...ticketType, eventStatus: event.status, eventEndsMs: event.endsAtMs };
  return {
    id,
    event: eventId,
    name,
    description,
    price: money(ticketType.priceMinor, ticketType.currency),
    capacity,
    max_per_buyer: maxPerBuyer,
    sales_end: isoOrNull(ticketType.salesEndMs),
    ...presentSale(period, ticketType, Date.now()),
    ...(toOrganizer ? { held, sold } : {}),
  };
}

/** With its ticket types in full, or their ids. */
export function presentEvent<T>(event: EventRow, tickets: T[]) {
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
    tickets,
  };
}
