// The circuit breaker: open after three failures in a row, half-open for one trial every ten
// seconds.

import { expect, test } from "vitest";
import { admit, afterFailure, type Circuit, CLOSED } from "../../../../src/platform/availability/circuit-breaker.ts";

const NOW = 1_000_000;

function failed(failures: number, atMs = NOW): Circuit {
  return Array.from({ length: failures }).reduce<Circuit>((circuit) => afterFailure(circuit, atMs), CLOSED);
}

/** Opened at `NOW`, with a trial call ten seconds later. */
const onTrial = admit(failed(3), NOW + 10_000) ?? CLOSED;

test.each<[name: string, circuit: Circuit, atMs: number, admits: boolean]>([
  ["closed", CLOSED, NOW, true],
  ["after two failures", failed(2), NOW, true],
  ["after three", failed(3), NOW, false],
  ["after ten", failed(10), NOW, false],
  ["a moment before ten seconds have passed", failed(3), NOW + 9_999, false],
  ["after ten seconds", failed(3), NOW + 10_000, true],
  ["ten seconds after the first of four failures", afterFailure(failed(3), NOW + 5_000), NOW + 10_000, false],
  ["when the clock was set back by an hour", failed(3), NOW - 3_600_000, true],
  ["beside a trial call", onTrial, NOW + 10_000, false],
  ["a moment before a trial call is ten seconds old", onTrial, NOW + 19_999, false],
  ["once it is, though it never returned", onTrial, NOW + 20_000, true],
  ["a moment before a failed trial call is ten seconds old", afterFailure(onTrial, NOW + 10_150), NOW + 20_149, false],
  ["once it is", afterFailure(onTrial, NOW + 10_150), NOW + 20_150, true],
])("%s a call is admitted or not", (_name, circuit, atMs, admits) => {
  expect(admit(circuit, atMs) !== null).toBe(admits);
});
