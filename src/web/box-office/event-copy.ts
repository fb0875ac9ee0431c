// Another event like one that there is: a week later or more, with its ticket types and prices.
// Codes and what was sold stay where they are.

import type { EventDetail, NewPrice, NewTicket, Ticket, TicketPrice } from "../ui/api-types.ts";
import { type EventValues, valuesOf, withStart } from "./event-fields.ts";
import { fromLocal, movedLocal, toLocal } from "./times.ts";

const DAY_MS = 86_400_000;

/** On the same day of the week, the first that is ahead. */
export function valuesLike(event: EventDetail, nowMs: number): EventValues {
  const values = valuesOf(event, event.timezone);
  const weeksAgo = Math.max(0, Math.floor((nowMs - Date.parse(event.starts_at)) / (7 * DAY_MS)));
  const laterMs = Date.parse(`${values.starts}:00Z`) + (weeksAgo + 1) * 7 * DAY_MS;
  return withStart(values, values, new Date(laterMs).toISOString().slice(0, values.starts.length), event.timezone);
}

/** A ticket type to make, and what its only price can't be made with where that has no name. */
export interface TicketLike {
  readonly ticket: NewTicket;
  readonly rules: Partial<Omit<NewPrice, "name" | "price">> | null;
}

export type Times = Pick<EventDetail, "starts_at" | "ends_at">;

/**
 * Their times of sale are moved as far as the event is; one that its end leaves no room for is left
 * out. Prices that are withdrawn stay away.
 */
export function ticketsLike({ tickets, starts_at, timezone }: EventDetail, at: Times): TicketLike[] {
  const [before, after] = [toLocal(starts_at, timezone), toLocal(at.starts_at, timezone)];
  const moved = (time: string | null) => {
    if (time === null) return null;
    const then = fromLocal(movedLocal(toLocal(time, timezone), before, after), timezone);
    return Date.parse(then) < Date.parse(at.ends_at) ? then : null;
  };
  return tickets.flatMap((ticket): TicketLike[] => {
    const prices = ticket.prices.filter(({ withdrawn }) => withdrawn !== true);
    const [only] = prices;
    if (only === undefined) return [];
    const common = commonOf(ticket, moved);
    if (only.name !== "") return [{ ticket: { ...common, prices: prices.map(priceLike(moved)) }, rules: null }];
    const { name, price, ...rules } = priceLike(moved)(only);
    return [{ ticket: { ...common, price }, rules: isRuled(rules) ? rules : null }];
  });
}

type Moved = (at: string | null) => string | null;

function commonOf(ticket: Ticket, moved: Moved): NewTicket {
  const { name, description, capacity, max_per_buyer, hidden = false } = ticket;
  const times = { sales_start: moved(ticket.sales_start), sales_end: moved(ticket.sales_end) };
  return { name, description, capacity, max_per_buyer, hidden, ...times };
}

function priceLike(moved: Moved) {
  return ({ name, price, capacity, sales_start, sales_end, ...of }: TicketPrice): NewPrice => {
    const { requires_code, min_per_order, max_per_order } = of;
    const times = { sales_start: moved(sales_start), sales_end: moved(sales_end) };
    const { amount, currency } = price;
    return { name, price: { amount, currency }, capacity, ...times, requires_code, min_per_order, max_per_order };
  };
}

function isRuled({ requires_code, min_per_order, ...limits }: TicketLike["rules"] & object): boolean {
  return requires_code === true || min_per_order !== 1 || Object.values(limits).some((limit) => limit !== null);
}
