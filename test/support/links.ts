// What mails about an account's address and password say, and the links in them.

import type { MailKind } from "../../src/platform/mails.ts";
import type { Env } from "../../src/worker/env.ts";
import { composeMail } from "../../src/worker/mail/compose.ts";
import { sendMails } from "../../src/worker/mail/sending.ts";
import { fakeMailer, type SentMail } from "./mail.ts";
import { rowsOf } from "./records.ts";
import { withSettings } from "./service.ts";

/** The settings of a service that can send mails. The tests send them themselves. */
export const WITH_MAIL: Partial<Env> = {
  MAIL_FROM: "Tickets <tickets@shop.example>",
  PUBLIC_URL: "https://tickets.test",
  EMAIL: { send: () => Promise.reject(new Error("a test sends its mails itself")) } as unknown as SendEmail,
};

/** Sends the mails that are due about the account, and returns them. */
export async function mailsAbout(accountId: string, kind?: MailKind): Promise<SentMail[]> {
  const due = await rowsOf("SELECT id FROM mails WHERE about = ? AND state = 'due' ORDER BY created_at_ms", accountId);
  const ids = due.map(({ id }) => String(id)).filter((id) => kind === undefined || id.startsWith(`${kind}.`));
  const { mailer, sent } = fakeMailer();
  await sendMails({ env: withSettings(WITH_MAIL), mailer, compose: composeMail }, ids);
  return sent;
}

export function tokensIn(mail: SentMail | undefined): string[] {
  return [...(mail?.text ?? "").matchAll(/https:\/\/tickets\.test\/links\/([\w-]{43})(?:\?\S*)?\n/g)].map(
    ([, token = ""]) => token,
  );
}

/** The token of the one link in the one mail of this kind that is due. */
export async function tokenFor(accountId: string, kind: MailKind): Promise<string> {
  const [mail, ...others] = await mailsAbout(accountId, kind);
  const [token, ...more] = tokensIn(mail);
  if (token === undefined || others.length + more.length > 0)
    throw new Error(`not one link to ${kind} of ${accountId}`);
  return token;
}
