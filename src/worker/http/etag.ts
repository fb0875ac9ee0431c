// Entity tags: a client that has the current copy of a reply is spared another one.

import { createHash } from "node:crypto";

// 128 bits.
const TAG_CHARACTERS = 22;

export function etagOf(text: string): string {
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, TAG_CHARACTERS)}"`;
}

/** By `If-None-Match`. A weak comparison (RFC 9110): a proxy that compresses weakens the tag. */
export function hasCurrentCopy(request: Request, etag: string): boolean {
  const condition = request.headers.get("if-none-match") ?? "";
  if (condition.trim() === "*") return true;
  const tags: readonly string[] = condition.match(/"[\x21\x23-\x7e]*"/g) ?? [];
  return tags.includes(etag);
}
