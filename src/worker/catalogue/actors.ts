// Who makes a change to an event or a ticket type, for the audit log.

import type { AuditEntry } from "../audit/queries.ts";

/** Who, and from which address. */
export interface Actor {
  readonly accountId: string;
  readonly address: string;
}

export function entry(
  { accountId, address }: Actor,
  action: AuditEntry["action"],
  object: AuditEntry["object"],
  eventId: string,
  details: unknown,
): AuditEntry {
  return { action, actorId: accountId, object, eventId, address, details };
}
