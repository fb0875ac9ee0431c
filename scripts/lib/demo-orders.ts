// The orders of `npm run demo`: a guest pays for one, one is refused whole, one is cancelled.

import type { Client } from "./client.ts";
import {
  type Body,
  comeAsGuest,
  type Event,
  expectStatus,
  expectThat,
  missing,
  moneyText,
  openPrices,
  outcomeOf,
  PLENTY,
  type Price,
  say,
  signUp,
  type Ticket,
} from "./demo-stage.ts";

// What one buyer of the demo can hold to the last one.
const SCARCE = 4;
const PAYMENT_MS = 15_000;

interface Item {
  readonly ticket: Ticket;
  readonly price: Price;
  readonly quantity: number;
}

/** A ticket type of which little is left, and another of the same event. */
interface Scarcity {
  readonly last: Item;
  readonly beside: Item;
}

/** Buys at two prices of one ticket type, and one of another ticket type, all at once. */
export async function guestBuys(url: string, events: readonly Event[]): Promise<void> {
  const who = "Gus";
  const items = findFamilyOrder(events);
  const guest = await comeAsGuest(url, who);
  const order = await hold(guest, items, who);
  say(who, `orders ${textOf(items)}: held together, ${moneyText(order.total)} in all.`);
  const payment = { payment_method: "pm_card_visa" };
  expectStatus(`${who} pays`, await guest("POST", `/orders/${order.id}/payment`, payment), 202);
  const paid = await outcomeOf(guest, `/orders/${order.id}`, who, PAYMENT_MS);
  expectThat("the guest's order is confirmed", paid.state === "confirmed" && paid.payment?.state === "succeeded", paid);
  const tickets = await guest<Body[]>("GET", "/reservations?state=confirmed");
  expectThat("all of it is confirmed", tickets.body.length === items.length, tickets.body);
  say(who, `pays once, and all ${items.length} items are confirmed.`);
}

/** Eli gets all that he orders or nothing: nothing while Dora holds the last of one item. */
export async function orderIsRefused(url: string, events: readonly Event[]): Promise<void> {
  const { last, beside } = findScarcity(events);
  const dora = await signUp(url, "Dora");
  const eli = await signUp(url, "Eli");
  const held = await hold(dora, [beside, last], "Dora");
  say("Dora", `orders ${textOf([beside, last])}: the last there are.`);

  const wanted = [beside, { ...last, quantity: 1 }];
  const { body: problem, ...refused } = await order(eli, wanted);
  expectStatus("an order of what is sold out", { ...refused, body: problem }, 409);
  const saysWhy = problem.type === "/problems/sold-out" && problem.item === 1 && problem.available === 0;
  expectThat("the refusal names the item and what is left", saysWhy, problem);
  const name = wanted[problem.item ?? 0]?.ticket.name;
  say("Eli", `orders ${textOf(wanted)}: refused, ${problem.type}: ${problem.available} left of ${name}.`);
  const still = await eli<Body[]>("GET", "/reservations?state=held");
  expectThat("nothing of a refused order stays held", still.status === 200 && still.body.length === 0, still.body);
  say("Eli", `holds nothing, no ${beside.ticket.name} either: an order is all or nothing.`);

  await cancel(dora, held.id, "Dora");
  say("Dora", "cancels the order: all of it is on sale again.");
  const again = await hold(eli, wanted, "Eli");
  say("Eli", "orders the same again, and now holds all of it.");
  // The demo leaves no more behind than it must.
  await cancel(eli, again.id, "Eli");
}

function order(buyer: Client, items: readonly Item[]) {
  const wanted = items.map(({ ticket, price, quantity }) => ({ ticket: ticket.id, price: price.id, quantity }));
  return buyer<Body>("POST", "/orders", { items: wanted });
}

async function hold(buyer: Client, items: readonly Item[], who: string): Promise<Body> {
  const held = await order(buyer, items);
  expectStatus(`${who}'s order`, held, 201);
  expectThat(`${who}'s order is held`, held.body.state === "held", held.body);
  return held.body;
}

async function cancel(buyer: Client, id: string, who: string): Promise<void> {
  expectStatus(`${who} cancels`, await buyer("DELETE", `/orders/${id}`), 204);
  const { body } = await buyer<Body>("GET", `/orders/${id}`);
  expectThat(`${who}'s order is cancelled`, body.state === "cancelled", body);
}

/** Of the ticket type with the most prices, and of the cheapest one beside it. */
function findFamilyOrder(events: readonly Event[]): readonly Item[] {
  const pairs = events.flatMap(({ tickets }) => {
    const items = tickets.flatMap((ticket) => itemOf(ticket, PLENTY, 1) ?? []);
    return items.map((item) => ({ item, others: items.filter(({ ticket }) => ticket !== item.ticket) }));
  });
  const found = pairs
    .filter(({ others }) => others.length > 0)
    .sort((one, other) => openPrices(other.item.ticket).length - openPrices(one.item.ticket).length)[0];
  const beside = found?.others.sort((one, other) => one.price.price.amount - other.price.price.amount)[0];
  if (found === undefined || beside === undefined) throw missing("No event has two ticket types to buy together.");
  const [, child] = openPrices(found.item.ticket);
  const also = child === undefined ? [] : [{ ...found.item, price: child }];
  return [{ ...found.item, quantity: 2 }, ...also, beside];
}

function findScarcity(events: readonly Event[]): Scarcity {
  for (const { tickets } of events) {
    const scarce = tickets.find(
      ({ available, prices, max_per_buyer: limit }) =>
        prices.length === 1 && available > 0 && available <= Math.min(SCARCE, limit ?? SCARCE),
    );
    const last = scarce && itemOf(scarce, 1, scarce.available);
    const beside = tickets.flatMap((ticket) => (ticket === scarce ? [] : (itemOf(ticket, PLENTY, 1) ?? [])))[0];
    if (last && beside) return { last, beside };
  }
  throw missing("No event has a ticket type of which one buyer can hold all that are left.");
}

/** At the first price that anyone can pay; null if fewer than `enough` are left at it. */
function itemOf(ticket: Ticket, enough: number, quantity: number): Item | null {
  const [price] = openPrices(ticket);
  return price === undefined || price.available < enough ? null : { ticket, price, quantity };
}

/** `2 × Lawn (Adult)`: a price is named where there are several. */
function textOf(items: readonly Item[]): string {
  return items
    .map(({ ticket, price, quantity }) => {
      const at = ticket.prices.length > 1 ? ` (${price.name})` : "";
      return `${quantity} × ${ticket.name}${at}`;
    })
    .join(", ");
}
