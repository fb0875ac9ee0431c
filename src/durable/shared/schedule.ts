// How long an object waits between attempts, and how it sets its alarm. Pure.

import { MINUTE_MS, SECOND_MS } from "../../domain/units.ts";

/** So that a persistent fault can't cause a tight loop of alarms. */
export const ALARM_FAULT_DELAY_MS = 30 * SECOND_MS;

/** How long a reply waits for D1, so that the buyer finds what was bought in the list at once. */
export const PROJECTION_WAIT_MS = 200;

/** When the alarm publishes what a commit's own write did not. */
export const FIRST_PROJECTION_DELAY_MS = 5 * SECOND_MS;

/** How far away the next work of an object is whose alarm is worth moving. */
const IDLE_AFTER_MS = MINUTE_MS;

/** An alarm that is this late will not run any more: the platform has given up on it. */
const LOST_AFTER_MS = MINUTE_MS;

export function earliestOf(...momentsMs: (number | null)[]): number | null {
  const known = momentsMs.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/**
 * The alarm to set, or null to leave it. Each `setAlarm` costs a written row, so an alarm moves
 * only to an earlier time, or where it was lost. One that runs too early sets the next one.
 */
export function alarmToSet(
  alarmAtMs: number | null,
  work: Readonly<Record<string, number | null>>,
  nowMs: number,
): number | null {
  const wantedMs = earliestOf(...Object.values(work));
  if (wantedMs === null) return null;
  return alarmAtMs === null || isMissing(alarmAtMs, nowMs) || wantedMs < alarmAtMs ? wantedMs : null;
}

/**
 * Whether the alarm would find nothing to do, and what is next is far away. To move it writes a
 * row, as its run would, and spares the run.
 */
export function isAlarmIdle(alarmAtMs: number | null, work: Readonly<Record<string, number | null>>): boolean {
  const wantedMs = earliestOf(...Object.values(work));
  return alarmAtMs === null || wantedMs === null || wantedMs - alarmAtMs >= IDLE_AFTER_MS;
}

export function isMissing(alarmAtMs: number | null, nowMs: number): boolean {
  return alarmAtMs === null || alarmAtMs < nowMs - LOST_AFTER_MS;
}

/**
 * Until a payment's message is sent again, after the n-th attempt (from 1). A slow one is sent
 * twice, which costs little, because the consumer is idempotent.
 */
export function dispatchDelayMs(attempts: number): number {
  return backoffMs(10 * SECOND_MS, attempts, 30 * MINUTE_MS);
}

/** Until the next try after the n-th failure in a row (from 1) to write to D1 or the cache. */
export function publishRetryDelayMs(failures: number): number {
  return backoffMs(SECOND_MS, failures, MINUTE_MS);
}

/** A buyer who has confirmed a charge waits no longer than this, if no notice of it comes. */
const LONGEST_LOOK_MS = MINUTE_MS;

/**
 * When a payment's message is sent after the n-th attempt (from 1). `untilMs`: while it waits for
 * its buyer, until then. At that moment it is cancelled, and again and again after it.
 */
export function nextDispatchMs(attempts: number, untilMs: number | null, nowMs: number): number {
  if (untilMs === null) return nowMs + dispatchDelayMs(attempts);
  if (nowMs < untilMs) return Math.min(untilMs, nowMs + Math.min(LONGEST_LOOK_MS, dispatchDelayMs(attempts)));
  return nowMs + Math.min(30 * MINUTE_MS, Math.max(dispatchDelayMs(1), nowMs - untilMs));
}

function backoffMs(firstMs: number, attempt: number, maxMs: number): number {
  return Math.min(maxMs, firstMs * 2 ** (attempt - 1));
}
