// One's own account: registering, seeing, exporting, deleting it, changing its password.

import { waitUntil } from "cloudflare:workers";
import { audit, ownAction } from "../audit/queries.ts";
import { setCookies } from "../auth/cookies.ts";
import { deviceToken, knownDevice } from "../auth/devices.ts";
import { hashPassword, verifyPassword } from "../auth/passwords.ts";
import { presentTokens } from "../auth/presenters.ts";
import { whyNotChosen } from "../auth/queries.ts";
import { AuthToken } from "../auth/schemas.ts";
import { isCrossSite, type Session } from "../auth/sessions.ts";
import { eventIdsOf } from "../catalogue/withdrawal-queries.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { EXAMPLES } from "../http/examples.ts";
import { languageFrom } from "../http/language.ts";
import { invalid, ProblemError, problem } from "../http/problems.ts";
import { emptyReply, reply, streamed } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { oweTaken } from "../links/owing.ts";
import { mailerOf } from "../mail/mailer.ts";
import { replacePassword } from "./changes.ts";
import { closeAccount, releaseHoldsOf } from "./deletion.ts";
import { emailKeyOf } from "./email.ts";
import { exportOf } from "./export.ts";
import { mustRefreshAsGuest, signInAsGuest, upgradeGuest } from "./guests.ts";
import { presentAccount, presentClosing } from "./presenters.ts";
import { type AccountRow, accountById, isGuest } from "./queries.ts";
import { addAccount } from "./registering.ts";
import {
  Account,
  AccountClosing,
  AccountDeletion,
  AccountExport,
  NewGuest,
  PasswordChange,
  Registration,
} from "./schemas.ts";

/** A refusal names this many events at most. */
const MAX_EVENTS_NAMED = 20;

export const register = route({
  operationId: "register",
  access: "anyone",
  tag: "Accounts",
  summary: "Register as a buyer; with a guest's session, give the guest a name and a password",
  limits: ["LIMIT_REGISTER"],
  body: Registration,
  examples: { bodies: { "A buyer": { username: "ada", email: "ada@example.com", password: EXAMPLES.password } } },
  replies: [
    {
      status: 201,
      description: "The account. A guest's keeps its id, its sessions and all that it holds and has bought",
      schema: Account,
      headers: { Location: "/me" },
    },
  ],
  problems: ["username-taken", "already-registered", "token-expired", "token-invalid"],
  precheck({ body }) {
    // Else the address's owner could not sign in with it.
    const isOthers = ![null, emailKeyOf(body.email)].includes(emailKeyOf(body.username));
    return isOthers ? invalid("username", "is another e-mail address") : null;
  },
  async handle({ request, body, session, env }) {
    if (session === null && (await mustRefreshAsGuest(env, request))) return problem("token-expired");
    const current = session === null ? null : await accountById(env.DB, session.accountId);
    const why = await whyNotChosen(env.DB, body, body.password);
    if (why !== null) return invalid("password", why);
    const { username, email, password, language } = body;
    const emailKey = emailKeyOf(email);
    const chosen = { username, email, emailKey, passwordHash: await hashPassword(password) };
    const address = addressOf(request);
    if (current !== null && isGuest(current)) {
      const asGuest = { language: current.language, ...(language === undefined ? {} : { language }) };
      const account = await upgradeGuest(env, current.id, { ...chosen, ...asGuest }, address);
      if (account !== null) return registered(account);
      const why = await whyNotUpgraded(env, current.id);
      return why === "username-taken" ? taken(env, emailKey) : problem(why);
    }
    const preferred = language ?? languageFrom(request.headers.get("accept-language"));
    const account = await addAccount(env, { ...chosen, language: preferred }, address);
    return account === null ? taken(env, emailKey) : registered(account);
  },
});

/** Takes any address, and looks none up: nobody learns whether another account has it. */
export const createGuest = route({
  operationId: "createGuest",
  access: "anyone",
  tag: "Accounts",
  summary: "Buy without a password: a guest account and its session",
  limits: ["LIMIT_REGISTER"],
  body: NewGuest,
  examples: { bodies: { "A guest": { email: "ada@example.com" } } },
  replies: [
    {
      status: 201,
      description: "Signed in as a guest. The tokens are also set as cookies",
      schema: AuthToken,
      headers: { Location: "/me", "Set-Cookie": "__Host-session=…; Path=/; HttpOnly; Secure; SameSite=Lax" },
    },
  ],
  async handle({ request, body, env }) {
    const language = body.language ?? languageFrom(request.headers.get("accept-language"));
    const tokens = await signInAsGuest(env, { email: body.email, language }, addressOf(request));
    const cookies = setCookies({ session: tokens.access, refresh: tokens.refresh });
    return reply(201, presentTokens(tokens), [["location", "/me"], ...cookies]);
  },
});

export const getAccount = route({
  operationId: "getAccount",
  access: "session",
  tag: "Accounts",
  summary: "Show the signed-in account",
  replies: [{ status: 200, description: "The account", schema: Account }],
  async handle({ session, env }) {
    return reply(200, presentAccount(await ownAccount(env, session)));
  },
});

