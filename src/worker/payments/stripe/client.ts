// Stripe's own package, set up for a Worker, and what its errors mean to us.

import Stripe from "stripe";
import { SECOND_MS } from "../../../domain/units.ts";
import { ConfigurationError } from "../../../platform/errors.ts";
import type { StripeSettings } from "../../../platform/settings.ts";
import { type Period, ProviderBusy, ProviderUnreachable } from "../provider.ts";

/** What the code was written for: a newer package, too, speaks this version. */
const API_VERSION = "2026-10-28.endive";
/** Twice within what one call of the consumer may take. */
const TIMEOUT_MS = 12 * SECOND_MS;

export function stripeClient({ secretKey, apiUrl }: StripeSettings): Stripe {
  const { protocol, hostname, port } = new URL(apiUrl);
  return new Stripe(secretKey, {
    apiVersion: API_VERSION,
    httpClient: Stripe.createFetchHttpClient(),
    protocol: protocol === "http:" ? "http" : "https",
    host: hostname,
    port: port || (protocol === "http:" ? 80 : 443),
    timeout: TIMEOUT_MS,
    // The queue and the objects try again, and know what was done before.
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** A period as Stripe's lists take it, in seconds. */
export function createdIn({ fromMs, toMs }: Period): { gte: number; lte: number } {
  return { gte: Math.floor(fromMs / SECOND_MS), lte: Math.ceil(toMs / SECOND_MS) };
}

/**
 * The error to throw in place of one of Stripe's, whose text may name what a client sent. Its code
 * and the request's id, which Stripe's support asks for, may be logged.
 */
export function asServiceError(fault: unknown): unknown {
  if (!(fault instanceof Stripe.errors.StripeError)) return fault;
  const about = [fault.statusCode, fault.code, fault.requestId].filter((part) => part !== undefined).join(" ");
  if (fault instanceof Stripe.errors.StripeRateLimitError) return new ProviderBusy(`Stripe is busy: ${about}`);
  if (
    fault instanceof Stripe.errors.StripeAuthenticationError ||
    fault instanceof Stripe.errors.StripePermissionError
  ) {
    return new ConfigurationError(`Stripe refuses STRIPE_SECRET_KEY: ${about}`);
  }
  return new ProviderUnreachable(`Stripe did not carry out a request: ${about}`);
}
