// Entity tags. One of a public page is a hash of all that it shows: a client that has the current
// copy is spared another one. One of an event or ticket type names the edition that its organiser
// reads and changes, whatever was sold since.

import { createHash } from "node:crypto";
import type { IfMatch } from "../../domain/edition.ts";

// 128 bits.
const TAG_CHARACTERS = 22;
/** RFC 9110, 8.8.3 and 5.6.1: a list may have empty elements. */
const TAG = /(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/;
export const IF_MATCH_PATTERN = new RegExp(`^(?:\\*|[ \\t,]*${TAG.source}(?:[ \\t]*,[ \\t,]*${TAG.source})*[ \\t,]*)$`);

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

/** What an organiser sends back in `If-Match`. */
export function tagOfEdition(edition: string): string {
  return `"${edition}"`;
}

/**
 * The editions that `If-Match` names; null for any of them. A proxy that compresses weakens tags,
 * and an edition is the same in each encoding: weak tags count (docs/decisions/0040-editions.md).
 */
export function editionsIn(ifMatch: string): IfMatch {
  if (ifMatch === "*") return null;
  return [...ifMatch.matchAll(new RegExp(TAG, "g"))].map(([, edition = ""]) => edition);
}
