// Signing in and refreshing: what comes in, and the tokens that go out.

import * as z from "zod";
import { Instant } from "../http/fields.ts";
import { characters, TypedPassword } from "./password-rules.ts";

export const Credentials = z
  .strictObject({
    // As long as an e-mail address may be, with room for the blanks that keyboards add.
    username: characters(1, 300)
      .transform((name) => name.trim())
      .meta({ description: "The username or the e-mail address, in upper or lower case" }),
    password: TypedPassword,
  })
  .meta({ id: "Credentials" });
export const AuthToken = z
  .strictObject({
    "auth-token": z
      .string()
      .meta({ description: "Access token, sent as `Authorization: Bearer …`. Valid until `expires_at`" }),
    refresh_token: z.string().meta({ description: "Works once, at `/api-auth/refresh`, which returns the next one" }),
    expires_at: Instant,
  })
  .meta({ id: "AuthToken" });
export const Refresh = z
  .strictObject({
    refresh_token: z
      .string()
      .min(1)
      .max(1_000)
      .nullish()
      .meta({ description: "Not needed if the refresh cookie is sent" }),
  })
  .meta({ id: "Refresh" });
