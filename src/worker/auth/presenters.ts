// How tokens read on the wire.

import type * as z from "zod";
import { iso } from "../../platform/wire.ts";
import type { Tokens } from "../accounts/changes.ts";
import type { AuthToken } from "../accounts/schemas.ts";

export function presentTokens(tokens: Tokens): z.output<typeof AuthToken> {
  return { "auth-token": tokens.access, refresh_token: tokens.refresh, expires_at: iso(tokens.accessExpiresAtMs) };
}
