// How mails read on the wire: never what they say.

import type * as z from "zod";
import { ORDER_ID_PATTERN, PASS_ID_PATTERN, RESERVATION_ID_PATTERN } from "../../domain/id-forms.ts";
import { readPassId } from "../../domain/pass.ts";
import type { MailState } from "../../platform/mails.ts";
import { iso } from "../../platform/wire.ts";
import { maskedAddress } from "../accounts/email.ts";
import type { EventMailRow } from "./lists.ts";
import type { MailRow } from "./queries.ts";
import type { EventMail, OwnMail } from "./schemas.ts";

const NOT_REACHED: readonly MailState[] = ["refused", "suppressed", "bounced"];

/** For an event's organiser, who must find another way to whom a mail did not reach. */
export function presentMail({ mail, to, sale }: EventMailRow): z.output<typeof EventMail> {
  const isShown = to === null || NOT_REACHED.includes(mail.state);
  return { ...fateOf(mail, sale), to: isShown ? to : maskedAddress(to), error: mail.error };
}

/** For the account to which it went. */
export function presentOwnMail(mail: MailRow): z.output<typeof OwnMail> {
  return { ...fateOf(mail, null), created_at: iso(mail.createdAtMs), event: mail.eventId };
}

/** `sale`: what it is taken to be about, where it is about neither a sale nor a pass. */
function fateOf(mail: MailRow, sale: string | null) {
  const { kind, state, sinceMs } = mail;
  const about = sale ?? mail.about;
  const order = ORDER_ID_PATTERN.test(about) ? about : null;
  return { kind, state, since: iso(sinceMs), reservation: reservationIn(about), order };
}

/** Null where it is about something else than a reservation or a pass of one. */
function reservationIn(about: string): string | null {
  if (PASS_ID_PATTERN.test(about)) return readPassId(about)?.reservationId ?? null;
  return RESERVATION_ID_PATTERN.test(about) ? about : null;
}
