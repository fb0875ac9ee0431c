// What reconciliation finds.

import * as z from "zod";
import { Id, ReservationId } from "../http/fields.ts";
import { DIFFERENCES, type DifferenceKind } from "./differences.ts";

const DIFFERENCE_KINDS = Object.keys(DIFFERENCES) as [DifferenceKind, ...DifferenceKind[]];
export const Reconciliation = z
  .strictObject({
    checked: z.strictObject({ tickets: z.int(), reservations: z.int() }),
    differences: z.array(
      z.strictObject({
        kind: z.enum(DIFFERENCE_KINDS),
        meaning: z.string(),
        ticket: Id,
        reservation: z.string().nullable(),
        payment: z.string().nullable(),
        object: z.unknown().meta({ description: "What the ticket type's object says; null for nothing" }),
        elsewhere: z.unknown().meta({ description: "What D1, or the payment provider, says; null for nothing" }),
        repaired: z.boolean(),
      }),
    ),
    next: z.string().nullable().meta({ description: "The `cursor` to go on with; null: that was all" }),
  })
  .meta({ id: "Reconciliation" });
export const ReconciliationCursor = z.strictObject({
  cursor: z.union([Id, ReservationId]).optional().meta({ description: "`next` of the reply before" }),
});
