// The port to whoever moves the money.

import type { PaymentFailure } from "../../domain/payment.ts";
import type { Charge } from "../../durable/ticket-type/protocol.ts";
import { ServiceError } from "../../platform/errors.ts";
import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";
import { sandboxProvider } from "./sandbox.ts";

export type ChargeOutcome =
  | { readonly state: "succeeded" }
  | { readonly state: "failed"; readonly failure: PaymentFailure }
  /** Not known yet; worth asking again in `retryAfterMs`. */
  | { readonly state: "processing"; readonly retryAfterMs: number };

/** One movement of money as the provider has it on record, or one that it was asked for. */
export interface Movement {
  readonly kind: "charge" | "refund";
  readonly paymentId: string;
  readonly reservationId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly state: ChargeOutcome["state"];
}

export interface PaymentProvider {
  /**
   * How many calls one invocation of the Worker may have in flight. At most six over HTTP: a Worker
   * has six connections, and a seventh call would wait for one while its time runs.
   */
  readonly maxConcurrentCalls: number;
  /**
   * How long it remembers a `paymentId`. After that a charge that is tried again would be a second
   * one.
   */
  readonly idempotencyWindowMs: number;
  /** Whether `method` has the form of one that can be charged. Asked before a payment begins. */
  accepts(method: string): boolean;
  /**
   * Charges once for a `paymentId`, however often it is called. Throws where the outcome is not
   * known.
   */
  charge(charge: Charge): Promise<ChargeOutcome>;
  /**
   * What became of a charge, however long ago, or null where the provider never took it. Moves no
   * money.
   */
  lookUp(paymentId: string): Promise<ChargeOutcome | null>;
  /**
   * Gives a charge back once, however often it is called. Throws where that is not known to have
   * happened.
   */
  refund(charge: Charge): Promise<void>;
  /** Whether a charge was given back, however long ago. Moves no money. */
  lookUpRefund(paymentId: string): Promise<boolean>;
  /** All that was asked for these reservations, at most a thousand. Moves no money. */
  ledger(reservationIds: readonly string[]): Promise<Movement[]>;
}

/** The provider could not be asked, or its answer was lost: the money may or may not have moved. */
export class ProviderUnreachable extends ServiceError {}

/** The provider that the environment names, or null where it names none that is built in. */
export function paymentProvider(env: Env): PaymentProvider | null {
  // Wrangler puts NODE_ENV in when it builds the worker, so that esbuild leaves the sandbox out of
  // what is deployed.
  return process.env.NODE_ENV !== "production" && settingsOf(env).paymentProvider === "sandbox"
    ? sandboxProvider(env.DB)
    : null;
}
