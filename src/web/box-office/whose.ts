// An order in a few words: who bought it, and what it is of.

import type { EventOrder } from "../ui/api-types.ts";
import { number } from "../ui/format.ts";

export function buyerOf({ buyer, customer }: Pick<EventOrder, "buyer" | "customer">): string {
  return buyer?.email ?? [customer?.name, customer?.email].filter(Boolean).join(", ");
}

/** "2 × Stalls, Adult" */
export function whatOf({ items }: Pick<EventOrder, "items">): string {
  return items
    .map(({ quantity, ticket_type, price_name }) =>
      [`${number(quantity)} × ${ticket_type?.name ?? ""}`, price_name].filter(Boolean).join(", "),
    )
    .join("; ");
}
