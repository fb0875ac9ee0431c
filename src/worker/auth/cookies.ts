// The cookies, all with `__Host-`: browsers take them only with Secure, Path=/ and no Domain, so no
// other host sets them.

import { SESSION_LIFETIME_MS } from "./refresh.ts";
import { ACCESS_SECONDS, DEVICE_SECONDS } from "./tokens.ts";

const COOKIES = {
  /** An access token. Lax: whoever comes by a link from elsewhere is signed in. */
  session: { name: "__Host-session", seconds: ACCESS_SECONDS, sameSite: "Lax" },
  /** A refresh token. Only our own pages send it. */
  refresh: { name: "__Host-refresh", seconds: SESSION_LIFETIME_MS / 1_000, sameSite: "Strict" },
  /** Says that this device has signed in to an account before. */
  device: { name: "__Host-device", seconds: DEVICE_SECONDS, sameSite: "Lax" },
} as const;

export type Cookie = keyof typeof COOKIES;

/** The `Set-Cookie` header for each; an empty value takes the cookie away. */
export function setCookies(values: Partial<Record<Cookie, string>>): [name: "set-cookie", value: string][] {
  return (Object.entries(values) as [Cookie, string][]).map(([cookie, value]) => {
    const { name, seconds, sameSite } = COOKIES[cookie];
    const maxAge = value === "" ? 0 : seconds;
    return ["set-cookie", `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=${sameSite}`];
  });
}

/**
 * What the request has in a cookie, or null. Around a name are spaces only: browsers let another
 * host of the domain set "\u2000__Host-session", which is no `__Host-` cookie to them, and must not
 * be one here.
 */
export function cookie(request: Request, cookie: Cookie): string | null {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = pair.replace(/^ +| +$/g, "").split("=", 2);
    if (key === COOKIES[cookie].name && value) return value;
  }
  return null;
}
