// What calendars say of events: as everybody sees one, and as a buyer's order has them.

import type { OrderItemView, OrderView } from "../../domain/order.ts";
import { isSold } from "../../domain/stock.ts";
import type { EventRow } from "../catalogue/queries.ts";
import type { CalendarEntry } from "./icalendar.ts";

/** Ids are unique among all services: no host has to be named, which only a client could tell. */
const UID_SUFFIX = "@ticket-overlord";

export interface TicketTypeAtEvent {
  readonly name: string;
  readonly event: EventRow;
}

export function entryOfEvent(event: EventRow): CalendarEntry {
  const { id, status, name, venue, description } = event;
  return {
    uid: id + UID_SUFFIX,
    sequence: versionOf(event),
    ...timesOf(event),
    status: status === "cancelled" ? "CANCELLED" : "CONFIRMED",
    summary: name,
    location: venue,
    description: [event.cancellation?.message ?? "", description].filter((text) => text !== "").join("\n\n"),
  };
}

/**
 * One for each event, with what was bought of it. An order that is over, or an event of which all
 * tickets were given back, is cancelled in the calendar as well. What D1 does not have is left out.
 */
export function entriesOfOrder(order: OrderView, ticketTypes: ReadonlyMap<string, TicketTypeAtEvent>): CalendarEntry[] {
  const byEvent = Map.groupBy(order.items, ({ ticketTypeId }) => ticketTypes.get(ticketTypeId)?.event.id);
  return [...byEvent].flatMap(([eventId, items]) => {
    const event = ticketTypes.get(items[0]?.ticketTypeId ?? "")?.event;
    if (eventId === undefined || event === undefined) return [];
    const kept = items.map((item) => item.quantity - (item.givenBack ?? 0));
    const left = kept.reduce((sum, quantity) => sum + quantity, 0);
    const isOver = event.status === "cancelled" || left === 0 || isEnded(order);
    const bought = items.flatMap((item, index) => {
      const quantity = kept[index] ?? 0;
      return quantity === 0 ? [] : [`${quantity} × ${ticketTypes.get(item.ticketTypeId)?.name ?? ""}${priceOf(item)}`];
    });
    return {
      ...entryOfEvent(event),
      uid: `${order.id}-${eventId}${UID_SUFFIX}`,
      sequence: versionOf(event) + stepsOf(order) + givenBackOf(items),
      status: isOver ? "CANCELLED" : isSold(order.state) ? "CONFIRMED" : "TENTATIVE",
      description: [...bought, `Order ${order.id}`].join("\n"),
    } as const;
  });
}

/** 0 as it was made. It grows with each change of its time, its texts and its status. */
function versionOf({ statusVersion, textsVersion }: EventRow): number {
  return statusVersion + textsVersion - 2;
}

function timesOf({ createdAtMs, startsAtMs, endsAtMs, timezone }: EventRow) {
  return { createdAtMs, startsAtMs, endsAtMs, timeZone: timezone };
}

function isEnded({ state }: OrderView): boolean {
  return state !== "held" && state !== "confirmed";
}

/** Held, then confirmed or over, then perhaps refunded: it never goes back. */
function stepsOf(order: OrderView): number {
  if (order.state === "held") return 0;
  return order.state === "confirmed" ? 1 : 2;
}

function givenBackOf(items: readonly OrderItemView[]): number {
  return items.reduce((sum, { givenBack = 0 }) => sum + givenBack, 0);
}

function priceOf({ priceName }: OrderItemView): string {
  return priceName === "" ? "" : `, ${priceName}`;
}
