// Payments in requests and replies.

import * as z from "zod";
import { AcceptedTerms } from "../catalogue/terms-schemas.ts";
import { Id, Instant, Money, OrderId, ReservationId } from "../http/fields.ts";

export const NextAction = z
  .strictObject({
    type: z.enum(["authenticate"]),
    client_secret: z.string().meta({
      description:
        "For the buyer's browser alone: it completes the payment, whatever browser sends it. Never store or log it",
    }),
    expires_at: Instant.meta({ description: "Then the payment is cancelled, unless it has succeeded" }),
  })
  .meta({
    id: "NextAction",
    description:
      "What the buyer has to do before the payment can succeed: confirm it at the card's bank (3-D Secure). With Stripe: `stripe.handleNextAction({ clientSecret })`",
  });

export const Payment = z
  .strictObject({
    state: z.enum(["pending", "succeeded", "failed", "refund_due", "refunded"]),
    amount: z.int().nullable().meta({ description: "Amount in the currency's minor unit; null if the payment failed" }),
    currency: z.string().nullable().meta({ description: "ISO 4217 code; null if the payment failed" }),
    total: Money.meta({ description: "What the payment is for, whatever became of it" }),
    error: z
      .strictObject({ code: z.string().meta({ examples: ["card_declined"] }), message: z.string() })
      .nullable()
      .meta({ description: "Why the payment failed; null if it did not" }),
    pending_since: Instant.nullable().meta({
      description:
        "Since when it is pending: usually for seconds, for minutes where many pay at once. Null if it is not, in lists, and in the reply to the request that begins it",
    }),
    next_action: NextAction.nullable().meta({
      description:
        "What the payment waits for; null if for nothing that its buyer can do. In lists always null: ask the payment itself, or watch it",
    }),
  })
  .meta({ id: "Payment" });

export const NewPayment = z
  .strictObject({
    payment_method: z
      .string()
      .regex(/^[\w-]{1,255}$/, "not a payment method")
      .nullish()
      .meta({
        description: "The payment provider's id of the payment method to charge. Free tickets need none",
      }),
  })
  .meta({ id: "NewPayment" });

export const PaymentConfig = z
  .strictObject({
    provider: z
      .string()
      .nullable()
      .meta({
        description: "Who takes payments; null: nobody, so that only free tickets can be had",
        examples: ["stripe"],
      }),
    publishable_key: z.string().nullable().meta({
      description: "For Stripe.js, which makes payment methods with it; null for another provider",
    }),
  })
  .meta({ id: "PaymentConfig" });

export const Dispute = z
  .strictObject({
    dispute: z.string().meta({ description: "The dispute's id at the payment provider, where it is answered" }),
    payment: z.string().meta({ description: "The payment's id at the payment provider" }),
    reservation: ReservationId.nullable().meta({ description: "What was paid for; null if an order" }),
    order: OrderId.nullable().meta({ description: "What was paid for; null if a reservation" }),
    state: z.enum(["open", "won", "lost"]).meta({
      description: "`won`: the organiser keeps the money. `lost`: the buyer has it back. The tickets stay valid",
    }),
    reason: z.string().meta({ description: "The payment provider's word", examples: ["fraudulent"] }),
    total: Money.meta({ description: "What is disputed, which may be of tickets for several events" }),
    opened_at: Instant,
    respond_by: Instant.nullable().meta({ description: "Until when it can be answered; null if it can't" }),
  })
  .meta({ id: "Dispute" });

export const Disputed = z.boolean().meta({
  description: "Whether the buyer disputes the payment at the bank, or got it back so. The passes stay valid",
});

export const UnresolvedPayment = z
  .strictObject({
    payment: z.string().meta({ description: "The id of the payment, or of the refund, at the payment provider" }),
    reservation: ReservationId,
    order: OrderId.nullable().meta({
      description: "The order whose payment it is: each of its reservations is listed, with what it costs; or null",
    }),
    ticket: Id,
    state: z.enum(["pending", "refund_due", "refund_failed"]).meta({
      description: "`refund_failed`: the money is still the buyer's, and the refund can be tried again",
    }),
    amount: z.int().meta({ description: "Amount in the currency's minor unit" }),
    currency: z.string(),
    total: Money.meta({ description: "The same as one value" }),
    terms: AcceptedTerms.nullable(),
    since: Instant.meta({ description: "When the payment began, or the refund became due or failed" }),
  })
  .meta({ id: "UnresolvedPayment" });
