// The server's time. A visitor's clock may be minutes off, and a hold ends by the server's.

import { type ClockOffset, observed, serviceTime } from "./clock-offset.ts";

let offset: ClockOffset | null = null;

/** Now, by the server's clock. */
export function serverNowMs(): number {
  return serviceTime(offset, Date.now());
}

/** Learns from a reply's `Date`, together with what earlier ones said. */
export function learnServerTime(date: string | null, sentAtMs: number, receivedAtMs: number): void {
  offset = observed(offset, date, sentAtMs, receivedAtMs);
}

/** To be kept for a page that opens without a network; null before the first reply. */
export function clockOffset(): ClockOffset | null {
  return offset;
}

/** What an earlier visit has kept, until a reply says more. */
export function restoreClock(kept: ClockOffset | null): void {
  offset ??= kept;
}
