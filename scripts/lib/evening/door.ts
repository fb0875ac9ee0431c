// The door: eight gates, of which two are without a network for a while, people with their passes,
// and some with a copy of somebody else's.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { letsPass, type Outcome } from "../../../src/web/door/core/outcome.ts";
import { Prng } from "../../../test/support/prng.ts";
import { passesOf } from "./afterwards.ts";
import type { Caller } from "./caller.ts";
import { Device } from "./device.ts";
import type { Admittance, Scene } from "./notes.ts";
import { signUp } from "./organiser.ts";
import { follow } from "./streams.ts";

const GATES_A_SCANNER = 3;
/** At an offline gate a copy is known by its own device alone. */
const SHARE_OF_COPIES_OFFLINE = 0.15;
const TOO_EARLY_AGAIN_MS = 300;
const SHORTEST_STEP_MS = 5;
const LONGEST_STEP_MS = 25;

/** Who comes, with a code or, having none, found by name, address or order. */
export interface Comer {
  readonly pass: string;
  readonly code: string | null;
}

interface CheckIn {
  readonly result: string;
  readonly at: string | null;
  readonly gate: string | null;
}

/** What a door's stream says of a ticket type. */
export interface DoorCounts {
  readonly ticket: string;
  readonly admitted: number;
  readonly inside: number;
  readonly gates: readonly { readonly gate: string; readonly admitted: number }[];
}

/** The crew has accounts of its own, and each of them scans at some gates. */
export async function engageCrew(scene: Scene): Promise<Map<string, Caller>> {
  const { plan, venue, organiser, stranger } = scene;
  const crew = new Map<string, Caller>();
  let caller: Caller | null = null;
  for (const [index, gate] of plan.gates.entries()) {
    if (index % GATES_A_SCANNER === 0 || caller === null) {
      caller = stranger();
      const account = await signUp(scene, caller, `scanner-${index / GATES_A_SCANNER + 1}`);
      await organiser.must("PUT", `/events/${venue.id}/crew/${account}`, { part: "scanner" });
    }
    crew.set(gate, caller);
  }
  return crew;
}

/**
 * Everybody looks up their passes; who has none to show is found by the crew. `received`: the codes
 * of who was passed one on; null where they can't read their mails, and are found, too.
 */
