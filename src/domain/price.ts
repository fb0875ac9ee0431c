// The prices of a ticket type: ways to buy it, which share its capacity. Pure.

import {
  available,
  earlierOf,
  isSold,
  moveStock,
  type Offered,
  type ReservationState,
  restocked,
  type SalePeriod,
  type SaleRules,
  type Stock,
} from "./stock.ts";

/** What an organiser decides about a price. */
export interface PriceRules {
  readonly id: string;
  /** Empty for the price of a ticket type that never had another one. */
  readonly name: string;
  /** In the minor unit of the ticket type's currency. */
  readonly amountMinor: number;
  /** Tickets at this price, held and sold; null for as many as the ticket type has. */
  readonly capacity: number | null;
  /** Narrow the ticket type's own sale. Null: with that. */
  readonly salesStartMs: number | null;
  readonly salesEndMs: number | null;
  /** Sold only to buyers who know one of its codes. */
  readonly requiresCode: boolean;
  readonly minPerOrder: number;
  readonly maxPerOrder: number | null;
  /** Taken off sale. What was held or sold at it stays. */
  readonly isWithdrawn: boolean;
}

/** Invariant: `held + sold <= capacity` where there is one. */
export interface Price extends PriceRules {
  readonly held: number;
  readonly sold: number;
  /** Whether anybody ever held tickets at it: then it can't be deleted. */
  readonly wasHeld: boolean;
}

/** A code that opens a price, in its folded form. One use is one ticket. */
export interface Code {
  readonly priceId: string;
  readonly code: string;
  /** Null: without limit. */
  readonly maxUses: number | null;
  /** Tickets that are held or sold with it. */
  readonly uses: number;
}

/** What a ticket type offers, at all of its prices. The first is always there, with its id. */
export interface TicketTypeOffer extends Stock, SaleRules {
  readonly prices: readonly Price[];
}

/** How a buyer wants to buy: null for what a ticket type with one price needs no word for. */
export interface Choice {
  readonly priceId: string | null;
  /** Folded. */
  readonly code: string | null;
}

export interface ChosenPrice {
  readonly price: Price;
  readonly code: Code | null;
}

export type PriceRefusal =
  /** The ticket type has several prices, and the request names none. */
  | { readonly type: "price_required" }
  | { readonly type: "price_unknown" }
  /** There is no code, or not this one. Which of the two, a buyer knows. */
  | { readonly type: "code_refused" }
  | { readonly type: "code_used_up"; readonly usesLeft: number }
  | { readonly type: "quantity_not_allowed"; readonly minPerOrder: number; readonly maxPerOrder: number | null };

export type PriceChangeRefusal =
  | { readonly type: "no_such_price" }
  | { readonly type: "price_is_first" | "price_has_sales" | "too_many_prices" }
  | { readonly type: "price_capacity_below_committed"; readonly held: number; readonly sold: number }
  | { readonly type: "price_window_empty" | "price_order_bounds" }
  /** It would start before the ticket type's sale, or end after it. */
  | { readonly type: "price_window_outside"; readonly side: "start" | "end" };

export const MAX_PRICES = 20;

/** The price that a ticket type has from the start. */
export function firstPrice(ticketTypeId: string, amountMinor: number): Price {
  return newPrice({
    id: ticketTypeId,
    name: "",
    amountMinor,
    capacity: null,
    salesStartMs: null,
    salesEndMs: null,
    requiresCode: false,
    minPerOrder: 1,
    maxPerOrder: null,
    isWithdrawn: false,
  });
}

export function newPrice(rules: PriceRules): Price {
  return { ...rules, held: 0, sold: 0, wasHeld: false };
}

/** The price that a reservation was made at: the first where `priceId` is null. */
export function priceOf(prices: readonly Price[], priceId: string | null): Price | undefined {
  return priceId === null ? prices[0] : prices.find(({ id }) => id === priceId);
}

/**
 * `codes`: all of the ticket type's that read like the buyer's. `isAtCounter`: a price that needs
 * a code is open without one.
 */
export function choosePrice(
  prices: readonly Price[],
  codes: readonly Code[],
  { priceId, code }: Choice,
  isAtCounter: boolean,
): ChosenPrice | PriceRefusal {
  const price = findPrice(prices, codes, priceId);
  if ("type" in price) return price;
  const known = codes.find((candidate) => candidate.priceId === price.id) ?? null;
  const isRight = code === null ? isAtCounter || !price.requiresCode : price.requiresCode && known !== null;
  return isRight ? { price, code: known } : { type: "code_refused" };
}

