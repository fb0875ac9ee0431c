// Live streams, read as a browser's EventSource does: a stream that breaks is opened again.

import { setTimeout as sleep } from "node:timers/promises";
import type { Caller } from "./caller.ts";

const REOPEN_AFTER_MS = 500;

/** Reads until `signal` aborts. `onEvent` gets each event's data. */
export async function follow(
  caller: Caller,
  path: string,
  signal: AbortSignal,
  onEvent: (data: string) => void,
): Promise<void> {
  const either = AbortSignal.any([signal, caller.line.end.signal]);
  while (!either.aborted) {
    await caller.line.up();
    await read(caller, path, either, onEvent).catch(() => {});
    if (!either.aborted) await sleep(REOPEN_AFTER_MS, undefined, { signal: either }).catch(() => {});
  }
}

async function read(caller: Caller, path: string, signal: AbortSignal, onEvent: (data: string) => void): Promise<void> {
  const headers = { ...caller.headers(), accept: "text/event-stream" };
  const response = await fetch(caller.line.url + path, { headers, signal });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    return;
  }
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data:"));
      if (data !== undefined) onEvent(data.slice("data:".length).trim());
    }
  }
}
