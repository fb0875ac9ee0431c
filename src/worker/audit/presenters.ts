// How entries of the audit log read on the wire.

import type * as z from "zod";
import { iso } from "../../platform/wire.ts";
import type { ReadAuditRow } from "./queries.ts";
import type { AuditEntry } from "./schemas.ts";

/** Addresses are personal: an account sees those of its own actions, `readerId` null sees all. */
export function presentAudit(row: ReadAuditRow, readerId: string | null): z.output<typeof AuditEntry> {
  return {
    id: row.id,
    at: iso(row.atMs),
    action: row.action,
    actor: row.actorId,
    api_key: row.apiKeyId === null ? null : { id: row.apiKeyId, name: row.apiKeyName },
    object: { type: row.objectType, id: row.objectId },
    event: row.eventId,
    address: readerId === null || readerId === row.actorId ? row.address : null,
    details: row.details === null ? null : JSON.parse(row.details),
  };
}
