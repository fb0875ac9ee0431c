// Runs what an object's alarm has to do, so that what fails keeps nothing else from being done.

import { errorFields, log } from "../../platform/log.ts";

/** One task after the other. Whether any has failed; never rejects. `logged` names the object. */
export async function runTasks(
  tasks: readonly (() => unknown)[],
  logged: Readonly<Record<string, string>>,
): Promise<{ readonly hasFailed: boolean }> {
  let hasFailed = false;
  for (const task of tasks) {
    try {
      await task();
    } catch (fault) {
      // The other tasks run all the same.
      hasFailed = true;
      log("error", "alarm task failed", { ...logged, ...errorFields(fault) });
    }
  }
  return { hasFailed };
}
