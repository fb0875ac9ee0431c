// Waiting for what happens in the background.

import { setTimeout as sleep } from "node:timers/promises";

const LOOKS_EVERY_MS = 1_000;

/** Throws where it has not come within the time. */
export async function retryUntil(what: string, withinMs: number, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadlineMs = performance.now() + withinMs; !(await isSo()); await sleep(LOOKS_EVERY_MS)) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${Math.round(withinMs / 1_000)} s in vain for ${what}`);
  }
}
