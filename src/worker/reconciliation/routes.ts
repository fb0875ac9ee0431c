// Reconciliation, for organisers.

import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { presentDifference } from "./presenters.ts";
import { reconcile } from "./reconcile.ts";
import { Reconciliation, ReconciliationCursor } from "./schemas.ts";

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
    const { ticketTypes, reservations, differences, next } = await reconcile(env, organizerId, query.cursor ?? "");
    return reply(200, {
      checked: { tickets: ticketTypes, reservations },
      differences: differences.map(presentDifference),
      next,
    });
  },
});
