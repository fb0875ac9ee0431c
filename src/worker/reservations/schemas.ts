// Reservations.

import * as z from "zod";
import { Id, Instant, MAX_QUANTITY, Money, Page, ReservationId } from "../http/fields.ts";
import { Payment } from "../payments/schemas.ts";

const ReservationState = z.enum(["held", "confirmed", "cancelled", "expired"]);
export const Reservation = z
  .strictObject({
    id: ReservationId,
    ticket: Id,
    quantity: z.int().min(1),
    unit_price: Money,
    total: Money,
    state: ReservationState,
    expires_at: Instant.meta({ description: "When the hold ends unless it is paid for" }),
    created_at: Instant,
    payment: Payment.nullable(),
  })
  .meta({ id: "Reservation" });
export const NewReservation = z
  .strictObject({ ticket: Id, quantity: z.int().min(1).max(MAX_QUANTITY) })
  .meta({ id: "NewReservation" });
export const ReservationPath = z.strictObject({ id: ReservationId });
export const ReservationQuery = Page.extend({
  state: ReservationState.optional(),
  event: Id.optional().meta({ description: "Only reservations for this event" }),
});
