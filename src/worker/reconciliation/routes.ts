// For organisers, about money and books: payments that need a person, and whether all records agree.

import * as z from "zod";
import { ownEvent } from "../catalogue/event-routes.ts";
import { Id, Page } from "../http/fields.ts";
import { page, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { presentUnresolved } from "../payments/presenters.ts";
import { UnresolvedPayment } from "../payments/schemas.ts";
import { unresolvedOfEvent } from "../reservations/queries.ts";
import { presentDifference } from "./presenters.ts";
import { reconcile } from "./reconcile.ts";
import { Reconciliation, ReconciliationCursor } from "./schemas.ts";

export const listUnresolvedPayments = route({
  operationId: "listUnresolvedPayments",
  access: "organizer",
  tag: "Organisers",
  summary: "List payments and refunds that have been unsettled for a day and need a person",
  pathParameters: z.strictObject({ id: Id }),
  query: Page,
  replies: [
    {
      status: 200,
      description: "One page, the oldest first. Each keeps its tickets, and the service goes on trying to settle it",
      schema: z.array(UnresolvedPayment),
      headers: { Link: '</events/…/unresolved-payments?cursor=…>; rel="next"' },
    },
  ],
  async handle({ request, path, query, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const after = query.cursor ?? null;
    const rows = await unresolvedOfEvent(env.DB, event.id, query.limit + 1, after);
    return page(request, rows, query.limit, presentUnresolved, (row) => ({
      atMs: row.unresolvedSinceMs ?? 0,
      id: row.id,
    }));
  },
});

export const reconcileRecords = route({
  operationId: "reconcileRecords",
  access: "organizer",
  tag: "Organisers",
  summary: "Compare sales with their copies and with the payment provider, and repair the copies",
  query: ReconciliationCursor,
  replies: [
    {
      status: 200,
      description: "The differences found in the next part of the caller's ticket types",
      schema: Reconciliation,
    },
  ],
  async handle({ query, session, env }) {
    const organizerId = session.role === "admin" ? null : session.accountId;
    const { tickets, reservations, differences, next } = await reconcile(env, organizerId, query.cursor ?? "");
    return reply(200, { checked: { tickets, reservations }, differences: differences.map(presentDifference), next });
  },
});
