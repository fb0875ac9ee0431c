// Schemas that several resources share: ids, text, money, times, and the pages of lists.

import * as z from "zod";
import { SALE_METHODS } from "../../domain/counter.ts";
import { isCurrency } from "../../domain/currency.ts";
import { ID_PATTERN, ORDER_ID_PATTERN, PASS_ID_PATTERN, RESERVATION_ID_PATTERN } from "../../domain/id-forms.ts";
import type { SaleState as SaleStateName } from "../../domain/stock.ts";
import { isTimeZone } from "../../domain/time-zones.ts";
import { CURSOR_PATTERN, decodeCursor } from "../../platform/d1/cursors.ts";
import { EXAMPLES } from "./examples.ts";
import { fault } from "./field-errors.ts";

/** Above any sensible limit per buyer; a reservation's total stays far below 2^53. */
export const MAX_QUANTITY = 1_000;
const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

export const Id = z
  .string()
  .regex(ID_PATTERN, "not an id")
  .meta({ id: "Id", examples: [EXAMPLES.ticketType] });
export const IdPath = z.strictObject({ id: Id });
export const ReservationId = z
  .string()
  .regex(RESERVATION_ID_PATTERN, "not a reservation's id")
  .meta({ id: "ReservationId", examples: [EXAMPLES.reservation] });

export const PassId = z
  .string()
  .regex(PASS_ID_PATTERN, "not a pass's id")
  .meta({ id: "PassId", examples: [EXAMPLES.pass] });

export const OrderId = z
  .string()
  .regex(ORDER_ID_PATTERN, "not an order's id")
  .meta({ id: "OrderId", examples: [EXAMPLES.order] });

/** The payment's id, which has 29 symbols, and the number of the refund. */
const REFUND_ID_PATTERN = /^[0-9a-hjkmnp-tv-z]{29}-r[1-9]\d{0,3}$/;
export const RefundId = z
  .string()
  .regex(REFUND_ID_PATTERN, "not a refund's id")
  .meta({ id: "RefundId", examples: [EXAMPLES.refund] });

export const SaleState = z.enum(["draft", "upcoming", "open", "ended", "cancelled"] satisfies SaleStateName[]).meta({
  id: "SaleState",
  description:
    "`upcoming` before `sales_start`, `ended` from `sales_end` or the end of the event, whichever is earlier; `draft` and `cancelled` like the event. Tickets can be reserved while it is `open`",
});

const INVISIBLE = /[\p{White_Space}\p{Default_Ignorable_Code_Point}]/gu;

/** A name by a person: one line that is not blank. Blanks at its ends are dropped. */
export function line(most: number): z.ZodType<string, string> {
  return (
    z
      .string()
      .trim()
      .refine((value) => isAtMost(most, value), fault("too_long", `must have at most ${most} characters`))
      .refine((value) => value.replace(INVISIBLE, "") !== "", fault("too_short", "must not be blank"))
      // Direction overrides would reorder what stands beside the name on a page or a ticket.
      .refine(
        (value) => value.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(value),
        fault("wrong_format", "must be one line without control characters and direction overrides"),
      )
      .meta({ minLength: 1, maxLength: most })
  );
}

/** Text of several lines by a person, which may be empty. */
export function text(most: number): z.ZodType<string, string> {
  return z
    .string()
    .refine((value) => isAtMost(most, value), fault("too_long", `must have at most ${most} characters`))
    .refine(
      (value) => value.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(value),
      fault("wrong_format", "must be valid text without control characters"),
    )
    .meta({ maxLength: most });
}

/** The same that is not blank. */
export function someText(most: number): z.ZodType<string, string> {
  return text(most).refine((value) => value.replace(INVISIBLE, "") !== "", fault("too_short", "must not be blank"));
}

/** Characters are code points, as in JSON Schema. A JavaScript string counts some of them twice. */
function isAtMost(most: number, value: string): boolean {
  return value.length <= most || [...value].length <= most;
}

export const Amount = z
  .int()
  .min(0)
  .meta({ description: "Amount in the currency's minor unit", examples: [4500] });
export const Currency = z
  .string()
  .refine(isCurrency, fault("wrong_format", "must be an ISO 4217 code such as EUR"))
  .meta({ id: "Currency", pattern: "^[A-Z]{3}$", examples: ["EUR"], description: "ISO 4217 code" });
export const Exponent = z
  .int()
  .min(0)
  .max(4)
  .meta({
    description: "How many decimal places the currency's minor unit has: 2 for EUR, 0 for JPY, 3 for KWD",
    examples: [2],
  });
export const Money = z.strictObject({ amount: Amount, currency: Currency, exponent: Exponent }).meta({
  id: "Money",
  description: "An amount in the currency's minor unit: 4500 EUR is €45.00, 4500 JPY is ¥4500",
});

export const SaleMethod = z.enum(SALE_METHODS).meta({
  id: "SaleMethod",
  description: "How it was paid, or is to be. `online`: its buyer made it. All else was sold at the event's counter",
});

// ISO 8601 has no plain form for years above 9999, and no tickets are sold for dates before 1970.
const LATEST_MS = Date.parse("9999-12-31T23:59:59.999Z");
/** What is missing, or of another type, is said as everywhere. */
function messageOfFormat({ code }: { readonly code?: string }): string | undefined {
  return code === "invalid_format" ? "must be an ISO 8601 date and time with `Z` or an offset" : undefined;
}

export const Instant = z.iso
  .datetime({ offset: true, abort: true, error: messageOfFormat })
  .max(40)
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) <= LATEST_MS, "must be from 1970 to 9999")
  .meta({
    id: "Instant",
    description: "ISO 8601 date and time with `Z` or an offset; replies have `Z`",
    examples: ["2027-06-12T18:30:00Z"],
  });
export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, fault("wrong_format", "must be an IANA time zone such as Europe/Berlin"))
  .meta({ examples: ["Europe/Berlin"], description: "The venue's IANA time zone" });

export const Page = z.strictObject({
  limit: z
    .string()
    .refine((text) => /^[1-9]\d{0,2}$/.test(text), fault("wrong_format", `must be 1 to ${MAX_PAGE}`))
    .transform(Number)
    .refine((limit) => limit <= MAX_PAGE, fault("too_large", `must be 1 to ${MAX_PAGE}`))
    .default(DEFAULT_PAGE)
    .meta({
      override: { type: "integer", minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE },
      param: { id: "Limit" },
    }),
  cursor: z
    .string()
    .transform((text, context) => {
      const cursor = decodeCursor(text);
      if (cursor === null)
        context.addIssue({ code: "custom", message: "not a cursor of this list", params: { code: "wrong_format" } });
      return cursor ?? z.NEVER;
    })
    .optional()
    .meta({
      override: { type: "string", pattern: CURSOR_PATTERN.source },
      description: "Where the page starts: copied from the `Link` header of the previous page",
      param: { id: "Cursor" },
    }),
});
