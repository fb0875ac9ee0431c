// The public keys of passes, for devices that verify codes by themselves.

import type { Endpoint } from "../http/route.ts";
import { publicPassKeys } from "./pass-keys.ts";

/** A new key is published before it signs, as docs/operations.md has it. */
const FRESH_SECONDS = 300;

/** A JWK set (RFC 7517). The first key signs new codes; `kid` is the number that codes have. */
export const showPassKeys: Endpoint = {
  async answer({ env }) {
    const headers = { "content-type": "application/json", "cache-control": `public, max-age=${FRESH_SECONDS}` };
    return new Response(`${JSON.stringify({ keys: await publicPassKeys(env) })}\n`, { headers });
  },
};
