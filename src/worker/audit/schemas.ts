// The audit log's entries.

import * as z from "zod";
import { Instant } from "../http/fields.ts";

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
