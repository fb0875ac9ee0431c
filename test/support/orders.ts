// What tests of orders share.

import { env } from "cloudflare:workers";
import { orderNameOf } from "../../src/platform/ids.ts";
import { type Answer, addTicket, call, createEvent, newPerson, objectOf, type Person, until } from "./service.ts";

export interface TwoTypes {
  readonly organizer: Person;
  readonly eventId: string;
  readonly stalls: string;
  readonly parking: string;
}

/** An event with tickets for 45 EUR and parking for 5 EUR. */
export async function twoTypes(
  stalls: Record<string, unknown> = {},
  parking: Record<string, unknown> = {},
): Promise<TwoTypes> {
  const organizer = await newPerson("organizer");
  const eventId = await createEvent(organizer);
  const price = { amount: 500, currency: "EUR" };
  return {
    organizer,
    eventId,
    stalls: await addTicket(organizer, eventId, stalls),
    parking: await addTicket(organizer, eventId, { name: "Parking", price, ...parking }),
  };
}

export function placeOrder(
  { token }: Person,
  ...items: readonly (readonly [ticket: string, quantity: number])[]
): Promise<Answer<"POST /orders">> {
  return call("POST", "/orders", { token, body: { items: items.map(([ticket, quantity]) => ({ ticket, quantity })) } });
}

export function payOrder({ token }: Person, orderId: string, method = "pm_card_visa") {
  return call("POST", `/orders/${orderId}/payment`, { token, body: { payment_method: method } });
}

export function orderOf({ token }: Person, orderId: string): Promise<Answer<"GET /orders/{id}">> {
  return call("GET", `/orders/${orderId}`, { token });
}

/** Once its payment is settled. */
export function outcomeOf(buyer: Person, orderId: string) {
  return until(
    () => orderOf(buyer, orderId),
    ({ body }) => body.payment?.state !== "pending",
  );
}

export function orderObject(orderId: string) {
  return env.ORDERS.getByName(orderNameOf(orderId));
}

/** What is held and sold of each ticket type. */
export function stockOf(...ticketTypeIds: readonly string[]) {
  return Promise.all(
    ticketTypeIds.map(async (id) => {
      const ticketType = await objectOf(id).describe();
      return { held: ticketType?.held ?? -1, sold: ticketType?.sold ?? -1 };
    }),
  );
}

/** What the sandbox charged and refunded for an order. */
export async function orderLedger(orderId: string) {
  const { results } = await env.DB.prepare(
    "SELECT idempotency_key, kind, amount_minor FROM sandbox_ledger WHERE reservation_id = ? ORDER BY created_at_ms",
  )
    .bind(orderId)
    .all<{ idempotency_key: string; kind: string; amount_minor: number }>();
  return results;
}
