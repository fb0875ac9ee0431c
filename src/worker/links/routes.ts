// For front ends: asking for links in mails, and using them. What people open is in page-routes.ts.

import { iso } from "../../platform/wire.ts";
import { emailKeyOf } from "../accounts/email.ts";
import type { AccountRow } from "../accounts/queries.ts";
import { setCookies } from "../auth/cookies.ts";
import { hashPassword } from "../auth/passwords.ts";
import { presentTokens } from "../auth/presenters.ts";
import { whyNotChosen } from "../auth/queries.ts";
import { AuthToken } from "../auth/schemas.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { EXAMPLES } from "../http/examples.ts";
import { isMailWithinLimits } from "../http/limits.ts";
import { invalid, ProblemError, problem } from "../http/problems.ts";
import { emptyReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { mailerOf } from "../mail/mailer.ts";
import { askForReset, askForSignIn } from "./owing.ts";
import { AddressNamed, AddressProof, LinkUse, PasswordReset, PasswordResetDone, SignInLinkAsked } from "./schemas.ts";
import { proveAddress, resetPassword, signInByLink, usableLink } from "./using.ts";

const ASKED = {
  status: 202,
  description: "The same whether or not there is an account: only a mail to the address says more",
  schema: null,
} as const;

export const createPasswordReset = route({
  operationId: "createPasswordReset",
  access: "anyone",
  tag: "Sessions",
  summary: "Have a link mailed to choose a new password",
  body: AddressNamed,
  examples: { bodies: { "A buyer": { email: "ada@example.com" } } },
  replies: [ASKED],
  problems: ["mail-unavailable", "slow-down"],
  async handle({ request, body, env }) {
    await askForReset(env, await mailableKey(env, request, body.email), addressOf(request));
    return emptyReply(202);
  },
});

/** Guests have no password to come back with. */
export const createSignInLink = route({
  operationId: "createSignInLink",
  access: "anyone",
  tag: "Sessions",
  summary: "Have links mailed to what was bought as a guest",
  body: SignInLinkAsked,
  examples: {
    bodies: {
      "A guest": { email: "ada@example.com" },
      "To an order": { email: "ada@example.com", about: EXAMPLES.order },
    },
  },
  replies: [ASKED],
  problems: ["mail-unavailable", "slow-down"],
  async handle({ request, body, env }) {
    const { email, about = null } = body;
    await askForSignIn(env, await mailableKey(env, request, email), about, addressOf(request));
    return emptyReply(202);
  },
});

export const useSignInLink = route({
  operationId: "useSignInLink",
  access: "anyone",
  tag: "Sessions",
  summary: "Sign in as a guest with the token of a link",
  limits: ["LIMIT_LINK"],
  body: LinkUse,
  examples: { bodies: { "From a mail": { token: EXAMPLES.linkToken } } },
  replies: [
    {
      status: 200,
      description: "Signed in, and the address is proven. The tokens are also set as cookies",
      schema: AuthToken,
      headers: { "Set-Cookie": "__Host-session=…; Path=/; HttpOnly; Secure; SameSite=Lax" },
    },
  ],
  problems: ["link-refused"],
  async handle({ request, body, env }) {
    const tokens = await signInByLink(env, body.token, addressOf(request));
    if (tokens === null) return problem("link-refused");
    return reply(200, presentTokens(tokens), setCookies({ session: tokens.access, refresh: tokens.refresh }));
  },
});

export const usePasswordReset = route({
  operationId: "usePasswordReset",
  access: "anyone",
  tag: "Sessions",
  summary: "Choose a new password with the token of a link, and end all sessions",
  limits: ["LIMIT_LINK"],
  body: PasswordReset,
  examples: {
    bodies: { "From a mail": { token: EXAMPLES.linkToken, new_password: `${EXAMPLES.password} staple` } },
  },
  replies: [
    { status: 200, description: "The password is changed, and the address is proven", schema: PasswordResetDone },
  ],
  problems: ["link-refused"],
  async handle({ request, body, env }) {
    const result = await choosePassword(env, body.token, body.new_password, addressOf(request));
    if (result.ok) return reply(200, { username: result.account.username });
    return result.weakness === null ? problem("link-refused") : invalid("new_password", result.weakness);
  },
});

export const useVerification = route({
  operationId: "useVerification",
  access: "anyone",
  tag: "Accounts",
  summary: "Prove an e-mail address with the token of a link",
  limits: ["LIMIT_LINK"],
  body: LinkUse,
  examples: { bodies: { "From a mail": { token: EXAMPLES.linkToken } } },
  replies: [{ status: 200, description: "The address is proven", schema: AddressProof }],
  problems: ["link-refused", "address-taken"],
  async handle({ request, body, env }) {
    const proof = await proveAddress(env, body.token, addressOf(request));
    if (!proof.ok) return problem(proof.refusal === "address_taken" ? "address-taken" : "link-refused");
    const { email, verifiedAtMs } = proof.account;
    return reply(200, { email, email_verified_at: iso(verifiedAtMs ?? 0) });
  },
});

type Choice =
  | { readonly ok: true; readonly account: AccountRow }
  /** Null: the link is refused. */
  | { readonly ok: false; readonly weakness: string | null };

/** No password is hashed for a link that is not valid: that takes a quarter of a second. */
export async function choosePassword(env: Env, token: string, password: string, address: string): Promise<Choice> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const usable = await usableLink(env.DB, token, "reset");
    if (usable === null) break;
    const weakness = await whyNotChosen(env.DB, usable.account, password);
    if (weakness !== null) return { ok: false, weakness };
    const account = await resetPassword(env, usable, await hashPassword(password), address);
    if (account !== null) return { ok: true, account };
    // The account has changed meanwhile: a sign-in may have raised the cost of its old hash.
  }
  return { ok: false, weakness: null };
}

/** The key of an address that may be written to now. It counts, with or without an account. */
async function mailableKey(env: Env, request: Request, email: string): Promise<string> {
  if (mailerOf(env) === null) throw new ProblemError("mail-unavailable");
  // The schema takes nothing else.
  const emailKey = emailKeyOf(email) ?? "";
  if (!(await isMailWithinLimits(env, request, emailKey))) throw new ProblemError("slow-down");
  return emailKey;
}
