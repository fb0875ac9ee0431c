// What an organiser sells at the counter of an event, the event's orders, and a day's report.

import * as z from "zod";
import { COUNTER_METHODS } from "../../domain/counter.ts";
import { Email } from "../accounts/email.ts";
import { fault } from "../http/field-errors.ts";
import { Id, Instant, line, Money, OrderId, Page, ReservationId, SaleMethod, text } from "../http/fields.ts";
import { MAX_ITEMS, Order } from "../orders/schemas.ts";
import { Disputed } from "../payments/schemas.ts";
import { NewReservation, ReservationState } from "../reservations/schemas.ts";

const MAX_NAME = 200;
const MAX_NOTE = 1_000;
export const MAX_SEARCH = 400;

const CounterMethod = z.enum(COUNTER_METHODS).meta({
  id: "CounterMethod",
  description: "`free`: nothing is to be paid, whatever the price, as for a guest list",
});

export const NewEventOrder = z
  .strictObject({
    items: z.array(NewReservation).min(1).max(MAX_ITEMS).meta({ description: "Tickets of the event, in one currency" }),
    method: CounterMethod,
    pay_until: Instant.optional().meta({
      description:
        "Until when a transfer is awaited: at most 30 days, and not beyond the event. After 14 days where it is left out",
    }),
    customer: z
      .strictObject({ name: line(MAX_NAME).optional(), email: Email.optional() })
      .optional()
      .meta({
        description:
          "Only who manages the event sees it; the door finds the passes by it, and sees the name. It is erased some time after the event",
      }),
    note: text(MAX_NOTE).optional().meta({ description: "For the organiser, such as an invoice's number" }),
  })
  .meta({ id: "NewEventOrder" });

export const NewEventPayment = z
  .strictObject({
    method: z.enum(["cash", "transfer"]).meta({ description: "How the money came" }),
  })
  .meta({ id: "NewEventPayment" });

export const SaleId = z
  .union([OrderId, ReservationId])
  .meta({ id: "SaleId", description: "An order's, or that of a reservation that was made alone" });

export const EventOrder = Order.extend({
  id: SaleId,
  kind: z.enum(["order", "reservation"]).meta({
    description:
      "`reservation`: it was made alone, and is shown as an order of one item. Its own routes begin with `/reservations`",
  }),
  method: SaleMethod,
  buyer: z
    .strictObject({
      email: z.string().meta({ description: "A guest's is not proven" }),
      guest: z.boolean(),
    })
    .nullable()
    .meta({ description: "Whose account made it; null for what the counter sold, and once that account is erased" }),
  sold_by: Id.nullable().meta({ description: "The account that made it at the counter; null for what a buyer made" }),
  taken_by: Id.nullable().meta({ description: "The account that took the money; null before, and for `online`" }),
  customer: z.strictObject({ name: z.string().nullable(), email: z.string().nullable() }).nullable(),
  note: z.string().nullable(),
  disputed: Disputed,
}).meta({
  id: "EventOrder",
  description: "An order with its items that are for the event: `total` and `payment` are of those alone",
});

export const SaleMoment = z
  .strictObject({
    at: Instant,
    what: z.enum([
      ...["held", "paid", "expired", "refund", "refund_settled"],
      ...["passed_on", "admitted", "revoked", "mail", "dispute", "audit"],
    ] as const),
    amount: Money.nullable(),
    tickets: z.int().nullable(),
    by: z.string().nullable().meta({
      description: "`buyer` or `organizer` for a refund; of an entry of the audit log the account that acted",
    }),
    reason: z.string().nullable(),
    state: z
      .string()
      .nullable()
      .meta({ description: "How it was paid, or what has become of the refund, the mail or the dispute" }),
    pass: z.string().nullable(),
    gate: z.string().nullable(),
    mail: z.string().nullable().meta({ description: "The mail's kind, such as `confirmed`" }),
    action: z.string().nullable().meta({ description: "Of the audit log" }),
    details: z.unknown().meta({ description: "Of the audit log: the requested change" }),
  })
  .meta({ id: "SaleMoment", description: "What does not apply is null" });

export const Day = z
  .string()
  .refine((value) => isDate(value), fault("wrong_format", "must be a date such as 2027-06-12"))
  .meta({
    id: "Day",
    pattern: "^\\d{4}-\\d{2}-\\d{2}$",
    examples: ["2027-06-12"],
    description: "A date that there is",
  });

export const EventOrderPath = z.strictObject({ id: Id, order: OrderId });
export const SalePath = z.strictObject({ id: Id, order: SaleId });
export const EventOrderQuery = Page.extend({
  q: line(MAX_SEARCH).optional().meta({
    description:
      "A part of a name, a whole e-mail address, a promotion code (then no names are looked at), a pass's code, or the id of an order, a reservation or a pass. Finds at most 100, in one page",
  }),
  method: SaleMethod.optional(),
  state: ReservationState.optional(),
  day: Day.optional().meta({ description: "Only orders that were made on that day, in the event's time zone" }),
});
export const ReportQuery = z.strictObject({
  day: Day.optional().meta({ description: "In the event's time zone; today where it is left out" }),
});

const NetAmount = Money.extend({ amount: z.int() }).meta({ id: "NetAmount" });

const Sales = {
  method: SaleMethod,
  orders: z.int().min(0),
  tickets: z.int().min(0),
  taken: Money,
  refunds: z.int().min(0),
  refunded_tickets: z.int().min(0),
  given_back: Money,
  net: NetAmount,
};

export const EventReport = z
  .strictObject({
    day: Day,
    timezone: z.string(),
    from: Instant,
    until: Instant.meta({ description: "The day's end, which is the next one's beginning" }),
    totals: z.array(z.strictObject(Sales)).meta({ description: "For each method and currency" }),
    by: z
      .array(
        z.strictObject({
          ...Sales,
          account: Id.nullable().meta({ description: "Null where nobody at the counter did" }),
        }),
      )
      .meta({ description: "The same by the account that took it, or gave it back" }),
  })
  .meta({
    id: "EventReport",
    description: "What was paid for on a day, reservations that were bought alone included, and given back",
  });

function isDate(value: string): boolean {
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  // `2027-02-30` is read as a day in March.
  return !Number.isNaN(atMs) && atMs >= 0 && new Date(atMs).toISOString().startsWith(value);
}
