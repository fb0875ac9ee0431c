// When the object's alarm runs next, and how often it broadcasts. Pure.

/** The earliest moment of each kind of work that is left; null where there is none. */
export type PendingWork = {
  readonly nextReleaseMs: number | null;
  readonly firstDispatchMs: number | null;
  readonly nextPublishMs: number | null;
  readonly nextRetentionMs: number | null;
  readonly nextCallingOffMs: number | null;
};

/** When a hold is released next: at the first deadline, or at once if its event was called off. */
export function releaseAtMs(firstDeadlineMs: number | null, isCalledOff: boolean, nowMs: number): number | null {
  return firstDeadlineMs !== null && isCalledOff ? Math.min(firstDeadlineMs, nowMs) : firstDeadlineMs;
}

/** The shortest pause between two broadcasts of availability: at most four a second. */
const MIN_BROADCAST_GAP_MS = 250;
/**
 * A message takes some 40 µs of workerd's thread (docs/performance.md), so an object spends at most
 * a thirteenth of its time on broadcasts, however many watch.
 */
const GAP_MS_PER_WATCHER = 0.55;

/** How long a change waits for its broadcast: at most one pause, even if the clock was set back. */
export function broadcastDelayMs(lastAtMs: number, watchers: number, nowMs: number): number {
  const gapMs = Math.max(MIN_BROADCAST_GAP_MS, Math.ceil(GAP_MS_PER_WATCHER * watchers));
  return Math.min(gapMs, Math.max(0, lastAtMs + gapMs - nowMs));
}
