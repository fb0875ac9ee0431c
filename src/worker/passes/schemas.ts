// Passes.

import * as z from "zod";
import { PASS_STATES } from "../../domain/pass.ts";
import { Email } from "../accounts/email.ts";
import { Id, Instant, line, OrderId, PassId, ReservationId } from "../http/fields.ts";
import { ReservedEvent, ReservedTicket } from "../reservations/schemas.ts";

const MAX_NAME = 100;

export const Pass = z
  .strictObject({
    id: PassId,
    reservation: ReservationId,
    number: z.int().min(1).meta({ description: "From 1 to the reservation's quantity" }),
    order: OrderId.nullable().meta({ description: "The order that it was bought in; null if it was bought alone" }),
    ticket: Id,
    ticket_type: ReservedTicket.nullable(),
    event: ReservedEvent.nullable(),
    price: Id,
    price_name: z.string().meta({ description: "As the price was called when it was bought" }),
    holder_name: z.string().nullable().meta({ description: "Who goes in with it, where somebody has said so" }),
    state: z
      .enum(PASS_STATES)
      .meta({ description: "`revoked`: it was given back, whether or not somebody had gone in with it" }),
    admitted_at: Instant.nullable(),
    revoked_at: Instant.nullable(),
    passed_on_to: z
      .string()
      .nullable()
      .meta({ description: "A part of the address that it was passed on to, such as `a…@example.com`; else null" }),
    disputed: z.boolean().nullable().meta({
      description:
        "The buyer disputes the payment, or has got it back so. The pass stays valid. Null for the moment in which that can't be read",
    }),
    code: z.string().nullable().meta({
      description:
        "What the door scans, as a QR code: a secret of its holder. Null for a buyer who has passed it on, and once it is revoked",
    }),
    google_wallet: z.boolean().meta({
      description: "Whether it can be saved to Google Wallet: it has a code, and the service is set up for that",
    }),
  })
  .meta({ id: "Pass" });

/** In an account's export. */
export const OwnPass = z.strictObject({
  id: PassId,
  reservation: ReservationId,
  ticket: Id,
  bought: z.boolean().meta({ description: "By the account; else passed on to the address that it has proven" }),
  holder_name: z.string().nullable(),
  state: z.enum(PASS_STATES),
  admitted_at: Instant.nullable(),
  gate: z.string().nullable().meta({ description: "Where somebody went in with it" }),
  revoked_at: Instant.nullable(),
  passed_on_to: z.string().nullable().meta({ description: "A part of the address that it was last passed on to" }),
  passed_on_at: Instant.nullable(),
});

/** In the export of the account that did it. */
export const OwnPassingOn = z.strictObject({
  pass: PassId,
  to: z.string().meta({ description: "A part of the address" }),
  at: Instant,
});

export const WalletLink = z
  .strictObject({
    url: z.url().meta({
      description: "Opens Google Wallet with the pass. It has the pass's code: a secret of its holder, as the code is",
      examples: ["https://pay.google.com/gp/v/save/eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9…"],
    }),
  })
  .meta({ id: "WalletLink" });

export const PassPath = z.strictObject({ id: PassId });

export const PassChange = z
  .strictObject({
    holder_name: line(MAX_NAME)
      .nullable()
      .meta({ description: "Who goes in with it; null for nobody in particular. Until the doors open" }),
  })
  .meta({ id: "PassChange" });

export const PassingOn = z
  .strictObject({
    email: Email.meta({ description: "The address of who is to have it. They need no account" }),
  })
  .meta({ id: "PassingOn" });
