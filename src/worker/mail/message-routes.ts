// Writing to everybody who holds tickets of an event, and how far that is.

import type * as z from "zod";
import { DAY_MS, SECOND_MS } from "../../domain/units.ts";
import { iso } from "../../platform/wire.ts";
import { actorOf, managedEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Page } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { keyedReply, page, pageReply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { mailerOf } from "./mailer.ts";
import { type MailCount, type MessageRow, mailCountsOf, messagesOf, sendMessage } from "./messages.ts";
import { EventPath, Message, NewMessage } from "./schemas.ts";

/** After the event: for thanks, and for what was left behind. */
const WRITES_FOR_MS = 30 * DAY_MS;

export const createMessage = route({
  operationId: "createMessage",
  access: "manager",
  tag: "Organisers",
  summary: "Write to everybody who holds tickets of an event",
  takesIdempotencyKey: true,
  pathParameters: EventPath,
  body: NewMessage,
  examples: {
    path: { id: EXAMPLES.event },
    bodies: { "For the day": { subject: "Doors open at 18:00", text: "Come by tram: there is nowhere to park." } },
  },
  replies: [
    {
      status: 202,
      description:
        "It is mailed in the background, to buyers, customers of the counter, and who was passed a ticket on",
      schema: Message,
      headers: { Location: "/events/…/messages" },
    },
  ],
  problems: ["mail-unavailable", "event-over", "too-many-messages"],
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const { id, endsAtMs } = await managedEvent(env, path.id, session);
    if (mailerOf(env) === null) return problem("mail-unavailable");
    if (endsAtMs + WRITES_FOR_MS <= Date.now()) return problem("event-over");
    const result = await sendMessage(env.DB, actorOf(session, request), idempotencyKey, id, body);
    if (result.ok) {
      const counts = await mailCountsOf(env.DB, [result.message]);
      const shown = presentMessage(result.message, counts.get(result.message.id) ?? []);
      return keyedReply(202, shown, { location: `/events/${id}/messages` }, result.isReplay);
    }
    const { refusal } = result;
    if (refusal.type === "idempotency_key_reused") return problem("idempotency-key-reused");
    const retryAfter = String(Math.max(1, Math.ceil((refusal.nextAtMs - Date.now()) / SECOND_MS)));
    return problem("too-many-messages", { headers: { "retry-after": retryAfter } });
  },
});

export const listMessages = route({
  operationId: "listMessages",
  access: "manager",
  scope: "events:read",
  tag: "Organisers",
  summary: "List what was written to everybody who holds tickets of an event, and how far it is",
  pathParameters: EventPath,
  query: Page,
  examples: { path: { id: EXAMPLES.event } },
  replies: [pageReply(Message, "/events/…/messages", "One page, newest first")],
  async handle({ request, path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const { limit, cursor = null } = query;
    const rows = await messagesOf(env.DB, event.id, limit + 1, cursor);
    const counts = await mailCountsOf(env.DB, rows.slice(0, limit));
    const present = (row: MessageRow) => presentMessage(row, counts.get(row.id) ?? []);
    return page(request, rows, limit, present, ({ createdAtMs, id }) => ({ atMs: createdAtMs, id }));
  },
});

function presentMessage(
  { id, subject, text, createdAtMs, owedSinceMs }: MessageRow,
  counts: readonly MailCount[],
): z.output<typeof Message> {
  const isDone = owedSinceMs !== null && counts.every(({ state }) => state !== "due");
  const finishedAtMs = Math.max(owedSinceMs ?? 0, ...counts.map(({ latestMs }) => latestMs));
  return {
    id,
    subject,
    text,
    created_at: iso(createdAtMs),
    mails: counts.map(({ state, mails }) => ({ state, mails })),
    finished_at: isDone ? iso(finishedAtMs) : null,
  };
}
