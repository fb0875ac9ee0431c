// Signs deliveries as Standard Webhooks does: https://www.standardwebhooks.com

import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
const SECRET_BYTES = 32;

export interface Signed {
  readonly id: string;
  readonly atSeconds: number;
  readonly body: string;
}

export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

/** One signature for each secret: a receiver accepts any that it can verify. */
export function headersOf({ id, atSeconds, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const sign = (secret: string) => {
    const key = Buffer.from(secret.slice(PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${atSeconds}.${body}`).digest("base64")}`;
  };
  return {
    "webhook-id": id,
    "webhook-timestamp": String(atSeconds),
    "webhook-signature": secrets.map(sign).join(" "),
  };
}
