// What the sales of an event brought in, and what has gone back of it. Pure.

import type { SaleMethod } from "./counter.ts";
import { sharesOf } from "./refund-shares.ts";
import { sumOf, sumsBy } from "./sums.ts";

/** In the smallest unit of a currency. */
export interface Takings {
  readonly method: SaleMethod;
  readonly currency: string;
  readonly takenMinor: number;
  /** By refunds that succeeded, and by ones that are due or under way. */
  readonly givenBackMinor: number;
  readonly refundingMinor: number;
  /** In disputes that are open, and in ones that the seller lost. */
  readonly disputedMinor: number;
  readonly lostMinor: number;
}

/** A disputed payment, and what it paid for: perhaps tickets of other events, too. */
export interface DisputedSale {
  readonly method: SaleMethod;
  readonly currency: string;
  readonly state: "open" | "lost";
  readonly amountMinor: number;
  readonly items: readonly {
    readonly reservationId: string;
    readonly quantity: number;
    readonly unitPriceMinor: number;
    readonly isOfEvent: boolean;
  }[];
}

const AMOUNTS = ["takenMinor", "givenBackMinor", "refundingMinor", "disputedMinor", "lostMinor"] as const;
const NOTHING = { takenMinor: 0, givenBackMinor: 0, refundingMinor: 0, disputedMinor: 0, lostMinor: 0 };

/** The event's part of a disputed amount: in proportion to what its tickets cost. */
export function disputedTakings({ method, currency, state, amountMinor, items }: DisputedSale): Takings {
  const [shares = []] = sharesOf(items, [{ items: [], amountMinor }]);
  const isOfEvent = (id: string) => items.some((item) => item.isOfEvent && item.reservationId === id);
  const ofEvent = shares.filter(({ reservationId }) => isOfEvent(reservationId));
  const partMinor = sumOf(ofEvent, "amountMinor");
  return { method, currency, ...NOTHING, [state === "open" ? "disputedMinor" : "lostMinor"]: partMinor };
}

/** One for each method and currency, in this order. */
export function byMethod(takings: readonly Takings[]): Takings[] {
  return sumsBy(takings, ({ method, currency }) => `${method} ${currency}`, AMOUNTS);
}

/** One for each currency. Its `method` is any of theirs. */
export function byCurrency(takings: readonly Takings[]): Takings[] {
  return sumsBy(takings, ({ currency }) => currency, AMOUNTS);
}

/** What stays, if no open dispute is won. */
export function netMinor({ takenMinor, givenBackMinor, refundingMinor, disputedMinor, lostMinor }: Takings): number {
  return takenMinor - givenBackMinor - refundingMinor - disputedMinor - lostMinor;
}
