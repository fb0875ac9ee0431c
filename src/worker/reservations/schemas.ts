// Reservations.

import * as z from "zod";
import type { ReservationStatus as ReservationStatusName } from "../../domain/reservation.ts";
import { AcceptedTerms, TermsVersion } from "../catalogue/terms-schemas.ts";
import { Id, Instant, MAX_QUANTITY, Money, OrderId, Page, ReservationId } from "../http/fields.ts";
import { Payment } from "../payments/schemas.ts";
import { BuyersCode } from "../prices/schemas.ts";
import { Refund, RefundedQuantity } from "../refunds/schemas.ts";

export const ReservationState = z
  .enum(["held", "confirmed", "cancelled", "expired", "refunded"])
  .meta({ description: "`refunded`: it was confirmed, and all of its tickets have been given back" });
export const ReservationStatus = z
  .enum([
    "held",
    "awaiting_payment",
    "confirmed",
    "cancelled",
    "expired",
    "refunding",
    "refunded",
  ] satisfies ReservationStatusName[])
  .meta({
    id: "ReservationStatus",
    description:
      "The state as a buyer should read it. `awaiting_payment`: held, and no longer expiring while its payment is pending. `refunding`, `refunded`: the tickets were given back, or the payment came too late for them, and the money goes back",
  });
export const ReservedTicket = z.strictObject({ id: Id, name: z.string() }).meta({
  id: "ReservedTicket",
  description: "The ticket type's name. Null for the moment in which it can't be read; `ticket` is always there",
});
export const ReservedEvent = z
  .strictObject({
    id: Id,
    name: z.string(),
    starts_at: Instant,
    ends_at: Instant,
    timezone: z.string(),
    venue: z.string(),
    status: z.enum(["draft", "published", "cancelled"]),
  })
  .meta({
    id: "ReservedEvent",
    description:
      "The event, whatever became of it; its name and times may be ten seconds old. Null for the moment in which it can't be read",
  });
export const Reservation = z
  .strictObject({
    id: ReservationId,
    order: OrderId.nullable().meta({ description: "The order that it is part of; null if it was made alone" }),
    ticket: Id,
    ticket_type: ReservedTicket.nullable(),
    event: ReservedEvent.nullable(),
    price: Id.meta({ description: "The price at which it was made, one of the ticket type's" }),
    price_name: z.string().meta({ description: "As the price was called then" }),
    code: z.string().nullable().meta({ description: "The code that opened the price, in capitals and without blanks" }),
    terms: AcceptedTerms.nullable(),
    quantity: z.int().min(1),
    unit_price: Money,
    total: Money,
    state: ReservationState,
    status: ReservationStatus,
    expires_at: Instant.nullable().meta({
      description: "When the hold ends unless it is paid for, or ended; null once the reservation is confirmed",
    }),
    expires_in: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: "Whole seconds until `expires_at`, by the server's clock; null unless `state` is `held`" }),
    cancel_requested: z
      .boolean()
      .meta({ description: "A cancel waits for the pending payment: the hold is cancelled if that fails" }),
    created_at: Instant,
    payment: Payment.nullable(),
    refunded_quantity: RefundedQuantity,
    refunds: z.array(Refund).meta({ description: "The oldest first. Those of an order are the order's" }),
  })
  .meta({ id: "Reservation" });
export const NewReservation = z
  .strictObject({
    ticket: Id,
    quantity: z.int().min(1).max(MAX_QUANTITY),
    price: Id.optional().meta({
      description: "One of the ticket type's prices. Needed where it has several, unless `code` opens just one of them",
    }),
    code: BuyersCode.optional(),
    accepted_terms: TermsVersion.optional().meta({
      description: "The `version` of the event's `terms` that the buyer accepts. Needed where the event has terms",
    }),
  })
  .meta({ id: "NewReservation" });
export const ReservationPath = z.strictObject({ id: ReservationId });
export const ReservationQuery = Page.extend({
  state: ReservationState.optional(),
  event: Id.optional().meta({ description: "Only reservations for this event" }),
});
