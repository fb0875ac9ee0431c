// How keys for programs read on the wire. A key itself is in the reply that makes it alone.

import type * as z from "zod";
import { iso, isoOrNull } from "../../platform/wire.ts";
import type { ApiKeyRow } from "../auth/api-key-queries.ts";
import type { ApiKey } from "./api-key-schemas.ts";

export function presentApiKey(row: ApiKeyRow): z.output<typeof ApiKey> {
  const { id, name, scopes, ending, createdAtMs, expiresAtMs, lastUsedAtMs } = row;
  const times = {
    created_at: iso(createdAtMs),
    expires_at: isoOrNull(expiresAtMs),
    last_used_at: isoOrNull(lastUsedAtMs),
  };
  return { id, name, scopes: [...scopes], ending, ...times };
}
