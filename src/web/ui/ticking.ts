// The passing of time for countdowns: one clock that ticks while something shows it.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { serverNowMs } from "./clock.ts";

const now = signal(serverNowMs());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Milliseconds until the instant, by the server's clock. The view is drawn each second. */
export function useTimeLeft(instant: string | null): number | null {
  useEffect(() => {
    if (instant === null) return;
    users += 1;
    const tick = () => {
      now.value = serverNowMs();
    };
    tick();
    timer ??= setInterval(tick, 1_000);
    // A phone that slept shows the right time at once.
    document.addEventListener("visibilitychange", tick);
    return () => {
      document.removeEventListener("visibilitychange", tick);
      users -= 1;
      if (users > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, [instant]);
  return instant === null ? null : Date.parse(instant) - Math.max(now.value, 0);
}
