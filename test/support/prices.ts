// What tests of prices share: a ticket type with several, and buyers who choose among them.

import { expect } from "vitest";
import { type Answer, type Body, call, type OnSale, type Person, putOnSale } from "./service.ts";

export const ADULT = { name: "Adult", price: { amount: 4500, currency: "EUR" } };
export const CHILD = { name: "Child", price: { amount: 2000, currency: "EUR" } };
export const PRESS = { name: "Press", price: { amount: 0, currency: "EUR" }, requires_code: true };

export interface WithPrices extends OnSale {
  /** In the order in which they were asked for. */
  readonly priceIds: readonly string[];
}

/** A ticket type with these prices, instead of the usual one. */
export async function putPricesOnSale(
  prices: readonly Record<string, unknown>[] = [ADULT, CHILD, PRESS],
  ticket: Record<string, unknown> = {},
): Promise<WithPrices> {
  const sale = await putOnSale({ price: undefined, prices, ...ticket });
  return { ...sale, priceIds: (await pricesOf(sale)).map(({ id }) => id) };
}

/** As their organiser sees them. */
export async function pricesOf({ organizer, ticketId }: OnSale): Promise<Body<"GET /tickets/{id}">["prices"]> {
  return (await call("GET", `/tickets/${ticketId}`, { token: organizer.token })).body.prices;
}

/** Holds tickets at a price. */
export function holdAt(
  { token }: Person,
  ticket: string,
  price: string | undefined,
  quantity = 1,
  more: { readonly code?: string; readonly key?: string } = {},
): Promise<Answer<"POST /reservations">> {
  const { code, key } = more;
  const body = { ticket, quantity, ...(price === undefined ? {} : { price }), ...(code === undefined ? {} : { code }) };
  return call("POST", "/reservations", {
    token,
    body,
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
}

/** Makes codes that open a price: these, or as many random ones. */
export async function makeCodes(
  { organizer, ticketId }: OnSale,
  price: string,
  codes: readonly string[] | number,
  uses: number | null = 1,
): Promise<string[]> {
  const body = typeof codes === "number" ? { count: codes, uses } : { codes: [...codes], uses };
  const made = await call("POST", `/tickets/${ticketId}/prices/${price}/codes`, { token: organizer.token, body });
  expect(made.status).toBe(201);
  return made.list.map(({ code }) => code);
}

/** `3/2` for each: held and sold. */
export async function countersOf(sale: OnSale): Promise<string[]> {
  return (await pricesOf(sale)).map(({ held, sold }) => `${held}/${sold}`);
}
