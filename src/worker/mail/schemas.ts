// What organisers see of mails about their events, and what they write themselves.

import * as z from "zod";
import { Id, Instant, line, OrderId, Page, ReservationId, someText } from "../http/fields.ts";

const KINDS = [
  "confirmed",
  "confirmed_again",
  "payment_failed",
  "refunded",
  "pass_received",
  "event_changed",
  "event_called_off",
  "event_message",
  "crew_invited",
] as const;
const STATES = ["due", "sent", "refused", "suppressed", "bounced", "complained", "dropped"] as const;

export const MailState = z.enum(STATES).meta({
  description:
    "`refused`, `suppressed`: the mail service does not send it, or nothing to this address. `bounced`: the address's " +
    "server gave it back. `complained`: its reader called it spam. `dropped`: it could not be sent in time, or nothing was left to say",
});

export const MailQuery = Page.extend({ state: MailState.optional() });

const fate = {
  kind: z.string().meta({ description: "What it says", examples: [...KINDS] }),
  state: MailState,
  since: Instant.meta({ description: "Since when it is in this state" }),
  reservation: ReservationId.nullable().meta({
    description:
      "What it is about, or the one whose pass it is about. For organisers also what its reader bought last of the " +
      "event, if it went to everybody. Null if it is not about a reservation",
  }),
  order: OrderId.nullable().meta({ description: "The same for an order; null if it is not about one" }),
};

export const EventMail = z
  .strictObject({
    ...fate,
    to: z
      .string()
      .nullable()
      .meta({
        description:
          "The address: whole if the mail is `refused`, `suppressed` or `bounced`, otherwise all but its first letter " +
          "hidden; null once it is erased",
      }),
    error: z.string().nullable().meta({ description: "The mail service's code, or the SMTP status of a bounce" }),
  })
  .meta({ id: "EventMail" });

/** In an account's export. */
export const OwnMail = z.strictObject({
  ...fate,
  created_at: Instant,
  event: Id.nullable().meta({ description: "The event that it is about; null if it is about the account" }),
});

export const EventPath = z.strictObject({ id: Id });

/** As much as a mail program shows in a list of mails. */
const MAX_SUBJECT = 100;
const MAX_TEXT = 5_000;

export const NewMessage = z
  .strictObject({
    subject: line(MAX_SUBJECT).meta({ description: "The mail's subject has the event's name before it" }),
    text: someText(MAX_TEXT).meta({ description: "Plain text of several lines; links stay text" }),
  })
  .meta({ id: "NewMessage" });

export const Message = z
  .strictObject({
    id: Id,
    subject: z.string(),
    text: z.string(),
    created_at: Instant,
    mails: z.array(z.strictObject({ state: MailState, mails: z.int().min(1) })).meta({
      description: "How many of its mails are in which state. They are forgotten after 90 days",
    }),
    finished_at: Instant.nullable().meta({
      description: "Since when everybody's mail has been sent, or is not going to be; null before",
    }),
  })
  .meta({ id: "Message" });
