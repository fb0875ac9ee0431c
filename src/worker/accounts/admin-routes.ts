// For admins: finding accounts, and giving them their roles.

import * as z from "zod";
import { addressOf } from "../http/address.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id } from "../http/fields.ts";
import { problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { giveRole } from "./changes.ts";
import { presentAccount } from "./presenters.ts";
import { accountById, accountByUsername, isGuest, roleOf } from "./queries.ts";
import { Account, AccountSearch, RoleChange } from "./schemas.ts";

export const listAccounts = route({
  operationId: "listAccounts",
  access: "admin",
  tag: "Admins",
  summary: "Find an account by username",
  query: AccountSearch,
  examples: { query: { username: EXAMPLES.buyer.username } },
  replies: [{ status: 200, description: "A list with the account, or an empty list", schema: z.array(Account) }],
  async handle({ query, env }) {
    const account = await accountByUsername(env.DB, query.username);
    return reply(200, account === null ? [] : [presentAccount(account)]);
  },
});

/** Admins can't change their own role, so one admin is always left. */
export const updateAccountRole = route({
  operationId: "updateAccountRole",
  access: "admin",
  tag: "Admins",
  summary: "Change an account's role immediately",
  pathParameters: z.strictObject({ id: Id }),
  body: RoleChange,
  examples: { path: { id: EXAMPLES.buyer.id }, bodies: { "An organiser": { role: "organizer" } } },
  replies: [{ status: 200, description: "The account", schema: Account }],
  problems: ["own-role", "account-closing", "guest-account"],
  async handle({ request, path, body, session, env }) {
    if (path.id === session.accountId) return problem("own-role");
    const changed = await giveRole(env, session.accountId, path.id, body.role, addressOf(request));
    if (changed !== null) return reply(200, presentAccount(changed));
    // Another admin may have taken the caller's role at the same moment.
    if ((await roleOf(env.DB, session.accountId)) !== "admin") return problem("wrong-role");
    const account = await accountById(env.DB, path.id);
    if (account === null) return problem("not-found");
    return problem(isGuest(account) ? "guest-account" : "account-closing");
  },
});
