// The service's clock, as a device whose own is wrong by minutes knows it. Pure.

/** How far the service's clock is ahead of the device's: between these. */
export interface ClockOffset {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** `Date` headers are cut to seconds. */
const SECOND_MS = 1_000;

/**
 * What a reply's `Date` says, together with what earlier ones did. Where they contradict each other
 * somebody has set the device's clock: then the newest counts alone. Unreadable: as before.
 */
export function observed(
  before: ClockOffset | null,
  date: string | null,
  sentMs: number,
  receivedMs: number,
): ClockOffset | null {
  const dateMs = date === null ? Number.NaN : Date.parse(date);
  // A clock that was set while the request was under way says nothing.
  if (Number.isNaN(dateMs) || receivedMs < sentMs) return before;
  const leastMs = dateMs - receivedMs;
  const mostMs = dateMs + SECOND_MS - sentMs;
  if (before === null) return { leastMs, mostMs };
  const narrower = { leastMs: Math.max(leastMs, before.leastMs), mostMs: Math.min(mostMs, before.mostMs) };
  return narrower.leastMs <= narrower.mostMs ? narrower : { leastMs, mostMs };
}

/** The service's time when the device's clock shows `deviceMs`. */
export function serviceTime(offset: ClockOffset | null, deviceMs: number): number {
  return Math.round(deviceMs + (offset === null ? 0 : (offset.leastMs + offset.mostMs) / 2));
}
