// How long a buyer has to confirm a payment at the bank. Pure.

import type { Order } from "../ui/api-types.ts";

/**
 * Null while no bank asks. An event may have been moved to an earlier end since the bank asked: it
 * ends the time that was said then.
 */
export function bankAsksUntil({ payment, items }: Pick<Order, "payment" | "items">): string | null {
  const action = payment?.next_action ?? null;
  if (action === null) return null;
  const ends = items.flatMap(({ event }) => event?.ends_at ?? []);
  return [action.expires_at, ...ends].reduce((first, end) => (Date.parse(end) < Date.parse(first) ? end : first));
}
