// A delivery's signature, verified as receivers do: from the text of the standard, not by our code.

import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { headersOf, newSecret } from "../../../../src/worker/outgoing-webhooks/signature.ts";

// The example of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const SIGNED = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", atSeconds: 1_614_265_330, body: '{"test": 2432232314}' };
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

test("the signature of a known message is the known one", () => {
  expect(headersOf(SIGNED, [SECRET])).toEqual({
    "webhook-id": SIGNED.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("with two secrets both sign, the new one first", () => {
  const [fresh, old] = [newSecret(), newSecret()];
  const signatures = headersOf(SIGNED, [fresh, old])["webhook-signature"]?.split(" ");
  const wanted = [fresh, old].map((secret) => {
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    expect(key).toHaveLength(32);
    return `v1,${createHmac("sha256", key).update(`${SIGNED.id}.${SIGNED.atSeconds}.${SIGNED.body}`).digest("base64")}`;
  });
  expect(signatures).toEqual(wanted);
});
