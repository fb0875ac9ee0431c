// How orders are shown.

import type { OrderView } from "../../domain/order.ts";
import { NAMELESS, type NamesByTicketType, presentNamedOrder, presentNames } from "../../platform/wire.ts";
import type { Env } from "../env.ts";
import { namesOf } from "../reservations/names.ts";
import { namesOfTicketTypes } from "../reservations/queries.ts";

/** With the names that only D1 knows. Reading them takes a bounded time. */
export async function presentOrder(env: Env, order: OrderView, nowMs: number) {
  return presentNamedOrder(order, await namesInOrder(env, order), nowMs);
}

export async function namesInOrder(env: Env, order: OrderView): Promise<NamesByTicketType> {
  const ids = ticketTypesIn([order]);
  const names = await Promise.all(ids.map((id) => namesOf(env, id)));
  return new Map(ids.map((id, index) => [id, names[index] ?? NAMELESS]));
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
