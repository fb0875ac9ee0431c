// The cookies. Browsers let no other host set one whose name begins with `__Host-`.

import { SECOND_MS } from "../../domain/units.ts";
import { SESSION_LIFETIME_MS } from "./refresh.ts";
import { ACCESS_SECONDS, DEVICE_SECONDS } from "./tokens.ts";

const COOKIES = {
  /** An access token. Lax, so that people who follow a link from elsewhere are signed in. */
  session: { name: "__Host-session", seconds: ACCESS_SECONDS, sameSite: "Lax" },
  /** A refresh token. Strict, so that only our own pages send it. */
  refresh: { name: "__Host-refresh", seconds: SESSION_LIFETIME_MS / SECOND_MS, sameSite: "Strict" },
  /** Says that this device has signed in to an account before. */
  device: { name: "__Host-device", seconds: DEVICE_SECONDS, sameSite: "Lax" },
} as const;

export type Cookie = keyof typeof COOKIES;

/** A `Set-Cookie` header for each; an empty value deletes the cookie. */
export function setCookies(values: Partial<Record<Cookie, string>>): [name: "set-cookie", value: string][] {
  return (Object.entries(values) as [Cookie, string][]).map(([cookie, value]) => {
    const { name, seconds, sameSite } = COOKIES[cookie];
    const maxAge = value === "" ? 0 : seconds;
    return ["set-cookie", `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; Secure; SameSite=${sameSite}`];
  });
}

/**
 * A cookie of the request, or null. Only spaces are trimmed: "\u2000__Host-session" is no `__Host-`
 * cookie to a browser, so any host of the domain can set it.
 */
export function cookie(request: Request, cookie: Cookie): string | null {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = pair.replace(/^ +| +$/g, "").split("=", 2);
    if (key === COOKIES[cookie].name && value) return value;
  }
  return null;
}
