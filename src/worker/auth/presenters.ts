// How tokens read on the wire.

import type * as z from "zod";
import { iso } from "../../platform/wire.ts";
import type { AuthToken } from "./schemas.ts";
import type { Tokens } from "./session-lifecycle.ts";

export function presentTokens(tokens: Tokens): z.output<typeof AuthToken> {
  return { "auth-token": tokens.access, refresh_token: tokens.refresh, expires_at: iso(tokens.accessExpiresAtMs) };
}
