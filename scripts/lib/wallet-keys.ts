// What is wrong with how passes get into Google Wallet. Pure.

import { createPrivateKey } from "node:crypto";
import { hasForm, WALLET_VARIABLES, walletSettings } from "../../src/platform/wallet-settings.ts";
import type { Deployment } from "./deployment.ts";

export const SECRET_WALLET_KEY = "GOOGLE_WALLET_KEY";

const EXAMPLES: Readonly<Record<(typeof WALLET_VARIABLES)[number], string>> = {
  GOOGLE_WALLET_ISSUER: "3388000000012345678",
  GOOGLE_WALLET_EMAIL: "wallet@my-project.iam.gserviceaccount.com",
  GOOGLE_WALLET_KEY: 'the "private_key" of the service account\'s JSON file, on one line',
};
const SHORTEST_KEY_BITS = 2_048;

/** All three or none: without one of them no link is made. Nothing of the key is shown. */
export function walletRefusals({ vars, secrets }: Deployment): string[] {
  const values = secrets.from === "file" ? secrets.values : {};
  const kept = secrets.from === "Cloudflare" ? secrets.names : [];
  const textOf = (name: string) => String(values[name] || vars[name] || "");
  const has = (name: string) => textOf(name) !== "" || kept.includes(name);
  if (!WALLET_VARIABLES.some(has)) return [];
  const missing = WALLET_VARIABLES.filter((name) => !has(name));
  const malformed = WALLET_VARIABLES.filter((name) => textOf(name) !== "" && !hasForm(name, textOf(name)));
  return [
    ...missing.map((name) => `${name} is missing: Google Wallet needs ${WALLET_VARIABLES.join(", ")}.`),
    ...malformed.map((name) => `${name} must look like ${EXAMPLES[name]}.`),
    ...(malformed.length + missing.length === 0 && !hasUsableKey(textOf)
      ? [`${SECRET_WALLET_KEY} is no RSA key of ${SHORTEST_KEY_BITS} bits or more.`]
      : []),
  ];
}

/** What is kept at Cloudflare can't be looked at. */
function hasUsableKey(textOf: (name: string) => string): boolean {
  const settings = walletSettings(Object.fromEntries(WALLET_VARIABLES.map((name) => [name, textOf(name)])));
  if (settings === null) return true;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(settings.key);
    return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= SHORTEST_KEY_BITS;
  } catch {
    return false;
  }
}
