// Every version of an event's terms, so that buyers find what they accepted.

import * as z from "zod";
import { nearest } from "../../platform/d1/nearest.ts";
import { iso } from "../../platform/wire.ts";
import { managerOrNull, manages } from "../auth/organiser.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id, Page } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { page, pageReply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { eventById } from "./queries.ts";
import { type TermsRow, versionsOfTerms } from "./terms-queries.ts";
import { presentTerms, TermsOnRecord } from "./terms-schemas.ts";

export const listTerms = route({
  operationId: "listTerms",
  access: "anyone",
  scope: "events:read",
  tag: "Events",
  summary: "List all versions of the terms that an event ever had, newest first",
  pathParameters: z.strictObject({ id: Id }),
  query: Page,
  examples: { path: { id: EXAMPLES.event } },
  replies: [pageReply(TermsOnRecord, "/events/…/terms")],
  async handle({ request, path, query, session, env }) {
    const db = nearest(env.DB);
    const event = await eventById(db, path.id);
    const isShown = event?.status !== "draft" || (await manages(env, event, await managerOrNull(env, session)));
    if (event === null || !isShown) return problem("not-found");
    const rows = await versionsOfTerms(db, event.id, query.limit + 1, query.cursor ?? null);
    return page(request, rows, query.limit, present, ({ createdAtMs, id }) => ({ atMs: createdAtMs, id }));
  },
});

function present({ terms, createdAtMs }: TermsRow): z.output<typeof TermsOnRecord> {
  return { ...presentTerms(terms), since: iso(createdAtMs) };
}
