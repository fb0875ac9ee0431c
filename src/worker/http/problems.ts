// What the service answers when a request fails: RFC 9457 problems, each with a stable type.

import * as z from "zod";
import type { CalledOffOtherwise } from "../../domain/cancellation.ts";
import type {
  EventRefunded,
  EventRefusal,
  NewTicketTypeRefusal,
  TermsVersionTaken,
  WithdrawalRefusal,
} from "../../domain/catalogue.ts";
import type { PreconditionRefusal } from "../../domain/edition.ts";
import type { OrderRefusal } from "../../domain/order.ts";
import type { AmountRefusal, TotalRefusal } from "../../domain/payment.ts";
import type { PriceChangeRefusal, PriceRefusal } from "../../domain/price.ts";
import type { ReservationRefusal } from "../../domain/reservation.ts";
import type { ChangeRefusal, ReserveRefusal } from "../../domain/stock.ts";
import type { TermsRefusal } from "../../domain/terms.ts";
import type { CodesRefusal, ReserveRequestRefusal } from "../../durable/ticket-type/protocol.ts";
import { isoOrNull, money } from "../../platform/wire.ts";
import { FieldError } from "./field-errors.ts";
import { PROBLEMS, type ProblemKind, type ProblemType } from "./problem-types.ts";

/** A request may be wrong in thousands of ways, but its reply must not be many times its size. */
export const MAX_ERRORS = 20;

export const Problem = z
  .looseObject({
    type: z.string().meta({ examples: ["/problems/sold-out"] }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(FieldError)
      .max(MAX_ERRORS)
      .optional()
      .meta({ description: `One error per invalid field, at most ${MAX_ERRORS}` }),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details. Some types have additional members" });

interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Members that only this type of problem has. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends a request with a problem. `app.ts` turns it into the response. */
export class ProblemError extends Error {
  readonly type: ProblemType;
  readonly options: ProblemOptions;

  constructor(type: ProblemType, options: ProblemOptions = {}) {
    super(type);
    this.type = type;
    this.options = options;
  }
}

export function problem(type: ProblemType, options: ProblemOptions = {}): Response {
  const { status, title, retryAfterSeconds }: ProblemKind = PROBLEMS[type];
  const body = {
    type: `/problems/${type}`,
    title,
    status,
    detail: options.detail ?? (options.errors === undefined ? `${title}.` : "See errors for each field."),
    ...options.members,
    ...(options.errors === undefined ? {} : { errors: options.errors }),
  };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
      ...(status === 401 ? { "www-authenticate": challengeOf(type) } : {}),
      ...options.headers,
    },
  });
}

/** The same problem of one item in a list: its fields are the item's, or its index is named. */
export async function ofItem(response: Response, item: number): Promise<Response> {
  const body: { readonly errors?: readonly FieldError[] } = await response.json();
  const errors = body.errors?.map((error) => ({ ...error, path: `items.${item}.${error.path}` }));
  const more = errors === undefined ? { item } : { errors };
  return new Response(`${JSON.stringify({ ...body, ...more })}\n`, response);
}

/** RFC 6750, 3: no error is named to a request that brought no token. */
function challengeOf(type: ProblemType): string {
  if (!["token-expired", "token-invalid", "api-key-refused"].includes(type)) return "Bearer";
  return `Bearer error="invalid_token", error_description="${PROBLEMS[type].title}"`;
}

/** One invalid field that the schema alone cannot find. */
export function invalid(path: string, message: string): Response {
  return problem("invalid-request", { errors: [{ path, code: "invalid", message }] });
}

/** `path`: of the price in the body. */
export type NotChargeable = (AmountRefusal & { readonly path: string }) | TotalRefusal;

