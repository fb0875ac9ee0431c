// Finds passes for a person who has lost their code: by name, address, order, or the pass itself.

import { ORDER_ID_PATTERN, PASS_ID_PATTERN, RESERVATION_ID_PATTERN, ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { PassView } from "../../domain/pass.ts";
import { emailKeyOf } from "../accounts/email.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import type { Door } from "./access.ts";
import {
  boughtByAddress,
  boughtByName,
  passedOnTo,
  passesNamed,
  reservationsOfOrder,
  soldAtCounter,
} from "./search-queries.ts";

/** Enough for a party that has one name. Who finds more should say more. */
export const MAX_FOUND = 100;

interface Found {
  readonly reservationIds: readonly string[];
  readonly passIds: readonly string[];
}

/** At most `MAX_FOUND` passes of the event, as their objects have them. */
export async function findPasses(env: Env, door: Door, text: string): Promise<PassView[]> {
  const { reservationIds, passIds } = await found(env.DB, text, door);
  const ids = [...reservationIds, ...passIds].filter((id) => door.ticketTypes.has(ticketTypeIdOf(id)));
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
  return [...byId.values()].slice(0, MAX_FOUND);
}

async function found(d1: D1Database, text: string, { event, ticketTypes }: Door): Promise<Found> {
  if (PASS_ID_PATTERN.test(text)) return { reservationIds: [], passIds: [text] };
  if (RESERVATION_ID_PATTERN.test(text)) return { reservationIds: [text], passIds: [] };
  if (ORDER_ID_PATTERN.test(text)) return { reservationIds: await reservationsOfOrder(d1, text), passIds: [] };
  const ids = [...ticketTypes.keys()];
  const emailKey = emailKeyOf(text);
  if (emailKey === null) {
    const [sold, bought, passIds] = await Promise.all([
      soldAtCounter(d1, event.id, { text }, MAX_FOUND),
      boughtByName(d1, text, ids, MAX_FOUND),
      passesNamed(d1, text, ids, MAX_FOUND),
    ]);
    return { reservationIds: [...sold, ...bought], passIds };
  }
  const [sold, bought, passIds] = await Promise.all([
    soldAtCounter(d1, event.id, { emailKey }, MAX_FOUND),
    boughtByAddress(d1, emailKey, ids, MAX_FOUND),
    passedOnTo(d1, emailKey, ids, MAX_FOUND),
  ]);
  return { reservationIds: [...sold, ...bought], passIds };
}
