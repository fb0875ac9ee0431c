// What a view loads: it, or why it can't be had; and again when the network is back.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface Loaded<T> {
  /** Undefined until it is there. */
  readonly value: Signal<T | undefined>;
  readonly fault: Signal<unknown>;
  reload(): Promise<void>;
}

/** What is there already: it is shown at once. */
interface Brought<T> {
  readonly value: T;
  /** It is for everybody, and this visitor may see more: it is loaded nevertheless. */
  readonly mayLack: boolean;
}

/** Loads at once, unless it was brought along, and again whenever one of `about` is another. */
export function useLoaded<T>(
  load: () => Promise<T>,
  about: readonly unknown[],
  brought: Brought<T> | null = null,
): Loaded<T> {
  const value = useSignal<T | undefined>(brought?.value);
  const isFirst = useRef(true);
  const fault = useSignal<unknown>(null);
  const turn = useSignal(0);
  const reload = async () => {
    const mine = turn.peek() + 1;
    turn.value = mine;
    try {
      const found = await load();
      // A slower reply to an earlier question comes too late.
      if (turn.peek() !== mine) return;
      value.value = found;
      fault.value = null;
    } catch (caught) {
      if (turn.peek() === mine) fault.value = caught;
    }
  };
  useEffect(() => {
    const isThere = isFirst.current && brought !== null;
    isFirst.current = false;
    if (!isThere) value.value = undefined;
    if (!isThere || brought.mayLack) void reload();
    const again = () => void reload();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, about);
  return { value, fault, reload };
}
