// Finds one order of an account, though its object has forgotten it.

import type { OrderView } from "../../domain/order.ts";
import type { FindOrderResult } from "../../durable/order/protocol.ts";
import type { Env } from "../env.ts";
import { callNamedOrder } from "../objects/orders.ts";
import { findEndedOrder } from "./queries.ts";

/** As its object has it at this moment. Long after its end only D1 has it. Null if not theirs. */
export async function findOrder(env: Env, id: string, accountId: string): Promise<OrderView | null> {
  const result = await askForOrder(env, id, accountId);
  return result.ok ? result.order : findEndedOrder(env.DB, id, accountId);
}

/** Asks its object alone. */
export function askForOrder(env: Env, id: string, accountId: string): Promise<FindOrderResult> {
  const unknown: FindOrderResult = { ok: false, refusal: "order_unknown" };
  return callNamedOrder(env, id, unknown, (object) => object.find(accountId));
}
