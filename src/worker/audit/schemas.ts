// The audit log's entries.

import * as z from "zod";
import { Id, Instant } from "../http/fields.ts";

export const AuditEntry = z
  .strictObject({
    id: z.string(),
    at: Instant,
    action: z.string().meta({ examples: ["ticket.change"] }),
    actor: Id.nullable().meta({
      description: "The account that acted; null for the service itself and for callers who are not signed in",
    }),
    api_key: z
      .strictObject({ id: Id, name: z.string().nullable().meta({ description: "Null: it was revoked since" }) })
      .nullable()
      .meta({ description: "The key for programs that the account acted with; null: it had signed in" }),
    object: z.strictObject({ type: z.string().meta({ examples: ["ticket"] }), id: z.string().nullable() }),
    event: Id.nullable(),
    address: z
      .string()
      .nullable()
      .meta({ description: "Client IP address. Kept for 90 days; visible to admins and to the account itself" }),
    details: z.unknown().meta({ description: "The requested change; null if there is nothing to add" }),
  })
  .meta({ id: "AuditEntry" });