export type Refusal =
  | { readonly type: Exclude<ReservationRefusal, "part_of_order"> | ReserveRequestRefusal }
  | { readonly type: OrderRefusal }
  | { readonly type: "part_of_order"; readonly orderId: string | null }
  | ReserveRefusal
  | PriceRefusal
  | TermsRefusal
  | PriceChangeRefusal
  | CodesRefusal
  | ChangeRefusal
  | WithdrawalRefusal
  | PreconditionRefusal
  | EventRefusal
  | NewTicketTypeRefusal
  | CalledOffOtherwise
  | NotChargeable;

/** Refusals that `refuse` maps together with others of the same meaning. */
type CommonRefusal =
  | { readonly type: "ticket_unknown" | "no_such_price" }
  | Extract<PriceChangeRefusal, { readonly type: "price_capacity_below_committed" }>;

export function refuseIf(refusal: Refusal | null): Response | null {
  return refusal && refuse(refusal);
}

/** Refusals that say it all by their names. */
const SAME_NAMED = {
  payment_in_progress: "payment-in-progress",
  already_confirmed: "already-confirmed",
  already_cancelled: "already-cancelled",
  already_refunded: "already-refunded",
  event_cancelled: "event-cancelled",
  event_over: "event-over",
} as const satisfies Partial<Record<Refusal["type"], ProblemType>>;

/** A new refusal does not compile until it is mapped here. */
export function refuse(refusal: Refusal): Response {
  switch (refusal.type) {
    case "ticket_unknown":
    case "event_unknown":
    case "reservation_unknown":
    case "order_unknown":
    case "payment_unknown":
    case "no_such_price":
      return problem("not-found");
    case "sold_out":
      return problem("sold-out", {
        detail: refusal.available === 0 ? "No tickets are left." : `Only ${refusal.available} left.`,
        members: { available: refusal.available },
      });
    case "not_on_sale":
      return problem("not-on-sale", {
        members: {
          sale_state: refusal.saleState,
          sales_start: isoOrNull(refusal.salesStartMs),
          sales_end: isoOrNull(refusal.salesEndMs),
        },
      });
    case "limit_reached":
      return problem("limit-reached", {
        detail: `A buyer may have at most ${refusal.maxPerBuyer}, and you may reserve ${refusal.leftForBuyer} more.`,
        members: { max_per_buyer: refusal.maxPerBuyer, left_for_you: refusal.leftForBuyer },
      });
    case "capacity_below_committed":
    case "price_capacity_below_committed":
      return problem("capacity-below-committed", {
        detail: `Tickets held: ${refusal.held}, sold: ${refusal.sold}.`,
        members: { held: refusal.held, sold: refusal.sold },
      });
    case "event_has_sales":
    case "has_reservations":
      return problem(refusal.type === "event_has_sales" ? "event-has-sales" : "has-reservations", {
        detail: `Tickets held: ${refusal.held}, sold: ${refusal.sold}.`,
        members: { held: refusal.held, sold: refusal.sold },
      });
    case "currency_frozen":
    case "other_currency":
      return problem(refusal.type === "currency_frozen" ? "currency-frozen" : "other-currency", {
        detail: `It is ${refusal.currency}.`,
        members: { currency: refusal.currency },
      });
    case "precondition_failed":
      return problem("precondition-failed");
    case "too_many_ticket_types":
      return problem("too-many-ticket-types");
    case "refundable_after_end":
      return invalid("refundable_until", "must not be after ends_at");
    case "doors_after_end":
      return invalid("doors_open_at", "must be before ends_at");
    case "ends_before_start":
      return invalid("ends_at", "must be after starts_at");
    case "tickets_incomplete":
      return invalid("tickets", "must name each ticket type of the event");
    case "sales_window_empty":
      return invalid("sales_end", "must be after sales_start");
    case "sale_starts_after_event":
      return invalid("sales_start", "must be before the event ends");
    case "reservation_expired":
      return problem("reservation-expired");
    case "part_of_order":
      return problem("part-of-order", { members: { order: refusal.orderId } });
    case "payment_in_progress":
    case "already_confirmed":
    case "already_cancelled":
    case "already_refunded":
    case "event_cancelled":
    case "event_over":
      return problem(SAME_NAMED[refusal.type]);
    case "payment_method_required":
      return invalid("payment_method", "is required: these tickets are not free");
    case "idempotency_key_reused":
      return problem("idempotency-key-reused");
    default:
      return refuseAtPrice(refusal);
  }
}

