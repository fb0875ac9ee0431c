// What stands in an order's tables, read with plain SQL after each step.

import type { CounterSale } from "../../src/domain/counter.ts";
import type { ItemPhase, OrderPhase } from "../../src/domain/order.ts";
import type { PaymentState } from "../../src/domain/payment.ts";
import { isUnderWay, type Refund } from "../../src/domain/refund.ts";
import { readRefunds } from "../../src/platform/refund-text.ts";
import type { Sqlite } from "./sqlite.ts";

export interface MirroredItem {
  readonly reservationId: string;
  readonly ticketTypeId: string;
  readonly priceId: string | null;
  readonly code: string | null;
  readonly acceptedTerms: string | null;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly phase: ItemPhase;
  readonly paymentId: string | null;
  readonly givenBack: number;
  readonly restocked: number;
  readonly takenBack: number;
}

export interface MirroredOrderPayment {
  readonly id: string;
  readonly key: string;
  readonly method: string | null;
  readonly state: PaymentState;
  readonly dispatchAtMs: number | null;
}

export interface MirroredOrder {
  readonly id: string;
  readonly accountId: string;
  /** Null for what a buyer made. */
  readonly counter: CounterSale | null;
  readonly request: string;
  readonly requestId: string;
  readonly phase: OrderPhase;
  readonly cancelRequested: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly version: number;
  readonly projectedVersion: number;
  readonly items: readonly MirroredItem[];
  readonly leftovers: readonly string[];
  readonly payments: readonly MirroredOrderPayment[];
  readonly refunds: readonly Refund[];
}

type OrderOfTable = Omit<MirroredOrder, "counter" | "items" | "leftovers" | "payments" | "refunds"> & {
  /** JSON. */
  readonly counter: string | null;
  readonly refunds: string | null;
};

/** `before` is null where it is new, `after` where it is gone. */
export interface OrderChange {
  readonly before: MirroredOrder | null;
  readonly after: MirroredOrder | null;
}

const ORDER = `
  SELECT id, account_id AS accountId, request, request_id AS requestId, phase, cancel_requested AS cancelRequested,
    created_at_ms AS createdAtMs, expires_at_ms AS expiresAtMs, version, projected_version AS projectedVersion, refunds, counter
  FROM orders`;
const ITEMS = `
  SELECT reservation_id AS reservationId, ticket_type_id AS ticketTypeId, price_id AS priceId, code, accepted_terms AS acceptedTerms, quantity,
    unit_price_minor AS unitPriceMinor, phase, payment_id AS paymentId,
    given_back AS givenBack, restocked, taken_back AS takenBack
  FROM items ORDER BY position`;
const PAYMENTS = "SELECT id, key, method, state, dispatch_at_ms AS dispatchAtMs FROM payments ORDER BY seq";

export const ORDER_SITUATIONS = [
  "no order",
  "order reserving",
  "order refused",
  "order held",
  "order held, payment failed",
  "order beginning",
  "order charging",
  "order charging, cancel deferred",
  "order preparing",
  "order confirming",
  "order confirmed",
  "order ending",
  "order ended",
  "order's refund due",
  "order refunded",
  "order taking back",
  "order's refund under way",
  "order's refund failed",
  "order given back in part",
  "order given back",
  "transfer awaited",
  "sold at the counter",
] as const;

export type OrderSituation = (typeof ORDER_SITUATIONS)[number];

export class OrderMirror {
  order: MirroredOrder | null = null;
  /** What its object has forgotten, as it was. */
  readonly forgotten: MirroredOrder[] = [];

  refresh(sqlite: Sqlite): OrderChange {
    const before = this.order;
    this.order = read(sqlite);
    if (before !== null && this.order === null) this.forgotten.push(before);
    return { before, after: this.order };
  }
}

export function totalOf({ items }: MirroredOrder): number {
  return items.reduce((sum, { unitPriceMinor, quantity }) => sum + unitPriceMinor * quantity, 0);
}

/** Whether the order is over, and holds nothing any more or is about to let go of it. */
export function hasEnded({ phase }: MirroredOrder): boolean {
  return phase === "refused" || phase === "cancelled" || phase === "expired";
}

/** Whether it can be seen: it held everything once. */
export function isVisible({ phase }: MirroredOrder): boolean {
  return phase !== "reserving" && phase !== "refused";
}

export function pendingOf({ payments }: MirroredOrder): MirroredOrderPayment | null {
  return payments.find(({ state }) => state === "pending") ?? null;
}

export function orderSituationOf(order: MirroredOrder | null): OrderSituation {
  if (order === null) return "no order";
  const has = (state: PaymentState) => order.payments.some((payment) => payment.state === state);
  if (has("refund_due")) return "order's refund due";
  switch (order.phase) {
    case "reserving":
      return "order reserving";
    case "refused":
      return "order refused";
    case "held":
      if (order.counter !== null) return "transfer awaited";
      if (has("refunded")) return "order refunded";
      return has("failed") ? "order held, payment failed" : "order held";
    case "beginning":
      return "order beginning";
    case "charging":
      return order.cancelRequested === 1 ? "order charging, cancel deferred" : "order charging";
    case "preparing":
      return "order preparing";
    case "confirmed":
      if (order.items.some(({ phase }) => phase !== "confirmed")) return "order confirming";
      return givenBackSituation(order) ?? (has("refunded") ? "order refunded" : "order confirmed");
    case "cancelled":
    case "expired":
      if (order.items.some(({ phase }) => phase !== "released")) return "order ending";
      return has("refunded") ? "order refunded" : "order ended";
  }
}

/** What comes back of an order that is confirmed; of one that was sold at the counter, that. */
function givenBackSituation({ items, refunds, counter }: MirroredOrder): OrderSituation | null {
  if (items.some(({ givenBack, takenBack }) => givenBack !== takenBack)) return "order taking back";
  if (refunds.some(isUnderWay)) return "order's refund under way";
  if (refunds.some(({ state }) => state === "failed")) return "order's refund failed";
  if (items.every(({ givenBack, quantity }) => givenBack === quantity)) return "order given back";
  if (items.some(({ givenBack }) => givenBack > 0)) return "order given back in part";
  return counter === null ? null : "sold at the counter";
}

function read(sqlite: Sqlite): MirroredOrder | null {
  if (sqlite.all("SELECT 1 FROM sqlite_master WHERE name = 'orders'").length === 0) return null;
  const [row] = sqlite.all(ORDER) as unknown as OrderOfTable[];
  if (row === undefined) return null;
  return {
    ...row,
    counter: JSON.parse(row.counter ?? "null") as CounterSale | null,
    refunds: readRefunds(row.refunds),
    items: sqlite.all(ITEMS) as unknown as MirroredItem[],
    leftovers: sqlite.all("SELECT reservation_id AS id FROM leftovers").map(({ id }) => String(id)),
    payments: sqlite.all(PAYMENTS) as unknown as MirroredOrderPayment[],
  };
}
