// Ticket types: public pages, and their organisers' changes.

import * as z from "zod";
import { organiserOrNull } from "../auth/organiser.ts";
import { Id } from "../http/fields.ts";
import { invalid, problem, refuse } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { changeTicketType } from "./changes.ts";
import { actorOf, isOwn, publicReply } from "./event-routes.ts";
import { presentTickets } from "./newest-availability.ts";
import { presentTicket } from "./presenters.ts";
import { ticketTypeWithEvent } from "./queries.ts";
import { Ticket, TicketChange } from "./schemas.ts";

const TicketPath = z.strictObject({ id: Id });

export const showTicket = route({
  operationId: "showTicket",
  access: "anyone",
  tag: "Events",
  summary: "Show a ticket type with its availability",
  pathParameters: TicketPath,
  isShared: true,
  replies: [{ status: 200, description: "The ticket type", schema: Ticket }],
  async handle({ request, path, session, env }) {
    const organiser = await organiserOrNull(env, session);
    const found = organiser === null ? null : await ticketTypeWithEvent(env.DB, path.id);
    if (found === null || !isOwn(found.event, organiser)) return publicReply(request, env, `/tickets/${path.id}`);
    const [ticket] = await presentTickets(env, [found.ticketType], true);
    return reply(200, ticket);
  },
});

export const changeTicket = route({
  operationId: "changeTicket",
  access: "organizer",
  tag: "Organisers",
  summary: "Change a ticket type. Existing holds keep their price",
  pathParameters: TicketPath,
  body: TicketChange,
  replies: [{ status: 200, description: "The ticket type", schema: Ticket }],
  problems: ["capacity-below-committed"],
  async handle({ request, path, body, session, env }) {
    const found = await ticketTypeWithEvent(env.DB, path.id);
    if (found === null || !isOwn(found.event, session)) return problem("not-found");
    const result = await changeTicketType(env, actorOf(session, request), found.ticketType, body);
    if (!result.ok) {
      const blamesTheOther = result.refusal.type === "sales_window_empty" && body.sales_end === undefined;
      return blamesTheOther ? invalid("sales_start", "must be before sales_end") : refuse(result.refusal);
    }
    return reply(200, presentTicket(result.ticketType, true));
  },
});
