// Refunds in requests and replies.

import * as z from "zod";
import { Amount, Instant, Money, OrderId, RefundId, ReservationId, SaleMethod, text } from "../http/fields.ts";

const MAX_ITEMS = 20;
const MAX_TICKETS = 1_000;

export const RefundedQuantity = z.int().min(0).meta({ description: "How many of its tickets were given back" });

const RefundItem = z.strictObject({ reservation: ReservationId, quantity: z.int().min(1).max(MAX_TICKETS) });

export const Refund = z
  .strictObject({
    id: RefundId,
    requested_by: z.enum(["organizer", "buyer"]),
    items: z
      .array(RefundItem)
      .meta({ description: "The tickets that were given back; none where only money goes back" }),
    amount: Money,
    method: SaleMethod.meta({
      description: "How it was paid, and goes back: all but `online` by hand",
    }),
    restock: z.boolean().meta({ description: "Whether its tickets are on sale again" }),
    reason: z.string(),
    state: z.enum(["due", "pending", "succeeded", "failed"]).meta({
      description:
        "`due`: the payment provider has not taken it yet; `pending`: it has, and has not finished. One that succeeded may fail later, if the buyer's bank sends the money back. One that failed is tried again by the organiser",
    }),
    error: z
      .strictObject({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: "Why it failed; null if it did not" }),
    created_at: Instant,
    since: Instant.meta({ description: "When its present state began" }),
    given_by_hand_at: Instant.nullable().meta({
      description:
        "Where `method` is not `online`: when the money was given back by hand. Null while nobody has said so, as after an event was called off",
    }),
  })
  .meta({ id: "Refund" });

export const NewRefund = z
  .strictObject({
    items: z
      .array(RefundItem)
      .min(1)
      .max(MAX_ITEMS)
      .optional()
      .meta({ description: "Tickets to give back. Without `items` and `all` only money goes back" }),
    all: z.literal(true).optional().meta({ description: "Instead of `items`: all tickets that are left" }),
    amount: Amount.optional().meta({
      description:
        "In the currency's minor unit, at most what is left of the payment. Omitted: what the tickets cost, or what is left if that is less",
    }),
    restock: z.boolean().meta({ description: "Whether the tickets go on sale again" }),
    reason: text(500).meta({ description: "The buyer reads it, too" }),
  })
  .refine(({ items, all }) => items === undefined || all === undefined, {
    path: ["all"],
    message: "can't be named together with items",
  })
  .refine(({ items, all, amount = 0 }) => items !== undefined || all !== undefined || amount > 0, {
    path: ["items"],
    message: "is required, or all, or an amount above 0",
  })
  .meta({ id: "NewRefund" });

export const RefundChange = z
  .strictObject({
    given_by_hand: z
      .boolean()
      .meta({ description: "Whether the money was handed over, or sent. `false` takes it back" }),
  })
  .meta({ id: "RefundChange" });

export const ReservationRefundPath = z.strictObject({ id: ReservationId, refund: RefundId });
export const OrderRefundPath = z.strictObject({ id: OrderId, refund: RefundId });
