// The shapes of the API. They validate requests, and the OpenAPI description is made from them.

import * as z from "zod";
import { characters, NewPassword, TypedPassword, whyNotFor } from "./auth/password-rules.ts";
import { ROLES } from "./db/schema.ts";
import { ID_PATTERN, RESERVATION_ID_PATTERN } from "./ids.ts";
import { DIFFERENCES, type DifferenceKind } from "./reconciliation/differences.ts";
import { MAX_SEARCHED, searchedWords } from "./words.ts";

const MAX_AMOUNT_MINOR = 100_000_000_000;
const MAX_CAPACITY = 10_000_000;
/** More than any limit per buyer that makes sense; the total of an order stays far below 2^53. */
const MAX_QUANTITY = 1_000;
const DEFAULT_MAX_PER_BUYER = 10;
const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;
/** A request may be wrong in thousands of ways; its answer must not be many times its size. */
export const MAX_ERRORS = 20;

export const Id = z.string().regex(ID_PATTERN, "not an id").meta({ example: "3k9w0c1v7m2x8q4d" });
export const ReservationId = z
  .string()
  .regex(RESERVATION_ID_PATTERN, "not a reservation's id")
  .meta({ example: "3k9w0c1v7m2x8q4d-0f3g6h9j2k5m8n1p4q7r" });

const INVISIBLE = /[\p{White_Space}\p{Default_Ignorable_Code_Point}]/gu;

/** Text that a person wrote: no control characters beyond line ends, no half of a surrogate pair, and not blank. */
function text(most: number, least = 1): z.ZodType<string, string> {
  return z
    .string()
    .max(most)
    .refine(
      (value) => value.replace(INVISIBLE, "").length >= least,
      `must have at least ${least} character${least === 1 ? "" : "s"}`,
    )
    .refine(
      (value) => value.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(value),
      "must be valid text without control characters",
    )
    .meta({ minLength: least, maxLength: most });
}

const currencies = new Set(Intl.supportedValuesOf("currency"));

const Amount = z.int().min(0).meta({ description: "In the currency's minor unit", example: 4500 });
const Currency = z
  .string()
  .refine((code) => currencies.has(code), "must be an ISO 4217 code such as EUR")
  .meta({ example: "EUR", description: "ISO 4217" });
/** What an organiser may ask for one ticket. */
const Price = z.strictObject({ amount: Amount.max(MAX_AMOUNT_MINOR), currency: Currency }).meta({ id: "Price" });
export const Money = z
  .strictObject({ amount: Amount, currency: Currency })
  .meta({ id: "Money", description: "An amount in the currency's minor unit: 4500 EUR is €45.00, 4500 JPY is ¥4500" });

// Years before 0 and after 9999 have no plain form in ISO 8601, and nobody sells tickets for before 1970.
const LATEST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const Instant = z.iso
  .datetime({ offset: true, abort: true })
  .max(40)
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) <= LATEST_MS, "must be from 1970 to 9999")
  .meta({ description: "ISO 8601, with Z or an offset", example: "2027-06-12T18:30:00Z" });
const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, "must be an IANA time zone such as Europe/Berlin")
  .meta({ example: "Europe/Berlin", description: "IANA time zone of the venue" });

// Accounts

export const Username = z
  .string()
  .regex(/^[\w.@+-]{3,64}$/, "must be 3 to 64 letters, digits or . @ + - _")
  .meta({ example: "ada" });
export const Registration = z
  .strictObject({ username: Username, email: z.email().max(254), password: NewPassword })
  .superRefine((registration, context) => {
    const message = whyNotFor(registration, registration.password);
    if (message !== null) context.addIssue({ code: "custom", path: ["password"], message });
  })
  .meta({ id: "Registration" });
export const Credentials = z
  .strictObject({ username: characters(1, 64), password: TypedPassword })
  .meta({ id: "Credentials" });
const RoleName = z.enum(ROLES);
export const Account = z
  .strictObject({
    id: Id,
    username: z.string(),
    email: z.string(),
    role: RoleName,
    created_at: Instant,
  })
  .meta({ id: "Account" });
export const AccountSearch = z.strictObject({ username: z.string().min(1).max(64) });
export const RoleChange = z.strictObject({ role: RoleName }).meta({ id: "RoleChange" });
export const AuthToken = z
  .strictObject({
    "auth-token": z.string().meta({ description: "For `Authorization: Bearer …`, until `expires_at`" }),
    refresh_token: z
      .string()
      .meta({ description: "Good for one use at /api-auth/refresh, which answers with the next" }),
    expires_at: Instant,
  })
  .meta({ id: "AuthToken" });
