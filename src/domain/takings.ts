// What the sales of an event brought in, and what has gone back of it. Pure.

import type { SaleMethod } from "./counter.ts";
import { sharesOf } from "./refund-shares.ts";

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

const NOTHING = { takenMinor: 0, givenBackMinor: 0, refundingMinor: 0, disputedMinor: 0, lostMinor: 0 };

/** The event's part of a disputed amount: in proportion to what its tickets cost. */
export function disputedTakings({ method, currency, state, amountMinor, items }: DisputedSale): Takings {
  const [shares = []] = sharesOf(items, [{ items: [], amountMinor }]);
  const isOfEvent = (id: string) => items.some((item) => item.isOfEvent && item.reservationId === id);
  const ofEvent = shares.filter(({ reservationId }) => isOfEvent(reservationId));
  const partMinor = ofEvent.reduce((sum, share) => sum + share.amountMinor, 0);
  return { method, currency, ...NOTHING, [state === "open" ? "disputedMinor" : "lostMinor"]: partMinor };
}

/** One for each method and currency, in this order. */
export function byMethod(takings: readonly Takings[]): Takings[] {
  return sums(takings, ({ method, currency }) => `${method} ${currency}`);
}

/** One for each currency. Its `method` is any of theirs. */
export function byCurrency(takings: readonly Takings[]): Takings[] {
  return sums(takings, ({ currency }) => currency);
}

/** What stays, if no open dispute is won. */
export function netMinor({ takenMinor, givenBackMinor, refundingMinor, disputedMinor, lostMinor }: Takings): number {
  return takenMinor - givenBackMinor - refundingMinor - disputedMinor - lostMinor;
}

function sums(takings: readonly Takings[], keyOf: (one: Takings) => string): Takings[] {
  const groups = [...Map.groupBy(takings, keyOf)].sort(([one], [other]) => (one < other ? -1 : 1));
  return groups.map(([, group]) => group.reduce(sum));
}

function sum(one: Takings, other: Takings): Takings {
  return {
    ...one,
    takenMinor: one.takenMinor + other.takenMinor,
    givenBackMinor: one.givenBackMinor + other.givenBackMinor,
    refundingMinor: one.refundingMinor + other.refundingMinor,
    disputedMinor: one.disputedMinor + other.disputedMinor,
    lostMinor: one.lostMinor + other.lostMinor,
  };
}
