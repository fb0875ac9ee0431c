// The circuit breaker: left alone after three failures in a row, tried again by one every ten seconds.

import { expect, test } from "vitest";
import { type Breaker, CLOSED, failed, isOpen, tried } from "../../../../src/platform/availability/circuit-breaker.ts";

const NOW = 1_000_000;

function after(failures: number, atMs = NOW): Breaker {
  return Array.from({ length: failures }).reduce<Breaker>((breaker) => failed(breaker, atMs), CLOSED);
}

test.each<[name: string, breaker: Breaker, atMs: number, lets: boolean]>([
  ["closed, all try", CLOSED, NOW, true],
  ["two failures are chance", after(2), NOW, true],
  ["three are not", after(3), NOW, false],
  ["nor are ten", after(10), NOW, false],
  ["a moment before the rest is over", after(3), NOW + 9_999, false],
  ["once it is over", after(3), NOW + 10_000, true],
  ["the last failure counts", failed(after(3), NOW + 5_000), NOW + 10_000, false],
  ["a clock that was set back by an hour", after(3), NOW - 3_600_000, true],
])("%s", (_name, breaker, atMs, lets) => {
  expect(tried(breaker, atMs) !== null).toBe(lets);
});

test("of many who ask after the rest one is let through, and the next ten seconds later, though the first never came back", () => {
  const first = tried(after(3), NOW + 10_000);
  if (first === null) throw new Error("nobody is let through");
  expect(isOpen(first)).toBe(true);
  expect(tried(first, NOW + 10_000)).toBeNull();
  expect(tried(first, NOW + 19_999)).toBeNull();
  expect(tried(first, NOW + 20_000)).not.toBeNull();
});

test("the outcome of that one decides: one more failure is ten seconds more", () => {
  const again = failed(tried(after(3), NOW + 10_000) ?? CLOSED, NOW + 10_150);
  expect(tried(again, NOW + 20_149)).toBeNull();
  expect(tried(again, NOW + 20_150)).not.toBeNull();
});
