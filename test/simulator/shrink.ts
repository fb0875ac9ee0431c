// Makes a failing run short: leaves out actions and faults, as many as can be, while the same
// promise is still broken.

import { type RunOptions, type RunResult, run } from "./run.ts";

/** The shortest failing run that was found in at most `mostRuns` runs. */
export async function shrink(failed: RunResult, options: RunOptions, mostRuns: number): Promise<RunResult> {
  const wanted = kindOf(failed.violation);
  let best = failed;
  let runs = 0;
  let withoutActions: ReadonlySet<number> = options.withoutActions ?? new Set();
  let withoutFaults: ReadonlySet<string> = options.withoutFaults ?? new Set();
  const stillFails = async (actions: ReadonlySet<number>, faults: ReadonlySet<string>): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs += 1;
    const result = await run(failed.seed, { ...options, withoutActions: actions, withoutFaults: faults });
    if (kindOf(result.violation) !== wanted) return false;
    best = result;
    return true;
  };
  // Faults that are left out may make more actions needless, and the other way round.
  for (let round = 0; round < 2; round++) {
    const actions = failed.plan.actions.map(({ index }) => index).filter((index) => !withoutActions.has(index));
    const needless = await leaveOut(actions, (out) => stillFails(union(withoutActions, out), withoutFaults));
    withoutActions = union(withoutActions, needless);
    const idle = await leaveOut(best.struck, (out) => stillFails(withoutActions, union(withoutFaults, out)));
    withoutFaults = union(withoutFaults, idle);
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

function union<T>(a: ReadonlySet<T>, b: Iterable<T>): ReadonlySet<T> {
  return new Set([...a, ...b]);
}

/**
 * Which promise was broken, or the beginning of what was wrong: what follows differs from run to
 * run.
 */
function kindOf(violation: string | null): string | null {
  return violation === null ? null : (/^(promise \d+|\w+( \w+)?)/.exec(violation)?.[0] ?? violation);
}
