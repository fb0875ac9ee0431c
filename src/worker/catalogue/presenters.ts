// How events and ticket types read on the wire.

import type * as z from "zod";
import { available } from "../../domain/stock.ts";
import { iso, isoOrNull, money } from "../../platform/wire.ts";
import type { EventWithTicketIds } from "./event-list.ts";
import type { EventRow, TicketTypeDetails } from "./queries.ts";
import type { EventDetail, EventSummary, Ticket } from "./schemas.ts";

export type PresentedTicket = z.output<typeof Ticket>;

export function presentEventSummary(event: EventWithTicketIds): z.output<typeof EventSummary> {
  return { ...presentEventFields(event), tickets: [...event.ticketIds] };
}

export function presentEventDetail(event: EventRow, tickets: PresentedTicket[]): z.output<typeof EventDetail> {
  return { ...presentEventFields(event), tickets };
}

/** `held` and `sold` are shown only `toOrganizer`. */
export function presentTicket(ticketType: TicketTypeDetails, toOrganizer: boolean): PresentedTicket {
  const { id, eventId, name, description, capacity, maxPerBuyer, held, sold } = ticketType;
  return {
    id,
    event: eventId,
    name,
    description,
    price: money(ticketType.priceMinor, ticketType.currency),
    capacity,
    max_per_buyer: maxPerBuyer,
    sales_start: isoOrNull(ticketType.salesStartMs),
    sales_end: isoOrNull(ticketType.salesEndMs),
    available: available(ticketType),
    ...(toOrganizer ? { held, sold } : {}),
  };
}

function presentEventFields(event: EventRow) {
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
  };
}
