// Composes a mail from what D1 has now: to whom it goes, and what it says.

import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";
import type { Mail } from "./mailer.ts";
import type { MailRow } from "./queries.ts";
import { recipientOf } from "./recipients.ts";
import type { Dropped } from "./sending.ts";
import { readSold } from "./sold.ts";
import { confirmedMail } from "./templates/confirmed.ts";

/** Rejects where D1 can't be read now. */
export async function composeMail(env: Env, mail: MailRow): Promise<Mail | Dropped> {
  const recipient = await recipientOf(env.DB, mail);
  if (recipient === null) return "nobody";
  const { address: to, language } = recipient;
  switch (mail.kind) {
    case "confirmed": {
      const sold = await readSold(env.DB, mail.about, publicUrlOf(env));
      return sold === null ? "nothing" : { to, ...confirmedMail(sold, language) };
    }
    default:
      return "nothing";
  }
}

/** A mailer needs it as well: without it nothing is composed. */
function publicUrlOf(env: Env): string {
  return settingsOf(env).publicUrl ?? "";
}
