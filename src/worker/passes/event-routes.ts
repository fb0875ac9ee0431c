// The passes of what an event has sold, for who manages it: they hand out what its counter sold.
// Codes of what buyers bought are theirs alone (docs/decisions/0066-passes-of-the-counter.md).

import type { PassReader } from "../../domain/pass.ts";
import { ticketTypesOf } from "../catalogue/queries.ts";
import { managedEvent } from "../catalogue/routes.ts";
import { findEventOrder } from "../counter/sales.ts";
import { SalePath } from "../counter/schemas.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Page } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { pageReply } from "../http/replies.ts";
import type { Caller } from "../http/route.ts";
import { route } from "../http/route.ts";
import { PRINTED, PrintQuery, printed } from "./file-routes.ts";
import type { Bought } from "./lookup.ts";
import { passPage } from "./routes.ts";
import { Pass } from "./schemas.ts";

const COUNTER_ORDER = { id: EXAMPLES.event, order: EXAMPLES.counterOrder };

export const listEventOrderPasses = route({
  operationId: "listEventOrderPasses",
  access: "manager",
  scope: "orders:write",
  tag: "Organisers",
  summary: "List the passes of an order of an event, with their codes where its counter sold it",
  pathParameters: SalePath,
  query: Page,
  examples: { path: COUNTER_ORDER },
  replies: [pageReply(Pass, "/events/…/orders/…/passes")],
  async handle({ request, path, query, session, env }) {
    const sold = await soldByEvent(env, path, session);
    return sold === null ? problem("not-found") : passPage(request, env, sold.bought, query, sold.reader);
  },
});

export const getEventOrderPassesPage = route({
  operationId: "getEventOrderPassesPage",
  access: "manager",
  scope: "orders:write",
  tag: "Organisers",
  summary: "Show the passes of an order of the counter as a page to print",
  pathParameters: SalePath,
  query: PrintQuery,
  examples: { path: COUNTER_ORDER },
  ...PRINTED,
  problems: ["not-of-counter"],
  async handle({ request, path, query, session, env }) {
    const sold = await soldByEvent(env, path, session);
    if (sold === null) return problem("not-found");
    return sold.reader === null ? problem("not-of-counter") : printed(env, request, sold.bought, query, sold.reader);
  },
});

interface Sold {
  /** What is for the event: an order's other items are not its organiser's. */
  readonly bought: readonly Bought[];
  /** The event, whose counter sold it; null for a buyer's, whose codes nobody else sees. */
  readonly reader: PassReader | null;
}

async function soldByEvent(
  env: Env,
  path: { readonly id: string; readonly order: string },
  caller: Caller,
): Promise<Sold | null> {
  const event = await managedEvent(env, path.id, caller);
  const found = await findEventOrder(env, event, path.order);
  if (found === null) return null;
  const ofEvent = new Set((await ticketTypesOf(env.DB, event.id)).map(({ id }) => id));
  const items = found.order.items.filter(({ ticketTypeId }) => ofEvent.has(ticketTypeId));
  const isOfCounter = found.order.accountId === event.id;
  return {
    bought: items.map(({ reservationId, quantity }) => ({ reservationId, quantity })),
    reader: isOfCounter ? { accountId: event.id, emailKey: null } : null,
  };
}
