// Making events drafts again, and deleting events and ticket types: only where nobody loses a
// ticket. The objects decide that, while the event is off sale, so that no hold comes in meanwhile.

import type { WithdrawalRefusal } from "../../domain/catalogue.ts";
import { type IfMatch, isCurrent, type PreconditionRefusal } from "../../domain/edition.ts";
import type { Result, RetireResult } from "../../durable/ticket-type/protocol.ts";
import { Unavailable } from "../../platform/errors.ts";
import { errorFields, log } from "../../platform/log.ts";
import { audit } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { type Actor, entry } from "./actors.ts";
import { announce, tell } from "./announcing.ts";
import { clearCopies } from "./copies.ts";
import { type EventRow, eventById, type TicketTypeRow, ticketTypesOf } from "./queries.ts";
import * as db from "./withdrawal-queries.ts";

const MAX_ATTEMPTS = 3;

/** Another change of the event came in between: `uninterrupted` tries again. */
export class Interrupted extends Unavailable {}

/** It was deleted at the same moment. */
type Unknown = { readonly type: "event_unknown" };

/**
 * Takes the event off sale, or refuses with `type`: where something is held or sold, or, for
 * `has_reservations`, ever was held. Then the event is on sale as before. If this process dies in
 * between, the sweep puts it back.
 */
export async function withdraw(
  env: Env,
  eventId: string,
  type: WithdrawalRefusal["type"],
): Promise<Result<{ readonly withdrawn: db.Withdrawn }, WithdrawalRefusal | Unknown>> {
  // Most mistakes are found here, and do not interrupt a sale that is going on.
  const mistake = await findUse(env, await ticketTypesOf(env.DB, eventId), type);
  if (mistake !== null) return { ok: false, refusal: mistake };
  const event = await db.markWithdrawn(env.DB, eventId, Date.now());
  if (event === null) return { ok: false, refusal: { type: "event_unknown" } };
  let isWithdrawn = false;
  try {
    const ticketTypes = await ticketTypesOf(env.DB, eventId);
    // From here on no object takes a hold, until it hears of a newer version.
    if (!(await tell(env, event, ticketTypes))) throw new Interrupted("a ticket type is still on sale");
    const refusal = await findUse(env, ticketTypes, type);
    isWithdrawn = refusal === null;
    return refusal === null ? { ok: true, withdrawn: { event, ticketTypes } } : { ok: false, refusal };
  } finally {
    if (!isWithdrawn) await putBack(env, event);
  }
}

/** Ends a withdrawal that came to nothing. If it fails, the sweep does it. */
export async function putBack(env: Env, withdrawn: EventRow): Promise<void> {
  try {
    const event = await db.unmarkWithdrawn(env.DB, withdrawn);
    if (event !== null) await announce(env, event);
    clearCopies();
  } catch (fault) {
    log("warn", "withdrawn event not put back", { event: withdrawn.id, ...errorFields(fault) });
  }
}

/** Only where nobody ever held a ticket. It is gone at once; its objects are emptied afterwards. */
export function deleteEvent(
  env: Env,
  actor: Actor,
  event: EventRow,
  ifMatch: IfMatch,
): Promise<Result<object, WithdrawalRefusal | PreconditionRefusal | Unknown>> {
  return uninterrupted(() => deleteOnce(env, actor, event, ifMatch));
}

async function deleteOnce(
  env: Env,
  actor: Actor,
  { id, name }: EventRow,
  ifMatch: IfMatch,
): ReturnType<typeof deleteEvent> {
  const result = await withdraw(env, id, "has_reservations");
  if (!result.ok) return result;
  const { event, ticketTypes } = result.withdrawn;
  const deleted = entry(actor, "event.delete", { type: "event", id }, id, { name });
  if (!(await db.deleteEventRows(env.DB, result.withdrawn, ifMatch, deleted, Date.now()))) {
    await putBack(env, event);
    const now = await eventById(env.DB, id);
    if (now !== null && !isCurrent(now.edition, ifMatch))
      return { ok: false, refusal: { type: "precondition_failed" } };
    throw new Interrupted("the event was changed at the same moment");
  }
  clearCopies();
  await Promise.all(ticketTypes.map((ticketType) => retireLater(env, ticketType.id)));
  return { ok: true };
}

