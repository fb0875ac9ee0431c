// How mails read on the wire: never what they say.

import type * as z from "zod";
import { ORDER_ID_PATTERN, PASS_ID_PATTERN, RESERVATION_ID_PATTERN } from "../../domain/id-forms.ts";
import { readPassId } from "../../domain/pass.ts";
import { iso } from "../../platform/wire.ts";
import { maskedAddress } from "../accounts/email.ts";
import type { EventMailRow } from "./lists.ts";
import type { MailRow } from "./queries.ts";
import type { EventMail, OwnMail } from "./schemas.ts";

/** For an event's organiser. */
export function presentMail({ mail, to }: EventMailRow): z.output<typeof EventMail> {
  return { ...fateOf(mail), to: to === null ? null : maskedAddress(to), error: mail.error };
}

/** For the account to which it went. */
export function presentOwnMail(mail: MailRow): z.output<typeof OwnMail> {
  return { ...fateOf(mail), created_at: iso(mail.createdAtMs), event: mail.eventId };
}

function fateOf({ kind, state, sinceMs, about }: MailRow) {
  const order = ORDER_ID_PATTERN.test(about) ? about : null;
  return { kind, state, since: iso(sinceMs), reservation: reservationIn(about), order };
}

/** Null where it is about something else than a reservation or a pass of one. */
function reservationIn(about: string): string | null {
  if (PASS_ID_PATTERN.test(about)) return readPassId(about)?.reservationId ?? null;
  return RESERVATION_ID_PATTERN.test(about) ? about : null;
}
