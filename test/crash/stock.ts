// The tickets of a history: how many are left, and how many are missing for an answer to be true.

import type { Problem, Step } from "./problem.ts";

/** The name of the ticket type's own tickets. */
export const ALL = "";

/** What is left of the ticket type, and of each cap by its name. */
export type Stock = Readonly<Record<string, number>>;

export function stockOf({ capacity, caps }: Problem): Stock {
  return { ...caps, [ALL]: capacity };
}

export function moved(stock: Stock, caps: readonly string[], quantity: number): Stock {
  return { ...stock, ...Object.fromEntries([ALL, ...caps].map((cap) => [cap, leftOf(stock, cap) + quantity])) };
}

export function leftOf(stock: Stock, cap: string): number {
  return stock[cap] ?? 0;
}

export function leastLeft(stock: Stock, caps: readonly string[]): number {
  return Math.min(...[ALL, ...caps].map((cap) => leftOf(stock, cap)));
}

/** How many tickets are missing for the operation to be true; negative where there are too many. */
export function missingTickets({ capacity }: Problem, stock: Stock, operation: Step["operation"]): number {
  if (operation.type === "taken") return capacity - operation.answer - leftOf(stock, ALL);
  if (operation.type !== "reserve") return 0;
  const { answer, caps, quantity } = operation;
  switch (answer.type) {
    case "not_on_sale":
      return 0;
    case "used_up":
      return answer.left - leftOf(stock, answer.cap);
    case "sold_out":
      return answer.available - leastLeft(stock, caps);
    case "granted":
      return Math.max(0, quantity - leastLeft(stock, caps));
  }
}
