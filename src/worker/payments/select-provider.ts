// Which payment provider the service uses.

import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";
import type { PaymentProvider } from "./provider.ts";
import { sandboxProvider } from "./sandbox.ts";
import { stripeProvider } from "./stripe/provider.ts";

/** The provider that `PAYMENT_PROVIDER` names; null where none, or one whose keys are missing. */
export function paymentProvider(env: Env): PaymentProvider | null {
  const { paymentProvider: name, stripe } = settingsOf(env);
  if (name === "stripe" && stripe !== null) return stripeProvider(stripe);
  // Wrangler replaces NODE_ENV when it builds the worker, so esbuild leaves the sandbox out of a
  // production build.
  return process.env.NODE_ENV !== "production" && name === "sandbox" ? sandboxProvider(env.DB) : null;
}
