// A ticket type that is added while its event's status is being published hears of that status.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { addTicketType, changeEvent } from "../../../../src/worker/catalogue/changes.ts";
import { eventById } from "../../../../src/worker/catalogue/queries.ts";
import { NewTicket } from "../../../../src/worker/catalogue/schemas.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { objectOf, putOnSale, TICKET } from "../../../support/service.ts";

test.each([
  ["draft", "published", true],
  ["published", "cancelled", false],
] as const)("from %s to %s: on sale %s", async (from, to, isOnSale) => {
  const { eventId, organizer } = await putOnSale();
  const actor = { accountId: organizer.accountId, address: "192.0.2.1" };
  await changeEvent(env, actor, eventId, { status: from }, null);
  const before = await eventById(env.DB, eventId);
  if (before === null) throw new Error("the event is gone");

  // The change has read its list of ticket types when the new one gets onto it, and ends after
  // that.
  const listed = Promise.withResolvers<void>();
  const isAdded = Promise.withResolvers<void>();
  const announce = async (id: string, status: { onSale: boolean; onSaleVersion: number }) => {
    listed.resolve();
    await isAdded.promise;
    return objectOf(id).announce(status);
  };
  const getByName = (id: string) => ({ announce: (status: Parameters<typeof announce>[1]) => announce(id, status) });
  const TICKET_TYPES = { getByName } as unknown as Env["TICKET_TYPES"];
  const changing = changeEvent({ ...env, TICKET_TYPES }, actor, eventId, { status: to }, null);
  await listed.promise;
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await env.DB.batch(statements);
    isAdded.resolve();
    await changing;
    return results;
  };
  const DB = { prepare: (query: string) => env.DB.prepare(query), batch } as unknown as D1Database;
  const added = await addTicketType({ ...env, DB }, actor, null, before, NewTicket.parse(TICKET));

  if (!added.ok) throw new Error(added.refusal.type);
  await sweep(env);
  expect(await objectOf(added.ticketType.id).describe()).toMatchObject({ onSale: isOnSale });
  const event = await eventById(env.DB, eventId);
  expect(event).toMatchObject({ status: to, announcedVersion: event?.statusVersion });
});
