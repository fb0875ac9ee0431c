// Receipts, in replies.

import * as z from "zod";
import type { NoReceipt } from "../../domain/receipt.ts";
import { Seller, VatRate } from "../catalogue/seller-schemas.ts";
import { fault } from "../http/field-errors.ts";
import { Id, Instant, Money, OrderId, Page, RefundId, ReservationId } from "../http/fields.ts";
import { PageLanguage } from "../http/language.ts";

/** Enough of a series to tell a seller's numbers from any other's. */
export const SERIES_SHOWN = 6;

const ReceiptLine = z
  .strictObject({
    reservation: ReservationId,
    event: z.strictObject({
      id: Id,
      name: z.string(),
      starts_at: Instant,
      timezone: z.string(),
      venue: z.string(),
    }),
    ticket_type: z.string(),
    price_name: z.string(),
    quantity: z.int().min(0),
    unit_price: Money,
    total: Money.meta({ description: "With VAT" }),
    vat_rate: VatRate.nullable(),
    vat: Money.meta({ description: "What `total` includes, rounded half up" }),
  })
  .meta({ id: "ReceiptLine" });

const Sums = { net: Money, vat: Money, total: Money };
const RateSums = z.strictObject({ vat_rate: VatRate.nullable(), ...Sums }).meta({ id: "RateSums" });

const Bought = {
  order: OrderId.nullable(),
  reservation: ReservationId.nullable().meta({ description: "If it was bought alone" }),
};

export const Receipt = z
  .strictObject({
    ...Bought,
    number: z.string().meta({
      description: "The seller's series and, after the hyphen, its running number, which has no gaps",
      examples: ["7K2QXW-42"],
    }),
    kind: z.enum(["receipt", "credit_note", "reversal"]).meta({
      description:
        "A credit note takes off what was given back. A reversal takes back a credit note whose money did not arrive",
    }),
    corrects: z.string().nullable().meta({ description: "The number of what it takes back" }),
    refund: RefundId.nullable(),
    issued_at: Instant,
    seller: Seller,
    lines: z.array(ReceiptLine).meta({ description: "Names, prices and rates as they were when it was issued" }),
    by_rate: z.array(RateSums).meta({ description: "The sums of the lines by rate, highest first" }),
    ...Sums,
  })
  .meta({ id: "Receipt" });

export const ReceiptQuery = Page.extend({
  series: z
    .string()
    .regex(new RegExp(`^[0-9A-HJKMNP-TV-Z]{${SERIES_SHOWN}}$`), fault("wrong_format", "not a series of receipts"))
    .optional()
    .meta({ examples: ["7K2QXW"], description: "Only numbers that begin with it" }),
  from: Instant.optional().meta({ description: "Only what was issued at this time or later" }),
  to: Instant.optional().meta({ description: "Only what was issued before this time" }),
}).refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), {
  path: ["to"],
  message: "must be after from",
});

export const ReceiptPageQuery = z.strictObject({ language: PageLanguage });

export const RefundReceipts = z
  .strictObject({
    ...Bought,
    refund: RefundId,
    amount: Money,
    receipts: z.array(Receipt).meta({
      description:
        "The credit note of each seller who gave some of it back. One whose money did not arrive is followed by its reversal",
    }),
    none_because: z.enum(["not_given_back", "free", "no_seller"]).nullable().meta({
      description:
        "Why there is none: `not_given_back` until the refund has succeeded, `free` where no money went back, `no_seller` until the organiser of each event names who sells it",
    }),
  })
  .meta({ id: "RefundReceipts" });

export const Receipts = z
  .strictObject({
    ...Bought,
    receipts: z.array(Receipt).meta({
      description:
        "One for each seller, and a credit note for each refund that has succeeded. None of them ever changes",
    }),
    none_because: z
      .enum(["not_paid", "free", "no_seller"] satisfies NoReceipt[])
      .nullable()
      .meta({ description: "Why there is none: `no_seller` until the organiser of each event names who sells it" }),
    paid: Money,
    given_back: Money.meta({ description: "By refunds that have succeeded" }),
  })
  .meta({ id: "Receipts" });
