// When an order's object has something to do. Pure.

import { isEnded, isOrderOver, type Order } from "../../domain/order.ts";
import { stepsOf } from "../../domain/order-steps.ts";
import { nextLookMs } from "../../domain/refund.ts";
import { SECOND_MS } from "../../domain/units.ts";

/** The earliest moment of each kind of work that is left; null where there is none. */
export type OrderWork = {
  readonly deadlineMs: number | null;
  readonly stepsMs: number | null;
  readonly dispatchMs: number | null;
  readonly publishMs: number | null;
  readonly forgetMs: number | null;
};

/** How long a buyer waits for everything to be held. */
export const RESERVE_PATIENCE_MS = 5 * SECOND_MS;
/** After this long nobody waits for an order that is not held yet, and what it holds is let go. */
const ABANDON_AFTER_MS = 3 * RESERVE_PATIENCE_MS;

/** When the order ends by itself, or nobody waits for it any more. */
export function deadlineOf({ phase, createdAtMs, expiresAtMs }: Order): number | null {
  if (phase === "reserving") return createdAtMs + ABANDON_AFTER_MS;
  return phase === "held" || phase === "beginning" ? expiresAtMs : null;
}

/** While it reserves, the request that made it drives it. */
export function hasStepsToDrive(order: Order): boolean {
  return order.phase !== "reserving" && stepsOf(order).length > 0;
}

/**
 * When the object may forget the order: a refused one once nothing of it is held, an ended one some
 * time later. A confirmed one stays: its payment may have to be refunded.
 */
export function forgetAtMs(order: Order, isProjected: boolean, retentionMs: number): number | null {
  if (!isEnded(order) || stepsOf(order).length > 0 || !isOrderOver(order)) return null;
  // One that succeeded may fail, and is looked at for some weeks.
  if (order.refunds.some((refund) => nextLookMs(refund) !== null)) return null;
  if (order.phase === "refused") return order.createdAtMs;
  return isProjected && order.expiresAtMs !== null ? order.expiresAtMs + retentionMs : null;
}
