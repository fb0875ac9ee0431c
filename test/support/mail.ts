// A mailer that a test looks into, and the rows of what was owed.

import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { newId } from "../../src/platform/ids.ts";
import type { Mail, Mailer, SendOutcome } from "../../src/worker/mail/mailer.ts";
import { type OwedMail, oweMail } from "../../src/worker/mail/owing.ts";
import type { MailRow } from "../../src/worker/mail/queries.ts";

export interface SentMail extends Mail {
  readonly id: string;
}

/** `answer`: null, or as many as it takes, in place of "sent". */
export function fakeMailer(answer: (id: string) => SendOutcome | Promise<SendOutcome> | null = () => null) {
  const sent: SentMail[] = [];
  const mailer: Mailer = {
    async send(id, mail) {
      sent.push({ id, ...mail });
      return (await answer(id)) ?? { result: "sent", messageId: `message-${sent.length}` };
    },
  };
  return { mailer, sent };
}

/** Owes a mail about something new; returns its id. */
export async function owe(owed: Partial<OwedMail> = {}, nowMs = Date.now()): Promise<string> {
  const about = newId();
  const whose = owed.accountId === undefined ? { address: "ada@example.test" } : {};
  const mail = { kind: "confirmed" as const, about, ...whose, ...owed };
  await drizzle(env.DB).batch([oweMail(drizzle(env.DB), mail, nowMs)]);
  return `${mail.kind}.${mail.about}`;
}

export async function mailRow(id: string) {
  const row = await env.DB.prepare("SELECT * FROM mails WHERE id = ?").bind(id).first<MailColumns>();
  if (row === null) throw new Error(`no mail ${id}`);
  return row;
}

export interface MailColumns {
  readonly id: string;
  readonly kind: MailRow["kind"];
  readonly state: MailRow["state"];
  readonly attempts: number;
  readonly due_ms: number | null;
  readonly message_id: string | null;
  readonly error: string | null;
  readonly account_id: string | null;
  readonly event_id: string | null;
  readonly parameters: string;
}