/** Of a price, of a code that opens it, of an event's terms, or of its being called off. */
function refuseAtPrice(
  refusal:
    | Exclude<PriceRefusal | PriceChangeRefusal | CodesRefusal, CommonRefusal>
    | NotChargeable
    | TermsRefusal
    | TermsVersionTaken
    | EventRefunded
    | CalledOffOtherwise,
): Response {
  switch (refusal.type) {
    case "event_refunded":
      return problem("already-called-off", { detail: "What was sold of it is refunded.", members: { refund: true } });
    case "called_off_otherwise": {
      const { refund, message } = refusal;
      const detail = "What its buyers know already stays.";
      return problem("already-called-off", { detail, members: { refund, message } });
    }
    case "terms_version_taken":
      return invalid("terms.version", "was used for other terms: give these a version of their own");
    case "terms_not_accepted":
      return problem("terms-not-accepted", {
        detail: `Version ${refusal.version} must be accepted.`,
        members: { terms_version: refusal.version },
      });
    case "currency_not_chargeable":
      return invalid(`${refusal.path}.currency`, "is not a currency that the payment provider charges in");
    case "amount_too_fine":
      return invalid(`${refusal.path}.amount`, `must be a multiple of ${refusal.stepMinor} for the payment provider`);
    case "amount_too_small":
      return invalid(`${refusal.path}.amount`, `must be 0 or at least ${refusal.leastMinor} for the payment provider`);
    case "amount_too_large":
      return invalid(`${refusal.path}.amount`, `must be at most ${refusal.mostMinor} for the payment provider`);
    case "total_too_large":
      return problem("total-too-large", { members: { most: money(refusal.mostMinor, refusal.currency) } });
    case "price_required":
      return invalid("price", "is required: the ticket type has several prices");
    case "price_unknown":
      return invalid("price", "is not a price of the ticket type");
    case "code_refused":
      return problem("code-refused");
    case "code_used_up":
      return problem("code-used-up", {
        detail: refusal.usesLeft === 0 ? "It is used up." : `It is good for ${refusal.usesLeft} more.`,
        members: { uses_left: refusal.usesLeft },
      });
    case "quantity_not_allowed":
      return problem("quantity-not-allowed", {
        detail: boundsText(refusal),
        members: { min_per_order: refusal.minPerOrder, max_per_order: refusal.maxPerOrder },
      });
    case "too_many_prices":
      return problem("too-many-prices");
    case "too_many_codes":
      return problem("too-many-codes");
    case "code_exists":
      return problem("code-exists", { detail: `${refusal.code} does.`, members: { code: refusal.code } });
    case "price_is_first":
      return problem("price-in-use", { detail: "It is the ticket type's first one. Take it off sale instead." });
    case "price_has_sales":
      return problem("price-in-use", { detail: "Tickets were reserved at it. Take it off sale instead." });
    case "price_window_empty":
      return invalid("sales_end", "must be after sales_start");
    case "price_window_outside":
      return invalid(`sales_${refusal.side}`, "must lie within the ticket type's own sale");
    case "price_order_bounds":
      return invalid("max_per_order", "must not be below min_per_order");
    default:
      throw new Error(`a refusal without a problem: ${JSON.stringify(refusal satisfies never)}`);
  }
}

function boundsText({ minPerOrder, maxPerOrder }: Extract<Refusal, { type: "quantity_not_allowed" }>): string {
  const most = maxPerOrder === null ? "" : ` and at most ${maxPerOrder}`;
  return `At least ${minPerOrder}${most} at this price in one order.`;
}
