// An account and its owner: registered, shown, exported, its password changed, deleted.

import { newId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { audit, ownAction } from "../audit/queries.ts";
import { setCookies } from "../auth/cookies.ts";
import { deviceToken, knownDevice } from "../auth/devices.ts";
import { whyNotFor } from "../auth/password-rules.ts";
import { hashPassword, verifyPassword } from "../auth/passwords.ts";
import { isCrossSite, type Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { invalid, ProblemError, problem } from "../http/problems.ts";
import { emptyReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { heldReservationsOf } from "../reservations/queries.ts";
import * as changes from "./changes.ts";
import { exported } from "./export.ts";
import { presentAccount } from "./presenters.ts";
import { type AccountRow, accountById, insertAccount } from "./queries.ts";
import { Account, AccountDeletion, AccountExport, PasswordChange, Registration } from "./schemas.ts";

export const register = route({
  operationId: "register",
  access: "anyone",
  tag: "Accounts",
  summary: "Register a buyer",
  limits: ["LIMIT_REGISTER"],
  body: Registration,
  replies: [{ status: 201, description: "The account", schema: Account, headers: { Location: "/me" } }],
  problems: ["username-taken"],
  async handle({ request, body, env }) {
    const account = {
      id: newId(),
      username: body.username,
      email: body.email,
      passwordHash: await hashPassword(body.password),
      role: "buyer",
      createdAtMs: Date.now(),
    } as const;
    const entry = ownAction("account.register", account.id, addressOf(request));
    if (!(await insertAccount(env.DB, account, entry))) return problem("username-taken");
    return reply(201, presentAccount(account), { location: "/me" });
  },
});

export const showAccount = route({
  operationId: "showAccount",
  access: "session",
  tag: "Accounts",
  summary: "The account that is signed in",
  replies: [{ status: 200, description: "The account", schema: Account }],
  async handle({ session, env }) {
    return reply(200, presentAccount(await ownAccount(env, session)));
  },
});

export const exportAccount = route({
  operationId: "exportAccount",
  access: "session",
  tag: "Accounts",
  summary: "All that is on record about the account",
  limits: ["LIMIT_ACCOUNT"],
  replies: [
    {
      status: 200,
      description: "The account, its sessions, its reservations and its part of the audit log",
      schema: AccountExport,
      headers: { "Content-Disposition": 'attachment; filename="account.json"' },
    },
  ],
  problems: ["cross-site-request"],
  async handle({ request, session, env }) {
    // A link on another site's page comes with the cookie, and this is no page to be led to.
    if (!request.headers.has("authorization") && isCrossSite(request)) return problem("cross-site-request");
    const account = await ownAccount(env, session);
    await audit(env.DB, ownAction("account.export", account.id, addressOf(request)));
    return exported(env, account);
  },
});

export const changePassword = route({
  operationId: "changePassword",
  access: "session",
  tag: "Accounts",
  summary: "Change the password; all other sessions end",
  limits: ["LIMIT_ACCOUNT"],
  body: PasswordChange,
  replies: [
    {
      status: 204,
      description: "Changed. A device that was known by its cookie gets a new one",
      schema: null,
      headers: { "Set-Cookie": "__Host-device=…; Path=/; HttpOnly; Secure; SameSite=Lax" },
    },
  ],
  problems: ["wrong-password"],
  async handle({ request, body, session, env }) {
    const address = addressOf(request);
    for (let attempt = 0; attempt < 2; attempt++) {
      const account = await withPassword(env, session, body.current_password, address);
      const why = whyNotFor(account, body.new_password);
      if (why !== null) return invalid("new_password", why);
      const hashes = { old: account.passwordHash, new: await hashPassword(body.new_password) };
      if (await changes.changePassword(env, session, hashes, address)) {
        const device = await knownDevice(env, request, account);
        const now = { id: account.id, passwordHash: hashes.new };
        return emptyReply(204, device === null ? [] : setCookies({ device: await deviceToken(env, now, device) }));
      }
      // The hash is another one by now: of another password, or of this one at a higher cost.
    }
    return problem("wrong-password");
  },
});

/** A POST: a DELETE with a body is not what every client can send. */
export const deleteAccount = route({
  operationId: "deleteAccount",
  access: "session",
  tag: "Accounts",
  summary: "Delete the account: holds are let go, what it bought stays, anonymous",
  limits: ["LIMIT_ACCOUNT"],
  body: AccountDeletion,
  replies: [
    {
      status: 204,
      description: "Deleted, and signed out everywhere",
      schema: null,
      headers: { "Set-Cookie": "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" },
    },
  ],
  problems: ["wrong-password", "organises-events"],
  async handle({ request, body, session, env }) {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { id, passwordHash } = await withPassword(env, session, body.password, addressOf(request));
      if (await changes.deleteAccount(env, session, passwordHash)) {
        await letGo(env, id);
        return emptyReply(204, setCookies({ session: "", refresh: "", device: "" }));
      }
      const now = await ownAccount(env, session);
      if (now.passwordHash === passwordHash) return problem("organises-events");
      // The hash is another one by now: of another password, or of this one at a higher cost.
    }
    return problem("wrong-password");
  },
});

/** Refuses where the account was deleted a moment ago. */
async function ownAccount(env: Env, session: Session): Promise<AccountRow> {
  const account = await accountById(env.DB, session.accountId);
  if (account === null) throw new ProblemError("not-signed-in");
  return account;
}

/** What can't be undone is done for whoever knows the password: a session may have been left open. */
async function withPassword(env: Env, session: Session, password: string, address: string): Promise<AccountRow> {
  const account = await ownAccount(env, session);
  if (await verifyPassword(password, account.passwordHash)) return account;
  await audit(env.DB, ownAction("password.refused", account.id, address));
  throw new ProblemError("wrong-password");
}

/** The holds of an account that is gone. One that can't be let go now ends at its deadline. */
async function letGo(env: Env, accountId: string): Promise<void> {
  try {
    const held = await heldReservationsOf(env.DB, accountId);
    await Promise.all(
      held.map(({ id, ticketTypeId }) => callTicketType(env, ticketTypeId, (object) => object.cancel(id, accountId))),
    );
  } catch (fault) {
    log("warn", "holds of a deleted account not let go", errorFields(fault));
  }
}
