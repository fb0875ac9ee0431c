// Reading the audit log: all of it for admins, the part about their own events for organisers.

import * as z from "zod";
import { managedEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id, Page } from "../http/fields.ts";
import { page, pageReply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { presentAudit } from "./presenters.ts";
import { type AuditRow, auditEntries } from "./queries.ts";
import { AuditEntry } from "./schemas.ts";

const byTime = ({ atMs, id }: AuditRow) => ({ atMs, id });

export const listAuditEntries = route({
  operationId: "listAuditEntries",
  access: "admin",
  tag: "Admins",
  summary: "List the audit log, newest first",
  query: Page,
  replies: [pageReply(AuditEntry, "/audit")],
  async handle({ request, query, env }) {
    const rows = await auditEntries(env.DB, null, query.limit + 1, query.cursor ?? null);
    return page(request, rows, query.limit, (row) => presentAudit(row, null), byTime);
  },
});

export const listEventAuditEntries = route({
  operationId: "listEventAuditEntries",
  access: "manager",
  tag: "Organisers",
  summary: "List the audit log of an event and its ticket types, newest first",
  pathParameters: z.strictObject({ id: Id }),
  query: Page,
  examples: { path: { id: EXAMPLES.event } },
  replies: [pageReply(AuditEntry, "/events/…/audit")],
  async handle({ request, path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const rows = await auditEntries(env.DB, event.id, query.limit + 1, query.cursor ?? null);
    const readerId = session.role === "admin" ? null : session.accountId;
    return page(request, rows, query.limit, (row) => presentAudit(row, readerId), byTime);
  },
});
