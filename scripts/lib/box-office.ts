// The account that owns sample data. Nobody can sign in to it: its password is no hash.

import { accessToken } from "../../src/worker/auth/tokens.ts";
import { localSessionSecret, type Settings } from "./settings.ts";
import { queryDatabase } from "./wrangler.ts";

const ID = "b0x0ff1ce0000000";

/** Idempotent. */
export async function ensureBoxOffice(settings: Settings): Promise<void> {
  await queryDatabase(
    `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
     VALUES ('${ID}', 'box-office', 'box-office@localhost', '!', 'organizer', ${Date.now()})
     ON CONFLICT DO NOTHING`,
    settings,
  );
}

/** A token for the account, signed as the local server signs them. */
export function boxOfficeToken(): Promise<string> {
  return accessToken({ SESSION_SECRET: localSessionSecret() }, ID);
}
