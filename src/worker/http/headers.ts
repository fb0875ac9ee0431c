// What every reply tells a browser: what a page may do with it, and which origins may read it.

import { log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";

const SECURITY_HEADERS = Object.entries({
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  // Two years. Browsers heed it over HTTPS only, so it does not affect a developer's localhost.
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  // Other pages can't embed replies. Allowed origins read them through CORS, which this leaves be.
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
});
// The door's page scans with the camera, and has a policy of its own.
const PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=()";
const CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Pages come with policies of their own; a cached reply has all headers already. */
export function secure(headers: Headers): void {
  if (headers.has("x-frame-options")) return;
  for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
  if (!headers.has("permissions-policy")) headers.set("permissions-policy", PERMISSIONS_POLICY);
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
}

// Chrome keeps a preflight for two hours at most.
const PREFLIGHT_SECONDS = 7_200;
// Those of tracing are sent by front ends that measure themselves. The service does not read them.
const REQUEST_HEADERS =
  "authorization, baggage, content-type, idempotency-key, if-match, if-none-match, last-event-id, sentry-trace, traceparent, tracestate";
const REPLY_HEADERS = "date, etag, idempotent-replayed, link, location, retry-after, x-request-id";

/** Lets pages of the allowed origins call with a bearer token. `methods` are those of the path. */
export function corsHeaders(request: Request, env: Env, methods: readonly string[]): [name: string, value: string][] {
  const { allowedOrigins, allowsLocalOrigins } = settingsOf(env);
  const origin = request.headers.get("origin");
  const isAllowed = origin !== null && (allowedOrigins.includes(origin) || isLocal(origin));
  if (origin !== null && !isAllowed) logRefused(origin, request.url);
  // Without allowed origins no reply depends on the origin. With them caches must vary every reply.
  if (allowedOrigins.length === 0 && !allowsLocalOrigins) return [];
  const vary: [string, string] = ["vary", "origin"];
  if (!isAllowed) return [vary];
  const allow: [string, string] = ["access-control-allow-origin", origin];
  const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  if (!isPreflight) return [vary, allow, ["access-control-expose-headers", REPLY_HEADERS]];
  if (methods.length === 0) return [vary];
  return [
    vary,
    allow,
    ["access-control-allow-methods", methods.join(", ")],
    ["access-control-allow-headers", REQUEST_HEADERS],
    ["access-control-max-age", String(PREFLIGHT_SECONDS)],
  ];
}

/** In development, the origin of a page of this machine. A production build has nothing of this. */
function isLocal(origin: string): boolean {
  if (process.env.NODE_ENV !== "development") return false;
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin);
}

// No client can fill the log with invented origins.
const MAX_ORIGINS_LOGGED = 50;
const originsLogged = new Set<string>();

/**
 * Names a refused origin, once, for the developer of a front end. In production browsers tell them,
 * and the log has no text of a client's.
 */
function logRefused(origin: string, url: string): void {
  if (process.env.NODE_ENV !== "development") return;
  const parsed = URL.parse(origin);
  // Browsers send `null`, or an origin as they write them: no other text gets into the log.
  if (origin !== "null" && (parsed?.origin !== origin || origin.length > 255)) return;
  // Browsers name the origin of the service's own pages, too. A proxy may have taken TLS off.
  if (parsed?.host === new URL(url).host) return;
  if (originsLogged.has(origin) || originsLogged.size >= MAX_ORIGINS_LOGGED) return;
  originsLogged.add(origin);
  log("warn", "origin refused", { origin });
}
