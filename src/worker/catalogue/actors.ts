// Who makes a change to an event or a ticket type, for the audit log, and which request it is.

import { derivedId, hashOf, newId } from "../../platform/ids.ts";
import type { AuditEntry } from "../audit/queries.ts";

/** Who, with which key for programs, and from which address. */
export interface Actor {
  readonly accountId: string;
  readonly apiKeyId?: string | null;
  readonly address: string;
}

export function entry(
  { accountId, apiKeyId = null, address }: Actor,
  action: AuditEntry["action"],
  object: AuditEntry["object"],
  eventId: string,
  details: unknown,
): AuditEntry {
  return { action, actorId: accountId, apiKeyId, object, eventId, address, details };
}

/** The id and the hash of a request that makes something. A repeat with its key has the same. */
export function identify(actor: Actor, path: string, idempotencyKey: string | null, body: unknown) {
  if (idempotencyKey === null) return { id: newId(), requestHash: null };
  return { id: derivedId(actor.accountId, path, idempotencyKey), requestHash: hashOf(JSON.stringify(body)) };
}
