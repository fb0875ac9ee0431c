// How subscriptions and deliveries read on the wire, and what a receiver is sent.

import type * as z from "zod";
import { iso, isoOrNull } from "../../platform/wire.ts";
import type { DeliveryRow } from "./delivery-queries.ts";
import type { WebhookRow } from "./queries.ts";
import type { Delivery, Webhook } from "./schemas.ts";

export function presentWebhook(row: WebhookRow): z.output<typeof Webhook> {
  const { id, url, types, state, createdAtMs, lastNumber, failingSinceMs, previousUntilMs } = row;
  return {
    id,
    url,
    types: [...types],
    state,
    created_at: iso(createdAtMs),
    last_number: lastNumber,
    failing_since: isoOrNull(failingSinceMs),
    previous_secret_until: isoOrNull(previousUntilMs),
  };
}

export function presentDelivery(row: DeliveryRow): z.output<typeof Delivery> {
  const { number, type, state, createdAtMs, attempts, dueMs, lastStatus, lastError, lastAttemptMs } = row;
  return {
    number,
    type,
    state,
    created_at: iso(createdAtMs),
    attempts,
    next_attempt_at: isoOrNull(dueMs),
    last_attempt_at: isoOrNull(lastAttemptMs),
    last_status: lastStatus,
    last_error: lastError,
    body: presentBody(row),
  };
}

/** The same text each time it is sent, so that a repeat is known as one. */
export function presentBody({ type, number, createdAtMs, data }: DeliveryRow): string {
  const head = JSON.stringify({ type, timestamp: iso(createdAtMs), number });
  return `${head.slice(0, -1)},"data":${data}}`;
}
