// The audit log, what an account is told about itself, and what reconciliation finds.

import * as z from "zod";
import { DIFFERENCES, type DifferenceKind } from "../reconciliation/differences.ts";
import { Account } from "./accounts.ts";
import { Id, Instant, ReservationId } from "./fields.ts";
import { Reservation } from "./reservations.ts";

export const AuditEntry = z
  .strictObject({
    id: z.string(),
    at: Instant,
    action: z.string().meta({ example: "ticket.change" }),
    actor: z
      .string()
      .nullable()
      .meta({ description: "The account that did it; null for the service, and for strangers" }),
    object: z.strictObject({ type: z.string().meta({ example: "ticket" }), id: z.string().nullable() }),
    event: z.string().nullable(),
    address: z
      .string()
      .nullable()
      .meta({ description: "Where it came from. For 90 days, and shown to admins and to whose it is" }),
    details: z.unknown().meta({ description: "What was asked for; null for nothing more" }),
  })
  .meta({ id: "AuditEntry" });
export const AccountExport = z
  .strictObject({
    account: Account,
    sessions: z.array(z.strictObject({ started_at: Instant, expires_at: Instant, ended_at: Instant.nullable() })),
    reservations: z.array(Reservation),
    audit: z.array(AuditEntry),
  })
  .meta({ id: "AccountExport" });

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
