// What a mail about an event says, read from D1.

import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { cancellationOf } from "../../domain/cancellation.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import type { EventMailKind, MailKind } from "../../platform/mails.ts";
import { messageById } from "./messages.ts";
import type { MailRow } from "./queries.ts";
import type { Recipient } from "./recipients.ts";
import { calledOffMail, changedMail, type MailedEvent, organiserMail } from "./templates/event.ts";
import type { Letter } from "./templates/letter.ts";

/** The event as people knew it, as a mailing has it. */
const Known = z.object({
  name: z.string(),
  venue: z.string(),
  startsAtMs: z.number(),
  timezone: z.string(),
  status: z.string(),
  someKnowMore: z.boolean(),
});

const KINDS: readonly MailKind[] = ["event_changed", "event_called_off", "event_message"] satisfies EventMailKind[];

export function isEventMail(kind: MailKind): kind is EventMailKind {
  return KINDS.includes(kind);
}

/** Null where another mail says what has become of it since, or it is over or as people knew it. */
export async function eventLetter(
  d1: D1Database,
  kind: EventMailKind,
  mail: MailRow,
  { language }: Recipient,
): Promise<Letter | null> {
  const event = await drizzle(d1)
    .select()
    .from(events)
    .where(eq(events.id, mail.eventId ?? ""))
    .get();
  if (event === undefined) return null;
  const isOver = event.endsAtMs <= Date.now();
  const cancellation = cancellationOf(event);
  switch (kind) {
    case "event_message": {
      const message = await messageById(d1, mail.mailingId ?? "");
      return message && organiserMail(event, message, language);
    }
    case "event_called_off": {
      const isCustomer = mail.accountId === null && mail.address === null;
      return cancellation === null || isOver ? null : calledOffMail(event, cancellation, isCustomer, language);
    }
    case "event_changed": {
      const known = Known.parse(mail.parameters);
      const isOnAgain = known.status === "cancelled";
      const isNews = isOnAgain || known.someKnowMore || isOtherwise(known, event);
      return cancellation !== null || isOver || !isNews ? null : changedMail(event, known, isOnAgain, language);
    }
  }
}

/** `status` aside. */
function isOtherwise(known: z.output<typeof Known>, event: MailedEvent): boolean {
  return (["name", "venue", "startsAtMs", "timezone"] as const).some((field) => known[field] !== event[field]);
}
