// Calls to the objects of orders. Their ids have check characters: an invented one starts none.

import type { DurableObject } from "cloudflare:workers";
import { SECOND_MS } from "../../domain/units.ts";
import type { Order } from "../../durable/order/order.ts";
import { writeWatchRequest } from "../../durable/order/watch-request.ts";
import type { Watcher, WatchResult } from "../../durable/shared/watch-request.ts";
import { derivedId, newId, orderIdFrom, orderNameOf } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import { timeout } from "../../platform/time.ts";
import type { NamesByTicketType } from "../../platform/wire.ts";
import type { Env } from "../env.ts";
import { hasOrder } from "../orders/queries.ts";
import { withRetries } from "./retries.ts";
import { openedSocket } from "./sockets.ts";

/** The methods that the object offers over RPC, as its own class types them. */
export type OrderCalls = Omit<Order, keyof DurableObject>;

// A slow D1 must not hold up buyers.
const LOOKUP_TIMEOUT_MS = SECOND_MS;

/**
 * The same for a repeated request with a key; otherwise one that nothing has. `operation`: method
 * and path of the request.
 */
export function orderIdFor(env: Env, accountId: string, operation: string, key: string | null): string {
  const unchecked = key === null ? newId() : derivedId(accountId, operation, key);
  return orderIdFrom(unchecked, settingsOf(env).idSecret ?? "");
}

/** Calls the object that owns an order. Throws `Unavailable` where it can't be reached. */
export function callOrder<T>(env: Env, orderId: string, call: (order: OrderCalls) => Promise<T>): Promise<T> {
  return withRetries({ order: orderId }, () => call(env.ORDERS.getByName(orderNameOf(orderId))));
}

/** As `callOrder`, for an id that a client sent: `unknown` if the service did not make it. */
export async function callNamedOrder<T>(
  env: Env,
  orderId: string,
  unknown: T,
  call: (order: OrderCalls) => Promise<T>,
): Promise<T> {
  return (await isOrder(env, orderId)) ? callOrder(env, orderId, call) : unknown;
}

/**
 * Opens a socket for changes of an order whose owner is known to have it. Throws `Unavailable` also
 * where an older object has no sockets.
 */
export async function openOrderSocket(
  env: Env,
  orderId: string,
  watcher: Watcher,
  names: NamesByTicketType,
): Promise<WatchResult> {
  return openedSocket({ order: orderId }, async () => {
    const object = env.ORDERS.getByName(orderNameOf(orderId));
    await object.keepNames(names);
    return object.fetch(writeWatchRequest(watcher));
  });
}

/** As with ticket types: check characters tell, else D1 does, and else the object itself. */
async function isOrder(env: Env, id: string): Promise<boolean> {
  const { idSecret } = settingsOf(env);
  if (idSecret !== null && orderIdFrom(orderNameOf(id), idSecret) === id) return true;
  try {
    return await timeout(LOOKUP_TIMEOUT_MS, hasOrder(env.DB, id));
  } catch (fault) {
    log("warn", "order not looked up", errorFields(fault));
    return true;
  }
}
