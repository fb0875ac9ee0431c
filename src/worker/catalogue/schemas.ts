// Events, ticket types, and their list.

import * as z from "zod";
import { exponentOf } from "../../domain/currency.ts";
import { MAX_PRICES } from "../../domain/price.ts";
import {
  Amount,
  Currency,
  Exponent,
  Id,
  Instant,
  line,
  MAX_QUANTITY,
  Money,
  Page,
  SaleState,
  TimeZone,
  text,
} from "../http/fields.ts";
import { Cancellation } from "./cancellation-schemas.ts";
import { Seller, VatRate } from "./seller-schemas.ts";
import { Terms } from "./terms-schemas.ts";
import { MAX_SEARCHED, searchedTokens } from "./tokenize.ts";

const MAX_AMOUNT_MINOR = 100_000_000_000;
/** One request takes a change of their event to all of them, and one page shows them. */
export const MAX_TICKET_TYPES = 100;
// Sold one by one, with payments and keys, they take 6.5 of the 10 GB that an object may have.
const MAX_CAPACITY = 10_000_000;
const DEFAULT_MAX_PER_BUYER = 10;

/** The price of one ticket. */
export const Price = z
  .strictObject({ amount: Amount.max(MAX_AMOUNT_MINOR), currency: Currency, exponent: Exponent.optional() })
  // Not needed. It is accepted so that a price can be sent back as it came.
  .refine(({ currency, exponent }) => exponent === undefined || exponent === exponentOf(currency), {
    path: ["exponent"],
    message: "is not the currency's exponent",
  })
  .meta({ id: "Price" });

const EventStatus = z.enum(["draft", "published", "cancelled"]).meta({
  description:
    "A draft is visible to its organiser and to admins only. Tickets are on sale while the event is published",
});
const eventFields = {
  name: line(200),
  description: text(4_000),
  venue: line(200),
  starts_at: Instant,
  ends_at: Instant,
  timezone: TimeZone,
  status: EventStatus,
  refundable_until: Instant.nullable().meta({
    description: "Until when buyers may give back what they bought, for their money; null: not at all",
  }),
  doors_open_at: Instant.nullable().meta({
    description: "When the doors open: a pass that is scanned earlier is too early. Null: it never is",
  }),
  reentry: z.boolean().meta({ description: "Whether a person who went out may come in again with the same pass" }),
};
export const NewEvent = z
  .strictObject({
    ...eventFields,
    description: eventFields.description.default(""),
    status: EventStatus.default("published"),
    // No defaults, as with a ticket type's `hidden`.
    terms: Terms.nullable().optional(),
    refundable_until: eventFields.refundable_until.optional(),
    doors_open_at: eventFields.doors_open_at.optional(),
    reentry: eventFields.reentry.optional(),
    seller: Seller.nullable().optional(),
    vat_rate: VatRate.nullable().optional(),
  })
  .refine((event) => Date.parse(event.starts_at) < Date.parse(event.ends_at), {
    path: ["ends_at"],
    message: "must be after starts_at",
  })
  .refine(({ refundable_until: until, ends_at }) => until == null || Date.parse(until) <= Date.parse(ends_at), {
    path: ["refundable_until"],
    message: "must not be after ends_at",
  })
  .refine(({ doors_open_at: opens, ends_at }) => opens == null || Date.parse(opens) < Date.parse(ends_at), {
    path: ["doors_open_at"],
    message: "must be before ends_at",
  })
  .meta({ id: "NewEvent" });
export const EventChange = z
  .strictObject({
    ...eventFields,
    terms: Terms.nullable(),
    seller: Seller.nullable(),
    vat_rate: VatRate.nullable(),
    tickets: z
      .array(Id)
      .max(MAX_TICKET_TYPES)
      .refine((ids) => new Set(ids).size === ids.length, "must name each ticket type once")
      .meta({ description: "The ids of all ticket types of the event, in the order in which to show them" }),
  })
  .partial()
  .meta({ id: "EventChange" });
export const Handover = z
  .strictObject({ organizer: Id.meta({ description: "The account that is to organise the event" }) })
  .meta({ id: "Handover" });

const MaxPerBuyer = z
  .int()
  .min(1)
  .max(MAX_QUANTITY)
  .nullable()
  .meta({ description: "How many tickets one buyer may hold and own in total; null for no limit" });
