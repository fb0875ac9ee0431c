// What an event brought in, for its organiser.

import { byCurrency, byMethod, netMinor, type Takings } from "../../domain/takings.ts";
import { money } from "../../platform/wire.ts";
import { managedEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { takingsOf } from "./queries.ts";
import { EventTakings } from "./schemas.ts";

export const getEventTakings = route({
  operationId: "getEventTakings",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "Show what an event brought in, and what has gone back of it",
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.event } },
  replies: [{ status: 200, description: "The takings", schema: EventTakings }],
  async handle({ path, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const takings = await takingsOf(env.DB, event.id);
    const by = byMethod(takings).map((one) => ({ method: one.method, ...presentTakings(one) }));
    return reply(200, { totals: byCurrency(takings).map(presentTakings), by });
  },
});

function presentTakings(takings: Takings) {
  const { takenMinor, givenBackMinor, refundingMinor, disputedMinor, lostMinor, currency } = takings;
  return {
    taken: money(takenMinor, currency),
    given_back: money(givenBackMinor, currency),
    refunding: money(refundingMinor, currency),
    disputed: money(disputedMinor, currency),
    lost: money(lostMinor, currency),
    net: money(netMinor(takings), currency),
  };
}
