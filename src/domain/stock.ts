// How many tickets of one type there are, and who may take them. Pure.

/** `refunded`: it was confirmed, and all of its tickets have been given back. */
export type ReservationState = "held" | "confirmed" | "cancelled" | "expired" | "refunded";

/** Invariant: `held + sold <= capacity`, and none is negative. */
export interface Stock {
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
}

export type EventStatus = "draft" | "published" | "cancelled";

export type SaleState = "draft" | "upcoming" | "open" | "ended" | "cancelled";

/** When tickets are on sale, by their event and in a window `[salesStartMs, salesEndMs)`. */
export interface SalePeriod {
  readonly eventStatus: EventStatus;
  /** Null where it is not known: then the event ends no sale. */
  readonly eventEndsMs: number | null;
  /** Null is open on that side. */
  readonly salesStartMs: number | null;
  readonly salesEndMs: number | null;
}

/** `isWithdrawn`: the organiser took it off sale, whatever the window says. */
export interface Offered extends SalePeriod {
  readonly isWithdrawn?: boolean;
}

export interface SaleRules extends SalePeriod {
  readonly priceMinor: number;
  readonly currency: string;
  /** Tickets one account may hold and own together; null for no limit. */
  readonly maxPerBuyer: number | null;
}

interface NotOnSale {
  readonly type: "not_on_sale";
  readonly salesStartMs: number | null;
  /** The end of the sale or of the event, whichever is earlier. */
  readonly salesEndMs: number | null;
  /** Why: objects of version 3 leave it out. */
  readonly saleState?: SaleState;
}

export type ReserveRefusal =
  | NotOnSale
  | { readonly type: "limit_reached"; readonly maxPerBuyer: number; readonly leftForBuyer: number }
  | { readonly type: "sold_out"; readonly available: number };

export type ChangeRefusal =
  | { readonly type: "capacity_below_committed"; readonly held: number; readonly sold: number }
  | { readonly type: "sales_window_empty" }
  | { readonly type: "sale_starts_after_event" }
  | { readonly type: "currency_frozen"; readonly currency: string };

export function available(stock: Stock): number {
  return stock.capacity - stock.held - stock.sold;
}

/** A sale that would start when its event is over has ended: it never opens. */
export function saleStateOf(period: Offered, nowMs: number): SaleState {
  if (period.eventStatus !== "published") return period.eventStatus;
  if (period.isWithdrawn === true) return "ended";
  const startMs = period.salesStartMs ?? Number.NEGATIVE_INFINITY;
  if (Math.max(nowMs, startMs) >= (saleEndMs(period) ?? Number.POSITIVE_INFINITY)) return "ended";
  return nowMs < startMs ? "upcoming" : "open";
}

/** The same without the window of its sale: the counter sells until the event is over. */
export function withoutWindow<Period extends SalePeriod>(period: Period): Period {
  return { ...period, salesStartMs: null, salesEndMs: null };
}

/** What buyers see as available: nothing, once the sale is over. */
export function availableIn(state: SaleState, stock: Stock): number {
  return state === "ended" || state === "cancelled" ? 0 : available(stock);
}

/** The earlier end, of the sale itself or of its event. Null where neither has one. */
export function saleEndMs({ salesEndMs, eventEndsMs }: SalePeriod): number | null {
  return earlierOf(salesEndMs, eventEndsMs);
}

/** Of two ends of a sale. Null is none. */
export function earlierOf(oneMs: number | null, otherMs: number | null): number | null {
  return oneMs === null || otherMs === null ? (oneMs ?? otherMs) : Math.min(oneMs, otherMs);
}

/**
 * Why a buyer who has `owned` tickets may not take `quantity` more; null if they may. The sale
 * window comes first, then the buyer's limit, then the stock: what waiting can't change is said
 * first.
 */
export function refuseReserve(
  stock: Stock,
  rules: SaleRules & Offered,
  quantity: number,
  owned: number,
  nowMs: number,
): ReserveRefusal | null {
  const { salesStartMs, maxPerBuyer } = rules;
  const saleState = saleStateOf(rules, nowMs);
  if (saleState !== "open") return { type: "not_on_sale", salesStartMs, salesEndMs: saleEndMs(rules), saleState };
  if (maxPerBuyer !== null && owned + quantity > maxPerBuyer) {
    return { type: "limit_reached", maxPerBuyer, leftForBuyer: Math.max(0, maxPerBuyer - owned) };
  }
  if (quantity > available(stock)) return { type: "sold_out", available: available(stock) };
  return null;
}

/**
 * Why an organiser may not change a ticket type to this; null if they may. `heldIn` is the currency
 * of its reservations; null if it never had one.
 */
export function refuseChange(
  stock: Stock,
  { salesStartMs, salesEndMs, currency }: SaleRules,
  heldIn: string | null,
): ChangeRefusal | null {
  const { capacity, held, sold } = stock;
  if (heldIn !== null && heldIn !== currency) return { type: "currency_frozen", currency: heldIn };
  if (capacity < held + sold) return { type: "capacity_below_committed", held, sold };
  if (salesStartMs !== null && salesEndMs !== null && salesStartMs >= salesEndMs) return { type: "sales_window_empty" };
  return null;
}

/** The stock after a reservation moved between states; `from` is null for a new one. */
export function moveStock(stock: Stock, quantity: number, from: ReservationState | null, to: ReservationState): Stock {
  return {
    capacity: stock.capacity,
    held: stock.held + quantity * (Number(to === "held") - Number(from === "held")),
    sold: stock.sold + quantity * (Number(isSold(to)) - Number(isSold(from))),
  };
}

/** The stock after sold tickets were given back that are on sale again. */
export function restocked(stock: Stock, quantity: number): Stock {
  return { ...stock, sold: stock.sold - quantity };
}

/**
 * Whether a reservation's tickets count as sold. Also tickets that were given back do, but for the
 * ones that are on sale again: what an organiser takes off sale that way can't be bought.
 */
export function isSold(state: ReservationState | null): boolean {
  return state === "confirmed" || state === "refunded";
}