const MAX_PRICE_NAME = 100;
const priceFields = {
  name: line(MAX_PRICE_NAME),
  price: Price,
  capacity: z
    .int()
    .min(0)
    .max(MAX_CAPACITY)
    .nullable()
    .meta({ description: "How many tickets at this price; null for as many as the ticket type has" }),
  sales_start: Instant.nullable().meta({ description: "Null: with the ticket type's sale" }),
  sales_end: Instant.nullable().meta({ description: "Null: with the ticket type's sale" }),
  requires_code: z.boolean().meta({ description: "Sold only to buyers who know one of its codes" }),
  min_per_order: z.int().min(1).max(MAX_QUANTITY),
  max_per_order: z.int().min(1).max(MAX_QUANTITY).nullable().meta({ description: "Null for no limit of its own" }),
};
export const NewPrice = z
  .strictObject({
    ...priceFields,
    capacity: priceFields.capacity.default(null),
    sales_start: priceFields.sales_start.default(null),
    sales_end: priceFields.sales_end.default(null),
    requires_code: priceFields.requires_code.default(false),
    min_per_order: priceFields.min_per_order.default(1),
    max_per_order: priceFields.max_per_order.default(null),
  })
  .meta({ id: "NewPrice" });
export const PriceChange = z
  .strictObject({
    ...priceFields,
    withdrawn: z.boolean().meta({ description: "Takes the price off sale, or puts it back" }),
  })
  .partial()
  .meta({ id: "PriceChange" });

const Hidden = z.boolean().meta({
  description:
    "Left out of public events, lists and searches. A buyer who has the ticket type's id can see and reserve it",
});
const ticketFields = {
  name: line(200),
  description: text(4_000),
  price: Price,
  capacity: z.int().min(0).max(MAX_CAPACITY),
  max_per_buyer: MaxPerBuyer,
  sales_start: Instant.nullable(),
  sales_end: Instant.nullable(),
};
export const NewTicket = z
  .strictObject({
    ...ticketFields,
    description: ticketFields.description.default(""),
    max_per_buyer: MaxPerBuyer.default(DEFAULT_MAX_PER_BUYER),
    sales_start: ticketFields.sales_start.default(null),
    sales_end: ticketFields.sales_end.default(null),
    // No defaults: they would change the hash of requests that are repeated from before.
    hidden: Hidden.optional(),
    price: Price.optional(),
    prices: z
      .array(NewPrice)
      .min(1)
      .max(MAX_PRICES)
      .refine((prices) => new Set(prices.map(({ price }) => price.currency)).size === 1, "must have one currency")
      .optional()
      .meta({ description: "Instead of `price`, where the ticket type has several prices" }),
  })
  .refine(({ price, prices }) => (price === undefined) !== (prices === undefined), {
    path: ["price"],
    message: "is required, or prices instead of it",
  })
  .refine(
    ({ sales_start, sales_end }) =>
      sales_start === null || sales_end === null || Date.parse(sales_start) < Date.parse(sales_end),
    { path: ["sales_end"], message: "must be after sales_start" },
  )
  .meta({ id: "NewTicket" });
export const TicketChange = z
  .strictObject({ ...ticketFields, hidden: Hidden })
  .partial()
  .meta({ id: "TicketChange" });

const Count = z.int().min(0);
const Withdrawn = z.boolean();
const SaleEndsAt = Instant.nullable().meta({
  description: "When the sale ends: at `sales_end` or with the event, whichever is earlier; null if not known yet",
});
const SaleAtPrice = {
  id: Id.meta({ description: "The first price has the ticket type's id" }),
  available: Count.meta({ description: "Tickets left at this price; 0 once its sale has ended or was cancelled" }),
  sale_state: SaleState,
  sale_ends_at: SaleEndsAt,
};
export const TicketPrice = z
  .strictObject({
    ...priceFields,
    name: z.string().meta({ description: "Empty if the ticket type never had another price" }),
    price: Money,
    ...SaleAtPrice,
    held: Count.optional().meta({ description: "Shown only to the organiser and to admins" }),
    sold: Count.optional().meta({ description: "Shown only to the organiser and to admins" }),
    withdrawn: Withdrawn.optional().meta({ description: "Shown only to the organiser and to admins" }),
  })
  .meta({ id: "TicketPrice", description: "One way to buy a ticket type. All prices share its capacity" });
