// Settings of a service that signs links to Google Wallet, which nobody at Google knows.

import { generateKeyPairSync } from "node:crypto";

/** With a key of its own: there is no private key in the repository. */
export function freshWallet() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return {
    GOOGLE_WALLET_ISSUER: "3388000000012345678",
    GOOGLE_WALLET_EMAIL: "wallet@ticket-overlord-test.iam.gserviceaccount.com",
    GOOGLE_WALLET_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
