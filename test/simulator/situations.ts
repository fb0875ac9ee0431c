// The states of reservations that the coverage tells apart, and which of them a fault meets.

import { isUnderWay, refundedPaymentId } from "../../src/domain/refund.ts";
import { isOver, type Mirror, type MirroredReservation } from "./mirror.ts";
import { type OrderMirror, type OrderSituation, orderSituationOf } from "./order-mirror.ts";

export const SITUATIONS = [
  "no reservation",
  "held",
  "held, overdue",
  "held, payment failed",
  "pending",
  "pending, cancel deferred",
  "pending, expiry deferred",
  "confirmed",
  "confirmed, other pending",
  "confirmed, refund due",
  "cancelled",
  "expired",
  "released, refund due",
  "refunded",
  "refund under way",
  "refund failed",
  "given back in part",
  "given back",
] as const;

export type Situation = (typeof SITUATIONS)[number];

export type AnySituation = Situation | OrderSituation;

/** What there is to meet in a world. */
interface Sights {
  readonly mirrors: ReadonlyMap<string, Mirror>;
  readonly orders: ReadonlyMap<string, OrderMirror>;
  readonly timeline: { readonly wallMs: number };
}

/** The states of these reservations and orders, or of those with these payments; null: of all. */
export function situationsOf(world: Sights, ids: readonly string[] | null): ReadonlySet<AnySituation> {
  const { wallMs } = world.timeline;
  if (ids !== null) return new Set(ids.length === 0 ? ["no reservation"] : ids.map((id) => situationOfId(world, id)));
  const found = new Set<AnySituation>();
  for (const { reservations } of world.mirrors.values()) {
    for (const reservation of reservations.values()) found.add(situationOf(reservation, wallMs));
  }
  if (found.size === 0) found.add("no reservation");
  if (world.orders.size === 0) found.add("no order");
  for (const { order } of world.orders.values()) found.add(orderSituationOf(order));
  return found;
}

function situationOfId({ mirrors, orders, timeline }: Sights, id: string): AnySituation {
  if (id.startsWith("order:")) return orderSituationOf(orders.get(id.slice("order:".length))?.order ?? null);
  const paymentId = refundedPaymentId(id);
  for (const { reservations, payments } of mirrors.values()) {
    const reservation = reservations.get(payments.get(paymentId)?.reservationId ?? id);
    if (reservation !== undefined) return situationOf(reservation, timeline.wallMs);
  }
  for (const { order } of orders.values()) {
    if (order?.payments.some((payment) => payment.id === paymentId)) return orderSituationOf(order);
  }
  return "no reservation";
}

function situationOf(reservation: MirroredReservation, nowMs: number): Situation {
  const has = (state: string) => reservation.payments.some((payment) => payment.state === state);
  switch (reservation.state) {
    case "held":
      if (has("pending")) {
        if (reservation.releaseAs === null) return "pending";
        return reservation.releaseAs === "expired" ? "pending, expiry deferred" : "pending, cancel deferred";
      }
      if (isOver(reservation, nowMs)) return "held, overdue";
      return has("failed") ? "held, payment failed" : "held";
    case "confirmed":
    case "refunded":
      if (has("refund_due")) return "confirmed, refund due";
      if (has("pending")) return "confirmed, other pending";
      return givenBackSituation(reservation) ?? (has("refunded") ? "refunded" : "confirmed");
    default:
      if (has("refund_due")) return "released, refund due";
      return has("refunded") ? "refunded" : reservation.state;
  }
}

/** Of what was bought alone, and of what an order gave back. */
function givenBackSituation({ refunds, givenBack, quantity }: MirroredReservation): Situation | null {
  if (refunds.some(isUnderWay)) return "refund under way";
  if (refunds.some(({ state }) => state === "failed")) return "refund failed";
  if (givenBack === 0) return null;
  return givenBack === quantity ? "given back" : "given back in part";
}
