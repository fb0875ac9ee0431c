// The mail to whose webhook was disabled, composed from D1.

import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { webhooks } from "../../platform/d1/schema/webhooks.ts";
import type { Mail } from "../mail/mailer.ts";
import type { MailRow } from "../mail/queries.ts";
import { recipientOf } from "../mail/recipients.ts";
import type { Dropped } from "../mail/sending.ts";
import { webhookDisabledMail } from "../mail/templates/webhook-disabled.ts";

/** As `recordAttempt` has it. */
const Disabled = z.object({ isGone: z.boolean() });

/** "nothing" once it was put on again, or deleted. */
export async function composeDisabledMail(d1: D1Database, mail: MailRow): Promise<Mail | Dropped> {
  const [recipient, webhook] = await Promise.all([
    recipientOf(d1, mail),
    drizzle(d1).select().from(webhooks).where(eq(webhooks.id, mail.about)).get(),
  ]);
  if (recipient === null) return "nobody";
  if (webhook === undefined || webhook.state !== "disabled") return "nothing";
  const { id, url, failingSinceMs } = webhook;
  const { isGone } = Disabled.parse(mail.parameters);
  const shown = { id, host: new URL(url).hostname, failingSinceMs: failingSinceMs ?? mail.createdAtMs, isGone };
  return { to: recipient.address, ...webhookDisabledMail(shown, recipient.language) };
}
