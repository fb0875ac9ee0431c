// The sweep's part for orders: copies that D1 lost or never had, or that their object lost track
// of, are published again, and ticket types hear once more of what they have forgotten.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { releaseUnpaid } from "../../domain/order-steps.ts";
import { SECOND_MS } from "../../domain/units.ts";
import type { ForgottenItem, OrderAudit } from "../../durable/order/protocol.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { callOrder } from "../objects/orders.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import type { OrderRow } from "../orders/queries.ts";
import { orderCopyFindings } from "./order-differences.ts";
import {
  forgottenItems,
  heldForOrder,
  orderCopiesAfter,
  orderCopiesWithIds,
  ordersWithoutCopies,
  type Range,
} from "./order-queries.ts";
import { endedAfterMs } from "./part.ts";
import { moveSweepCursor, sweepCursor } from "./queries.ts";

// Each has an object of its own, so each is a call.
const ORDERS_PER_SWEEP = 50;
// A sweep has up to twenty parts.
const LOST_ORDERS_PER_PART = 20;
// An object that does not answer must not keep the others waiting.
const ORDER_TIMEOUT_MS = 20 * SECOND_MS;

/** Compares the next copies with their objects. */
export async function sweepOrderCopies(env: Env): Promise<void> {
  const cursor = await sweepCursor(env.DB, "ordersComparedUpTo");
  const rows = await orderCopiesAfter(env.DB, cursor, endedAfterMs(), ORDERS_PER_SWEEP);
  const givenBack = rows.filter(({ refunds }) => refunds !== null).map(({ id }) => id);
  const forgotten = Map.groupBy(await forgottenItems(env.DB, givenBack), ({ orderId }) => orderId);
  await Promise.all(rows.map((row) => mend(row.id, () => mendCopy(env, row, forgotten.get(row.id) ?? []))));
  const next = rows.length < ORDERS_PER_SWEEP ? "" : (rows.at(-1)?.id ?? "");
  if (next !== cursor) await moveSweepCursor(env.DB, "ordersComparedUpTo", next);
}

/**
 * Finds orders that D1 does not have by the copies of their reservations, in `range`. The audit of
 * one sets an alarm that was lost. One that was refused has no copy to publish.
 */
export async function findLostOrders(env: Env, range: Range): Promise<void> {
  const ids = await ordersWithoutCopies(env.DB, range, endedAfterMs(), LOST_ORDERS_PER_PART);
  await Promise.all(ids.map((id) => mend(id, () => mendWithoutCopy(env, id, range))));
}

/** One object that can't be reached does not keep the others waiting. */
async function mend(orderId: string, work: () => Promise<void>): Promise<void> {
  try {
    await timeout(ORDER_TIMEOUT_MS, work());
  } catch (fault) {
    log("warn", "copies not compared", { order: orderId, ...errorFields(fault) });
  }
}

async function mendCopy(env: Env, row: OrderRow, forgotten: readonly ForgottenItem[]): Promise<void> {
  const { id } = row;
  if (forgotten.length > 0) await callOrder(env, id, (object) => object.forgotten(forgotten));
  const audit = await callOrder(env, id, (object) => object.audit());
  if (audit !== null) return compareCopy(env, audit, row);
  // What only the copy knows is left to a person.
  log("warn", "copies differed", { order: id, published: 0, unknown: 1 });
}

async function mendWithoutCopy(env: Env, id: string, range: Range): Promise<void> {
  const audit = await callOrder(env, id, (object) => object.audit());
  if (audit !== null) return compareCopy(env, audit, null);
  // It was refused, and a call of it that was late has held something after all. A sale at the
  // counter could keep that for weeks.
  const held = await heldForOrder(env.DB, id, range);
  for (const [ticketTypeId, ids] of Map.groupBy(held, ticketTypeIdOf)) {
    await callTicketType(env, ticketTypeId, (object) => object.takeOrderSteps(id, ids.map(releaseUnpaid)));
    log("warn", "held for no order", { order: id, reservations: ids.length });
  }
}

/** The object publishes its copy again if that is neither right nor under way. */
async function compareCopy(env: Env, audit: OrderAudit, row: OrderRow | null): Promise<void> {
  if (!audit.isCopied || orderCopyFindings(audit, row).length === 0) return;
  const { id } = audit.order;
  // It may have arrived since the row was read.
  const [now = null] = await orderCopiesWithIds(env.DB, [id]);
  if (orderCopyFindings(audit, now).length === 0) return;
  await callOrder(env, id, (object) => object.republish(now?.version ?? 0));
  log("warn", "copies differed", { order: id, published: 1, unknown: 0 });
}
