// For admins: who has which role, and what was done. Organisers read their own events' part of that.

import * as z from "zod";
import { presentAudit } from "../audit/presenters.ts";
import type { AuditRow } from "../audit/queries.ts";
import * as queries from "../audit/queries.ts";
import { AuditEntry } from "../audit/schemas.ts";
import { ownEvent } from "../catalogue/event-routes.ts";
import { addressOf } from "../http/address.ts";
import { Id, Page } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { page, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { changeRole as changeRoleOf } from "./changes.ts";
import { presentAccount } from "./presenters.ts";
import { accountByUsername, roleOf } from "./queries.ts";
import { Account, AccountSearch, RoleChange } from "./schemas.ts";

const byTime = ({ atMs, id }: AuditRow) => ({ atMs, id });

export const findAccount = route({
  operationId: "findAccount",
  access: "admin",
  tag: "Admins",
  summary: "The account of a username",
  query: AccountSearch,
  replies: [{ status: 200, description: "A list of one account, or of none", schema: z.array(Account) }],
  async handle({ query, env }) {
    const account = await accountByUsername(env.DB, query.username);
    return reply(200, account === null ? [] : [presentAccount(account)]);
  },
});

/** An admin can't take the role away from the last one, because they can't from themselves. */
export const changeRole = route({
  operationId: "changeRole",
  access: "admin",
  tag: "Admins",
  summary: "Give an account its role; it counts at once",
  pathParameters: z.strictObject({ id: Id }),
  body: RoleChange,
  replies: [{ status: 200, description: "The account", schema: Account }],
  problems: ["own-role"],
  async handle({ request, path, body, session, env }) {
    if (path.id === session.accountId) return problem("own-role");
    const account = await changeRoleOf(env, session.accountId, path.id, body.role, addressOf(request));
    if (account !== null) return reply(200, presentAccount(account));
    // Another admin may have taken the caller's role at the same moment.
    return problem((await roleOf(env.DB, session.accountId)) === "admin" ? "not-found" : "wrong-role");
  },
});

export const listAudit = route({
  operationId: "listAudit",
  access: "admin",
  tag: "Admins",
  summary: "What was done, the newest first",
  query: Page,
  replies: [
    {
      status: 200,
      description: "One page",
      schema: z.array(AuditEntry),
      headers: { Link: '</audit?cursor=…>; rel="next"' },
    },
  ],
  async handle({ request, query, env }) {
    const after = query.cursor ?? null;
    const rows = await queries.listAudit(env.DB, null, query.limit + 1, after);
    return page(request, rows, query.limit, (row) => presentAudit(row, null), byTime);
  },
});

export const listEventAudit = route({
  operationId: "listEventAudit",
  access: "organizer",
  tag: "Organisers",
  summary: "What was done to an event and its ticket types, the newest first",
  pathParameters: z.strictObject({ id: Id }),
  query: Page,
  replies: [
    {
      status: 200,
      description: "One page",
      schema: z.array(AuditEntry),
      headers: { Link: '</events/…/audit?cursor=…>; rel="next"' },
    },
  ],
  async handle({ request, path, query, session, env }) {
    const event = await ownEvent(env, path.id, session);
    const after = query.cursor ?? null;
    const rows = await queries.listAudit(env.DB, event.id, query.limit + 1, after);
    const reader = session.role === "admin" ? null : session.accountId;
    return page(request, rows, query.limit, (row) => presentAudit(row, reader), byTime);
  },
});
