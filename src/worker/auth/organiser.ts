// Tells organisers and admins, who see more of the catalogue, from everybody else who reads it.

import { SECOND_MS } from "../../domain/units.ts";
import { roleOf } from "../accounts/queries.ts";
import type { Env } from "../env.ts";
import type { Caller } from "../http/route.ts";
import type { Session } from "./sessions.ts";

// Buyers alone are remembered: a new organiser reads as one for so long, a former one at once.
const BUYER_FOR_MS = 10 * SECOND_MS;
const MAX_BUYERS = 10_000;

const buyersUntilMs = new Map<string, number>();

export async function organiserOrNull(env: Env, session: Session | null): Promise<Caller | null> {
  if (session === null || (buyersUntilMs.get(session.accountId) ?? 0) > Date.now()) return null;
  const role = await roleOf(env.DB, session.accountId);
  if (role === "organizer" || role === "admin") return { ...session, role };
  if (buyersUntilMs.size >= MAX_BUYERS) buyersUntilMs.clear();
  buyersUntilMs.set(session.accountId, Date.now() + BUYER_FOR_MS);
  return null;
}