/** Repeats what another change of the event came into: it succeeds then, or says why not. */
export async function uninterrupted<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (fault) {
      if (!(fault instanceof Interrupted) || attempt === MAX_ATTEMPTS) throw fault;
    }
  }
}

/** Only where nobody ever held one. The object decides; if this process dies, the sweep goes on. */
export async function deleteTicketType(
  env: Env,
  actor: Actor,
  { id, eventId, name }: TicketTypeRow,
  ifMatch: IfMatch,
): Promise<RetireResult> {
  if (!(await isCurrentTicketType(env, id, ifMatch))) return { ok: false, refusal: { type: "precondition_failed" } };
  const mistake = await findUse(env, [{ id }], "has_reservations");
  if (mistake !== null) return { ok: false, refusal: mistake };
  const object = { type: "ticket", id } as const;
  await db.beginRetiring(env.DB, id, entry(actor, "ticket.delete", object, eventId, { name }), Date.now());
  const result = await retire(env, id, ifMatch);
  if (!result.ok) {
    const { type } = result.refusal;
    await audit(env.DB, entry(actor, "ticket.delete-refused", object, eventId, { refusal: type }));
  }
  return result;
}

/** Empties the object, and takes what D1 has of it away. If it refuses, both stay. */
export async function retire(env: Env, id: string, ifMatch: IfMatch): Promise<RetireResult> {
  const result = await callTicketType(env, id, (object) => object.retire(ifMatch)).catch((fault) => {
    // An object of the version before has no such method. The sweep asks again.
    log("warn", "ticket type not deleted", { ticket: id, ...errorFields(fault) });
    throw new Unavailable("the object is unavailable");
  });
  await db.endRetiring(env.DB, id, !result.ok);
  clearCopies();
  return result;
}

/**
 * Whether it has one of these editions, before anything is written. With what is written the object
 * decides it again.
 */
export async function isCurrentTicketType(env: Env, id: string, ifMatch: IfMatch): Promise<boolean> {
  if (ifMatch === null) return true;
  const ticketType = await callTicketType(env, id, (object) => object.describe());
  if (ticketType === null) return true;
  // An object of the version before would change any edition.
  if (ticketType.edition === undefined) throw new Unavailable("the object knows no editions yet");
  return isCurrent(ticketType.edition, ifMatch);
}

/** For ticket types that are not listed any more. */
async function retireLater(env: Env, id: string): Promise<void> {
  await retire(env, id, null).catch((fault) =>
    log("warn", "object not emptied", { ticket: id, ...errorFields(fault) }),
  );
}

/** What stands in the way, as the objects know it; null if nothing does. */
async function findUse(
  env: Env,
  ticketTypes: readonly Pick<TicketTypeRow, "id">[],
  type: WithdrawalRefusal["type"],
): Promise<WithdrawalRefusal | null> {
  const first = { count: false, after: "", limit: 1 } as const;
  const ids = ticketTypes.map(({ id }) => id);
  const pages = await Promise.all(ids.map((id) => callTicketType(env, id, (object) => object.audit(first))));
  const known = pages.filter((page) => page !== null);
  const held = known.reduce((sum, { ticketType }) => sum + ticketType.held, 0);
  const sold = known.reduce((sum, { ticketType }) => sum + ticketType.sold, 0);
  switch (type) {
    case "event_has_sales":
      return held + sold > 0 ? { type, held, sold } : null;
    case "has_reservations": {
      const areHeld = known.some(({ reservations }) => reservations.length > 0);
      return areHeld || (await db.haveReservations(env.DB, ids)) ? { type, held, sold } : null;
    }
  }
}