export const Ticket = z
  .strictObject({
    id: Id,
    event: Id,
    ...ticketFields,
    price: Money.meta({ description: "The first of `prices`" }),
    prices: z.array(TicketPrice),
    sale_state: SaleState,
    sale_ends_at: SaleEndsAt,
    available: Count.meta({
      description: "Capacity − held − sold, at most a few seconds old; 0 once the sale has ended or was cancelled",
    }),
    held: Count.optional().meta({ description: "Shown only to the organiser and to admins" }),
    sold: Count.optional().meta({ description: "Shown only to the organiser and to admins" }),
    hidden: z.boolean().optional().meta({ description: "Shown only to the organiser and to admins" }),
    etag: z.string().optional().meta({
      description: "The `ETag` of `/tickets/{id}`, for `If-Match`. Shown only to the organiser and to admins",
    }),
  })
  .meta({ id: "Ticket" });
export const Availability = z
  .strictObject({
    ticket: Id,
    seq: z
      .int()
      .min(0)
      .meta({ description: "Grows with each change: of two messages, the one with the higher `seq` is newer" }),
    capacity: Count,
    sale_state: SaleState,
    sales_start: Instant.nullable(),
    sale_ends_at: SaleEndsAt,
    available: Count.meta({ description: "Capacity − held − sold; 0 once the sale has ended or was cancelled" }),
    prices: z.array(z.strictObject({ ...SaleAtPrice, sales_start: Instant.nullable() })),
  })
  .meta({ id: "Availability" });
const shownEventFields = {
  id: Id,
  organizer: Id,
  ...eventFields,
  sale_state: SaleState.meta({
    description: "`open` if tickets of any type are on sale, else `upcoming` if any will be, else `ended`",
  }),
  from_price: Money.nullable().meta({
    description:
      "The lowest price of what is on sale; while nothing is, of what will be; then of all ticket types. Null without any",
  }),
  available: Count.meta({
    description: "Tickets left of the ticket types that `from_price` counts. Sold out: 0 while `open`",
  }),
};
export const EventSummary = z
  .strictObject({
    ...shownEventFields,
    tickets: z
      .union([z.array(Id), z.array(Ticket)])
      .meta({ description: "Ids of the ticket types; with `expand=tickets` the ticket types" }),
    capacity: Count.optional().meta({
      description: "Of all ticket types, hidden ones included. Shown only to the organiser and to admins",
    }),
    held: Count.optional().meta({ description: "Shown only to the organiser and to admins" }),
    sold: Count.optional().meta({ description: "Shown only to the organiser and to admins" }),
  })
  .meta({ id: "EventSummary" });
export const EventDetail = z
  .strictObject({
    ...shownEventFields,
    terms: Terms.nullable(),
    seller: Seller.nullable(),
    vat_rate: VatRate.nullable(),
    cancellation: Cancellation.nullable().meta({ description: "Null unless it was called off" }),
    tickets: z.array(Ticket),
  })
  .meta({ id: "EventDetail" });

export const EventQuery = Page.extend({
  from: Instant.optional().meta({ description: "Only events that end after this time: now, if it is omitted" }),
  to: Instant.optional().meta({ description: "Only events that start before this time" }),
  past: z.literal("true").optional().meta({ description: "Only events that are over, the latest start first" }),
  q: z
    .string()
    .max(100)
    .transform(searchedTokens)
    .refine((tokens) => tokens.length > 0, "must have a letter or a digit")
    .refine((tokens) => tokens.length <= MAX_SEARCHED, "has too many words")
    .optional()
    .meta({
      override: { type: "string", maxLength: 100 },
      description:
        "At most ten words, or their beginnings, to find in the name or venue, and whole words of the description. All of them must occur; case and accents do not matter. Without spaces between words, as in Japanese, about 20 characters",
      examples: ["jazz berlin"],
    }),
  available: z
    .literal("true")
    .optional()
    .meta({ description: "Only events with tickets that are on sale now and not sold out" }),
  organizer: Id.optional().meta({ description: "Only events of this organiser. Organisers see their own drafts too" }),
  expand: z
    .literal("tickets")
    .optional()
    .meta({ description: "Ticket types in full instead of their ids. Pages may be shorter then" }),
}).refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
  path: ["to"],
  message: "must be after from",
});
