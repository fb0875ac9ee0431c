// The rules of a price, as the object has them, of what an organiser sends.

import type * as z from "zod";
import type { PriceRules } from "../../domain/price.ts";
import type { NewPrice, PriceChange } from "../catalogue/schemas.ts";

export function rulesOf(id: string, price: z.output<typeof NewPrice>): PriceRules {
  return {
    id,
    name: price.name,
    amountMinor: price.price.amount,
    capacity: price.capacity,
    salesStartMs: price.sales_start === null ? null : Date.parse(price.sales_start),
    salesEndMs: price.sales_end === null ? null : Date.parse(price.sales_end),
    requiresCode: price.requires_code,
    minPerOrder: price.min_per_order,
    maxPerOrder: price.max_per_order,
    isWithdrawn: false,
  };
}

/** What is left out stays as it is. */
export function definedRules({ price, withdrawn, ...requested }: z.output<typeof PriceChange>) {
  const { name, capacity, sales_start, sales_end, requires_code, min_per_order, max_per_order } = requested;
  return {
    ...(name === undefined ? {} : { name }),
    ...(price === undefined ? {} : { amountMinor: price.amount }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(sales_start === undefined ? {} : { salesStartMs: sales_start === null ? null : Date.parse(sales_start) }),
    ...(sales_end === undefined ? {} : { salesEndMs: sales_end === null ? null : Date.parse(sales_end) }),
    ...(requires_code === undefined ? {} : { requiresCode: requires_code }),
    ...(min_per_order === undefined ? {} : { minPerOrder: min_per_order }),
    ...(max_per_order === undefined ? {} : { maxPerOrder: max_per_order }),
    ...(withdrawn === undefined ? {} : { isWithdrawn: withdrawn }),
  };
}
