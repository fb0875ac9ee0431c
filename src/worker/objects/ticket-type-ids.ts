// Tells real ids of ticket types from invented ones: any id that reaches an object starts it.

import { SECOND_MS } from "../../domain/units.ts";
import { withCheck } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import { timeout } from "../../platform/time.ts";
import { ticketTypeById } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";

// A slow D1 must not hold up buyers.
const LOOKUP_TIMEOUT_MS = SECOND_MS;
// About a megabyte.
const MAX_REAL_IDS = 10_000;

/** Ids that this isolate found to be real. They are never given to anything else. */
const realIds = new Set<string>();

/** `id`, with check characters that only this service can make. */
export function checkedId(env: Env, id: string): string {
  const { idSecret } = settingsOf(env);
  return idSecret === null ? id : withCheck(id, idSecret);
}

/** Whether the service made this id. No query: false where only D1 knows. */
export function isCertainlyTicketType(env: Env, id: string): boolean {
  const { idSecret } = settingsOf(env);
  return realIds.has(id) || (idSecret !== null && withCheck(id, idSecret) === id);
}

/**
 * Whether the service made this id. Check characters tell without a query. An id without them, or
 * with those of another secret, is looked up in D1. If D1 does not answer, the object does: selling
 * needs no D1 (docs/decisions/0032-checked-ids.md).
 */
export async function isTicketType(env: Env, id: string): Promise<boolean> {
  if (realIds.has(id)) return true;
  if (!isCertainlyTicketType(env, id)) {
    try {
      if ((await timeout(LOOKUP_TIMEOUT_MS, ticketTypeById(env.DB, id))) === null) return false;
    } catch (fault) {
      log("warn", "ticket type not looked up", errorFields(fault));
      return true;
    }
  }
  if (realIds.size >= MAX_REAL_IDS) realIds.clear();
  realIds.add(id);
  return true;
}
