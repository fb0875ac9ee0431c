// A stream of changes that comes back: after a lost network, a restart, and an expired session.

import { type ReadonlySignal, signal } from "@preact/signals";
import { type Operation, statusOf } from "./api.ts";
import type { Operations } from "./api-types.ts";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

export type Streamed = { [O in Operation]: [Operations[O]["event"]] extends [never] ? never : O }[Operation];
export type Path<O extends Operation> = [Operations[O]["path"]] extends [never] ? unknown : Operations[O]["path"];

export interface Watching {
  /** False while there is no connection: what is shown may be old. */
  readonly isConnected: ReadonlySignal<boolean>;
  close(): void;
}

/**
 * Calls `onEvent` with each event of a stream such as `GET /orders/{id}/live`, whose events are
 * called `name`. The stream says at once how things are, so nothing is missed between two
 * connections. `onRefused` is called where there is no stream to be had: not signed in, unknown.
 */
export function watch<O extends Streamed>(
  operation: O,
  path: Path<O>,
  name: string,
  onEvent: (data: Operations[O]["event"]) => void,
  onRefused: () => void = () => {},
  query = "",
): Watching {
  const parameters = path as Readonly<Record<string, string>>;
  const url = operation.slice("GET ".length).replace(/\{(\w+)\}/g, (_, key: string) => parameters[key] ?? "") + query;
  const isConnected = signal(true);
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | null = null;
  let isOver = false;

  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(url);
    source.addEventListener("open", () => {
      failures = 0;
      isConnected.value = true;
    });
    source.addEventListener(name, ({ data }: MessageEvent<string>) => onEvent(JSON.parse(data)));
    source.addEventListener("error", () => {
      isConnected.value = false;
      // A browser comes back by itself after a lost connection, and never after a refusal.
      if (source?.readyState === EventSource.CLOSED) void reopen();
    });
  };
  const reopen = async () => {
    failures += 1;
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
    const status = await statusOf(url);
    if (isOver) return;
    if (status !== null && status >= 400 && status < 500 && status !== 401 && status !== 429) return onRefused();
    timer = setTimeout(open, waitMs * (0.75 + Math.random() / 2));
  };
  const comeBack = () => {
    if (!isConnected.value) open();
  };
  // A stream whose network is gone may stay silent for minutes before it fails.
  const lose = () => {
    isConnected.value = false;
  };
  addEventListener("offline", lose);
  addEventListener("online", comeBack);
  open();
  return {
    isConnected,
    close() {
      isOver = true;
      clearTimeout(timer);
      source?.close();
      removeEventListener("offline", lose);
      removeEventListener("online", comeBack);
    },
  };
}
