// What a mail about an event says, read from D1.

import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { cancellationOf } from "../../domain/cancellation.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import type { EventMailKind } from "../../platform/mails.ts";
import type { MailRow } from "./queries.ts";
import type { Recipient } from "./recipients.ts";
import { calledOffMail, changedMail, type MailedEvent } from "./templates/event.ts";
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

/** Null where another mail says what has become of it since, or it is over or as people knew it. */
export async function eventLetter(
  d1: D1Database,
  kind: EventMailKind,
  { eventId, parameters, accountId, address }: MailRow,
  { language }: Recipient,
): Promise<Letter | null> {
  const event = await drizzle(d1)
    .select()
    .from(events)
    .where(eq(events.id, eventId ?? ""))
    .get();
  if (event === undefined || event.endsAtMs <= Date.now()) return null;
  const cancellation = cancellationOf(event);
  const isCustomer = accountId === null && address === null;
  if (kind === "event_called_off") return cancellation && calledOffMail(event, cancellation, isCustomer, language);
  const known = Known.parse(parameters);
  const isOnAgain = known.status === "cancelled";
  const isNews = isOnAgain || known.someKnowMore || isOtherwise(known, event);
  return cancellation === null && isNews ? changedMail(event, known, isOnAgain, language) : null;
}

/** `status` aside. */
function isOtherwise(known: z.output<typeof Known>, event: MailedEvent): boolean {
  return (["name", "venue", "startsAtMs", "timezone"] as const).some((field) => known[field] !== event[field]);
}
