// Adding an account with a password. The mail that asks for proof of its address is owed with it.

import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { newId } from "../../platform/ids.ts";
import { auditStatementIfChanged, ownAction } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { verificationMail } from "../links/owing.ts";
import { mailerOf } from "../mail/mailer.ts";
import { oweMailIf, sendSoon } from "../mail/owing.ts";
import { type AccountRow, insertion } from "./queries.ts";

type Chosen = Pick<AccountRow, "username" | "email" | "emailKey" | "passwordHash" | "language">;

/** Null if its username or its e-mail address is taken, in any spelling. */
export async function addAccount(env: Env, chosen: Chosen, address: string): Promise<AccountRow | null> {
  const nowMs = Date.now();
  const id = newId();
  const mail = mailerOf(env) === null ? null : verificationMail(id, nowMs);
  const db = drizzle(env.DB);
  const [inserted] = await db.batch([
    insertion(db, { id, ...chosen, createdAtMs: nowMs }),
    auditStatementIfChanged(db, ownAction("account.register", id, address)),
    ...(mail === null ? [] : [oweMailIf(db, mail, sql`changes() > 0`, nowMs)]),
  ]);
  if (mail !== null && inserted.length === 1) sendSoon(env, mail);
  return inserted[0] ?? null;
}
