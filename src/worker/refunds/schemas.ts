// Refunds in requests and replies.

import * as z from "zod";
import { readPassId } from "../../domain/pass.ts";
import { Amount, Instant, Money, OrderId, PassId, RefundId, ReservationId, SaleMethod, text } from "../http/fields.ts";

const MAX_ITEMS = 20;
const MAX_TICKETS = 1_000;

export const RefundedQuantity = z.int().min(0).meta({ description: "How many of its tickets were given back" });

const Quantity = z.int().min(1).max(MAX_TICKETS);

const NewRefundItem = z
  .strictObject({
    reservation: ReservationId,
    quantity: Quantity.optional().meta({
      description:
        "How many of its tickets. May be left out where `passes` are named; both must agree. The service chooses passes that nobody has gone in with first",
    }),
    passes: z.array(PassId).min(1).max(MAX_TICKETS).optional().meta({
      description: "The passes that are revoked, also where somebody has gone in with one",
    }),
  })
  .superRefine(({ reservation, quantity, passes }, { addIssue }) => {
    const issue = (path: (string | number)[], message: string) => addIssue({ code: "custom", path, message });
    if (quantity === undefined && passes === undefined) issue(["quantity"], "is required, or passes");
    if (passes === undefined) return;
    for (const [index, id] of passes.entries()) {
      if (readPassId(id)?.reservationId !== reservation) issue(["passes", index], "is not of this reservation");
    }
    if (quantity !== undefined && quantity !== passes.length) issue(["quantity"], "must be as many as passes");
  });

const RefundItem = z.strictObject({
  reservation: ReservationId,
  quantity: Quantity,
  passes: z.array(PassId).meta({ description: "The passes that the request named. None: the service chose them" }),
});

export const Refund = z
  .strictObject({
    id: RefundId,
    requested_by: z.enum(["organizer", "buyer", "service"]).meta({
      description:
        "`service`: a payment succeeded when its tickets were not held any more, and all that it charged goes back",
    }),
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
      .array(NewRefundItem)
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
  .superRefine(({ items = [] }, { addIssue }) => {
    const named = items.flatMap(({ passes = [] }, item) => passes.map((id, index) => ({ id, item, index })));
    const first = new Map(named.toReversed().map((pass) => [pass.id, pass]));
    for (const pass of named) {
      if (first.get(pass.id) === pass) continue;
      addIssue({ code: "custom", path: ["items", pass.item, "passes", pass.index], message: "is named twice" });
    }
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
