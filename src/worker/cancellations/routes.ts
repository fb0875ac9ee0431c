// Calling off an event: its organiser's word to the buyers, their money, and how far that is.

import { cancellationOf } from "../../domain/cancellation.ts";
import { Cancellation, NewCancellation } from "../catalogue/cancellation-schemas.ts";
import { callOff } from "../catalogue/changes.ts";
import { presentCancellation } from "../catalogue/presenters.ts";
import { actorOf, managedEvent, ownEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { problem, refuse } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { progressOf } from "./progress.ts";
import { CancellationProgress } from "./schemas.ts";

export const callOffEvent = route({
  operationId: "callOffEvent",
  access: "organizer",
  tag: "Organisers",
  summary: "Call off an event, and refund what was sold of it",
  pathParameters: IdPath,
  body: NewCancellation,
  examples: {
    path: { id: EXAMPLES.event },
    bodies: { "With refunds": { refund: true, message: "Our singer is ill. You get your money back." } },
  },
  replies: [
    {
      status: 202,
      description:
        "It is off sale, and its holds are let go. What was sold is refunded in the background, if asked for",
      schema: Cancellation,
      headers: { Location: "/events/…/cancellation" },
    },
  ],
  problems: ["already-called-off"],
  async handle({ request, path, body, session, env }) {
    const { id } = await ownEvent(env, path.id, session);
    const result = await callOff(env, actorOf(session, request), id, body);
    if (!result.ok) return refuse(result.refusal);
    return reply(202, presentCancellation(result.cancellation), { location: `/events/${id}/cancellation` });
  },
});

export const getCancellation = route({
  operationId: "getCancellation",
  access: "manager",
  scope: "events:read",
  tag: "Organisers",
  summary: "Show how an event was called off, and how far its refunds are",
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.cancelledEvent } },
  replies: [{ status: 200, description: "How far it is", schema: CancellationProgress }],
  async handle({ path, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const cancellation = cancellationOf(event);
    return cancellation === null ? problem("not-found") : reply(200, await progressOf(env, event.id, cancellation));
  },
});
