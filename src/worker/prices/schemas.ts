// Codes that open prices. The schemas of prices are with those of ticket types, which show them.

import * as z from "zod";
import { foldCode } from "../../domain/price.ts";
import { Id, line, Page } from "../http/fields.ts";

const MAX_CODE_LENGTH = 64;
export const MAX_CODES_AT_ONCE = 10_000;
/** The longest codes, each in quotes and with its characters escaped. */
export const MAX_CODES_BYTES = 1_024 * 1_024;
const MAX_USES = 1_000_000;

/** A code in its folded form: blanks and case do not matter. */
const FoldedCode = line(MAX_CODE_LENGTH)
  .transform(foldCode)
  .refine((code) => code.length <= MAX_CODE_LENGTH, `must have at most ${MAX_CODE_LENGTH} characters`);

export const BuyersCode = FoldedCode.meta({
  override: { type: "string", minLength: 1, maxLength: MAX_CODE_LENGTH },
  description: "Opens a price that requires one. Blanks and case do not matter",
  examples: ["PRESS 2027"],
});

export const CodeCheck = z.strictObject({ code: BuyersCode }).meta({ id: "CodeCheck" });

export const OpenedPrices = z
  .strictObject({
    prices: Id.array().meta({ description: "The prices that the code opens, and for which it is not used up" }),
  })
  .meta({ id: "OpenedPrices" });

const Uses = z
  .int()
  .min(1)
  .max(MAX_USES)
  .nullable()
  .meta({ description: "How many tickets may be held and sold with each code; null for no limit" });

export const NewCodes = z
  .strictObject({
    codes: z
      .array(FoldedCode)
      .min(1)
      .max(MAX_CODES_AT_ONCE)
      .refine((codes) => new Set(codes).size === codes.length, "must be different, blanks and case aside")
      .optional()
      .meta({
        override: {
          type: "array",
          minItems: 1,
          maxItems: MAX_CODES_AT_ONCE,
          items: { type: "string", minLength: 1, maxLength: MAX_CODE_LENGTH },
        },
        description: "The codes themselves, all different, blanks and case aside",
      }),
    count: z
      .int()
      .min(1)
      .max(MAX_CODES_AT_ONCE)
      .optional()
      .meta({ description: "Instead of `codes`: how many random ones to make" }),
    uses: Uses.default(1),
  })
  .refine(({ codes, count }) => (codes === undefined) !== (count === undefined), {
    path: ["codes"],
    message: "is required, or count instead of it",
  })
  .meta({ id: "NewCodes" });

export const Code = z
  .strictObject({
    code: z.string().meta({ description: "In capitals and without blanks" }),
    max_uses: Uses,
    uses: z.int().min(0).meta({ description: "Tickets that are held or sold with it now" }),
  })
  .meta({ id: "Code" });

export const PricePath = z.strictObject({ id: Id, price: Id });
export const CodesQuery = Page;