export const Refresh = z
  .strictObject({
    refresh_token: z.string().min(1).max(1_000).optional().meta({ description: "Not needed where the cookie has it" }),
  })
  .meta({ id: "Refresh" });
export const PasswordChange = z
  .strictObject({ current_password: TypedPassword, new_password: NewPassword })
  .meta({ id: "PasswordChange" });
export const AccountDeletion = z.strictObject({ password: TypedPassword }).meta({ id: "AccountDeletion" });

// Events and ticket types

const EventStatus = z.enum(["draft", "published", "cancelled"]).meta({
  description: "A draft is seen by its organiser only; tickets of a draft or a cancelled event are not on sale",
});
const eventFields = {
  name: text(200),
  description: text(4_000, 0),
  venue: text(200),
  starts_at: Instant,
  ends_at: Instant,
  timezone: TimeZone,
  status: EventStatus,
};
export const NewEvent = z
  .strictObject({
    ...eventFields,
    description: eventFields.description.default(""),
    status: EventStatus.default("published"),
  })
  .refine((event) => Date.parse(event.starts_at) < Date.parse(event.ends_at), {
    path: ["ends_at"],
    message: "must be after starts_at",
  })
  .meta({ id: "NewEvent" });
export const EventChange = z.strictObject(eventFields).partial().meta({ id: "EventChange" });

const MaxPerBuyer = z
  .int()
  .min(1)
  .max(MAX_QUANTITY)
  .nullable()
  .meta({ description: "Tickets one buyer may hold and own together; null for no limit" });
const ticketFields = {
  name: text(200),
  description: text(4_000, 0),
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
  })
  .refine(
    ({ sales_start, sales_end }) =>
      sales_start === null || sales_end === null || Date.parse(sales_start) < Date.parse(sales_end),
    { path: ["sales_end"], message: "must be after sales_start" },
  )
  .meta({ id: "NewTicket" });
export const TicketChange = z.strictObject(ticketFields).partial().meta({ id: "TicketChange" });

const Count = z.int().min(0);
export const Ticket = z
  .strictObject({
    id: Id,
    event: Id,
    ...ticketFields,
    price: Money,
    available: Count.meta({ description: "capacity − held − sold, as of a moment ago" }),
    held: Count.optional().meta({ description: "For the organiser only" }),
    sold: Count.optional().meta({ description: "For the organiser only" }),
  })
  .meta({ id: "Ticket" });
export const Availability = z
  .strictObject({
    ticket: Id,
    seq: z.int().min(0).meta({ description: "Grows with each change: of two, the higher one is the newer one" }),
    capacity: Count,
    available: Count.meta({ description: "capacity − held − sold" }),
  })
  .meta({ id: "Availability" });
export const EventSummary = z
  .strictObject({ id: Id, organizer: Id, ...eventFields, tickets: z.array(Id) })
  .meta({ id: "EventSummary" });
export const EventDetail = z
  .strictObject({ id: Id, organizer: Id, ...eventFields, tickets: z.array(Ticket) })
  .meta({ id: "EventDetail" });

// Reservations and payments

export const Payment = z
  .strictObject({
    state: z.enum(["pending", "succeeded", "failed", "refund_due", "refunded"]),
    amount: z.int().nullable().meta({ description: "In the minor unit; null where the payment failed" }),
    currency: z.string().nullable().meta({ description: "Null where the payment failed" }),
    error: z
      .strictObject({ code: z.string().meta({ example: "card_declined" }), message: z.string() })
      .nullable()
      .meta({ description: "Why the payment failed; null where it did not" }),
  })
  .meta({ id: "Payment" });
const ReservationState = z.enum(["held", "confirmed", "cancelled", "expired"]);
export const Reservation = z
  .strictObject({
    id: ReservationId,
    ticket: Id,
    quantity: z.int().min(1),
    unit_price: Money,
    total: Money,
    state: ReservationState,
    expires_at: Instant.meta({ description: "When the hold ends unless it is paid" }),
    created_at: Instant,
    payment: Payment.nullable(),
  })
  .meta({ id: "Reservation" });
export const NewReservation = z
  .strictObject({ ticket: Id, quantity: z.int().min(1).max(MAX_QUANTITY) })
  .meta({ id: "NewReservation" });
export const NewPayment = z
  .strictObject({
    payment_method: z
      .string()
      .regex(/^[\w-]{1,255}$/, "not a payment method")
      .optional()
      .meta({
        description: "The provider's name of what to charge; not needed for free tickets",
        example: "pm_card_visa",
      }),
  })
  .meta({ id: "NewPayment" });

export const UnresolvedPayment = z
  .strictObject({
    payment: z.string().meta({ description: "By this the provider knows it" }),
    reservation: ReservationId,
    ticket: Id,
    state: z.enum(["pending", "refund_due"]),
    amount: z.int().meta({ description: "In the minor unit" }),
    currency: z.string(),
    since: Instant.meta({ description: "When the payment began, or the refund became due" }),
  })
  .meta({ id: "UnresolvedPayment" });

