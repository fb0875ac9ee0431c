// Reconciliation in requests and replies.

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
        reservation: ReservationId.nullable(),
        payment: z.string().nullable(),
        object: z.unknown().meta({ description: "The ticket type's own record; null if it has none" }),
        elsewhere: z
          .unknown()
          .meta({ description: "The record of D1 or of the payment provider; null if it has none" }),
        repaired: z.boolean(),
      }),
    ),
    next: z.string().nullable().meta({ description: "The `cursor` of the next part; null when all parts are done" }),
  })
  .meta({ id: "Reconciliation" });

export const ReconciliationCursor = z.strictObject({
  cursor: z
    .union([Id, ReservationId])
    .optional()
    .meta({ description: "`next` from the previous reply; omitted to start" }),
});
