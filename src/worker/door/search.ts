// Finds passes for a person who has lost their code: by name, address, order, or the pass itself.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { PassView } from "../../domain/pass.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import type { Door } from "./access.ts";
import { buyerNames, findBought, MAX_FOUND } from "./search-queries.ts";

export interface Found {
  readonly pass: PassView;
  /** Null where nobody has said it. */
  readonly buyerName: string | null;
}

/** At most `MAX_FOUND` passes of the event, as their objects have them, and who bought them. */
export async function findPasses(env: Env, door: Door, text: string): Promise<Found[]> {
  const { event, ticketTypes } = door;
  const { reservationIds, passIds } = await findBought(env.DB, text, event.id, [...ticketTypes.keys()]);
  const ids = [...reservationIds, ...passIds].filter((id) => ticketTypes.has(ticketTypeIdOf(id)));
  const byTicketType = Map.groupBy(ids, ticketTypeIdOf);
  const each = await Promise.all(
    [...byTicketType].map(([ticketTypeId, ofType]) =>
      callTicketType(env, ticketTypeId, async (object) => [
        ...(await object.passes({ reservationIds: ofType.filter((id) => reservationIds.includes(id)) }, null)),
        ...(await object.passes({ passIds: ofType.filter((id) => passIds.includes(id)) }, null)),
      ]),
    ),
  );
  const byId = new Map(each.flat().map((pass) => [pass.id, pass]));
  const passes = [...byId.values()].slice(0, MAX_FOUND);
  const names = await buyerNames(env.DB, passes);
  return passes.map((pass) => ({ pass, buyerName: names.get(pass.reservationId) ?? null }));
}
