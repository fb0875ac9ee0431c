// The one typing of the Worker's bindings, and what its variables mean.

import type { PaymentMessage } from "../durable/protocol.ts";
import type { TicketType } from "../durable/ticket-type.ts";

export interface Env {
  readonly DB: D1Database;
  readonly TICKET_TYPES: DurableObjectNamespace<TicketType>;
  readonly PAYMENTS: Queue<PaymentMessage>;
  /** The files of the page at `/docs`. */
  readonly ASSETS: Fetcher;

  /** How long a hold lasts, in whole seconds. */
  readonly HOLD_SECONDS: string;
  /** Signs session tokens: at least 32 characters. */
  readonly SESSION_SECRET?: string;
  /** `sandbox` on a developer's machine; nothing else is built in. */
  readonly PAYMENT_PROVIDER?: string;
  /** Origins whose pages may call the API, separated by commas: `https://shop.example`. */
  readonly ALLOWED_ORIGINS?: string;
  readonly UPSTASH_REDIS_REST_URL?: string;
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
}

/** The service can't work as it is configured. The message is for the operator's log, never for a client. */
export class ConfigurationError extends Error {}

const MAX_HOLD_SECONDS = 24 * 60 * 60;

export function holdMs(env: Env): number {
  const seconds = Number(env.HOLD_SECONDS);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_HOLD_SECONDS) {
    throw new ConfigurationError(`HOLD_SECONDS must be a whole number from 1 to ${MAX_HOLD_SECONDS}`);
  }
  return seconds * 1_000;
}

export function sessionSecret(env: Pick<Env, "SESSION_SECRET">): string {
  const secret = env.SESSION_SECRET ?? "";
  if (secret.length < 32) throw new ConfigurationError("SESSION_SECRET must have at least 32 characters");
  return secret;
}