export async function gatherPasses(scene: Scene, crew: Caller, received: readonly Comer[] | null): Promise<Comer[]> {
  const { notes, venue } = scene;
  const confirmed = notes.purchases.filter(({ isConfirmed }) => isConfirmed);
  const own: Comer[] = [];
  const todo = [...confirmed];
  const work = async () => {
    for (let purchase = todo.shift(); purchase !== undefined; purchase = todo.shift()) {
      const passes = await passesOf(purchase.buyer, purchase);
      // One that was given back or passed on has no code.
      own.push(...passes.flatMap(({ id, code }) => (code === null ? [] : [{ pass: id, code }])));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  const found: Comer[] = [];
  const withoutCode = received === null ? notes.passed.map(({ to }) => to) : [];
  for (const sought of [...notes.counter.map(({ id }) => id), ...withoutCode]) {
    const passes = await crew.must<{ id: string }[]>(
      "GET",
      `/events/${venue.id}/passes?q=${encodeURIComponent(sought)}`,
    );
    found.push(...passes.map(({ id }) => ({ pass: id, code: null })));
  }
  return [...own, ...(received ?? []), ...found].sort((one, other) => (one.pass < other.pass ? -1 : 1));
}

export async function openTheDoors({ organiser, venue }: Scene): Promise<void> {
  await organiser.must("PATCH", `/events/${venue.id}`, { doors_open_at: new Date(Date.now() - 1_000).toISOString() });
}

export class Door {
  readonly counts = new Map<string, DoorCounts>();
  readonly #scene: Scene;
  readonly #crew: ReadonlyMap<string, Caller>;
  readonly #dice: Prng;
  readonly #end = new AbortController();
  readonly #watching: Promise<void>;
  /** Whom devices without a network have let in, and the service has not heard of yet. */
  readonly #kept: (Pick<Admittance, "pass" | "gate" | "who" | "offline"> & { readonly key: string })[] = [];

  constructor(scene: Scene, crew: ReadonlyMap<string, Caller>) {
    this.#scene = scene;
    this.#crew = crew;
    this.#dice = new Prng(scene.plan.seed + 1);
    this.#watching = follow(scene.organiser, `/events/${scene.venue.id}/door/live`, this.#end.signal, (data) => {
      const counts: DoorCounts = JSON.parse(data);
      this.counts.set(counts.ticket, counts);
    });
  }

  async stopWatching(): Promise<void> {
    this.#end.abort();
    await this.#watching;
  }

  get admitted(): number {
    return [...this.counts.values()].reduce((sum, { admitted }) => sum + admitted, 0);
  }

  /** All who come go in; the copies come when their pass has gone in already. */
  async letIn(comers: readonly Comer[]): Promise<void> {
    const { plan, notes } = this.#scene;
    const shuffled = shuffle(comers, this.#dice);
    const coming = shuffled.slice(0, Math.max(0, shuffled.length - plan.absent));
    // Without a network nobody is found who has no code.
    const atGates = new Map<string, Comer[]>(plan.gates.map((gate) => [gate, []]));
    const online = plan.gates.filter((gate) => !plan.offline.includes(gate));
    for (const [index, comer] of coming.entries()) {
      const gates = comer.code === null ? online : plan.gates;
      atGates.get(gates[index % gates.length] ?? "")?.push(comer);
    }
    const devices = new Map<string, Device>();
    for (const gate of plan.offline)
      devices.set(gate, await Device.prepare(this.#callerAt(gate), this.#scene.venue.id, gate));
    await Promise.all(
      [...atGates].map(([gate, queue]) => {
        const device = devices.get(gate);
        return device === undefined ? this.#scanAll(gate, queue) : this.#scanOffline(device, gate, queue);
      }),
    );
    await this.#copiesOnline(atGates, online);
    for (const { pass, oldCode } of notes.passed)
      await this.#scan(this.#dice.pick(online), { pass, code: oldCode }, "giver");
    this.#scene.say(`${plan.offline.join(" and ")} have a network again, and bring in what they scanned`);
    for (const [gate, device] of devices) await this.#bring(gate, device);
  }

  async #scanAll(gate: string, queue: readonly Comer[]): Promise<void> {
    for (const comer of queue) {
      await this.#step();
      await this.#scan(gate, comer, "holder");
    }
  }

  async #scan(gate: string, { pass, code }: Comer, who: Admittance["who"]): Promise<void> {
    const { venue, notes } = this.#scene;
    for (;;) {
      const scan = { event: venue.id, gate, key: randomUUID(), ...(code === null ? { pass } : { code }) };
      const { result, at, gate: there } = await this.#callerAt(gate).must<CheckIn>("POST", "/check-ins", scan);
      // The doors have just been opened, and not all objects know.
      if (result === "too_early") {
        await sleep(TOO_EARLY_AGAIN_MS);
        continue;
      }
      const before = result === "already_admitted" ? { at, gate: there } : null;
      notes.admittances.push({ pass, gate, result, before, who, offline: null });
      return;
    }
  }

  async #scanOffline(device: Device, gate: string, queue: readonly Comer[]): Promise<void> {
    const { plan } = this.#scene;
    const copies = Math.round((plan.copies * SHARE_OF_COPIES_OFFLINE) / plan.offline.length);
    const repeated = queue.slice(0, copies);
    for (const { pass, code } of queue) await this.#keep(device, gate, pass, code ?? "", "holder");
    for (const { pass, code } of repeated) await this.#keep(device, gate, pass, code ?? "", "copy");
  }

  async #keep(device: Device, gate: string, pass: string, code: string, who: Admittance["who"]): Promise<void> {
    await this.#step();
    const { outcome, key } = await device.scan(code);
    const told = { pass, gate, who, offline: outcome.result };
    if (key !== null && letsPass(outcome)) this.#kept.push({ ...told, key });
    else this.#scene.notes.admittances.push({ ...told, result: outcome.result, before: beforeOf(outcome) });
  }

  async #bring(gate: string, device: Device): Promise<void> {
    const answers = await device.bring();
    for (const { key, ...told } of this.#kept.filter((kept) => kept.gate === gate)) {
      const answer = answers.get(key);
      if (answer === undefined) throw new Error(`${gate} got no answer about ${told.pass}`);
      this.#scene.notes.admittances.push({ ...told, result: answer.result, before: beforeOf(answer) });
    }
  }

  /** At another gate than the one where the pass went in. */
  async #copiesOnline(atGates: ReadonlyMap<string, readonly Comer[]>, online: readonly string[]): Promise<void> {
    const { plan } = this.#scene;
    const offline = plan.offline.length * Math.round((plan.copies * SHARE_OF_COPIES_OFFLINE) / plan.offline.length);
    const candidates = shuffle(
      online.flatMap((gate) =>
        (atGates.get(gate) ?? []).filter(({ code }) => code !== null).map((comer) => ({ gate, comer })),
      ),
      this.#dice,
    );
    for (const { gate, comer } of candidates.slice(0, plan.copies - offline)) {
      const other = this.#dice.pick(online.filter((one) => one !== gate));
      await this.#scan(other, comer, "copy");
    }
  }

  #callerAt(gate: string): Caller {
    const caller = this.#crew.get(gate);
    if (caller === undefined) throw new Error(`nobody works at ${gate}`);
    return caller;
  }

  async #step(): Promise<void> {
    await sleep(this.#dice.between(SHORTEST_STEP_MS, LONGEST_STEP_MS));
  }
}

/** Where and when the pass went in, of one that is refused for it. */
function beforeOf({ result, atMs, gate }: Outcome): Admittance["before"] {
  return result === "already_admitted" ? { at: atMs === null ? null : new Date(atMs).toISOString(), gate } : null;
}

function shuffle<T>(list: readonly T[], dice: Prng): T[] {
  const shuffled = [...list];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = dice.between(0, last);
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}
