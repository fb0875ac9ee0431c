// Signing in and refreshing: what comes in, and the tokens that go out.

import * as z from "zod";
import { Instant } from "../http/fields.ts";
import { characters, TypedPassword } from "./password-rules.ts";

export const Credentials = z
  .strictObject({ username: characters(1, 64), password: TypedPassword })
  .meta({ id: "Credentials" });
export const AuthToken = z
  .strictObject({
    "auth-token": z.string().meta({ description: "For `Authorization: Bearer …`, until `expires_at`" }),
    refresh_token: z
      .string()
      .meta({ description: "Good for one use at /api-auth/refresh, which answers with the next" }),
    expires_at: Instant,
  })
  .meta({ id: "AuthToken" });
export const Refresh = z
  .strictObject({
    refresh_token: z.string().min(1).max(1_000).optional().meta({ description: "Not needed where the cookie has it" }),
  })
  .meta({ id: "Refresh" });
