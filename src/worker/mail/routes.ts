// What became of the mails about an event, for its organiser.

import { managedEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { page, pageReply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { type EventMailRow, mailsOfEvent } from "./lists.ts";
import { presentMail } from "./presenters.ts";
import { EventMail, EventPath, MailQuery } from "./schemas.ts";

export const listEventMails = route({
  operationId: "listEventMails",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "List mails about an event, and what became of them",
  pathParameters: EventPath,
  query: MailQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [pageReply(EventMail, "/events/…/mails", "One page, newest first")],
  async handle({ request, path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const { state, limit, cursor = null } = query;
    const rows = await mailsOfEvent(env.DB, event.id, state, limit + 1, cursor);
    const cursorOf = ({ mail }: EventMailRow) => ({ atMs: mail.createdAtMs, id: mail.id });
    return page(request, rows, limit, presentMail, cursorOf);
  },
});
