// Registering, signing in and out.

import { hashPassword, verifyPassword } from "../auth/passwords.ts";
import { revoke } from "../auth/revocations.ts";
import { clearedSessionCookie, isCrossSite, sessionCookie, startSession } from "../auth/sessions.ts";
import { accountById, accountByUsername, insertAccount } from "../db/accounts.ts";
import { isForm } from "../http/body.ts";
import { emptyReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { newId } from "../ids.ts";
import { presentAccount } from "../presenters.ts";
import { problem } from "../problems.ts";
import { Account, AuthToken, Credentials, Registration } from "../schemas.ts";

const RESERVATIONS = "/reservations/";
const SIGNED_IN = { Location: RESERVATIONS, "Set-Cookie": "__Host-session=…; Path=/; HttpOnly; Secure; SameSite=Lax" };
const SIGNED_OUT = { "Set-Cookie": "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" };

export const register = route({
  method: "POST",
  path: "/register",
  access: "anyone",
  tag: "Accounts",
  summary: "Register a buyer",
  body: Registration,
  replies: [{ status: 201, description: "The account", schema: Account, headers: { Location: "/me" } }],
  problems: ["username-taken"],
  async handle({ body, env }) {
    const account = {
      id: newId(),
      username: body.username,
      email: body.email,
      passwordHash: await hashPassword(body.password),
      role: "buyer",
      createdAtMs: Date.now(),
    } as const;
    if (!(await insertAccount(env.DB, account))) return problem("username-taken");
    return reply(201, presentAccount(account), { location: "/me" });
  },
});

/** Takes an HTML form as well; a form's answer is a redirect, as browsers expect. */
export const login = route({
  method: "POST",
  path: "/api-auth/login",
  access: "anyone",
  tag: "Accounts",
  summary: "Sign in",
  body: Credentials,
  takesForm: true,
  replies: [
    { status: 200, description: "A session token, and the same as a cookie", schema: AuthToken, headers: SIGNED_IN },
    { status: 303, description: "Signed in from an HTML form", schema: null, headers: SIGNED_IN },
  ],
  problems: ["wrong-credentials", "cross-site-request"],
  async handle({ request, body, env }) {
    const fromForm = isForm(request);
    // Any page can make a browser send a form: signing somebody in as somebody else is a trap.
    if (fromForm && isCrossSite(request)) return problem("cross-site-request");
    const account = await accountByUsername(env.DB, body.username);
    const verified = await verifyPassword(body.password, account?.passwordHash ?? null);
    if (account === null || !verified) return problem("wrong-credentials");
    const token = await startSession(env, account.id);
    const headers = { location: RESERVATIONS, "set-cookie": sessionCookie(token) };
    return fromForm ? emptyReply(303, headers) : reply(200, { "auth-token": token }, headers);
  },
});

export const logout = route({
  method: "POST",
  path: "/api-auth/logout",
  access: "session",
  tag: "Accounts",
  summary: "Sign out: the token stops working",
  replies: [{ status: 204, description: "Signed out", schema: null, headers: SIGNED_OUT }],
  async handle({ session, env }) {
    await revoke(env.DB, session);
    return emptyReply(204, { "set-cookie": clearedSessionCookie() });
  },
});

export const me = route({
  method: "GET",
  path: "/me",
  access: "session",
  tag: "Accounts",
  summary: "The account that is signed in",
  replies: [{ status: 200, description: "The account", schema: Account }],
  async handle({ session, env }) {
    const account = await accountById(env.DB, session.accountId);
    return account === null ? problem("not-signed-in") : reply(200, presentAccount(account));
  },
});
