// A sale at the counter of an event: what its organiser sells by hand. Pure.

export const COUNTER_METHODS = ["cash", "transfer", "free"] as const;
export type CounterMethod = (typeof COUNTER_METHODS)[number];

/** How something is paid, or was. `online`: by its buyer, with the provider. */
export const SALE_METHODS = ["online", ...COUNTER_METHODS] as const;
export type SaleMethod = (typeof SALE_METHODS)[number];

export interface CounterSale {
  readonly eventId: string;
  /** As agreed. A transfer may be awaited, and the customer may bring cash after all. */
  readonly method: CounterMethod;
  /** How it was paid, and the account that took it: null until a payment begins. */
  readonly takenAs: CounterMethod | null;
  readonly takenBy: string | null;
  /** The account that made it. */
  readonly soldBy: string;
  /** The payment that begins with it; null where a transfer is awaited. */
  readonly paymentId: string | null;
  /** Until when a transfer is awaited; null where none is. */
  readonly payUntilMs: number | null;
  readonly customerName: string | null;
  readonly customerEmail: string | null;
  readonly note: string | null;
}

/**
 * How the counter takes tickets: before and after the public sale, beyond what one buyer may have,
 * and without the code that a price needs. Never beyond a capacity.
 */
export interface CounterTerms {
  /** Nothing is to be paid, whatever the price. */
  readonly isFree: boolean;
  /** When the hold ends; null: as any other. */
  readonly expiresAtMs: number | null;
}

/** `counter`: null for what a buyer made. */
export function methodOf(counter: Pick<CounterSale, "method" | "takenAs"> | null): SaleMethod {
  return counter?.takenAs ?? counter?.method ?? "online";
}

export function hasCustomer({ customerName, customerEmail }: CounterSale): boolean {
  return customerName !== null || customerEmail !== null;
}

export function termsOf({ method, payUntilMs }: CounterSale): CounterTerms {
  return { isFree: method === "free", expiresAtMs: payUntilMs };
}
