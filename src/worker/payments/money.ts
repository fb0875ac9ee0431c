// What the provider has to do for one payment: charge, refund, or say what became of it.

import { HOUR_MS } from "../../domain/units.ts";
import type { PaymentInstruction, Settlement } from "../../durable/ticket-type/protocol.ts";
import { ServiceError } from "../../platform/errors.ts";
import { auditRefund, auditRefundOutcome } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import type { AnyPaymentMessage } from "./owners.ts";
import type { ChargeOutcome, PaymentProvider } from "./provider.ts";

/** How far the clocks of all involved may be apart. Looking up too early costs one call. */
const CLOCK_TOLERANCE_MS = 2 * HOUR_MS;

export type DueInstruction = Exclude<PaymentInstruction, { readonly todo: "nothing" | "unknown" }>;

/**
 * Moves the money that an instruction asks for. A dead letter's charge is only looked up, because
 * it is late; null if the provider never took it. A refund stays due, so a dead letter refunds. A
 * charge that waits for its buyer is looked up, or cancelled: what the cancel finds decides.
 */
export async function moveMoney(
  env: Env,
  provider: PaymentProvider,
  message: AnyPaymentMessage,
  instruction: DueInstruction,
  isDeadLetter: boolean,
): Promise<ChargeOutcome | Settlement["outcome"] | null> {
  // Once the provider may have forgotten the key, a payment is looked up before it is tried again.
  const sinceMs = instruction.sinceMs ?? 0;
  const mayBeForgotten = Date.now() >= sinceMs + provider.idempotencyWindowMs - CLOCK_TOLERANCE_MS;
  const ticketTypeId = "orderId" in message ? null : message.ticketTypeId;
  switch (instruction.todo) {
    case "charge": {
      const { charge, awaited } = instruction;
      if (awaited?.isOver) return provider.cancel(charge.paymentId, awaited.reference);
      if (awaited !== undefined) return provider.lookUp(charge.paymentId, awaited.reference);
      const known = isDeadLetter || mayBeForgotten ? await provider.lookUp(charge.paymentId) : null;
      return known !== null || isDeadLetter ? known : provider.charge(charge);
    }
    case "refund": {
      const { charge } = instruction;
      // All that was charged, as the only refund of this payment.
      const task = { ...charge, attemptId: charge.paymentId };
      const known = mayBeForgotten ? await provider.lookUpRefund(task) : null;
      const { state } = known ?? (await provider.refund(task));
      if (state === "failed") throw new ServiceError("the provider did not carry out a refund");
      // On the audit log before it is settled: after that nothing would write it any more.
      await auditRefund(env.DB, charge, ticketTypeId);
      return { state: "refunded" };
    }
    case "give_back":
    case "look_up_refund": {
      const { todo, refund } = instruction;
      const known = todo === "look_up_refund" || mayBeForgotten ? await provider.lookUpRefund(refund) : null;
      // It took this one once: nothing but its own word ends it.
      if (known === null && todo === "look_up_refund") throw new ServiceError("the provider has no such refund");
      const outcome = known ?? (await provider.refund(refund));
      if (outcome.state !== "pending") await auditRefundOutcome(env.DB, refund, outcome, ticketTypeId);
      return { state: "refund", refund: outcome };
    }
    default:
      // During a deployment a newer object may know another one.
      throw new Error(`unknown instruction: ${JSON.stringify(instruction satisfies never)}`);
  }
}
