// Entity tags: the same text has the same tag, and whoever has it already need not be sent it again.

import { createHash } from "node:crypto";

// 128 bits.
const TAG_CHARACTERS = 22;

/** A strong tag, from the text's SHA-256. */
export function etagOf(text: string): string {
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, TAG_CHARACTERS)}"`;
}

/**
 * Whether `If-None-Match` names the tag. Compared weakly, as RFC 9110 asks: whoever packs a reply on its way makes its tag
 * a weak one.
 */
export function isKnown(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match") ?? "";
  if (known.trim() === "*") return true;
  const tags: readonly string[] = known.match(/"[\x21\x23-\x7e]*"/g) ?? [];
  return tags.includes(etag);
}
