// The clock, timers, random numbers, network and console as the simulated code sees them.

import { mix, Prng } from "../support/prng.ts";
import type { Stage } from "./stage.ts";
import type { World } from "./world.ts";

const EXPECTED_ERROR = /"message":"(payment|refund) needs a person"/;
const ABORTED = new Error("aborted");

/** Runs `work` in the world's own time and luck, and puts everything back. */
export async function withVirtualGlobals({ world, cache, plan }: Stage, work: () => Promise<void>): Promise<void> {
  const prng = new Prng(mix(plan.seed, 0xc0ffee));
  const broken = (what: string) => {
    if (world.storageFaults === 0 && world.timeline.owner?.alive !== false) world.broken(what);
  };
  const undo = [
    replace(Date, "now", () => world.timeline.wallMs),
    replace(Math, "random", () => prng.fraction()),
    replace(crypto, "getRandomValues", (bytes: Uint8Array) => bytes.map((_, i, all) => (all[i] = prng.below(256)))),
    replace(globalThis, "scheduler", { wait: waitIn(world) }),
    replace(globalThis, "setTimeout", (run: () => void, ms: number) => timerIn(world, ms, run)),
    replace(globalThis, "clearTimeout", (timer: ReturnType<typeof timerIn>) => {
      timer.cancelled = true;
    }),
    replace(globalThis, "fetch", (_url: unknown, init: { body: string }) => cache.fetch(init.body)),
    replace(AbortSignal, "timeout", () => new AbortController().signal),
    replace(console, "log", () => {}),
    replace(console, "error", (line: string) => {
      if (!EXPECTED_ERROR.test(line)) broken(`an error was logged: ${line}`);
    }),
    // The text of a stack costs more than all the rest of a step.
    replace(Error, "stackTraceLimit", 0),
  ];
  const listeners = process.listeners("unhandledRejection");
  process
    .removeAllListeners("unhandledRejection")
    .on("unhandledRejection", (reason) => broken(`nobody handled: ${reason}`));
  try {
    await work();
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
    for (const restore of undo.reverse()) restore();
  }
}

function timerIn(world: World, ms: number, run: () => void) {
  const { owner } = world.timeline;
  return world.timeline.add(ms, `timer of ${owner?.name ?? "nobody"}`, owner, run);
}

function waitIn(world: World) {
  return (ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> => {
    return new Promise((resolve, reject) => {
      const entry = timerIn(world, ms, resolve);
      signal?.addEventListener("abort", () => {
        entry.cancelled = true;
        reject(ABORTED);
      });
    });
  };
}

function replace(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}
