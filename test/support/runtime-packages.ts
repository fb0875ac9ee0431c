// Every package whose code may run in production: in the worker, and in visitors' browsers. A new
// one is a decision: see SECURITY.md.

export const BROWSER_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@preact/signals": ["@preact/signals-core"],
  preact: [],
  qr: [],
};

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
export const ALL_RUNTIME_PACKAGES = namesIn(RUNTIME_PACKAGES);
export const ALL_BROWSER_PACKAGES = namesIn(BROWSER_PACKAGES);

function namesIn(packages: Readonly<Record<string, readonly string[]>>): string[] {
  return [...new Set(Object.entries(packages).flat(2))].sort();
}
