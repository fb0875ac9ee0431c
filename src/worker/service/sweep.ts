// Every minute: makes up for alarms that were lost and for news that did not arrive. All of it may
// be repeated.

import { ServiceError } from "../../platform/errors.ts";
import { newId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { within } from "../../platform/time.ts";
import { eraseOldAddresses } from "../audit/queries.ts";
import { forgetExpiredSessions } from "../auth/queries.ts";
import { publishStatus } from "../catalogue/changes.ts";
import { eventsWithUnpublishedStatus, ticketTypesFrom } from "../catalogue/queries.ts";
import { eventsToIndex, forgetClosedSales, INDEXED_AT_ONCE, indexTokens } from "../catalogue/search.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { ticketTypesWithOverdueWork } from "../reservations/queries.ts";

// An alarm that is less late than this may still be on its way.
const OVERDUE_AFTER_MS = 60_000;
// A sweep is bounded; what it does not reach is reached by the next one.
const OBJECTS_PER_SWEEP = 100;
const EVENTS_PER_SWEEP = 20;
const EVENTS_INDEXED_PER_SWEEP = 1_000;
// An object whose alarm was lost before D1 heard of its work can be any: so many at random are
// woken each time.
const PATROLLED_PER_SWEEP = 10;
// The next sweep comes after a minute.
const STEP_TIMEOUT_MS = 50_000;

export async function sweep(env: Env): Promise<void> {
  const nowMs = Date.now();
  await Promise.all([
    step("wake objects with overdue work", async () => {
      await wake(env, await ticketTypesWithOverdueWork(env.DB, nowMs - OVERDUE_AFTER_MS, OBJECTS_PER_SWEEP));
    }),
    step("patrol", async () => wake(env, await ticketTypesFrom(env.DB, newId(), PATROLLED_PER_SWEEP))),
    step("publish event statuses", async () => {
      const events = await eventsWithUnpublishedStatus(env.DB, EVENTS_PER_SWEEP);
      await Promise.all(events.map((event) => publishStatus(env, event)));
    }),
    step("index events", () => indexLeftOver(env.DB)),
    step("forget closed sales", () => forgetClosedSales(env.DB, nowMs)),
    step("forget expired sessions", () => forgetExpiredSessions(env.DB, nowMs)),
    step("erase old addresses", () => eraseOldAddresses(env.DB, nowMs)),
  ]);
}

async function wake(env: Env, ticketTypeIds: readonly string[]): Promise<void> {
  await Promise.all(
    ticketTypeIds.map((id) => step(`wake ${id}`, () => callTicketType(env, id, (object) => object.wake()))),
  );
}

/**
 * Events that were not indexed right after they changed, and events that are older than the index.
 */
async function indexLeftOver(d1: D1Database): Promise<void> {
  for (let done = 0; done < EVENTS_INDEXED_PER_SWEEP; done += INDEXED_AT_ONCE) {
    const events = await eventsToIndex(d1);
    if (events.length > 0) await indexTokens(d1, events);
    if (events.length < INDEXED_AT_ONCE) return;
  }
}

/** One step that fails, or hangs, takes no other with it. */
async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    const done = await within(
      STEP_TIMEOUT_MS,
      work().then(() => true),
    );
    if (done !== true) throw new ServiceError(`not done within ${STEP_TIMEOUT_MS} ms`);
  } catch (fault) {
    log("warn", "sweep step failed", { step: name, ...errorFields(fault) });
  }
}
