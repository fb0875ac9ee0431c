// Lets pages of other origins call the API: those on the list, with a bearer token. The cookie stays with this origin.

import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";

// Chrome keeps a preflight for two hours at most.
const PREFLIGHT_SECONDS = 7_200;
const REQUEST_HEADERS = "authorization, content-type, idempotency-key, if-none-match";
const REPLY_HEADERS = "etag, link, location, retry-after, x-request-id";

/** What a reply says to the browser of a page on another origin; nothing to one that is not on the list. */
export function corsHeaders(request: Request, env: Env, methods: readonly string[]): [name: string, value: string][] {
  const listed = settingsOf(env).allowedOrigins;
  // Without the list no reply depends on the origin. With it all of them do, and caches must know.
  if (listed.length === 0) return [];
  const vary: [string, string] = ["vary", "origin"];
  const origin = request.headers.get("origin");
  if (origin === null || !listed.includes(origin)) return [vary];
  const allow: [string, string] = ["access-control-allow-origin", origin];
  const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  if (!isPreflight) return [vary, allow, ["access-control-expose-headers", REPLY_HEADERS]];
  if (methods.length === 0) return [vary];
  return [
    ...[vary, allow],
    ["access-control-allow-methods", methods.join(", ")],
    ["access-control-allow-headers", REQUEST_HEADERS],
    ["access-control-max-age", String(PREFLIGHT_SECONDS)],
  ];
}
