// Orders.

import * as z from "zod";
import { AcceptedTerms, TermsVersion } from "../catalogue/terms-schemas.ts";
import { Id, Instant, Money, OrderId, Page, ReservationId } from "../http/fields.ts";
import { Payment } from "../payments/schemas.ts";
import { Refund, RefundedQuantity } from "../refunds/schemas.ts";
import {
  NewReservation,
  ReservationState,
  ReservationStatus,
  ReservedEvent,
  ReservedTicket,
} from "../reservations/schemas.ts";

export const MAX_ITEMS = 20;

const OrderItem = z
  .strictObject({
    reservation: ReservationId,
    ticket: Id,
    ticket_type: ReservedTicket.nullable(),
    event: ReservedEvent.nullable(),
    price: Id.meta({ description: "The price at which it is held, one of the ticket type's" }),
    price_name: z.string().meta({ description: "As the price was called then" }),
    code: z.string().nullable().meta({ description: "The code that opened the price, in capitals and without blanks" }),
    terms: AcceptedTerms.nullable(),
    quantity: z.int().min(1),
    refunded_quantity: RefundedQuantity,
    unit_price: Money,
    total: Money,
  })
  .meta({ id: "OrderItem" });

export const Order = z
  .strictObject({
    id: OrderId,
    items: z.array(OrderItem).min(1).max(MAX_ITEMS),
    total: Money.meta({ description: "What all items cost together" }),
    state: ReservationState.meta({ description: "The same for all of its reservations, but for moments in between" }),
    status: ReservationStatus,
    expires_at: Instant.nullable().meta({
      description: "When the order ends unless it is paid for, or ended; null once it is confirmed",
    }),
    expires_in: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: "Whole seconds until `expires_at`, by the server's clock; null unless `state` is `held`" }),
    cancel_requested: z
      .boolean()
      .meta({ description: "A cancel waits for the pending payment: the order is cancelled if that fails" }),
    created_at: Instant,
    payment: Payment.nullable(),
    refunds: z.array(Refund).meta({ description: "The oldest first" }),
  })
  .meta({ id: "Order" });

export const NewOrder = z
  .strictObject({
    items: z
      .array(NewReservation)
      .min(1)
      .max(MAX_ITEMS)
      .meta({ description: "Tickets of one organiser in one currency, perhaps of several ticket types" }),
    accepted_terms: TermsVersion.optional().meta({
      description: "The version of their events' terms that the buyer accepts, for all items without one of their own",
    }),
  })
  .meta({ id: "NewOrder" });
export type NewOrder = z.output<typeof NewOrder>;

export const OrderPath = z.strictObject({ id: OrderId });
export const OrderQuery = Page.extend({ state: ReservationState.optional() });
