// Devices at one door, a network between them and the service that loses and repeats, and tabs that
// crash in the middle of anything.

import { bringIn, type Hindrances } from "../../../../src/web/door/core/bring-in.ts";
import { type DeviceParts, readList, scanCode, scanPass, type Verdict } from "../../../../src/web/door/core/device.ts";
import type { Direction } from "../../../../src/web/door/core/outcome.ts";
import type { DoorService, Failure, Reply } from "../../../../src/web/door/core/service.ts";
import type { DoorStore } from "../../../../src/web/door/core/store.ts";
import { observed } from "../../../../src/web/ui/clock-offset.ts";
import { MemoryStore } from "../../../support/memory-store.ts";
import { EVENT, ModelService, verify } from "./model-service.ts";

/**
 * What becomes of a request. `late`: it arrives long after the device has given it up. `hangs`: it
 * arrives, and the tab crashes while it waits for the reply.
 */
export type Fate = "arrives" | "is lost" | "reply is lost" | "is late" | "arrives twice" | "hangs" | Failure["type"];

const START_MS = Date.parse("2027-08-14T19:00:00Z");

export class World {
  nowMs = START_MS;
  readonly service: ModelService;
  /** The fates of the next requests; then all arrive. */
  readonly fates: Fate[] = [];
  readonly #late: (() => void)[] = [];
  readonly #pause: () => Promise<void>;
  #keys = 0;

  /** `pause`: when the test's scheduler lets a step go on. */
  constructor(passes: number, pause: () => Promise<void> = async () => {}) {
    this.service = new ModelService(passes, () => this.nowMs);
    this.#pause = pause;
  }

  newKey(): string {
    return `key-${String(++this.#keys).padStart(16, "0")}`;
  }

  pause(): Promise<void> {
    return this.#pause();
  }

  deliverLate(): void {
    for (const request of this.#late.splice(0)) request();
  }

  async send<T>(request: () => T): Promise<Reply<T>> {
    const fate = this.fates.shift() ?? "arrives";
    await this.#pause();
    if (fate === "slow_down") return { ok: false, failure: { type: fate, retryAfterMs: 1_000 } };
    if (fate === "signed_out" || fate === "not_crew" || fate === "refused")
      return { ok: false, failure: { type: fate } };
    const isLost = fate === "is lost" || fate === "is late" || fate === "unreachable";
    if (fate === "is late") this.#late.push(request);
    if (fate === "arrives twice") request();
    const value = isLost ? null : request();
    await this.#pause();
    if (fate === "hangs") return new Promise(() => {});
    if (value === null || fate === "reply is lost") return { ok: false, failure: { type: "unreachable" } };
    return { ok: true, value };
  }
}

export class Device {
  readonly store = new MemoryStore();
  isOnline = true;
  /** What the crew saw, of each tab. */
  readonly verdicts: Verdict[] = [];
  readonly #world: World;
  readonly #gate: string;
  readonly #skewMs: number;

  constructor(world: World, gate: string, skewMs = 0) {
    this.#world = world;
    this.#gate = gate;
    this.#skewMs = skewMs;
  }

  get nowMs(): number {
    return this.#world.nowMs + this.#skewMs;
  }

  open(): Tab {
    return new Tab(this.#world, this, this.#gate);
  }
}

export class Tab {
  readonly failures: Failure[] = [];
  readonly #world: World;
  readonly #device: Device;
  readonly #gate: string;
  #isCrashed = false;

  constructor(world: World, device: Device, gate: string) {
    this.#world = world;
    this.#device = device;
    this.#gate = gate;
  }

  /** Nothing that is under way goes on. */
  crash(): void {
    this.#isCrashed = true;
  }

  async scan(code: string, direction: Direction = "in"): Promise<Verdict> {
    return this.#seen(await scanCode(this.#parts(), { eventId: EVENT, gate: this.#gate }, code, direction));
  }

  async scanPass(passId: string): Promise<Verdict> {
    return this.#seen(await scanPass(this.#parts(), { eventId: EVENT, gate: this.#gate }, passId, "in"));
  }

  bringIn(): Promise<Hindrances> {
    const { store, service } = this.#parts();
    return bringIn(store, service);
  }

  readList(): Promise<Failure | null> {
    return readList(this.#parts(), EVENT);
  }

  #seen(verdict: Verdict): Verdict {
    this.#device.verdicts.push(verdict);
    return verdict;
  }

  #parts(): DeviceParts {
    return {
      store: this.#store(),
      service: this.#service(),
      verify,
      newKey: () => this.#world.newKey(),
      nowMs: () => this.#device.nowMs,
      isOnline: () => this.#device.isOnline,
      onFailure: (failure) => this.failures.push(failure),
    };
  }

  #store(): DoorStore {
    const store = this.#device.store;
    const step = <T>(work: () => Promise<T>) => this.#step(work);
    return {
      change: (eventId, passId, plan) => step(() => store.change(eventId, passId, plan)),
      count: () => step(() => store.count()),
      list: (eventId) => step(() => store.list(eventId)),
      addPage: (...args) => step(() => store.addPage(...args)),
      waiting: () => step(() => store.waiting()),
      clock: () => step(() => store.clock()),
      setClock: (offset) => step(() => store.setClock(offset)),
    };
  }

  #service(): DoorService {
    const { service } = this.#world;
    const send = async <T>(request: () => T): Promise<Reply<T>> => {
      const sentMs = this.#device.nowMs;
      const reply: Reply<T> = this.#device.isOnline
        ? await this.#step(() => this.#world.send(request))
        : { ok: false, failure: { type: "unreachable" } };
      if (!reply.ok) return reply;
      const date = new Date(this.#world.nowMs).toUTCString();
      const offset = observed(await this.#device.store.clock(), date, sentMs, this.#device.nowMs);
      if (offset !== null) await this.#device.store.setClock(offset);
      return reply;
    };
    return {
      checkIn: async (scan) => {
        const reply = await send(() => service.checkIns([{ scan, isTimed: false }]));
        return reply.ok ? { ok: true, value: required(reply.value[0]) } : reply;
      },
      checkIns: (_eventId, scans) => send(() => service.checkIns(scans)),
      door: (_eventId, after) => send(() => service.door(after, 2)),
    };
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    await this.#world.pause();
    if (this.#isCrashed) return new Promise(() => {});
    const done = await work();
    return this.#isCrashed ? new Promise(() => {}) : done;
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("no answer");
  return value;
}
