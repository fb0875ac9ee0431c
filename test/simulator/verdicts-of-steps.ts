// What a ticket type should say to an order, by its tables before the call.

import type { ParticipantStep } from "../../src/domain/participation.ts";
import { isSold } from "../../src/domain/stock.ts";
import type { OrderHold } from "../../src/durable/ticket-type/order-protocol.ts";
import { endOf, hasPending, isCalledOff, type Mirror, type MirroredReservation } from "./mirror.ts";
import { expectReserve, type Verdict } from "./verdicts.ts";

/** All or none. What a buyer's order takes at a price is bounded, in however many items. */
export function expectOrderHold(mirror: Mirror, orderId: string, holds: readonly OrderHold[], nowMs: number): Verdict {
  const requests = holds.map((hold) => ({ ...hold, orderId, idempotencyKey: null }));
  const each = expectReserve(mirror, requests, nowMs);
  const prices = mirror.ticketType?.prices ?? [];
  const taken = new Map<string, number>();
  for (const [index, { reservationId, quantity, priceId = null, code = null, counter }] of holds.entries()) {
    const verdict = each[index] ?? "ok";
    if (verdict !== "ok") return `${verdict} for ${reservationId}`;
    const opened = mirror.ticketType?.codes.find((one) => one.code === code)?.priceId;
    const price = prices.find(({ id }) => id === (priceId ?? opened)) ?? prices[0];
    if (price === undefined || counter !== undefined) continue;
    const total = (taken.get(price.id) ?? 0) + quantity;
    taken.set(price.id, total);
    const { minPerOrder, maxPerOrder } = price;
    if (maxPerOrder !== null && total > maxPerOrder) {
      return `quantity_not_allowed ${minPerOrder}-${maxPerOrder} for ${reservationId}`;
    }
  }
  return "ok";
}

export function expectStep(mirror: Mirror, orderId: string, step: ParticipantStep, nowMs: number): Verdict {
  const reservation = mirror.reservations.get(step.reservationId);
  if (reservation?.orderId !== orderId) return "reservation_unknown";
  const state = endOf(reservation, mirror.ticketType, nowMs) ?? reservation.state;
  const isOff = mirror.ticketType !== null && isCalledOff(mirror.ticketType);
  switch (step.type) {
    case "begin":
      return expectBegin(mirror, reservation, state, step.paymentId, nowMs);
    case "prepare":
      if (!isPending(reservation, step.paymentId)) return "payment_unknown";
      return isOff ? "event_cancelled" : "ok held";
    case "give_back":
      if (state !== "confirmed" && state !== "refunded") return "payment_unknown";
      return `ok ${step.givenBack === reservation.quantity ? "refunded" : state}`;
    case "confirm":
      if (state === "refunded") return "ok refunded";
      if (state !== "held") return state === "confirmed" ? "ok confirmed" : refusalOf(state);
      return isPending(reservation, step.paymentId) ? "ok confirmed" : "payment_unknown";
    case "fail":
      if (!isPending(reservation, step.paymentId)) return `ok ${state}`;
      if (reservation.releaseAs !== null) return `ok ${reservation.releaseAs}`;
      if (nowMs >= reservation.expiresAtMs) return "ok expired";
      return isOff ? "ok cancelled" : "ok held";
    case "release":
      if (state === "confirmed" || state === "refunded") return `already_${state}`;
      return `ok ${state === "held" ? step.as : state}`;
  }
}

/** A payment of an order begins as any other does. */
function expectBegin(
  { ticketType }: Mirror,
  reservation: MirroredReservation,
  state: MirroredReservation["state"],
  paymentId: string,
  nowMs: number,
): Verdict {
  if (isPending(reservation, paymentId)) return "ok held";
  if (!isSold(state) && ticketType !== null && isCalledOff(ticketType)) return "event_cancelled";
  if (state !== "held") return refusalOf(state);
  if (hasPending(reservation)) return "payment_in_progress";
  if (nowMs >= (ticketType?.eventEndsMs ?? Number.POSITIVE_INFINITY)) return "event_over";
  return reservation.payments.some(({ id }) => id === paymentId) ? "payment_unknown" : "ok held";
}

function isPending({ payments }: MirroredReservation, paymentId: string): boolean {
  return payments.some(({ id, state }) => id === paymentId && state === "pending");
}

function refusalOf(state: MirroredReservation["state"]): Verdict {
  return state === "expired" ? "reservation_expired" : `already_${state}`;
}
