// The terms of an event, in requests and replies.

import * as z from "zod";
import type { Terms as EventTerms } from "../../domain/terms.ts";
import { fault } from "../http/field-errors.ts";
import { Instant, line, text } from "../http/fields.ts";

const MAX_TEXT = 20_000;
const MAX_ADDRESS = 1_000;
/** All texts of an event and of its terms at their longest, with 12 bytes for each character. */
export const MAX_EVENT_BYTES = 768 * 1_024;

export const TermsVersion = line(40).meta({ examples: ["2027-01"] });

export const AcceptedTerms = z
  .strictObject({ version: z.string(), accepted_at: Instant })
  .meta({ id: "AcceptedTerms", description: "What the buyer accepted with the hold; null if nothing had to be" });

/** Of a page on the web. Pages link to it, so no other scheme is accepted. */
const WebAddress = z
  .string()
  .max(MAX_ADDRESS)
  .refine(isWebAddress, fault("wrong_format", "must be an absolute http or https address"))
  .meta({ examples: ["https://example.com/terms"] });

const LongText = text(MAX_TEXT).refine((value) => value.trim() !== "", fault("too_short", "must not be blank"));

export const Terms = z
  .strictObject({
    version: TermsVersion.meta({ description: "What buyers accept. Other contents need another version" }),
    terms_text: LongText.nullable().default(null),
    terms_url: WebAddress.nullable().default(null),
    privacy_text: LongText.nullable().default(null),
    privacy_url: WebAddress.nullable().default(null),
    imprint_url: WebAddress.nullable().default(null),
  })
  .refine(({ terms_text, terms_url }) => terms_text !== null || terms_url !== null, {
    path: ["terms_text"],
    message: "is required, or terms_url instead of it",
  })
  .meta({
    id: "Terms",
    description:
      "What a buyer must accept before tickets are held: terms and, where there is one, a privacy notice, as texts or as addresses",
  });

export const TermsOnRecord = Terms.safeExtend({
  since: Instant.meta({ description: "When the event first had this version" }),
}).meta({ id: "TermsOnRecord" });

export function parseTerms(terms: z.output<typeof Terms>): EventTerms {
  return {
    version: terms.version,
    termsText: terms.terms_text,
    termsUrl: terms.terms_url,
    privacyText: terms.privacy_text,
    privacyUrl: terms.privacy_url,
    imprintUrl: terms.imprint_url,
  };
}

export function presentTerms(terms: EventTerms): z.output<typeof Terms> {
  return {
    version: terms.version,
    terms_text: terms.termsText,
    terms_url: terms.termsUrl,
    privacy_text: terms.privacyText,
    privacy_url: terms.privacyUrl,
    imprint_url: terms.imprintUrl,
  };
}

function isWebAddress(value: string): boolean {
  const url = URL.parse(value);
  const isWeb = url !== null && (url.protocol === "https:" || url.protocol === "http:");
  // The parser drops blanks and line breaks. A user name could make a page look like another's.
  return isWeb && url.username === "" && url.password === "" && /^[\x21-\x7e]+$/.test(value);
}
