// What a view shows while it changes: by its stream, and where none can be had, by asking again.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Operations } from "./api-types.ts";
import { type Path, type Streamed, watch } from "./live.ts";
import type { Loaded } from "./loaded.ts";

interface Following<O extends Streamed> {
  readonly operation: O;
  readonly path: Path<O>;
  /** What its events are called. */
  readonly name: string;
  readonly onEvent: (data: Operations[O]["event"]) => void;
  /** False once nothing changes any more. */
  readonly isOn: boolean;
  /** Without a stream it is loaded again so often. */
  readonly pollMs: number;
}

/** True while neither way works: what is shown may be old. */
export function useFollowed<O extends Streamed>(following: Following<O>, loaded: Loaded<unknown>): boolean {
  const { operation, path, name, onEvent, isOn, pollMs } = following;
  const isConnected = useSignal(true);
  useEffect(() => {
    if (!isOn) return;
    const watching = watch(operation, path, name, onEvent);
    const stop = watching.isConnected.subscribe((now) => {
      isConnected.value = now;
      if (!now) void loaded.reload();
    });
    const timer = setInterval(() => {
      if (!watching.isConnected.peek()) void loaded.reload();
    }, pollMs);
    return () => {
      clearInterval(timer);
      stop();
      watching.close();
    };
  }, [JSON.stringify(path), isOn]);
  return isOn && !isConnected.value && loaded.fault.value !== null;
}