/**
 * The ids of the prices that a buyer's code opens, before anything is reserved. `codes`: all of the
 * ticket type's that read like it.
 */
export function pricesOpenedBy(prices: readonly Price[], codes: readonly Code[]): readonly string[] | PriceRefusal {
  const closed = prices.filter(({ requiresCode, isWithdrawn }) => requiresCode && !isWithdrawn);
  const opening = codes.filter(({ priceId }) => closed.some(({ id }) => id === priceId));
  if (opening.length === 0) return { type: "code_refused" };
  const good = opening.filter(({ maxUses, uses }) => maxUses === null || uses < maxUses);
  return good.length === 0 ? { type: "code_used_up", usesLeft: 0 } : good.map(({ priceId }) => priceId);
}

/** A code alone is enough where it opens one price only. */
function findPrice(prices: readonly Price[], codes: readonly Code[], priceId: string | null): Price | PriceRefusal {
  if (priceId !== null) return prices.find(({ id }) => id === priceId) ?? { type: "price_unknown" };
  const opened = prices.filter(({ id }) => codes.some((code) => code.priceId === id));
  const candidates = opened.length > 0 ? opened : prices;
  const [only, ...others] = candidates;
  return only === undefined || others.length > 0 ? { type: "price_required" } : only;
}

/**
 * Why so many tickets can't be taken in one order, or with this code; null if they can. At the
 * counter only the code's uses are bounded.
 */
export function refuseChosen(
  { price, code }: ChosenPrice,
  quantity: number,
  isAtCounter: boolean,
): PriceRefusal | null {
  const { minPerOrder, maxPerOrder } = price;
  if (isAtCounter) return refuseUses(code, quantity);
  if (quantity < minPerOrder || (maxPerOrder !== null && quantity > maxPerOrder)) {
    return { type: "quantity_not_allowed", minPerOrder, maxPerOrder };
  }
  return refuseUses(code, quantity);
}

/**
 * What is for sale at one price: the stricter of its window and the ticket type's, and the tighter
 * of their stocks. `code` caps it as well; null where the price needs none.
 */
export function offerAt({ price, code }: ChosenPrice, ticketType: Stock & SaleRules): Stock & SaleRules & Offered {
  const caps: Stock[] = [{ capacity: ticketType.capacity, held: ticketType.held, sold: ticketType.sold }];
  if (price.capacity !== null) caps.push({ capacity: price.capacity, held: price.held, sold: price.sold });
  if (code !== null && code.maxUses !== null) caps.push({ capacity: code.maxUses, held: 0, sold: code.uses });
  const tightest = caps.reduce((one, other) => (available(other) < available(one) ? other : one));
  return { ...ticketType, ...tightest, ...periodAt(price, ticketType), priceMinor: price.amountMinor };
}

/** What is for sale now at a price that was chosen before. */
export function offerAgain(
  { priceId, code }: Choice,
  ticketType: TicketTypeOffer,
  codes: readonly Code[],
): Stock & SaleRules & Offered {
  const price = priceOf(ticketType.prices, priceId);
  // A price that was held is never deleted.
  if (price === undefined) throw new Error("the ticket type has no such price");
  const known = codes.find((candidate) => candidate.priceId === price.id && candidate.code === code) ?? null;
  return offerAt({ price, code: known }, ticketType);
}

/** How many tickets are left at a price, codes aside. No cap where there is no such price. */
export function leftAt(
  { prices, ...stock }: Stock & { readonly prices: readonly Price[] },
  priceId: string | null,
): number {
  const price = priceOf(prices, priceId);
  if (price === undefined || price.capacity === null) return available(stock);
  return Math.min(available(stock), price.capacity - price.held - price.sold);
}

/** When tickets are on sale at a price. */
export function periodAt(price: PriceRules, period: SalePeriod): Offered {
  const { eventStatus, eventEndsMs } = period;
  return {
    eventStatus,
    eventEndsMs,
    salesStartMs: laterOf(price.salesStartMs, period.salesStartMs),
    salesEndMs: earlierOf(price.salesEndMs, period.salesEndMs),
    isWithdrawn: price.isWithdrawn,
  };
}

/**
 * The prices after a reservation at one of them, or at the first (`priceId` null), moved between
 * states. `from` is null for a new one.
 */
export function movePrices(
  prices: readonly Price[],
  priceId: string | null,
  quantity: number,
  from: ReservationState | null,
  to: ReservationState,
): Price[] {
  const moved = priceOf(prices, priceId);
  return prices.map((price) => {
    if (price !== moved) return price;
    const { held, sold } = moveStock({ capacity: 0, held: price.held, sold: price.sold }, quantity, from, to);
    return { ...price, held, sold, wasHeld: true };
  });
}

