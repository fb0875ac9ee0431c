// Webhooks: what organisers can hear of, and when a delivery that failed is tried again. Pure.

import { DAY_MS, HOUR_MS, MINUTE_MS } from "./units.ts";

export const WEBHOOK_TYPES = [
  "order.confirmed",
  "order.cancelled",
  "order.refunded",
  "reservation.confirmed",
  "reservation.refunded",
  "refund.succeeded",
  "event.changed",
  "event.cancelled",
  "dispute.opened",
  "dispute.closed",
] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** What a test sends. Nobody subscribes to it. */
export const TEST_TYPE = "test";

/** A message of the queue: something may be due to this subscription. */
export interface WebhookMessage {
  readonly webhookId: string;
}

/** `disabled`: the receiver failed for too long, or said that it is gone. */
export type WebhookState = "active" | "paused" | "disabled";
export type DeliveryState = "due" | "delivered" | "failed";
/** Why an attempt was not accepted: by the reply, for want of one, or as nobody is called there. */
export const ATTEMPT_ERRORS = [
  "refused",
  "redirected",
  "timeout",
  "not_reached",
  "url_not_allowed",
  "name_not_found",
  "name_not_resolved",
  "address_not_public",
] as const;
export type AttemptError = (typeof ATTEMPT_ERRORS)[number];

/** After this long a delivery has failed: a replay alone sends it again. */
export const TRIED_FOR_MS = 3 * DAY_MS;
/** How long a delivery can be replayed. */
export const DELIVERIES_KEPT_MS = 30 * DAY_MS;

const PAUSES_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
];
/** A receiver that comes back is not called by everybody in the same second. */
const MAX_JITTER = 0.1;

/**
 * When a delivery that has failed `attempts` times is tried again, or null once it was tried for
 * `TRIED_FOR_MS`. `random`: from 0 to 1.
 */
export function nextAttemptMs(dueSinceMs: number, attempts: number, nowMs: number, random: number): number | null {
  const pauseMs = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] ?? MINUTE_MS;
  const nextMs = nowMs + Math.round(pauseMs * (1 + MAX_JITTER * random));
  // The last attempt is made at the end, not left out.
  const endMs = dueSinceMs + TRIED_FOR_MS;
  if (nowMs >= endMs) return null;
  return Math.min(nextMs, endMs);
}
