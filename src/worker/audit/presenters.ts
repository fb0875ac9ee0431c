// How entries of the audit log read on the wire.

import type * as z from "zod";
import { iso } from "../../platform/wire.ts";
import type { AuditRow } from "./queries.ts";
import type { AuditEntry } from "./schemas.ts";

/** The address is personal data of whoever acted: `reader` sees their own, and an admin (null) all. */
export function presentAudit(row: AuditRow, reader: string | null): z.output<typeof AuditEntry> {
  const { id, atMs, action, actorId, objectType, objectId, eventId, address, details } = row;
  return {
    ...{ id, at: iso(atMs), action, actor: actorId },
    object: { type: objectType, id: objectId },
    event: eventId,
    address: reader === null || reader === actorId ? address : null,
    details: details === null ? null : JSON.parse(details),
  };
}
