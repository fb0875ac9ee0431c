// Composes a mail from what D1 has now: to whom it goes, and what it says.

import * as z from "zod";
import type { Language, SaleMailKind } from "../../platform/mails.ts";
import { settingsOf } from "../../platform/settings.ts";
import { composeInvitation } from "../crew/invitation-mail.ts";
import type { Env } from "../env.ts";
import { composeLinkMail, isLinkMail } from "../links/mails.ts";
import { composeDisabledMail } from "../outgoing-webhooks/mails.ts";
import { eventLetter, isEventMail } from "./event-letter.ts";
import type { Mail } from "./mailer.ts";
import { passPictures } from "./pass-pictures.ts";
import type { MailRow } from "./queries.ts";
import { composePassMail } from "./received.ts";
import { type Recipient, recipientOf } from "./recipients.ts";
import type { Dropped } from "./sending.ts";
import { type MailedSold, readSold } from "./sold.ts";
import { confirmedMail } from "./templates/confirmed.ts";
import type { Letter } from "./templates/letter.ts";
import { paymentFailedMail } from "./templates/payment-failed.ts";
import { refundedMail } from "./templates/refunded.ts";

/** As `RefundNews` of the objects has them. */
const Refunded = z.object({
  amountMinor: z.number(),
  tickets: z.number(),
  left: z.number(),
  isLate: z.boolean(),
  isAgain: z.boolean().default(false),
});

/** Rejects where D1 can't be read now. */
export async function composeMail(env: Env, mail: MailRow): Promise<Mail | Dropped> {
  const { kind } = mail;
  if (isLinkMail(kind)) return composeLinkMail(env, kind, mail);
  if (kind === "pass_received") return composePassMail(env, mail);
  if (kind === "crew_invited") return composeInvitation(env, mail);
  if (kind === "webhook_disabled") return composeDisabledMail(env.DB, mail);
  const recipient = await recipientOf(env.DB, mail);
  if (recipient === null) return "nobody";
  const letter = isEventMail(kind)
    ? await eventLetter(env.DB, kind, mail, recipient)
    : await letterFor(env, kind, mail, recipient);
  return letter === null ? "nothing" : { to: recipient.address, ...letter };
}

const CONFIRMATIONS: readonly SaleMailKind[] = ["confirmed", "confirmed_again"];

type Illustrated = Letter & Pick<Mail, "images">;

/** Null: there is nothing to write about (any more). */
async function letterFor(
  env: Env,
  kind: SaleMailKind,
  mail: MailRow,
  { language }: Recipient,
): Promise<Illustrated | null> {
  // A customer of the counter has no account to see a page with.
  const publicUrl = mail.accountId === null ? null : settingsOf(env).publicUrl;
  const sold = await readSold(env.DB, mail.about, publicUrl, CONFIRMATIONS.includes(kind) ? "left" : "all");
  switch (kind) {
    case "confirmed":
    case "confirmed_again":
      return sold === null || sold.state !== "confirmed" ? null : confirmation(env, sold, language);
    case "payment_failed":
      return sold === null || sold.state === "confirmed" ? null : paymentFailedMail(sold, sold.heldUntilMs, language);
    case "refunded":
      return sold && refundedMail(sold, Refunded.parse(mail.parameters), language);
  }
}

async function confirmation(env: Env, sold: MailedSold, language: Language): Promise<Illustrated> {
  const { passes, images } = await passPictures(env, sold.items);
  return { ...confirmedMail(sold, passes, language), images };
}
