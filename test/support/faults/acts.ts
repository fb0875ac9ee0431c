// What buyers, the provider and time do to a world under faults. Interrupted acts are repeated.

import { env } from "cloudflare:workers";
import type { PaymentOutcome } from "../../../src/domain/payment.ts";
import { type Act, MINUTE_MS, type Process } from "./world.ts";

export const CARD = "pm_card_visa";
export const DECLINED_CARD = "pm_card_visa_chargeDeclined";
// Charged at once, and known as charged only after an hour.
export const SLOW_CARD = "pm_sandbox_slow_3600s";
export const HOLD_MINUTES = Number(env.HOLD_SECONDS) / 60;
export const GIVEN_UP: PaymentOutcome = { state: "failed", failure: { code: "timed_out", message: "Given up on." } };
export const SUCCEEDED: PaymentOutcome = { state: "succeeded" };

export function reserve(buyer: string, quantity = 2): Act {
  return async (process) => {
    const reservationId = reservationOf(process, buyer);
    const request = { reservationId, accountId: buyer, quantity, idempotencyKey: `${buyer}'s key` };
    const [result] = await process.call((object) => object.reserve([request]));
    demand(result?.ok, "reserve", result);
  };
}

export function pay(buyer: string, paymentId: string, method: string | null): Act {
  return async (process) => {
    const reservationId = reservationOf(process, buyer);
    const request = { reservationId, accountId: buyer, paymentId: named(process, paymentId), key: paymentId, method };
    const result = await process.call((object) => object.pay(request));
    demand(result.ok, "pay", result);
  };
}

export function cancel(buyer: string): Act {
  return async (process) => {
    const result = await process.call((object) => object.cancel(reservationOf(process, buyer), buyer));
    demand(result.ok, "cancel", result);
  };
}

/** News of a payment that does not come through the queue. */
export function settle(paymentId: string, outcome: PaymentOutcome): Act {
  return async (process) => {
    const news = { paymentId: named(process, paymentId), outcome };
    const [result] = await process.call((object) => object.settle([news]));
    demand(result?.ok, "settle", result);
  };
}

/** Waits until the consumer has done for a payment what was to do. */
export function settled(paymentId: string): Act {
  return async (process) => {
    const isSettled = () => {
      const row = process.state.storage.sql.exec<{ state: string }>(
        "SELECT state FROM payments WHERE id = ?",
        named(process, paymentId),
      );
      return !["pending", "refund_due"].includes(row.one().state);
    };
    demand(await process.until(isSettled, Date.now() + 60 * MINUTE_MS), `${paymentId} settled`, "after an hour");
  };
}

/** To a moment counted from the beginning: an act that is repeated waits no longer than once. */
export function passMinutes(minutes: number): Act {
  return (process) => process.passTo(process.world.startMs + minutes * MINUTE_MS);
}

/** Charges begin only then. */
export function providerBusyUntil(minutes: number): Act {
  return async ({ world }) => {
    world.providerBusyUntilMs = world.startMs + minutes * MINUTE_MS;
  };
}

/** Waits until the provider has the charge, whatever it says of it. */
export function charged(paymentId: string): Act {
  return async (process) => {
    const isCharged = () => process.world.charged.has(named(process, paymentId));
    demand(await process.until(isCharged, Date.now() + 60 * MINUTE_MS), `${paymentId} charged`, "after an hour");
  };
}

/** Payments of several worlds share one ledger. */
export function named({ world }: Process, paymentId: string): string {
  return `${world.ticketTypeId}-${paymentId}`;
}

export function reservationOf({ world }: Process, buyer: string): string {
  return `${world.ticketTypeId}-${buyer.padEnd(20, "0")}`;
}

export function demand(met: boolean | undefined, what: string, found: unknown): void {
  if (met !== true) throw new Error(`${what}: ${JSON.stringify(found)}`);
}