// The audit log, and what an account is told about itself

export const AuditEntry = z
  .strictObject({
    id: z.string(),
    at: Instant,
    action: z.string().meta({ example: "ticket.change" }),
    actor: z
      .string()
      .nullable()
      .meta({ description: "The account that did it; null for the service, and for strangers" }),
    object: z.strictObject({ type: z.string().meta({ example: "ticket" }), id: z.string().nullable() }),
    event: z.string().nullable(),
    address: z
      .string()
      .nullable()
      .meta({ description: "Where it came from. For 90 days, and shown to admins and to whose it is" }),
    details: z.unknown().meta({ description: "What was asked for; null for nothing more" }),
  })
  .meta({ id: "AuditEntry" });
export const AccountExport = z
  .strictObject({
    account: Account,
    sessions: z.array(z.strictObject({ started_at: Instant, expires_at: Instant, ended_at: Instant.nullable() })),
    reservations: z.array(Reservation),
    audit: z.array(AuditEntry),
  })
  .meta({ id: "AccountExport" });

// Reconciliation

const DIFFERENCE_KINDS = Object.keys(DIFFERENCES) as [DifferenceKind, ...DifferenceKind[]];
export const Reconciliation = z
  .strictObject({
    checked: z.strictObject({ tickets: z.int(), reservations: z.int() }),
    differences: z.array(
      z.strictObject({
        kind: z.enum(DIFFERENCE_KINDS),
        meaning: z.string(),
        ticket: Id,
        reservation: z.string().nullable(),
        payment: z.string().nullable(),
        object: z.unknown().meta({ description: "What the ticket type's object says; null for nothing" }),
        elsewhere: z.unknown().meta({ description: "What D1, or the payment provider, says; null for nothing" }),
        repaired: z.boolean(),
      }),
    ),
    next: z.string().nullable().meta({ description: "The `cursor` to go on with; null: that was all" }),
  })
  .meta({ id: "Reconciliation" });
export const ReconciliationCursor = z.strictObject({
  cursor: z.union([Id, ReservationId]).optional().meta({ description: "`next` of the reply before" }),
});

// Lists and the service itself

export const Page = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `must be 1 to ${MAX_PAGE}`)
    .transform(Number)
    .refine((limit) => limit <= MAX_PAGE, `must be 1 to ${MAX_PAGE}`)
    .default(DEFAULT_PAGE)
    .meta({ override: { type: "integer", minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE } }),
  cursor: z.string().max(200).optional().meta({ description: "From the `Link` header of the page before" }),
});
export const EventQuery = Page.extend({
  from: Instant.optional().meta({ description: "Events that start at this moment or later" }),
  to: Instant.optional().meta({ description: "Events that start before this moment" }),
  q: z
    .string()
    .max(100)
    .transform(searchedWords)
    .refine((words) => words.length > 0, "must have a letter or a digit")
    .refine((words) => words.length <= MAX_SEARCHED, "has too many words")
    .optional()
    .meta({
      override: { type: "string", maxLength: 100 },
      description: "Words that all occur in name, venue or description; neither case nor accents matter",
      example: "jazz berlin",
    }),
  available: z
    .literal("true")
    .optional()
    .meta({ description: "Events with tickets that are on sale now, and not sold out" }),
  organizer: Id.optional().meta({ description: "Events of this account; its own drafts, too, where it asks itself" }),
}).refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
  path: ["to"],
  message: "must be after from",
});
export const ReservationQuery = Page.extend({
  state: ReservationState.optional(),
  event: Id.optional().meta({ description: "Reservations of this event's tickets" }),
});
export const Problem = z
  .looseObject({
    type: z.string().meta({ example: "/problems/sold-out" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .max(MAX_ERRORS)
      .optional()
      .meta({ description: `One for each bad field, the first ${MAX_ERRORS} of them` }),
  })
  .meta({ id: "Problem", description: "RFC 9457; some types have members of their own" });
const Reach = z.enum(["ok", "unreachable", "not_configured"]);
export const Health = z
  .strictObject({
    status: z.literal("alive"),
    reaches: z.strictObject({ database: Reach, objects: Reach, cache: Reach, payments: Reach }),
  })
  .meta({ id: "Health" });

/** `Area/City` as IANA writes it, or `UTC`. Intl alone takes offsets, old aliases, and any mix of upper and lower case. */
function isTimeZone(name: string): boolean {
  if (!/^(UTC|[A-Z][A-Za-z]+(\/[A-Z][\w+-]*)+)$/.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
