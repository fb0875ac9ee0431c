// What buyers of orders send, to the service and to the peer alike.

import type { Request } from "./load.ts";

/** What sells orders. */
export interface OrderSeller {
  readonly tickets: readonly string[];
  /** Of each buyer. */
  readonly tokens: readonly string[];
  /** A payment for each of the `count` orders that are held, once there are so many. */
  paymentsDue(count: number): Promise<Request[]>;
  /** Resolves once so many tickets are sold in all. */
  sold(tickets: number): Promise<void>;
  /** What is wrong in its records, each in a sentence. */
  mistakes(): Promise<string[]>;
}

export const ITEMS_AN_ORDER = 2;

/** One ticket each of two ticket types for each buyer: all pairs come in turn, in both orders. */
export function newOrders({ tickets, tokens }: Pick<OrderSeller, "tickets" | "tokens">): Request[] {
  return tokens.map((token, buyer) => {
    const first = buyer % tickets.length;
    const second = (first + 1 + (Math.floor(buyer / tickets.length) % (tickets.length - 1))) % tickets.length;
    const items = [first, second].map((index) => ({ ticket: tickets[index], quantity: 1 }));
    return { path: "/orders", token, body: { items } };
  });
}

export function paymentOf(orderId: string, token: string): Request {
  return { path: `/orders/${orderId}/payment`, token, body: { payment_method: "pm_card_visa" } };
}
