// Which payment provider the service uses.

import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";
import type { PaymentProvider } from "./provider.ts";
import { sandboxProvider } from "./sandbox.ts";

/** The provider that `PAYMENT_PROVIDER` names; null where that is none of those built in. */
export function paymentProvider(env: Env): PaymentProvider | null {
  // Wrangler replaces NODE_ENV when it builds the worker, so esbuild leaves the sandbox out of a
  // production build.
  return process.env.NODE_ENV !== "production" && settingsOf(env).paymentProvider === "sandbox"
    ? sandboxProvider(env.DB)
    : null;
}
