// What a view loads: it, or why it can't be had; and again when the network is back.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Loaded<T> {
  /** Undefined until it is there. */
  readonly value: Signal<T | undefined>;
  readonly fault: Signal<unknown>;
  reload(): Promise<void>;
}

/** Loads at once, and again whenever one of `about` is another. */
export function useLoaded<T>(load: () => Promise<T>, about: readonly unknown[]): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
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
    value.value = undefined;
    void reload();
    const again = () => void reload();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, about);
  return { value, fault, reload };
}
