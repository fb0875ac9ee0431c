// What the counter's form holds, and the sale that it asks for.

import type { CounterMethod, EventDetail, NewEventOrder, Ticket, TicketPrice } from "../ui/api-types.ts";
import type { Money } from "../ui/format.ts";
import { orNull } from "./times.ts";

export interface CounterValues {
  /** By price, as they are typed. */
  readonly quantities: Readonly<Record<string, string>>;
  readonly method: CounterMethod;
  readonly until: string;
  readonly name: string;
  readonly email: string;
  readonly note: string;
}

export const EMPTY: CounterValues = { quantities: {}, method: "cash", until: "", name: "", email: "", note: "" };

export interface Offer {
  readonly ticket: Ticket;
  readonly price: TicketPrice;
}

/** Also what is hidden or needs a code: the counter sells whatever is not taken off sale. */
export function offersOf({ tickets }: EventDetail): Offer[] {
  return tickets.flatMap((ticket) =>
    ticket.prices.flatMap((price) => (price.withdrawn === true ? [] : [{ ticket, price }])),
  );
}

/** How many are left, whether or not the public sale is open. */
export function leftOf({ ticket, price }: Offer): number {
  const left = ticket.capacity - (ticket.sold ?? 0) - (ticket.held ?? 0);
  if (price.capacity === null) return left;
  return Math.min(left, price.capacity - (price.sold ?? 0) - (price.held ?? 0));
}

export function itemsOf(event: EventDetail, { quantities }: CounterValues): NewEventOrder["items"] {
  return offersOf(event).flatMap(({ ticket, price }) => {
    const quantity = Number(quantities[price.id] ?? "");
    return Number.isInteger(quantity) && quantity > 0 ? [{ ticket: ticket.id, price: price.id, quantity }] : [];
  });
}

/** Null without tickets. Of a guest list it is nothing, whatever the prices. */
export function totalOf(event: EventDetail, values: CounterValues): Money | null {
  const chosen = offersOf(event).filter(({ price }) => Number(values.quantities[price.id] ?? "") > 0);
  const [first] = chosen;
  if (first === undefined) return null;
  const amount = chosen.reduce((sum, { price }) => sum + Number(values.quantities[price.id]) * price.price.amount, 0);
  return { ...first.price.price, amount: values.method === "free" ? 0 : amount };
}

export function saleOf(event: EventDetail, values: CounterValues): NewEventOrder {
  const { method, until, name, email, note } = values;
  const customer = {
    ...(name.trim() === "" ? {} : { name: name.trim() }),
    ...(email.trim() === "" ? {} : { email: email.trim() }),
  };
  const payUntil = method === "transfer" ? orNull(until, event.timezone) : null;
  return {
    items: itemsOf(event, values),
    method,
    ...(payUntil === null ? {} : { pay_until: payUntil }),
    ...(Object.keys(customer).length === 0 ? {} : { customer }),
    ...(note.trim() === "" ? {} : { note }),
  };
}
