// What a visitor has chosen at an event: kept by the tab, so that signing in, a reload or the way
// back lose nothing.

import { type Signal, signal } from "@preact/signals";
import type { EventDetail, NewOrder, Order, Ticket, TicketPrice } from "../ui/api-types.ts";
import { keep, kept } from "../ui/kept.ts";

export interface Choice {
  /** How many, by the price's id. */
  readonly quantities: Readonly<Record<string, number>>;
  /** What opens a price, by the price's id. */
  readonly codes: Readonly<Record<string, string>>;
  /** The version of the terms that were accepted. */
  readonly acceptedTerms: string | null;
  /** What an order had that came to nothing. What is left of it is chosen, until a change. */
  readonly again?: Readonly<Record<string, number>> | undefined;
}

const NOTHING: Choice = { quantities: {}, codes: {}, acceptedTerms: null };
/** An order has at most so many items. */
export const MAX_ITEMS = 20;
/** A ticket type without limits still has one for a hand that slipped. */
const MOST_AT_ONCE = 100;

const choices = new Map<string, Signal<Choice>>();

export function choiceOf(eventId: string): Signal<Choice> {
  const known = choices.get(eventId) ?? signal(kept<Choice>(nameOf(eventId)) ?? NOTHING);
  choices.set(eventId, known);
  return known;
}

export function choose(eventId: string, change: Partial<Choice>): void {
  const choice = choiceOf(eventId);
  choice.value = { ...choice.peek(), ...change };
  keep(nameOf(eventId), choice.peek());
}

/** How many of a price: from now on what the visitor says. */
export function chooseQuantity(eventId: string, priceId: string, quantity: number): void {
  const { quantities } = choiceOf(eventId).peek();
  choose(eventId, { quantities: { ...quantities, [priceId]: quantity }, again: undefined });
}

/** What an order had of an event. Terms are accepted anew. */
export function chooseAgain(order: Order, eventId: string): void {
  const items = order.items.filter(({ event }) => event?.id === eventId);
  const again: Record<string, number> = {};
  for (const { price, quantity } of items) again[price] = (again[price] ?? 0) + quantity;
  const codes = Object.fromEntries(items.flatMap(({ price, code }) => (code === null ? [] : [[price, code]])));
  choose(eventId, { quantities: again, again, codes: { ...choiceOf(eventId).peek().codes, ...codes } });
}

/** Chooses what is left of what an order had, and nothing whose sale has ended. */
export function chooseWhatIsLeft(event: EventDetail): void {
  const { again, quantities } = choiceOf(event.id).peek();
  const wanted = again === undefined ? withoutEnded(event, quantities) : leftOf(event, again);
  if (wanted !== quantities) choose(event.id, { quantities: wanted });
}

/** Something of what an order had is not to be had any more. */
export function isLess({ again, quantities }: Choice): boolean {
  return Object.entries(again ?? {}).some(([price, quantity]) => (quantities[price] ?? 0) < quantity);
}

/** What is sold out may come back, and so stays chosen. */
function withoutEnded(event: EventDetail, quantities: Choice["quantities"]): Choice["quantities"] {
  const prices = event.tickets.flatMap((ticket) => ticket.prices.filter((price) => !isOpen(ticket, price)));
  const ended = new Set(prices.map(({ id }) => id).filter((id) => quantities[id] !== undefined));
  if (ended.size === 0) return quantities;
  return Object.fromEntries(Object.entries(quantities).filter(([id]) => !ended.has(id)));
}

/** Of `wanted` what is to be had at the event now. */
export function leftOf(event: EventDetail, wanted: Choice["quantities"]): Choice["quantities"] {
  const quantities: Record<string, number> = {};
  for (const ticket of event.tickets) {
    for (const price of ticket.prices) {
      const most = isOpen(ticket, price) ? mostOf(ticket, price, { ...NOTHING, quantities }) : 0;
      const quantity = Math.min(wanted[price.id] ?? 0, most);
      if (quantity > 0 && quantity >= price.min_per_order) quantities[price.id] = quantity;
    }
  }
  return quantities;
}

/** After it has become an order. */
export function forgetChoice(eventId: string): void {
  choiceOf(eventId).value = NOTHING;
  keep(nameOf(eventId), null);
}

export function isOpen(ticket: Ticket, price: TicketPrice): boolean {
  return ticket.sale_state === "open" && price.sale_state === "open";
}

/** How many of a price may be chosen, beside what is chosen of the same ticket type. */
export function mostOf(ticket: Ticket, price: TicketPrice, { quantities }: Choice): number {
  const others = ticket.prices.reduce((sum, { id }) => sum + (id === price.id ? 0 : (quantities[id] ?? 0)), 0);
  const limits = [price.available, ticket.available - others, price.max_per_order, MOST_AT_ONCE];
  if (ticket.max_per_buyer !== null) limits.push(ticket.max_per_buyer - others);
  return Math.max(0, Math.min(...limits.filter((limit) => limit !== null)));
}

/** The next number upwards or downwards: a price may be sold from two on only. */
export function stepped(price: TicketPrice, quantity: number, by: 1 | -1): number {
  const next = quantity + by;
  if (next >= price.min_per_order) return next;
  return by > 0 ? price.min_per_order : 0;
}

/** Null while nothing is chosen. */
export function orderOf(event: EventDetail, { quantities, codes, acceptedTerms }: Choice): NewOrder | null {
  const items = event.tickets.flatMap((ticket) =>
    ticket.prices.flatMap((price) => {
      const quantity = quantities[price.id] ?? 0;
      if (quantity === 0) return [];
      const code = price.requires_code ? codes[price.id] : undefined;
      return [{ ticket: ticket.id, price: price.id, quantity, ...(code === undefined ? {} : { code }) }];
    }),
  );
  if (items.length === 0) return null;
  return { items, ...(event.terms === null || acceptedTerms === null ? {} : { accepted_terms: acceptedTerms }) };
}

/** In the currency's minor unit, and how many tickets. */
export function sumOf(event: EventDetail, { quantities }: Choice): { amount: number; count: number } {
  const prices = event.tickets.flatMap(({ prices }) => prices);
  return prices.reduce(
    (sum, { id, price }) => {
      const quantity = quantities[id] ?? 0;
      return { amount: sum.amount + quantity * price.amount, count: sum.count + quantity };
    },
    { amount: 0, count: 0 },
  );
}

function nameOf(eventId: string): string {
  return `choice ${eventId}`;
}
