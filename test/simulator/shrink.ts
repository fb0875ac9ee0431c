// Makes a failing run short: leaves out actions and faults while the same promise is still broken.

import { type RunResult, run } from "./run.ts";
import type { Mistake } from "./stage.ts";

/** The shortest failing run that was found in at most `mostRuns` runs. */
export async function shrink(failed: RunResult, mistake: Mistake, mostRuns: number): Promise<RunResult> {
  const wanted = kindOf(failed.violation);
  let best = failed;
  let runs = 0;
  let withoutActions: readonly number[] = [];
  let withoutFaults: readonly string[] = [];
  const stillFails = async (actions: readonly number[], faults: readonly string[]): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs += 1;
    const result = await run(failed.plan.seed, { mistake, withoutActions: actions, withoutFaults: faults });
    if (kindOf(result.violation) !== wanted) return false;
    best = result;
    return true;
  };
  // Faults that are left out may make more actions needless, and the other way round.
  for (let needlessBefore = -1; needlessBefore < withoutActions.length + withoutFaults.length; ) {
    needlessBefore = withoutActions.length + withoutFaults.length;
    const actions = failed.plan.actions.map(({ index }) => index).filter((index) => !withoutActions.includes(index));
    const needless = await leaveOut(actions, (out) => stillFails([...withoutActions, ...out], withoutFaults));
    withoutActions = [...withoutActions, ...needless];
    const idle = await leaveOut(best.struck, (out) => stillFails(withoutActions, [...withoutFaults, ...out]));
    withoutFaults = [...withoutFaults, ...idle];
  }
  return best;
}

/** What of `items` can be left out: halves first, then quarters, at last one by one. */
async function leaveOut<T>(items: readonly T[], fails: (out: readonly T[]) => Promise<boolean>): Promise<T[]> {
  const out: T[] = [];
  let left = [...items];
  for (let size = left.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const part = left.slice(at, at + size);
      if (await fails([...out, ...part])) {
        out.push(...part);
        left = [...left.slice(0, at), ...left.slice(at + size)];
      } else at += size;
    }
  }
  return out;
}

/** Which promise was broken, or how what was wrong begins: the rest differs from run to run. */
function kindOf(violation: string | null): string | undefined {
  const [first] = violation?.split(";") ?? [];
  if (first?.startsWith("stuck")) return first.replace(/\S*\d\S*/g, "");
  return violation?.match(/^(promise \d+|\w+( \w+)?)/)?.[0];
}
