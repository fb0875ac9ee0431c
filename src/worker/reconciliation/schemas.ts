// Reconciliation in requests and replies.

import * as z from "zod";
import { Id, Money, OrderId, ReservationId } from "../http/fields.ts";
import { DIFFERENCES, type DifferenceKind } from "./differences.ts";

const DIFFERENCE_KINDS = Object.keys(DIFFERENCES) as [DifferenceKind, ...DifferenceKind[]];

const Sums = z
  .strictObject({
    taken: Money,
    given_back: Money,
    disputed: Money.meta({ description: "In disputes that are open, or that the seller has lost" }),
  })
  .meta({ id: "MoneySums" });

export const Reconciliation = z
  .strictObject({
    checked: z.strictObject({ tickets: z.int(), reservations: z.int(), orders: z.int() }),
    differences: z.array(
      z.strictObject({
        kind: z.enum(DIFFERENCE_KINDS),
        meaning: z.string(),
        ticket: Id.meta({ description: "The ticket type; for an order, that of its first item" }),
        reservation: ReservationId.nullable(),
        order: OrderId.nullable().meta({ description: "The order, or the one that the reservation is part of" }),
        payment: z.string().nullable(),
        pass: z.string().nullable(),
        object: z.unknown().meta({
          description: "The object's own record, or of a dispute that of D1; null if it has none",
        }),
        elsewhere: z.unknown().meta({
          description: "The record of D1, of the payment provider or, for an order, of a ticket type; or null",
        }),
        repaired: z.boolean(),
      }),
    ),
    money: z
      .array(z.strictObject({ here: Sums, at_provider: Sums }))
      .meta({ description: "Of the next part, for each currency, without what is under way" }),
    next: z.string().nullable().meta({ description: "The `cursor` of the next part; null when all parts are done" }),
  })
  .meta({ id: "Reconciliation" });

export const ReconciliationCursor = z.strictObject({
  cursor: z
    .union([Id, ReservationId])
    .optional()
    .meta({ description: "`next` from the previous reply; omitted to start" }),
});
