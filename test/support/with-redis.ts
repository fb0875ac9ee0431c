// Tests that need a Redis server: where none is installed they say that they were skipped.

import { describe, vi } from "vitest";
import { hasRedis } from "./redis-server.ts";

export function withRedis(name: string, tests: () => void): void {
  const isThere = hasRedis();
  if (!isThere) console.warn(`redis-server is not installed: "${name}" is skipped.`);
  describe.skipIf(!isThere)(name, tests);
}

/** Turns off time limits until mocks are restored, for tests that must not depend on load. */
export function waitForRedis(): void {
  vi.spyOn(AbortSignal, "timeout").mockImplementation(() => new AbortController().signal);
}
