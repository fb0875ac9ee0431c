// One run of the whole service under one seed: the same seed gives the same history, to the byte.

import { createHash } from "node:crypto";
import { Buyers } from "./buyers.ts";
import { checkAtRest, unfinished } from "./final.ts";
import { withVirtualGlobals } from "./globals.ts";
import { Oracle } from "./oracle.ts";
import { type Mistake, newStage, type Stage } from "./stage.ts";
import type { Entry } from "./timeline.ts";

export interface RunOptions {
  readonly withoutActions?: readonly number[];
  readonly withoutFaults?: readonly string[];
  readonly mistake?: Mistake;
}

export type RunResult = Awaited<ReturnType<typeof run>>;

const MOST_STEPS = 40_000;
const SWEEP_EVERY_MS = 600_000;
const MOST_SWEEPS = 60;

export async function run(seed: number, options: RunOptions = {}) {
  const { withoutActions = [], withoutFaults = [], mistake = {} } = options;
  const stage = newStage(seed, withoutFaults, mistake);
  const simulation = new Simulation(stage);
  await withVirtualGlobals(stage, () => simulation.run(withoutActions));
  const { violation, history, struck, coverage } = stage.world;
  const hash = createHash("sha256").update(history.join("\n")).digest("hex");
  return { plan: stage.plan, violation, steps: simulation.steps, hash, history, struck, coverage: coverage.counts() };
}

class Simulation {
  steps = 0;
  readonly #stage: Stage;
  readonly #buyers: Buyers;
  readonly #oracle: Oracle;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#buyers = new Buyers(stage);
    this.#oracle = new Oracle(stage);
  }

  async run(withoutActions: readonly number[]): Promise<void> {
    const { plan, world, storage, d1 } = this.#stage;
    this.#buyers.begin(plan.actions.filter(({ index }) => !withoutActions.includes(index)));
    await this.#runUntil((plan.actions.at(-1)?.atMs ?? 0) + 5_000);
    world.quiet = true;
    world.record("from here on nothing goes wrong");
    await this.#runToRest();
    storage.sqlite.close();
    d1.sqlite.close();
  }

  async #runToRest(): Promise<void> {
    const { world } = this.#stage;
    for (let sweeps = 0; sweeps <= MOST_SWEEPS; sweeps++) {
      await this.#runUntil(Number.POSITIVE_INFINITY);
      if (world.violation !== null) return;
      if (unfinished(this.#stage).length === 0) return checkAtRest(this.#stage);
      world.timeline.add(SWEEP_EVERY_MS, "cron", null, () => {
        this.#buyers.sweep();
        this.#buyers.visit();
      });
    }
    world.broken(`stuck: ${unfinished(this.#stage).join("; ")}`);
  }

  async #runUntil(untilMs: number): Promise<void> {
    const { world } = this.#stage;
    while (world.violation === null) {
      const entry = world.timeline.next(untilMs);
      if (entry === null) return;
      if (this.steps > MOST_STEPS) world.broken(`not at rest after ${MOST_STEPS} steps`);
      await this.#step(entry);
    }
  }

  async #step(entry: Entry): Promise<void> {
    const { world, host, replies } = this.#stage;
    this.steps += 1;
    world.record(entry.label);
    replies.refusedInThisStep = false;
    if (entry.owner?.kind === "object") host.expose();
    entry.run();
    // Every continuation of this step has run once the event loop comes round.
    await new Promise((resolve) => setImmediate(resolve));
    host.cover();
    this.#oracle.afterStep();
    this.#strikeAfterStep();
    world.countFaults();
  }

  /** Between two steps the process that just ran may die. */
  #strikeAfterStep(): void {
    const { world, host, queue } = this.#stage;
    const { owner } = world.timeline;
    if (owner === null || !owner.alive || world.quiet) return;
    if (owner.kind === "object" && owner === host.owner) {
      if (world.strike(world.choose(), ["object crashes"], null) !== null) host.crash();
    }
    if (owner.kind === "consumer") {
      const faults = ["consumer crashes", "consumer crashes, message lost"] as const;
      const fault = world.strike(world.choose(), faults, queue.paymentsWith(owner));
      if (fault !== null) queue.crash(owner, fault === "consumer crashes, message lost");
    }
  }
}
