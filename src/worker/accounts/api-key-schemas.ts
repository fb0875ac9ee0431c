// Keys for programs: making and listing them.

import * as z from "zod";
import { SCOPES } from "../../domain/scopes.ts";
import { API_KEY_PATTERN } from "../auth/api-key-format.ts";
import { TypedPassword } from "../auth/password-rules.ts";
import { Scope } from "../auth/scopes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id, Instant, line } from "../http/fields.ts";

const MAX_NAME = 100;

const Scopes = z
  .array(Scope)
  .min(1)
  .max(SCOPES.length)
  .transform((named) => SCOPES.filter((scope) => named.includes(scope)))
  .meta({ examples: [["events:read", "orders:read"]] });

export const NewApiKey = z
  .strictObject({
    name: line(MAX_NAME).meta({ description: "What the key is for. The account has no other key of this name" }),
    scopes: Scopes,
    expires_at: Instant.nullable().optional().meta({ description: "Null or left out: it does not expire" }),
    password: TypedPassword.meta({ description: "The account's: the session may have been left open" }),
  })
  .meta({ id: "NewApiKey" });

const SHOWN = {
  id: Id,
  name: z.string(),
  scopes: z.array(Scope),
  ending: z.string().meta({ description: "The key's last characters", examples: ["4x8q"] }),
  created_at: Instant,
  expires_at: Instant.nullable().meta({ description: "Null: it does not expire" }),
  last_used_at: Instant.nullable().meta({ description: "Up to an hour behind; null: not used yet" }),
};
export const ApiKey = z.strictObject(SHOWN).meta({ id: "ApiKey" });
export const MadeApiKey = z
  .strictObject({
    ...SHOWN,
    api_key: z
      .string()
      .regex(API_KEY_PATTERN)
      .meta({
        description: "Sent as `Authorization: Bearer …`. It is shown here alone, and not kept",
        examples: [EXAMPLES.apiKey],
      }),
  })
  .meta({ id: "MadeApiKey" });
