// People with passwords and sessions that are on record, made without a request.

import { env } from "cloudflare:workers";
import { scryptSync } from "node:crypto";
import { decodeJwt } from "jose";
import { newId } from "../../src/platform/ids.ts";
import { accountById } from "../../src/worker/accounts/queries.ts";
import { signIn } from "../../src/worker/auth/session-lifecycle.ts";
import { sql } from "./records.ts";
import { call, type Person, someAddress } from "./service.ts";

export const PASSWORD = "correct horse battery";

/** Somebody who has signed in. */
export interface Member extends Person {
  readonly refresh: string;
}

/** What the service stored for a password when its cost was that, or would store if it were. */
export function hashAtCost(password: string, logN: number, p: number): string {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = scryptSync(password, salt, 32, { N: 2 ** logN, r: 8, p });
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${logN},r=8,p=${p}$${encode(salt)}$${encode(hash)}`;
}

/** At the lowest cost there was: verified in 2 ms. Signing in raises it to today's. */
export const CHEAP_HASH = hashAtCost(PASSWORD, 10, 1);

export async function storeHash({ accountId }: Person, hash: string): Promise<void> {
  await sql("UPDATE accounts SET password_hash = ? WHERE id = ?", hash, accountId);
}

export async function storedHash({ accountId }: Pick<Person, "accountId">): Promise<string> {
  return (await accountById(env.DB, accountId))?.passwordHash ?? "";
}

/** Somebody with an account that has neither a username nor a password. */
export async function newGuest(email = `guest-${newId()}@example.test`): Promise<Member> {
  const { status, body } = await call("POST", "/guests", { body: { email } });
  if (status !== 201) throw new Error(`no guest: ${status}`);
  const token = body["auth-token"];
  const accountId = decodeJwt(token).sub ?? "";
  return { accountId, username: "", token, refresh: body.refresh_token };
}

/** A new session of the person's, as a sign-in makes it once the password is verified. */
export async function newSession(person: Person): Promise<Member> {
  const account = await accountById(env.DB, person.accountId);
  const tokens = account === null ? null : await signIn(env, account, someAddress());
  if (tokens === null) throw new Error("not signed in");
  return { ...person, token: tokens.access, refresh: tokens.refresh };
}
