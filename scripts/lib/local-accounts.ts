// The accounts of the local service. No deployed one has them.

import { accessToken } from "../../src/worker/auth/tokens.ts";
import { EXAMPLES } from "../../src/worker/http/examples.ts";
import { localSessionSecret } from "./settings.ts";

/** It owns the sample programme. */
const BOX_OFFICE = EXAMPLES.organizer;
/** A buyer, for whoever tries the API out. */
const DEMO = EXAMPLES.buyer;
/**
 * An admin: the commands of this machine do through the API what only an admin may do. Nobody can
 * sign in to it: its password is no hash.
 */
const OPERATOR = "0perat0r00000000";
/** Of the password in the API's examples, which is no secret. */
export const EXAMPLE_PASSWORD_HASH =
  "$scrypt$ln=14,r=8,p=5$+cp0iv3RKdP9rASnSrGfuQ$5Yba2b8Irj/FZM1ceuJUkdKwwiKlLvzu+EPvwHFFQBk";

/**
 * Idempotent; an account that somebody changed stays as it is. The time is that of no account that
 * anybody registered.
 */
export const LOCAL_ACCOUNTS = `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
  VALUES ('${BOX_OFFICE.id}', '${BOX_OFFICE.username}', 'box-office@localhost', '!', 'organizer', 0),
    ('${DEMO.id}', '${DEMO.username}', 'demo@localhost', '!', 'buyer', 0),
    ('${OPERATOR}', 'local-operator', 'local-operator@localhost', '!', 'admin', 0)
  ON CONFLICT DO NOTHING;
  UPDATE accounts SET password_hash = '${EXAMPLE_PASSWORD_HASH}'
  WHERE id IN ('${BOX_OFFICE.id}', '${DEMO.id}') AND password_hash = '!'`;

export function boxOfficeToken(): Promise<string> {
  return tokenOf(BOX_OFFICE.id);
}

export function operatorToken(): Promise<string> {
  return tokenOf(OPERATOR);
}

/** Signed as the local server signs them. */
function tokenOf(accountId: string): Promise<string> {
  return accessToken({ SESSION_SECRET: localSessionSecret() }, accountId);
}
