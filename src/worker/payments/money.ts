// What the provider has to do for one payment: charge, refund, or say what became of it.

import { HOUR_MS } from "../../domain/units.ts";
import type { Charge, PaymentInstruction, Settlement } from "../../durable/ticket-type/protocol.ts";
import { auditRefund } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import type { AnyPaymentMessage } from "./owners.ts";
import type { ChargeOutcome, PaymentProvider } from "./provider.ts";

/** How far the clocks of all involved may be apart. Looking up too early costs one call. */
const CLOCK_TOLERANCE_MS = 2 * HOUR_MS;

export type DueInstruction = Extract<PaymentInstruction, { readonly charge: Charge }>;

/**
 * Moves the money that an instruction asks for. A dead letter's charge is only looked up, because
 * it is late; null if the provider never took it. A refund stays due, so a dead letter refunds. A
 * charge that waits for its buyer is looked up, or cancelled: what the cancel finds decides.
 */
export async function moveMoney(
  env: Env,
  provider: PaymentProvider,
  message: AnyPaymentMessage,
  { todo, charge, sinceMs, awaited }: DueInstruction,
  isDeadLetter: boolean,
): Promise<ChargeOutcome | Settlement["outcome"] | null> {
  // Once the provider may have forgotten the key, a payment is looked up before it is tried again.
  const mayBeForgotten = Date.now() >= (sinceMs ?? 0) + provider.idempotencyWindowMs - CLOCK_TOLERANCE_MS;
  switch (todo) {
    case "charge": {
      if (awaited?.isOver) return provider.cancel(charge.paymentId, awaited.reference);
      if (awaited !== undefined) return provider.lookUp(charge.paymentId, awaited.reference);
      const known = isDeadLetter || mayBeForgotten ? await provider.lookUp(charge.paymentId) : null;
      return known !== null || isDeadLetter ? known : provider.charge(charge);
    }
    case "refund": {
      const isRefunded = mayBeForgotten && (await provider.lookUpRefund(charge.paymentId));
      if (!isRefunded) await provider.refund(charge);
      // On the audit log before it is settled: after that nothing would write it any more.
      await auditRefund(env.DB, charge, "orderId" in message ? null : message.ticketTypeId);
      return { state: "refunded" };
    }
    default:
      // During a deployment a newer object may know another one.
      throw new Error(`unknown instruction: ${todo satisfies never}`);
  }
}
