// One's own address and language. An address is the account's once a mail to it came back with its
// link (docs/decisions/0054-verified-addresses.md).

import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { EXAMPLES } from "../http/examples.ts";
import { isMailWithinLimits } from "../http/limits.ts";
import { ProblemError, problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { areVerificationsFew, oweVerification } from "../links/owing.ts";
import { mailerOf } from "../mail/mailer.ts";
import { askForAddress, setLanguage } from "./changes.ts";
import { emailKeyOf } from "./email.ts";
import { presentAccount } from "./presenters.ts";
import { confirmed, ownAccount } from "./routes.ts";
import { Account, AccountChange, EmailChange } from "./schemas.ts";

const TO_BE_PROVEN = {
  status: 202,
  description: "The account. A mail with a link is on its way, unless nothing is left to prove",
  schema: Account,
} as const;

export const updateAccount = route({
  operationId: "updateAccount",
  access: "session",
  tag: "Accounts",
  summary: "Choose the language of one's mails",
  body: AccountChange,
  examples: { bodies: { German: { language: "de" } } },
  replies: [{ status: 200, description: "The account", schema: Account }],
  async handle({ body, session, env }) {
    if (body.language !== undefined) await setLanguage(env.DB, session.accountId, body.language);
    return reply(200, presentAccount(await ownAccount(env, session)));
  },
});

/** Nobody learns whether another account has the address: only its owner, by the mail. */
export const changeEmail = route({
  operationId: "changeEmail",
  access: "session",
  tag: "Accounts",
  summary: "Have another e-mail address, once a mail to it came back with its link",
  limits: ["LIMIT_ACCOUNT"],
  body: EmailChange,
  examples: { bodies: { "With the password": { email: "ada@example.org", password: EXAMPLES.password } } },
  replies: [TO_BE_PROVEN],
  problems: ["wrong-password", "account-closing", "mail-unavailable", "slow-down"],
  async handle({ request, body, session, env }) {
    await expectMail(env, session.accountId);
    const address = addressOf(request);
    const emailKey = emailKeyOf(body.email) ?? "";
    // Nobody has a stranger written to again and again, with many accounts.
    if (!(await isMailWithinLimits(env, request, emailKey))) return problem("slow-down");
    for (let attempt = 0; attempt < 2; attempt++) {
      const account = await confirmed(env, session, body.password, address);
      if (account.closingSinceMs !== null) return problem("account-closing");
      const isOwn = emailKey === emailKeyOf(account.email);
      const changed = await askForAddress(env, account, isOwn ? null : body.email, address);
      if (changed !== null) return reply(202, presentAccount(changed));
      // The account has another hash by now, or is being deleted.
    }
    return problem("wrong-password");
  },
});

export const createVerification = route({
  operationId: "createVerification",
  access: "session",
  tag: "Accounts",
  summary: "Have the mail sent again that proves the e-mail address",
  limits: ["LIMIT_ACCOUNT"],
  replies: [TO_BE_PROVEN],
  problems: ["mail-unavailable", "slow-down"],
  async handle({ session, env }) {
    await expectMail(env, session.accountId);
    await oweVerification(env, session.accountId);
    return reply(202, presentAccount(await ownAccount(env, session)));
  },
});

/** Refuses before anything has changed. */
async function expectMail(env: Env, accountId: string): Promise<void> {
  if (mailerOf(env) === null) throw new ProblemError("mail-unavailable");
  if (!(await areVerificationsFew(env.DB, accountId))) throw new ProblemError("slow-down");
}
