// What organisers see of mails about their events.

import * as z from "zod";
import { Id, Instant, OrderId, Page, ReservationId } from "../http/fields.ts";

const KINDS = [
  "confirmed",
  "payment_failed",
  "refunded",
  "pass_received",
  "event_changed",
  "event_called_off",
] as const;
const STATES = ["due", "sent", "refused", "suppressed", "bounced", "complained", "dropped"] as const;

const State = z.enum(STATES).meta({
  description:
    "`refused`, `suppressed`: the mail service does not send it, or nothing to this address. `bounced`: the address's " +
    "server gave it back. `complained`: its reader called it spam. `dropped`: it could not be sent in time, or nothing was left to say",
});

export const MailQuery = Page.extend({ state: State.optional() });

export const EventMail = z
  .strictObject({
    kind: z.string().meta({ description: "What it says", examples: [...KINDS] }),
    state: State,
    since: Instant.meta({ description: "Since when it is in this state" }),
    reservation: ReservationId.nullable().meta({
      description: "What it is about, or the one whose pass it is about; null if it is not about a reservation",
    }),
    order: OrderId.nullable().meta({ description: "What it is about; null if it is not about an order" }),
    to: z
      .string()
      .nullable()
      .meta({ description: "The address, all but its first letter hidden; null once it is erased" }),
    error: z.string().nullable().meta({ description: "The mail service's code, or the SMTP status of a bounce" }),
  })
  .meta({ id: "EventMail" });

export const EventPath = z.strictObject({ id: Id });
