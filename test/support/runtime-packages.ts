// Every package whose code may run in production. A new one is a decision: see SECURITY.md.

export const RUNTIME_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@upstash/redis": ["uncrypto"],
  "drizzle-orm": [],
  "itty-router": [],
  jose: [],
  qr: [],
  stripe: [],
  zod: [],
  "zod-openapi": [],
};

/** The same packages without who brought them. */
export const ALL_RUNTIME_PACKAGES = [...new Set(Object.entries(RUNTIME_PACKAGES).flat(2))].sort();
