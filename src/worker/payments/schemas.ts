// Payments.

import * as z from "zod";
import { Id, Instant, ReservationId } from "../http/fields.ts";

export const Payment = z
  .strictObject({
    state: z.enum(["pending", "succeeded", "failed", "refund_due", "refunded"]),
    amount: z.int().nullable().meta({ description: "In the minor unit; null where the payment failed" }),
    currency: z.string().nullable().meta({ description: "Null where the payment failed" }),
    error: z
      .strictObject({ code: z.string().meta({ example: "card_declined" }), message: z.string() })
      .nullable()
      .meta({ description: "Why the payment failed; null where it did not" }),
  })
  .meta({ id: "Payment" });
export const NewPayment = z
  .strictObject({
    payment_method: z
      .string()
      .regex(/^[\w-]{1,255}$/, "not a payment method")
      .optional()
      .meta({
        description: "The provider's name of what to charge; not needed for free tickets",
        example: "pm_card_visa",
      }),
  })
  .meta({ id: "NewPayment" });

export const UnresolvedPayment = z
  .strictObject({
    payment: z.string().meta({ description: "By this the provider knows it" }),
    reservation: ReservationId,
    ticket: Id,
    state: z.enum(["pending", "refund_due"]),
    amount: z.int().meta({ description: "In the minor unit" }),
    currency: z.string(),
    since: Instant.meta({ description: "When the payment began, or the refund became due" }),
  })
  .meta({ id: "UnresolvedPayment" });
