// What every reply tells a browser. The page at /docs has a policy of its own; nothing else is to be run or framed.

const SECURITY_HEADERS = Object.entries({
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  // Two years. Browsers heed it over HTTPS only, so it does not touch a developer's localhost.
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  // Pages of listed origins read replies by CORS, which this does not concern; all others can't even embed them.
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
});
const CONTENT_SECURITY_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Sets all of them, and the policy where there is none. A reply from a copy has them from when the copy was kept. */
export function secure(headers: Headers): void {
  if (headers.has("x-frame-options")) return;
  for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
}