export const exportAccount = route({
  operationId: "exportAccount",
  access: "session",
  tag: "Accounts",
  summary: "Export everything on record about the account",
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
  precheck({ request }) {
    // A link on another site's page, which sends the cookie too, must not lead to this download.
    const isOthers = !request.headers.has("authorization") && isCrossSite(request);
    return isOthers ? problem("cross-site-request") : null;
  },
  async handle({ request, session, env }) {
    const account = await ownAccount(env, session);
    await audit(env.DB, ownAction("account.export", account.id, addressOf(request)));
    return streamed(exportOf(env.DB, account), { "content-disposition": 'attachment; filename="account.json"' });
  },
});

export const changePassword = route({
  operationId: "changePassword",
  access: "session",
  tag: "Accounts",
  summary: "Change the password, end all other sessions and revoke all API keys",
  limits: ["LIMIT_ACCOUNT"],
  body: PasswordChange,
  examples: {
    bodies: { "A longer one": { current_password: EXAMPLES.password, new_password: `${EXAMPLES.password} staple` } },
  },
  replies: [
    {
      status: 204,
      description: "Password changed. A device that has signed in before gets a new cookie",
      schema: null,
      headers: { "Set-Cookie": "__Host-device=…; Path=/; HttpOnly; Secure; SameSite=Lax" },
    },
  ],
  problems: ["wrong-password", "guest-account"],
  async handle({ request, body, session, env }) {
    const current = await ownAccount(env, session);
    if (isGuest(current)) return problem("guest-account");
    const why = await whyNotChosen(env.DB, current, body.new_password);
    if (why !== null) return invalid("new_password", why);
    const address = addressOf(request);
    for (let attempt = 0; attempt < 2; attempt++) {
      const account = await withPassword(env, session, body.current_password, address);
      const hashes = { old: account.passwordHash, new: await hashPassword(body.new_password) };
      if (await replacePassword(env, session, hashes, address)) {
        const device = await knownDevice(env, request, account);
        if (device === null) return emptyReply(204);
        const token = await deviceToken(env, { id: account.id, passwordHash: hashes.new }, device);
        return emptyReply(204, setCookies({ device: token }));
      }
      // The account has another hash by now: of another password, or of this one at a higher cost.
    }
    return problem("wrong-password");
  },
});

/** A POST, because not every client can send a DELETE with a body. */
export const deleteAccount = route({
  operationId: "deleteAccount",
  access: "session",
  tag: "Accounts",
  summary: "Delete the account: release its holds, and keep what is paid for until its event is over",
  limits: ["LIMIT_ACCOUNT"],
  body: AccountDeletion,
  examples: { bodies: { "With its password": { password: EXAMPLES.password } } },
  replies: [
    {
      status: 202,
      description:
        "Signed out everywhere, and unable to reserve or pay. The account is erased at `erase_at`; until then its " +
        "owner can sign in and see what is kept",
      schema: AccountClosing,
      headers: { "Set-Cookie": "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" },
    },
  ],
  problems: ["wrong-password", "organises-events"],
  async handle({ request, body, session, env }) {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { id, passwordHash } = await confirmed(env, session, body.password, addressOf(request));
      const kept = await closeAccount(env, session, passwordHash);
      if (kept !== null) {
        await releaseHoldsOf(env, id);
        return reply(202, presentClosing(kept, Date.now()), setCookies({ session: "", refresh: "", device: "" }));
      }
      const now = await ownAccount(env, session);
      if (now.passwordHash === passwordHash) {
        const events = await eventIdsOf(env.DB, id, MAX_EVENTS_NAMED);
        const detail = "Delete the events that nobody ever held tickets of. An admin can hand over the others.";
        return problem("organises-events", { detail, members: { events } });
      }
      // The account has another hash by now, as above; perhaps its first.
    }
    return problem("wrong-password");
  },
});

/** Refuses if the account was deleted a moment ago. */
export async function ownAccount(env: Env, session: Session): Promise<AccountRow> {
  const account = await accountById(env.DB, session.accountId);
  if (account === null) throw new ProblemError("token-invalid");
  return account;
}

/** Asks for the password again before what can't be undone: the session may have been left open. */
export async function withPassword(env: Env, session: Session, password: string, address: string): Promise<AccountRow> {
  const account = await ownAccount(env, session);
  if (await verifyPassword(password, account.passwordHash)) return account;
  await audit(env.DB, ownAction("password.refused", account.id, address));
  throw new ProblemError("wrong-password");
}

/** As `withPassword`; a guest has no password to ask for. */
export async function confirmed(
  env: Env,
  session: Session,
  password: string | null,
  address: string,
): Promise<AccountRow> {
  if (password !== null) return withPassword(env, session, password, address);
  const account = await ownAccount(env, session);
  if (isGuest(account)) return account;
  const error = { path: "password", code: "required", message: "is required" } as const;
  throw new ProblemError("invalid-request", { errors: [error] });
}

/** The address's owner hears of it, whichever of the two names is taken. */
function taken(env: Env, emailKey: string | null): Response {
  // Neither the reply nor its time says which.
  if (mailerOf(env) !== null) waitUntil(oweTaken(env, emailKey));
  return problem("username-taken");
}

function registered(account: AccountRow): Response {
  return reply(201, presentAccount(account), { location: "/me" });
}

async function whyNotUpgraded(env: Env, id: string) {
  const account = await accountById(env.DB, id);
  // Its session has just ended.
  if (account === null || account.closingSinceMs !== null) return "token-invalid";
  return isGuest(account) ? "username-taken" : "already-registered";
}
