// Calls to objects that are compared. One that fails or hangs does not keep the others from it.

import { SECOND_MS } from "../../domain/units.ts";
import { ServiceError } from "../../platform/errors.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { callOrder, type OrderCalls } from "../objects/orders.ts";
import { callTicketType, type TicketTypeCalls } from "../objects/ticket-types.ts";

const CALL_TIMEOUT_MS = 10 * SECOND_MS;

/** The object gave no answer, whatever the reason. */
export class Unreachable extends ServiceError {}

export function askTicketType<T>(env: Env, id: string, call: (object: TicketTypeCalls) => Promise<T>): Promise<T> {
  return ask({ ticket: id }, () => callTicketType(env, id, call));
}

export function askOrder<T>(env: Env, id: string, call: (object: OrderCalls) => Promise<T>): Promise<T> {
  return ask({ order: id }, () => callOrder(env, id, call));
}

async function ask<T>(fields: Record<string, string>, call: () => Promise<T>): Promise<T> {
  try {
    return await timeout(CALL_TIMEOUT_MS, call());
  } catch (fault) {
    log("warn", "an object is not compared", { ...fields, ...errorFields(fault) });
    throw new Unreachable("the object gave no answer");
  }
}

/** Null where the object is out of reach. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (fault) {
    if (fault instanceof Unreachable) return null;
    throw fault;
  }
}
