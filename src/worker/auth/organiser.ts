// Who may see more of the catalogue than everybody does.

import { roleOf } from "../accounts/queries.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../http/route.ts";
import type { Session } from "./sessions.ts";

// Most who read are buyers, signed in or not. Whoever becomes an organiser reads as one after this
// long at the latest; whoever stops being one does so at once.
const BUYER_FOR_MS = 10_000;
const MAX_BUYERS = 10_000;

const buyersUntilMs = new Map<string, number>();

/**
 * The caller with their role where that is an organiser's or an admin's; null for everybody else.
 */
export async function organiserOrNull(env: Env, session: Session | null): Promise<Caller | null> {
  if (session === null || (buyersUntilMs.get(session.accountId) ?? 0) > Date.now()) return null;
  const role = await roleOf(env.DB, session.accountId);
  if (role === "organizer" || role === "admin") return { ...session, role };
  if (buyersUntilMs.size >= MAX_BUYERS) buyersUntilMs.clear();
  buyersUntilMs.set(session.accountId, Date.now() + BUYER_FOR_MS);
  return null;
}
