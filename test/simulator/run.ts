// One run of the whole service under one seed: the same seed gives the same history, to the byte.

import { createHash } from "node:crypto";
import { TicketType } from "../../src/durable/ticket-type/ticket-type.ts";
import type { Env, LimitName } from "../../src/worker/env.ts";
import { consumePayments } from "../../src/worker/payments/consumer.ts";
import type { PaymentProvider } from "../../src/worker/payments/provider.ts";
import { Buyers } from "./buyers.ts";
import { Cache } from "./cache.ts";
import type { Counts } from "./coverage.ts";
import { D1 } from "./d1.ts";
import { checkAtRest, type Rest, unfinished } from "./final.ts";
import { withVirtualGlobals } from "./globals.ts";
import { ObjectHost } from "./host.ts";
import { ObjectStorage } from "./object-storage.ts";
import { Oracle } from "./oracle.ts";
import { makePlan, type Plan, TICKET_TYPE_ID } from "./plan.ts";
import { Provider } from "./provider.ts";
import { PaymentQueue } from "./queue.ts";
import { Replies } from "./replies.ts";
import type { Rewrite } from "./sqlite.ts";
import type { Owner } from "./timeline.ts";
import { World } from "./world.ts";

/** A planted mistake, to show that the oracle catches it. */
export interface Mistake {
  readonly sql?: Rewrite;
  readonly d1?: Rewrite;
  readonly provider?: (provider: PaymentProvider) => PaymentProvider;
}

export interface RunOptions {
  /** The actions and the faults to leave out. */
  readonly withoutActions?: ReadonlySet<number>;
  readonly withoutFaults?: ReadonlySet<string>;
  readonly mistake?: Mistake;
}

export interface RunResult {
  readonly seed: number;
  readonly violation: string | null;
  readonly steps: number;
  readonly hash: string;
  readonly history: readonly string[];
  readonly plan: Plan;
  /** The names of the faults that struck. */
  readonly struck: readonly string[];
  readonly coverage: Counts;
}

// Stripe forgets an idempotency key after a day.
const PROVIDER_REMEMBERS_MS = 24 * 3_600_000;
const MOST_STEPS = 40_000;
const SWEEP_EVERY_MS = 600_000;
const MOST_SWEEPS = 60;

let runs = 0;

export async function run(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const simulation = new Simulation(seed, options);
  const { world } = simulation;
  const hooks = { fetch: simulation.fetch, logged: simulation.logged, unhandled: simulation.unhandled };
  await withVirtualGlobals(world, seed, hooks, () => simulation.run());
  const hash = createHash("sha256").update(world.history.join("\n")).digest("hex");
  const { violation, history } = world;
  const struck = world.struck.map(({ key }) => key);
  return {
    seed,
    violation,
    steps: simulation.steps,
    hash,
    history,
    plan: simulation.plan,
    struck,
    coverage: world.coverage.counts(),
  };
}

class Simulation {
  readonly world: World;
  readonly plan: Plan;
  steps = 0;
  readonly #options: RunOptions;
  readonly #storage: ObjectStorage;
  readonly #d1: D1;
  readonly #provider: Provider;
  readonly #cache: Cache;
  readonly #queue: PaymentQueue;
  readonly #host: ObjectHost;
  readonly #replies: Replies;
  readonly #oracle: Oracle;
  // Of each run its own: by it an isolate knows what it leaves alone, and no run begins with what
  // another has learnt.
  readonly #cacheUrl = `https://${++runs}.cache.test`;
  readonly #buyers: Buyers;

