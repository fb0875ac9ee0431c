// How orders are shown.

import { type OrderView, totalOf } from "../../domain/order.ts";
import { statusOf } from "../../domain/reservation.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { iso, money, NAMELESS, type PresentedNames, presentNames, presentPaymentOf } from "../../platform/wire.ts";
import type { Env } from "../env.ts";
import { namesOf } from "../reservations/names.ts";
import { namesOfTicketTypes } from "../reservations/queries.ts";

/** With the names that only D1 knows. Reading them takes a bounded time. */
export async function presentOrder(env: Env, order: OrderView, nowMs: number) {
  const ids = ticketTypesIn([order]);
  const names = await Promise.all(ids.map((id) => namesOf(env, id)));
  return presentNamedOrder(order, new Map(ids.map((id, index) => [id, names[index] ?? NAMELESS])), nowMs);
}

/** A page of orders, whose names are read in one query. */
export async function presentOrders(d1: D1Database, orders: readonly OrderView[], nowMs: number) {
  const names = await namesOfTicketTypes(d1, ticketTypesIn(orders));
  const presented = new Map([...names].map(([id, found]) => [id, presentNames(found)]));
  return orders.map((order) => presentNamedOrder(order, presented, nowMs));
}

function ticketTypesIn(orders: readonly OrderView[]): string[] {
  return [...new Set(orders.flatMap(({ items }) => items.map(({ ticketTypeId }) => ticketTypeId)))];
}

function presentNamedOrder(order: OrderView, namesByTicketType: ReadonlyMap<string, PresentedNames>, nowMs: number) {
  const { id, items, currency, state, expiresAtMs, createdAtMs, cancelRequested, payment } = order;
  return {
    id,
    items: items.map(({ reservationId, ticketTypeId, priceId, priceName, code, quantity, unitPriceMinor }) => ({
      reservation: reservationId,
      ticket: ticketTypeId,
      ticket_type: namesByTicketType.get(ticketTypeId)?.ticket_type ?? null,
      event: namesByTicketType.get(ticketTypeId)?.event ?? null,
      price: priceId ?? ticketTypeId,
      price_name: priceName,
      code,
      quantity,
      unit_price: money(unitPriceMinor, currency),
      total: money(unitPriceMinor * quantity, currency),
    })),
    total: money(totalOf(order), currency),
    state,
    status: statusOf({ state, payment }),
    // What is confirmed does not expire.
    expires_at: state === "confirmed" ? null : iso(expiresAtMs),
    expires_in: state === "held" ? Math.max(0, Math.floor((expiresAtMs - nowMs) / SECOND_MS)) : null,
    cancel_requested: cancelRequested,
    created_at: iso(createdAtMs),
    payment: payment === null ? null : presentPaymentOf(money(totalOf(order), currency), payment),
  };
}
