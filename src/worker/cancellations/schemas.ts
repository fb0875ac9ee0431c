// How far the calling-off of an event is, in replies.

import * as z from "zod";
import { Cancellation } from "../catalogue/cancellation-schemas.ts";
import { Id, Instant, Money, OrderId, RefundId, ReservationId, SaleMethod } from "../http/fields.ts";
import { Refund } from "../refunds/schemas.ts";
import { MAX_FAILED } from "./queries.ts";

const Count = z.int().min(0);
const Sum = { refunds: Count, amount: Money };

export const CancellationProgress = z
  .strictObject({
    ...Cancellation.shape,
    tickets: z.array(
      z.strictObject({
        ticket: Id,
        name: z.string(),
        sold: Count.meta({ description: "Tickets that were sold and did not go on sale again" }),
        held: Count.meta({
          description: "Tickets that a pending payment keeps. If it succeeds, it is refunded, and then in `refunds`",
        }),
        to_refund: Count.meta({
          description: "Reservations that are still confirmed. With `refund`: their refunds are yet to begin",
        }),
      }),
    ),
    refunds: z.array(z.strictObject({ state: Refund.shape.state, ...Sum })).meta({
      description:
        "At the payment provider, by state and currency: of what was sold and, of an order as a whole, of payments that succeeded too late",
    }),
    by_hand: z
      .array(
        z.strictObject({
          method: SaleMethod,
          ...Sum,
          open: z
            .strictObject(Sum)
            .meta({ description: "What nobody has said to have been given back: see `given_by_hand` of a refund" }),
        }),
      )
      .meta({ description: "What the payment provider never had, and you give back, by method and currency" }),
    failed: z
      .array(
        z.strictObject({
          refund: RefundId,
          reservation: ReservationId.nullable(),
          order: OrderId.nullable(),
          amount: Money,
          error: Refund.shape.error,
        }),
      )
      .meta({ description: `Refunds that failed, to try again: at most ${MAX_FAILED} of them` }),
    finished_at: Instant.nullable().meta({
      description: "Since when nothing is left to do, but for what is given back by hand; null before",
    }),
  })
  .meta({ id: "CancellationProgress" });
