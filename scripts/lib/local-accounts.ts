// The accounts of the local service. Nobody can sign in to them: their passwords are no hashes.

import { accessToken } from "../../src/worker/auth/tokens.ts";
import { localSessionSecret } from "./settings.ts";

/** It owns the sample programme. */
const BOX_OFFICE = "b0x0ff1ce0000000";
/** An admin: the commands of this machine do through the API what only an admin may do. */
const OPERATOR = "0perat0r00000000";

/** Idempotent. The time is that of no account that anybody registered. */
export const LOCAL_ACCOUNTS = `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
  VALUES ('${BOX_OFFICE}', 'box-office', 'box-office@localhost', '!', 'organizer', 0),
    ('${OPERATOR}', 'local-operator', 'local-operator@localhost', '!', 'admin', 0)
  ON CONFLICT DO NOTHING`;

export function boxOfficeToken(): Promise<string> {
  return tokenOf(BOX_OFFICE);
}

export function operatorToken(): Promise<string> {
  return tokenOf(OPERATOR);
}

/** Signed as the local server signs them. */
function tokenOf(accountId: string): Promise<string> {
  return accessToken({ SESSION_SECRET: localSessionSecret() }, accountId);
}
