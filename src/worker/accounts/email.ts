// E-mail addresses: which are accepted, and which are the same. Pure.

import * as z from "zod";

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
  const typed = text.trim();
  const at = typed.lastIndexOf("@");
  const domain = typed.slice(at + 1);
  const asciiDomain = DOMAIN.test(domain) ? URL.parse(`http://${domain}`)?.hostname : undefined;
  const key = `${typed.slice(0, Math.max(at, 0)).normalize("NFKC").toLowerCase()}@${asciiDomain}`;
  return asciiDomain !== undefined && AsciiEmail.safeParse(key).success ? key : null;
}

/** As it was typed, and its key. */
export const NewEmail = z
  .string()
  .trim()
  .max(MAX_EMAIL)
  .transform((address, context) => {
    const key = emailKeyOf(address);
    if (key === null) context.addIssue({ code: "custom", message: "must be an e-mail address" });
    return key === null ? z.NEVER : { address, key };
  })
  .meta({ override: { type: "string", format: "email", maxLength: MAX_EMAIL, example: "ada@example.com" } });