/** The prices after sold tickets at one of them were given back that are on sale again. */
export function restockPrices(prices: readonly Price[], priceId: string | null, quantity: number): Price[] {
  const moved = priceOf(prices, priceId);
  return prices.map((price) => {
    if (price !== moved) return price;
    return { ...price, sold: restocked({ capacity: 0, held: price.held, sold: price.sold }, quantity).sold };
  });
}

/** The code as it is compared: blanks and case do not matter. */
export function foldCode(code: string): string {
  return code.normalize("NFKC").replace(/\s+/gu, "").toUpperCase();
}

/** How many uses of its code a reservation takes (or gives back, below 0) as it moves. */
export function usesTaken(quantity: number, from: ReservationState | null, to: ReservationState): number {
  return quantity * (Number(usesCode(to)) - Number(usesCode(from)));
}

/** What an organiser does to the prices of a ticket type. */
export type PriceChange =
  /** A repeated call finds the price with this id, and leaves it. */
  | { readonly type: "add"; readonly rules: PriceRules }
  | { readonly type: "change"; readonly id: string; readonly rules: Partial<Omit<PriceRules, "id">> }
  | { readonly type: "delete"; readonly id: string };

/** The prices after the change, or why it can't be made. */
export function changePrices(
  prices: readonly Price[],
  change: PriceChange,
  period: SalePeriod,
): readonly Price[] | PriceChangeRefusal {
  if (change.type === "add") {
    if (prices.some(({ id }) => id === change.rules.id)) return prices;
    if (prices.length >= MAX_PRICES) return { type: "too_many_prices" };
    const added = newPrice(change.rules);
    return refusePrice(added, period) ?? [...prices, added];
  }
  const price = prices.find(({ id }) => id === change.id);
  if (price === undefined) return { type: "no_such_price" };
  if (change.type === "delete") {
    if (price === prices[0]) return { type: "price_is_first" };
    return price.wasHeld ? { type: "price_has_sales" } : prices.filter((other) => other !== price);
  }
  const changed = { ...price, ...change.rules };
  return refusePrice(changed, period) ?? prices.map((other) => (other === price ? changed : other));
}

/** The first price with another amount, which is the ticket type's own `price`. */
export function withFirstAmount(prices: readonly Price[], amountMinor: number): readonly Price[] {
  return prices.map((price, index) => (index === 0 ? { ...price, amountMinor } : price));
}

/** Why the prices of a new ticket type can't be; null if they can. */
export function refusePrices(prices: readonly Price[], period: SalePeriod): PriceChangeRefusal | null {
  for (const price of prices) {
    const refusal = refusePrice(price, period);
    if (refusal !== null) return refusal;
  }
  return null;
}

function refusePrice(price: Price, period: SalePeriod): PriceChangeRefusal | null {
  const { capacity, held, sold, minPerOrder, maxPerOrder, salesStartMs, salesEndMs } = price;
  if (capacity !== null && capacity < held + sold) return { type: "price_capacity_below_committed", held, sold };
  if (maxPerOrder !== null && maxPerOrder < minPerOrder) return { type: "price_order_bounds" };
  if (salesStartMs !== null && salesEndMs !== null && salesStartMs >= salesEndMs) return { type: "price_window_empty" };
  const startMs = laterOf(salesStartMs, period.salesStartMs);
  if (salesStartMs !== null && startMs !== salesStartMs) return { type: "price_window_outside", side: "start" };
  const endMs = earlierOf(salesEndMs, period.salesEndMs);
  if (salesEndMs !== null && endMs !== salesEndMs) return { type: "price_window_outside", side: "end" };
  return null;
}

function refuseUses(code: Code | null, quantity: number): PriceRefusal | null {
  const usesLeft = usesLeftOf(code);
  return quantity > usesLeft ? { type: "code_used_up", usesLeft } : null;
}

function usesLeftOf(code: Code | null): number {
  if (code === null || code.maxUses === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, code.maxUses - code.uses);
}

function usesCode(state: ReservationState | null): boolean {
  return state === "held" || isSold(state);
}

/** Of two starts of a sale. Null is none. */
function laterOf(oneMs: number | null, otherMs: number | null): number | null {
  return oneMs === null || otherMs === null ? (oneMs ?? otherMs) : Math.max(oneMs, otherMs);
}
