// A journey once for each of its steps and each fault that such a step can have.

import type { Fault, Plan } from "./steps.ts";

/** What is done to a world, with at most one fault, and how that may end. */
export interface Journey<Outcome> {
  readonly name: string;
  readonly mayEnd: readonly Outcome[];
  run(plan: Plan | null): Promise<Run<Outcome>>;
}

export interface Run<Outcome> {
  readonly outcome: Outcome;
  /** Whatever is not as it must be in the end, in words. */
  readonly disorder: readonly string[];
  /** Their names, in order. */
  readonly steps: readonly string[];
}

/**
 * The steps are counted from a run without faults, so a step that is added is cut as well. Says how
 * many runs there were, and what came out wrong, in words.
 */
export async function cutEverywhere<Outcome>(
  { run, mayEnd }: Journey<Outcome>,
  faultsOf: (step: string, number: number) => readonly Fault[],
) {
  const undisturbed = await run(null);
  const wrong = wrongIn(undisturbed, mayEnd).map((what) => `no fault: ${what}`);
  const plans = undisturbed.steps.flatMap((name, step) => faultsOf(name, step).map((fault) => ({ name, step, fault })));
  for (const { name, step, fault } of plans) {
    const found = await run({ step, fault }).then(
      (cut) => [...wrongIn(cut, mayEnd), ...(step < cut.steps.length ? [] : ["the fault was never reached"])],
      (failure) => [`${failure}`],
    );
    wrong.push(...found.map((what) => `step ${step} (${name}) ${fault}: ${what}`));
  }
  return { steps: undisturbed.steps, runs: plans.length, wrong };
}

function wrongIn<Outcome>({ outcome, disorder }: Run<Outcome>, mayEnd: readonly Outcome[]): string[] {
  const text = JSON.stringify(outcome);
  const isAsWanted = mayEnd.some((one) => JSON.stringify(one) === text);
  return [...(isAsWanted ? [] : [text]), ...disorder];
}
