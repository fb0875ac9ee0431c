// What the provider has to do for one payment: charge, refund, or say what became of it.

import type { RefundOutcome } from "../../domain/refund.ts";
import { HOUR_MS } from "../../domain/units.ts";
import type {
  PaymentInstruction,
  RefundInstruction,
  RefundTask,
  Settlement,
} from "../../durable/ticket-type/protocol.ts";
import { ServiceError } from "../../platform/errors.ts";
import { auditRefundOutcome } from "../audit/queries.ts";
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
    case "refund":
    case "give_back":
    case "look_up_refund": {
      const { todo } = instruction;
      const refund = taskOf(instruction);
      const known = todo === "look_up_refund" || mayBeForgotten ? await provider.lookUpRefund(refund) : null;
      // It took this one once: nothing but its own word ends it.
      if (known === null && todo === "look_up_refund") throw new ServiceError("the provider has no such refund");
      const outcome = known ?? (await provider.refund(refund));
      // On the audit log before it is settled: after that nothing would write it any more.
      if (outcome.state !== "pending") await auditRefundOutcome(env.DB, refund, outcome, ticketTypeId);
      return todo === "refund" && instruction.refund === undefined
        ? settledWithoutRefund(outcome)
        : { state: "refund", refund: outcome };
    }
    default:
      // During a deployment a newer object may know another one.
      throw new Error(`unknown instruction: ${JSON.stringify(instruction satisfies never)}`);
  }
}

/** All that a late payment has charged goes back as the attempt with the payment's own id. */
function taskOf(instruction: RefundInstruction): RefundTask {
  if (instruction.todo !== "refund") return instruction.refund;
  return instruction.refund ?? { ...instruction.charge, attemptId: instruction.charge.paymentId };
}

/** An object of the version before keeps no refund of a late payment: only success ends it. */
function settledWithoutRefund({ state }: RefundOutcome): ChargeOutcome | Settlement["outcome"] {
  if (state === "failed") throw new ServiceError("the provider did not carry out a refund");
  return state === "succeeded" ? { state: "refunded" } : { state: "processing", retryAfterMs: HOUR_MS };
}
