// Something that a button begins: once at a time, with what went wrong.

import { type Signal, useSignal } from "@preact/signals";
import { announce } from "./announce.ts";
import { problemText } from "./problems.ts";

export interface Task {
  readonly isBusy: Signal<boolean>;
  /** What went wrong; null at first and after success. */
  readonly fault: Signal<unknown>;
  /** Does nothing while the work before is still under way: a double click is one click. */
  run(work: () => Promise<void>): Promise<void>;
}

export function useTask(): Task {
  const isBusy = useSignal(false);
  const fault = useSignal<unknown>(null);
  return {
    isBusy,
    fault,
    async run(work) {
      if (isBusy.peek()) return;
      isBusy.value = true;
      fault.value = null;
      try {
        await work();
      } catch (caught) {
        fault.value = caught;
        announce(problemText(caught), "assertive");
      } finally {
        isBusy.value = false;
      }
    },
  };
}
