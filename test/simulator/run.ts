// One run of the whole service under one seed: the same seed gives the same history, to the byte.

import { createHash } from "node:crypto";
import { endedAfterMs } from "../../src/worker/reconciliation/part.ts";
import { Buyers } from "./buyers.ts";
import { Callers } from "./callers.ts";
import { checkAtRest, unfinished } from "./final.ts";
import { withVirtualGlobals } from "./globals.ts";
import { Oracle } from "./oracle.ts";
import { Organiser } from "./organiser.ts";
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
// For longer than any deadline whose alarm may have been lost before.
const FIRST_SWEEPS = 6;
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
    const { plan, world, ticketTypes, orders, d1 } = this.#stage;
    const actions = plan.actions.filter(({ index }) => !withoutActions.includes(index));
    const creations = actions.filter(({ does }) => does.type === "create");
    this.#buyers.begin(creations);
    await this.#runUntil(Number.POSITIVE_INFINITY, () => this.#buyers.listed === creations.length);
    this.#buyers.begin(actions.filter((action) => !creations.includes(action)));
    // What happens at doors is listed behind the rest.
    const lastMs = Math.max(0, ...plan.actions.map(({ atMs }) => atMs));
    await this.#runUntil(world.timeline.nowMs + lastMs + 5_000);
    world.quiet = true;
    world.sweepsLookBackToMs = endedAfterMs();
    world.record("from here on nothing goes wrong");
    await this.#runToRest();
    for (const { storage } of [...ticketTypes.all, ...orders.all]) storage.sqlite.close();
    d1.close();
  }

  async #runToRest(): Promise<void> {
    const { world, ticketTypes } = this.#stage;
    const organiser = new Organiser(this.#stage, new Callers(this.#stage));
    for (let sweeps = 0; sweeps <= MOST_SWEEPS; sweeps++) {
      // What lost its alarm may keep others at work until a sweep finds it.
      await this.#runUntil(sweeps < FIRST_SWEEPS ? world.timeline.nowMs + SWEEP_EVERY_MS : Number.POSITIVE_INFINITY);
      if (world.violation !== null) return;
      if (unfinished(this.#stage).length === 0) {
        checkAtRest(this.#stage);
        if (organiser.retryAllRefunds() === 0) return;
        world.record("the organiser has asked for all refunds that failed once more");
      }
      world.timeline.add(SWEEP_EVERY_MS, "cron", null, () => {
        this.#buyers.sweep();
        for (const { id } of ticketTypes.all) this.#buyers.visit(id);
      });
    }
    world.broken(`stuck: ${unfinished(this.#stage).join("; ")}`);
  }

  async #runUntil(untilMs: number, isOver = () => false): Promise<void> {
    const { world } = this.#stage;
    while (world.violation === null && !isOver()) {
      const entry = world.timeline.next(untilMs);
      if (entry === null) return;
      if (this.steps > MOST_STEPS) world.broken(`not at rest after ${MOST_STEPS} steps`);
      await this.#step(entry);
    }
  }

  async #step(entry: Entry): Promise<void> {
    const { world, ticketTypes } = this.#stage;
    this.steps += 1;
    world.record(entry.label);
    for (const { replies } of ticketTypes.all) replies.refusedInThisStep = false;
    if (entry.owner !== null) world.running.get(entry.owner)?.expose();
    entry.run();
    // Every continuation of this step has run once the event loop comes round.
    await new Promise((resolve) => setImmediate(resolve));
    for (const host of world.exposed) host.cover();
    world.exposed.clear();
    this.#oracle.afterStep();
    this.#buyers.afterStep();
    this.#strikeAfterStep();
    world.countFaults();
  }

  /** Between two steps the process that just ran may die. */
  #strikeAfterStep(): void {
    const { world, queue } = this.#stage;
    const { owner } = world.timeline;
    if (owner === null || !owner.alive || world.quiet) return;
    world.running.get(owner)?.strikeAfterStep();
    if (owner.kind === "consumer") {
      const faults = ["consumer crashes", "consumer crashes, message lost"] as const;
      const fault = world.strike(world.choose(), faults, queue.paymentsWith(owner));
      if (fault !== null) queue.crash(owner, fault === "consumer crashes, message lost");
    }
  }
}
