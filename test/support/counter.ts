// What tests of the counter share.

import { type Answer, call, type Person } from "./service.ts";

export type Line = readonly [
  ticket: string,
  quantity: number,
  more?: { readonly price?: string; readonly code?: string },
];

export interface Sale {
  readonly eventId: string;
  readonly organizer: Person;
}

/** `more`: of the body, and `key` as its Idempotency-Key. */
export function sellAt(
  { eventId, organizer }: Sale,
  method: "cash" | "transfer" | "free",
  lines: readonly Line[],
  { key, ...more }: Record<string, unknown> & { readonly key?: string } = {},
): Promise<Answer<"POST /events/{id}/orders">> {
  const items = lines.map(([ticket, quantity, choice = {}]) => ({ ticket, quantity, ...choice }));
  return call("POST", `/events/${eventId}/orders`, {
    token: organizer.token,
    anyBody: { items, method, ...more },
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
}

export function markPaid({ eventId, organizer }: Sale, orderId: string, method = "transfer", key?: string) {
  return call("POST", `/events/${eventId}/orders/${orderId}/payment`, {
    token: organizer.token,
    anyBody: { method },
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
}

export function cancelAt({ eventId, organizer }: Sale, orderId: string) {
  return call("DELETE", `/events/${eventId}/orders/${orderId}`, { token: organizer.token });
}

export function counterOrder({ eventId, organizer }: Sale, orderId: string) {
  return call("GET", `/events/${eventId}/orders/${orderId}`, { token: organizer.token });
}

export function ordersAt({ eventId, organizer }: Sale, query = "") {
  return call("GET", `/events/${eventId}/orders?${query}`, { token: organizer.token });
}

export function reportAt({ eventId, organizer }: Sale, query = "") {
  return call("GET", `/events/${eventId}/report?${query}`, { token: organizer.token });
}