  constructor(seed: number, options: RunOptions) {
    this.#options = options;
    this.plan = makePlan(seed);
    this.world = new World(seed, this.plan.rates, options.withoutFaults ?? new Set());
    const { mistake } = options;
    const envFor = (owner: Owner) => this.#envFor(owner);
    this.#storage = new ObjectStorage(mistake?.sql);
    this.#d1 = new D1(this.world, mistake?.d1);
    this.#provider = new Provider(this.world, PROVIDER_REMEMBERS_MS);
    this.#cache = new Cache(this.world);
    const portFor = (owner: Owner) => (mistake?.provider ?? ((it) => it))(this.#provider.portFor(owner));
    this.#queue = new PaymentQueue(this.world, envFor, (batch, env, owner) =>
      consumePayments(batch, env, portFor(owner)),
    );
    this.#replies = new Replies(this.world);
    this.#host = new ObjectHost(this.world, this.#storage, TicketType, envFor, (method, args) =>
      this.#replies.witness(method, args),
    );
    this.#oracle = new Oracle(this.world, this.#storage, this.#provider, this.#d1);
    const { world, plan } = this;
    this.#buyers = new Buyers({ world, plan, host: this.#host, queue: this.#queue, provider: this.#provider, envFor });
    this.#d1.sqlite.script(CATALOGUE);
  }

  async run(): Promise<void> {
    const without = this.#options.withoutActions ?? new Set();
    this.#buyers.begin(this.plan.actions.filter(({ index }) => !without.has(index)));
    const lastMs = this.plan.actions.at(-1)?.atMs ?? 0;
    await this.#runUntil(lastMs + 5_000);
    this.world.quiet = true;
    this.world.record("from here on nothing goes wrong");
    await this.#runToRest();
    this.#storage.sqlite.close();
    this.#d1.sqlite.close();
  }

  readonly fetch = (body: string) => this.#cache.fetch(body);

  readonly logged = (level: "info" | "error", line: string) => {
    const isExcused = this.world.storageFaults > 0 || this.world.timeline.owner?.alive === false;
    const isMeant = line.includes('"message":"payment needs a person"');
    if (level === "error" && !isMeant && !isExcused) this.world.broken(`an error was logged: ${line}`);
  };

  readonly unhandled = (reason: unknown) => {
    if (this.world.storageFaults === 0 && this.world.timeline.owner?.alive !== false) {
      this.world.broken(`nobody handled: ${reason}`);
    }
  };

  async #runToRest(): Promise<void> {
    const rest: Rest = {
      world: this.world,
      storage: this.#storage,
      d1: this.#d1,
      queue: this.#queue,
      provider: this.#provider,
      cache: this.plan.hasCache ? this.#cache : null,
    };
    for (let sweeps = 0; sweeps <= MOST_SWEEPS; sweeps++) {
      await this.#runUntil(Number.POSITIVE_INFINITY);
      if (this.world.violation !== null) return;
      if (unfinished(rest).length === 0) return checkAtRest(rest);
      this.world.timeline.add(SWEEP_EVERY_MS, "cron", null, () => {
        this.#buyers.sweep();
        this.#buyers.visit();
      });
    }
    this.world.broken(`stuck: ${unfinished(rest).join("; ")}`);
  }

  async #runUntil(untilMs: number): Promise<void> {
    const { world } = this;
    for (;;) {
      const atMs = world.timeline.nextAtMs();
      if (atMs === null || atMs > untilMs || world.violation !== null) return;
      if (this.steps > MOST_STEPS) world.broken(`not at rest after ${MOST_STEPS} steps`);
      await this.#step();
    }
  }

  async #step(): Promise<void> {
    const { world } = this;
    const entry = world.timeline.next();
    if (entry === null) return;
    this.steps += 1;
    world.record(entry.label);
    this.#replies.refusedInThisStep = false;
    if (entry.owner?.kind === "object") this.#host.expose();
    entry.run();
    // Every continuation of this step has run once the event loop comes round.
    await new Promise((resolve) => setImmediate(resolve));
    this.#host.cover();
    this.#oracle.afterStep(this.#replies.refusedInThisStep);
    this.#strikeAfterStep();
    world.countFaults();
  }

  /** Between two steps the process that just ran may die. */
  #strikeAfterStep(): void {
    const { owner } = this.world.timeline;
    if (owner === null || !owner.alive || this.world.quiet) return;
    if (owner.kind === "object" && owner === this.#host.owner) {
      if (this.world.strike(this.world.choose(), ["object crashes"], null) !== null) this.#host.crash();
    }
    if (owner.kind === "consumer") {
      const about = this.#queue.paymentsWith(owner);
      const fault = this.world.strike(
        this.world.choose(),
        ["consumer crashes", "consumer crashes, message lost"],
        about,
      );
      if (fault !== null) this.#queue.crash(owner, fault === "consumer crashes, message lost");
    }
  }

  #envFor(owner: Owner): Env {
    const redis = { UPSTASH_REDIS_REST_URL: this.#cacheUrl, UPSTASH_REDIS_REST_TOKEN: "token" };
    return {
      DB: this.#d1.bindingFor(owner),
      TICKET_TYPES: this.#host.namespaceFor(owner),
      PAYMENTS: this.#queue.bindingFor(owner),
      ASSETS: {} as Env["ASSETS"],
      ...({} as Record<LimitName, RateLimit>),
      HOLD_SECONDS: "900",
      RETENTION_DAYS: "10",
      ...(this.plan.hasCache ? redis : {}),
    };
  }
}

// D1 has the ticket type before anybody can request it.
const CATALOGUE = `
  INSERT INTO accounts VALUES ('organiser', 'organiser', 'o@example.org', '', 'organizer', 0);
  INSERT INTO events VALUES ('event', 'organiser', 'Event', '', '', 0, 0, 'UTC', 'published', 1, 0, 0, 1, 1, NULL);
  INSERT INTO ticket_types VALUES ('${TICKET_TYPE_ID}', 'event', 1, 'Stalls', '', 0, 0, 0, 1, 0, 'EUR', NULL, NULL, NULL, 0, NULL);
`;
