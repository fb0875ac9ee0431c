// Which keys of Stripe's a deployment needs, and what is wrong with those that it has. Pure.

import type { Deployment } from "./deployment.ts";

export const SECRET_STRIPE_KEYS = ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"] as const;
export const STRIPE_KEYS = [...SECRET_STRIPE_KEYS, "STRIPE_PUBLISHABLE_KEY"] as const;

/** `rk_`: a restricted key, which may do no more than this service needs. */
const FORMS: Readonly<Record<(typeof STRIPE_KEYS)[number], { readonly form: RegExp; readonly example: string }>> = {
  STRIPE_SECRET_KEY: { form: /^[sr]k_(live|test)_\w{8,}$/, example: "sk_live_… or rk_live_…" },
  STRIPE_PUBLISHABLE_KEY: { form: /^pk_(live|test)_\w{8,}$/, example: "pk_live_…" },
  STRIPE_WEBHOOK_SECRET: { form: /^whsec_\w{8,}$/, example: "whsec_…" },
};

/** One sentence for each thing that is wrong with how payments are set up. */
export function stripeRefusals({ vars, secrets, environment }: Deployment): string[] {
  const values = secrets.from === "file" ? secrets.values : {};
  const kept = secrets.from === "Cloudflare" ? secrets.names : [];
  const textOf = (name: string) => String(values[name] || vars[name] || "");
  const has = (name: string) => textOf(name) !== "" || kept.includes(name);
  // `sandbox` is refused elsewhere, wherever it stands.
  const provider = String(vars.PAYMENT_PROVIDER ?? "");
  const usesStripe = provider === "stripe";
  const isKnown = usesStripe || /^\s*(sandbox)?\s*$/i.test(provider);
  const isMisplaced = /stripe/i.test(values.PAYMENT_PROVIDER ?? "");
  const modes = STRIPE_KEYS.flatMap((name) => FORMS[name].form.exec(textOf(name))?.[1] ?? []);
  return [
    ...(isKnown ? [] : ['PAYMENT_PROVIDER in wrangler.toml must be "stripe", or empty.']),
    ...(isMisplaced ? ["PAYMENT_PROVIDER=stripe is no secret: it belongs in wrangler.toml."] : []),
    ...STRIPE_KEYS.flatMap((name) => {
      if (!has(name)) return usesStripe ? [`${name} is missing: PAYMENT_PROVIDER=stripe needs it.`] : [];
      if (!usesStripe) return isMisplaced ? [] : [`${name} is set, and PAYMENT_PROVIDER is not stripe.`];
      const isWrong = textOf(name) !== "" && !FORMS[name].form.test(textOf(name));
      return isWrong ? [`${name} must look like ${FORMS[name].example}.`] : [];
    }),
    ...(new Set(modes).size > 1 ? ["The keys of Stripe's live mode and of its test mode are mixed."] : []),
    ...("STRIPE_API_URL" in vars || "STRIPE_API_URL" in values || environment.STRIPE_API_URL
      ? ["STRIPE_API_URL is for tests of this repository: remove it."]
      : []),
  ];
}
