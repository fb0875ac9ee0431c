// What a key for programs may be allowed to do. Pure.

/**
 * A route that declares none of these can't be reached with a key: accounts, passwords, keys
 * themselves, crews, calling off, and what buyers do.
 */
export const SCOPES = [
  "events:read",
  "events:write",
  "orders:read",
  "orders:write",
  "refunds:write",
  "check-ins:read",
  "check-ins:write",
] as const;
export type Scope = (typeof SCOPES)[number];
