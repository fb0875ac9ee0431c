// Who sells the tickets of an event, and with which VAT, in requests and replies.

import * as z from "zod";
import type { Seller as EventSeller } from "../../domain/receipt.ts";
import { MAX_VAT_RATE } from "../../domain/vat.ts";
import { fault } from "../http/field-errors.ts";
import { line, text } from "../http/fields.ts";

const MAX_ADDRESS = 500;
const MAX_ADDRESS_LINES = 10;

/** As on an envelope. Direction overrides would reorder what is printed beside it. */
const Address = text(MAX_ADDRESS)
  .transform((value) => value.replaceAll("\r\n", "\n").replaceAll("\r", "\n").trim())
  .refine((value) => value !== "", fault("too_short", "must not be blank"))
  .refine(
    (value) => !/[\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(value),
    fault("wrong_format", "must be plain lines without direction overrides"),
  )
  .refine(
    (value) => value.split("\n").length <= MAX_ADDRESS_LINES,
    fault("too_long", `must have at most ${MAX_ADDRESS_LINES} lines`),
  )
  .meta({ override: { type: "string", minLength: 1, maxLength: MAX_ADDRESS } });

export const Seller = z
  .strictObject({
    name: line(200),
    address: Address.meta({ description: "Of one line or several", examples: ["Kastanienallee 1\n10435 Berlin"] }),
    vat_id: line(30).nullable().default(null),
  })
  .meta({
    id: "Seller",
    description: "Who sells the tickets, as their receipts have it. Null: what is bought has no receipt",
  });

export const VatRate = z
  .int()
  .min(0)
  .max(MAX_VAT_RATE)
  .meta({
    id: "VatRate",
    description: "Of the VAT that all prices include, in hundredths of a percent: 1900 is 19 %. Null: none",
    examples: [1900],
  });

export function parseSeller({ name, address, vat_id }: z.output<typeof Seller>): EventSeller {
  return { name, address, vatId: vat_id };
}

export function presentSeller({ name, address, vatId }: EventSeller): z.output<typeof Seller> {
  return { name, address, vat_id: vatId };
}
