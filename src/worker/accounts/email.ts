// E-mail addresses: which are accepted, and which are the same. Pure.

import * as z from "zod";
import { fault } from "../http/field-errors.ts";

const MAX_EMAIL = 254;
const AsciiEmail = z.email().max(MAX_EMAIL);
// Narrower than what URL accepts: that drops line ends, and cuts at a slash.
const DOMAIN = /^[\p{L}\p{M}\p{N}.。．｡-]+$/u;

/**
 * The same text for all spellings of one address: NFKC, in small letters, the domain in ASCII
 * (punycode). Null if it is no address. Dots and what follows a `+` stay, because many providers
 * give such addresses to different people.
 */
export function emailKeyOf(text: string): string | null {
  const at = text.lastIndexOf("@");
  const domain = text.slice(at + 1);
  const asciiDomain = DOMAIN.test(domain) ? URL.parse(`http://${domain}`)?.hostname : undefined;
  const key = `${text.slice(0, Math.max(at, 0)).normalize("NFKC").toLowerCase()}@${asciiDomain}`;
  return asciiDomain !== undefined && AsciiEmail.safeParse(key).success ? key : null;
}

export const Email = z
  .string()
  .max(MAX_EMAIL)
  .refine((text) => emailKeyOf(text) !== null, fault("wrong_format", "must be an e-mail address"))
  .meta({ format: "email" });

/** `a…@example.org`: enough to know it again or find a mistake in it, too little to write to. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return `${[...address.slice(0, Math.max(at, 0))][0] ?? ""}…${address.slice(at)}`;
}
