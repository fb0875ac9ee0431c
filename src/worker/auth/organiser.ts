// Tells who manages an event from everybody else who reads it, and whose events are whose.

import { SECOND_MS } from "../../domain/units.ts";
import { partIn, type Standing, standingOf } from "../crew/queries.ts";
import type { Env } from "../env.ts";
import type { Session } from "./sessions.ts";

// Buyers alone are remembered: a new organiser or manager reads as one for so long, a former one at
// once.
const BUYER_FOR_MS = 10 * SECOND_MS;
const MAX_BUYERS = 10_000;

const buyersUntilMs = new Map<string, number>();

/** A session with what its account may do at this moment. */
export interface Caller extends Session, Standing {}

interface OwnedEvent {
  readonly organizerId: string;
}

interface ManagedEvent extends OwnedEvent {
  readonly id: string;
}

/** Null for who manages no event: not as an organiser, not as an admin, and in no crew. */
export async function managerOrNull(env: Env, session: Session | null): Promise<Caller | null> {
  if (session === null || (buyersUntilMs.get(session.accountId) ?? 0) > Date.now()) return null;
  const standing = await standingOf(env.DB, session.accountId);
  if (standing !== null && mayManage(standing)) return { ...session, ...standing };
  if (buyersUntilMs.size >= MAX_BUYERS) buyersUntilMs.clear();
  buyersUntilMs.set(session.accountId, Date.now() + BUYER_FOR_MS);
  return null;
}

/** The account has just got a part in an event. */
export function forgetBuyer(accountId: string): void {
  buyersUntilMs.delete(accountId);
}

/** Whether there may be events that the caller manages. Which ones, `manages` says. */
export function mayManage({ role, isManager }: Standing): boolean {
  return role === "organizer" || role === "admin" || isManager;
}

/** Whether the event is the caller's own, as its organiser, or an admin's. */
export function owns(event: OwnedEvent, caller: Caller | null): boolean {
  return caller?.role === "admin" || (caller?.role === "organizer" && event.organizerId === caller.accountId);
}

/** Whether the event is the caller's own, or the caller is a manager in its crew. */
export async function manages(env: Env, event: ManagedEvent, caller: Caller | null): Promise<boolean> {
  if (owns(event, caller)) return true;
  return caller?.isManager === true && (await partIn(env.DB, event.id, caller.accountId)) === "manager";
}

export async function managesAll(env: Env, events: readonly ManagedEvent[], caller: Caller): Promise<boolean> {
  const each = await Promise.all(events.map((event) => manages(env, event, caller)));
  return each.every((isManaged) => isManaged);
}
