// Every minute: makes up for alarms that were lost and for news that did not arrive. All of it may be repeated.

import { forgetExpired } from "./auth/revocations.ts";
import { announce } from "./catalogue.ts";
import { eventsToAnnounce } from "./db/events.ts";
import { ticketTypesWithOverdueWork } from "./db/reservations.ts";
import type { Env } from "./env.ts";
import { errorFields, log } from "./log.ts";
import { callTicketType } from "./objects.ts";

// An alarm that is less late than this may still be on its way.
const OVERDUE_AFTER_MS = 60_000;
// A sweep is bounded; what it does not reach is reached by the next one.
const OBJECTS_PER_SWEEP = 100;
const EVENTS_PER_SWEEP = 20;

export async function sweep(env: Env): Promise<void> {
  const nowMs = Date.now();
  await step("wake objects with overdue work", async () => {
    const ids = await ticketTypesWithOverdueWork(env.DB, nowMs - OVERDUE_AFTER_MS, OBJECTS_PER_SWEEP);
    await Promise.all(ids.map((id) => step(`wake ${id}`, () => callTicketType(env, id, (object) => object.wake()))));
  });
  await step("announce events", async () => {
    for (const event of await eventsToAnnounce(env.DB, EVENTS_PER_SWEEP)) await announce(env, event);
  });
  await step("forget expired sessions", () => forgetExpired(env.DB, nowMs));
}

/** One step that fails takes no other with it. */
async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (fault) {
    log("warn", "sweep step failed", { step: name, ...errorFields(fault) });
  }
}
