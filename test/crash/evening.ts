// The evening of `npm run evening` with kills: everything is killed at random moments from the
// first sale to the last gate, clients repeat what got no reply, and in the end it must add up.

import { setTimeout as sleep } from "node:timers/promises";
import { startOwnService } from "../../scripts/lib/evening/own-service.ts";
import { planEvening } from "../../scripts/lib/evening/people.ts";
import { newTag, type Part, type Played, playEvening } from "../../scripts/lib/evening/play.ts";
import { Prng } from "../support/prng.ts";
import type { Service } from "./service.ts";

export interface KilledEvening {
  readonly seed: number;
  readonly people: number;
  readonly places: number;
  readonly kills: number;
  /** The built worker. */
  readonly script: string;
  readonly folder: string;
  readonly say: (what: string) => void;
}

/**
 * Which share of the kills comes in which part, and how long a life lasts there at most. Before
 * these the evening makes what can't be repeated without a key, such as accounts.
 */
const KILLED: Partial<Record<Part, { readonly share: number; readonly longestLifeMs: number }>> = {
  sale: { share: 0.5, longestLifeMs: 5_000 },
  afterwards: { share: 0.15, longestLifeMs: 2_000 },
  "new date": { share: 0.15, longestLifeMs: 5_000 },
  // All are in after some seconds.
  door: { share: 0.2, longestLifeMs: 700 },
};
const SHORTEST_LIFE_MS = 200;
const LONGEST_DEATH_MS = 300;
// Queues live in memory: what a kill loses comes again from the objects, with growing delays.
const PATIENCE_MS = 240_000;

export async function playKilledEvening(evening: KilledEvening): Promise<Played & { readonly killed: number }> {
  const { seed, people, places, script, folder, say } = evening;
  const { service, adminToken } = await startOwnService(folder, script);
  const killer = new Killer(service, evening);
  try {
    const played = await playEvening({
      url: service.url,
      adminToken,
      plan: planEvening(seed, people, places, newTag()),
      say,
      keepsMails: false,
      patienceMs: PATIENCE_MS,
      up: () => killer.up,
      onPart: (part) => killer.onPart(part),
      whileWaiting: () => passQuarterOfAnHour(service),
    });
    return { ...played, killed: killer.killed };
  } finally {
    await killer.stop();
    await service.kill();
  }
}

class Killer {
  killed = 0;
  #up = Promise.withResolvers<void>();
  #part: Part = "before";
  /** Kills in this part. */
  #inPart = 0;
  #isOver = false;
  readonly #service: Service;
  readonly #evening: KilledEvening;
  readonly #dice: Prng;
  #working: Promise<void> | null = null;

  constructor(service: Service, evening: KilledEvening) {
    this.#service = service;
    this.#evening = evening;
    this.#dice = new Prng(evening.seed + 2);
    this.#up.resolve();
  }

  get up(): Promise<void> {
    return this.#up.promise;
  }

  onPart(part: Part): void {
    this.#part = part;
    this.#inPart = 0;
    this.#working ??= KILLED[part] === undefined ? null : this.#work();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    const { kills, say } = this.#evening;
    while (!this.#isOver && this.#part !== "books") {
      await sleep(this.#dice.between(SHORTEST_LIFE_MS, KILLED[this.#part]?.longestLifeMs ?? 0));
      const share = KILLED[this.#part]?.share ?? 0;
      if (this.#isOver || this.#inPart >= Math.ceil(kills * share)) continue;
      this.#up = Promise.withResolvers();
      await this.#service.kill();
      this.killed += 1;
      this.#inPart += 1;
      say(`killed, for the ${this.killed}. time (${this.#part})`);
      await sleep(this.#dice.between(0, LONGEST_DEATH_MS));
      await this.#service.start();
      this.#up.resolve();
    }
  }
}

/** A mail that a dead process was sending is due again only then. */
async function passQuarterOfAnHour(service: Service): Promise<void> {
  const nowMs = Date.now();
  await service
    .query("UPDATE mails SET due_ms = ? WHERE state = 'due' AND due_ms > ?", nowMs, nowMs + 60_000)
    // It has just been killed.
    .catch(() => []);
}
