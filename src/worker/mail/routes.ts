// What became of the mails about an event, for its organiser.

import type * as z from "zod";
import { readPassId } from "../../domain/pass.ts";
import { ORDER_ID_PATTERN, PASS_ID_PATTERN, RESERVATION_ID_PATTERN } from "../../platform/ids.ts";
import { iso } from "../../platform/wire.ts";
import { maskedAddress } from "../accounts/email.ts";
import { managedEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { page, pageReply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { type EventMailRow, mailsOfEvent } from "./lists.ts";
import { EventMail, EventPath, MailQuery } from "./schemas.ts";

export const listEventMails = route({
  operationId: "listEventMails",
  access: "manager",
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

function presentMail({ mail, to }: EventMailRow): z.output<typeof EventMail> {
  const { kind, state, sinceMs, about, error } = mail;
  return {
    kind,
    state,
    since: iso(sinceMs),
    reservation: reservationIn(about),
    order: ORDER_ID_PATTERN.test(about) ? about : null,
    to: to === null ? null : maskedAddress(to),
    error,
  };
}

/** Null where it is about something else than a reservation or a pass of one. */
function reservationIn(about: string): string | null {
  if (PASS_ID_PATTERN.test(about)) return readPassId(about)?.reservationId ?? null;
  return RESERVATION_ID_PATTERN.test(about) ? about : null;
}
