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
export function useFollowed<O extends Streamed>(
  following: Following<O>,
  { fault, reload }: Pick<Loaded<unknown>, "fault" | "reload">,
): boolean {
  const { operation, path, name, onEvent, isOn, pollMs } = following;
  // Some proxies hold a stream's events back, and leave it open: only an event says that it works.
  const isHeard = useSignal(false);
  useEffect(() => {
    if (!isOn) return;
    isHeard.value = false;
    const watching = watch(operation, path, name, (data) => {
      // What still comes of a stream that was lost says nothing of what comes next.
      isHeard.value = watching.isConnected.peek();
      onEvent(data);
    });
    const stop = watching.isConnected.subscribe((isConnected) => {
      if (isConnected) return;
      isHeard.value = false;
      void reload();
    });
    const timer = setInterval(() => {
      if (!isHeard.peek()) void reload();
    }, pollMs);
    return () => {
      clearInterval(timer);
      stop();
      watching.close();
    };
  }, [JSON.stringify(path), isOn]);
  return isOn && fault.value !== null && !isHeard.value;
}
