// What buyers, the provider and time do to a world under faults. Interrupted acts are repeated.

import { env } from "cloudflare:workers";
import type { PaymentOutcome } from "../../../src/domain/payment.ts";
import { isUnderWay, type RefundRequest } from "../../../src/domain/refund.ts";
import type { Settlement } from "../../../src/durable/ticket-type/protocol.ts";
import { readRefunds } from "../../../src/platform/refund-text.ts";
import type { TicketTypeCalls } from "../../../src/worker/objects/ticket-types.ts";
import { authenticate } from "../../../src/worker/payments/sandbox.ts";
import { MINUTE_MS } from "./process.ts";
import type { Act, Process } from "./world.ts";

export const CARD = "pm_card_visa";
export const DECLINED_CARD = "pm_card_visa_chargeDeclined";
// Charged at once, and known as charged only after an hour.
export const SLOW_CARD = "pm_sandbox_slow_3600s";
// Charged once its buyer has confirmed that at the bank.
export const BANK_CARD = "pm_card_authenticationRequired";
export const HOLD_MINUTES = Number(env.HOLD_SECONDS) / 60;
export const GIVEN_UP: PaymentOutcome = { state: "failed", failure: { code: "timed_out", message: "Given up on." } };
export const SUCCEEDED: PaymentOutcome = { state: "succeeded" };

/** A call that must succeed in the end. */
export function succeeds(
  what: string,
  call: (object: TicketTypeCalls, process: Process) => Promise<{ readonly ok: boolean } | undefined>,
): Act {
  return async (process) => {
    const result = await process.call((object) => call(object, process));
    if (result?.ok !== true) throw new Error(`${what}: ${JSON.stringify(result)}`);
  };
}

export function reserve(buyer: string, quantity = 2): Act {
  return succeeds("reserve", async (object, process) => {
    const reservationId = reservationOf(process, buyer);
    const request = { reservationId, accountId: buyer, quantity, idempotencyKey: `${buyer}'s key` };
    return (await object.reserve([request]))[0];
  });
}

export function pay(buyer: string, paymentId: string, method: string | null): Act {
  return succeeds("pay", (object, process) => {
    const ids = { reservationId: reservationOf(process, buyer), paymentId: named(process, paymentId) };
    return object.pay({ ...ids, accountId: buyer, key: paymentId, method });
  });
}

export function cancel(buyer: string): Act {
  return succeeds("cancel", (object, process) => object.cancel(reservationOf(process, buyer), buyer));
}

/** Waits for the payment, which succeeds; a repeated call may come after that, and is refused. */
export function cancelInVain(buyer: string): Act {
  return succeeds("cancel", async (object, process) => {
    const result = await object.cancel(reservationOf(process, buyer), buyer);
    return { ok: result.ok || result.refusal === "already_confirmed" };
  });
}

/** The organiser gives back so many tickets, and what they cost. */
export function refund(buyer: string, key: string, quantity: number | "all"): Act {
  return succeeds("refund", (object, process) => {
    const reservationId = reservationOf(process, buyer);
    return object.refund({ reservationId, request: refundRequest(key, reservationId, quantity) });
  });
}

export function refundRequest(key: string, reservationId: string, quantity: number | "all"): RefundRequest {
  const items = quantity === "all" ? quantity : [{ reservationId, quantity }];
  const money = { items, amountMinor: null, restock: true, reason: "" };
  return { key, request: "the same", requestedBy: "organizer", ...money };
}

/** News of a payment that does not come through the queue. */
export function settle(paymentId: string, outcome: Settlement["outcome"]): Act {
  return succeeds("settle", async (object, process) => {
    return (await object.settle([{ paymentId: named(process, paymentId), outcome }]))[0];
  });
}

/** Waits until the consumer has done for a payment what was to do. */
export function settled(paymentId: string): Act {
  return waitFor(`${paymentId} settled`, (process) => {
    const sql = "SELECT state FROM payments WHERE id = ?";
    const row = process.state.storage.sql.exec<{ state: string }>(sql, named(process, paymentId)).one();
    return !["pending", "refund_due"].includes(row.state);
  });
}

/** Waits until the consumer has given back what was to go back. */
export function refunded(buyer: string): Act {
  return waitFor("refunded", (process) => {
    const sql = "SELECT refunds FROM reservations WHERE id = ?";
    const row = process.state.storage.sql.exec<{ refunds: string }>(sql, reservationOf(process, buyer)).one();
    return !readRefunds(row.refunds).some(isUnderWay);
  });
}

/** Waits until the provider has the charge, whatever it says of it. */
export function charged(paymentId: string): Act {
  return waitFor(`${paymentId} charged`, (process) => process.world.charged.has(named(process, paymentId)));
}

/** The buyer says yes or no at the bank, and no notice says so. */
export function atBank(paymentId: string, passes: boolean): Act {
  return async (process) => {
    await authenticate(env.DB, `${named(process, paymentId)}_secret_sandbox`, passes);
  };
}

/** With refunds. Repeated until it is known, as the sweep does; then until all is refunded. */
export function callOffWithRefunds(): readonly Act[] {
  const called: Act = async (process) => {
    const facts = { onSale: false, onSaleVersion: 2, eventStatus: "cancelled", eventEndsMs: null } as const;
    await process.call((object) => object.announce({ ...facts, refunding: process.world.ticketTypeId }));
  };
  const refunded = waitFor("refunded", ({ state }) => {
    const sql = "SELECT COUNT(*) AS sold FROM reservations WHERE state = 'confirmed'";
    const pending = `SELECT 1 FROM reservations, json_each(refunds) WHERE value ->> 'state' <> 'succeeded'`;
    return state.storage.sql.exec(sql).one().sold === 0 && state.storage.sql.exec(pending).toArray().length === 0;
  });
  return [called, refunded];
}

function waitFor(what: string, isSo: (process: Process) => boolean): Act {
  return async (process) => {
    const came = await process.until(() => isSo(process), Date.now() + 60 * MINUTE_MS);
    if (!came) throw new Error(`not ${what} after an hour`);
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

/** Payments of several worlds share one ledger. */
export function named({ world }: Process, paymentId: string): string {
  return `${world.ticketTypeId}-${paymentId}`;
}

export function reservationOf({ world }: Process, buyer: string): string {
  return `${world.ticketTypeId}-${buyer.padEnd(20, "0")}`;
}
