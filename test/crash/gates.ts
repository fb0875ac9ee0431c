// The gates over HTTP, while everything is killed: crew who scan the passes of what was bought, at
// several gates at once and without a network, take check-ins back and let people out; buyers who
// name their passes and pass them on. What got no answer is asked again with its key.

import { setTimeout as sleep } from "node:timers/promises";
import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import { passCode } from "../../src/worker/passes/pass-keys.ts";
import type { Prng } from "../support/prng.ts";
import { problemOf } from "./attempts.ts";
import { Device, type DoorPage } from "./device.ts";
import type { PassAnswer, PassRequest } from "./pass-model.ts";
import { type Body, type Bought, type HttpRequest, nowMs, type Recorder } from "./record.ts";
import type { Sale } from "./sale.ts";
import { PASS_KEYS } from "./service.ts";

/** A request with all its repeats. */
export interface AskedPass {
  readonly request: PassRequest;
  readonly startMs: number;
  /** When it was first answered; Infinity where it never was. */
  endMs: number;
  /** In the order in which they came. */
  readonly answers: PassAnswer[];
}

interface Entrance {
  readonly sale: Sale;
  readonly recorder: Recorder;
  readonly up: () => Promise<void>;
  readonly isOver: () => boolean;
}

/** `generation` as its buyer knows it. */
interface KnownPass {
  readonly id: string;
  readonly buyer: number;
  generation: number;
  isNamed: boolean;
}

type Scan = Extract<PassRequest, { readonly type: "in" | "out" }>;
/** Of a check-in, or of one of a batch. */
type Result = PassAnswer & { readonly key: string };

const GATES = ["North", "South", "East"];
const CREW = 5;
const LONGEST_THOUGHT_MS = 80;
const SHARE_OF_LOOKS = 0.3;
const BOUGHT_OF_LATE = 10;
const SHARE_OF_LATE = 0.8;
const SHARE_REPLAYED = 0.2;
const REPEAT_AFTER_MS = 50;
const ANSWER_WITHIN_MS = 30_000;
// Clocks differ by less than the first.
const SHORTEST_OFFLINE_MS = 200;
const LONGEST_OFFLINE_MS = 5_000;
const MOST_KEPT = 4;
const SHARE_READING = 0.7;
const SHARE_OF_WRONG_CLOCKS = 0.5;
const MOST_AHEAD_MS = 600_000;

export class Gates {
  /** By key. */
  readonly asked = new Map<string, AskedPass>();
  readonly #entrance: Entrance;
  readonly #prng: Prng;
  readonly #passes: KnownPass[] = [];
  readonly #confirmed = new Set<string>();
  /** What a payment was begun for, and no reply has shown as confirmed. */
  readonly #paid = new Map<string, Bought & { readonly buyer: number }>();
  #callsRead = 0;
  #keys = 0;
  readonly device = new Device();
  /** What devices have scanned and not brought in yet, by event. */
  readonly #kept = new Map<string, Scan[]>();

  constructor(entrance: Entrance, prng: Prng) {
    this.#entrance = entrance;
    this.#prng = prng;
  }

  /** In the end all devices have a network, and everybody has come. */
  async work(): Promise<void> {
    await Promise.all(Array.from({ length: CREW }, () => this.#scan()));
    for (const event of this.#kept.keys()) await this.#bring(event);
    this.#learn();
    const byEvent = Map.groupBy(this.#passes, ({ id }) => this.#eventOf(id));
    for (const [event, passes] of byEvent) {
      await this.#bringAll(
        event,
        passes.map((pass) => this.#scanOf(pass, "in")),
      );
    }
  }

  async #scan(): Promise<void> {
    while (!this.#entrance.isOver()) {
      await sleep(this.#prng.between(0, LONGEST_THOUGHT_MS));
      this.#learn();
      if (this.#paid.size > 0 && this.#prng.chance(SHARE_OF_LOOKS)) await this.#look();
      if (this.#passes.length === 0) continue;
      const isOfLate = this.#prng.chance(SHARE_OF_LATE);
      await this.#meet(this.#prng.pick(isOfLate ? this.#passes.slice(-BOUGHT_OF_LATE) : this.#passes));
    }
  }

  async #meet(pass: KnownPass): Promise<void> {
    const dice = this.#prng.fraction();
    const online = (type: Scan["type"] = "in") => this.#checkIn(this.#scanOf(pass, type));
    if (dice < 0.25) await Promise.all(GATES.map(() => online()));
    else if (dice < 0.35) await online();
    else if (dice < 0.55) await this.#keep(pass);
    else if (dice < 0.7) await Promise.all([this.#undo(pass), ...(this.#prng.chance(0.5) ? [online()] : [])]);
    else if (dice < 0.8) await online("out").then(() => online());
    else if (dice < 0.92) await Promise.all([this.#passOn(pass), ...(this.#prng.chance(0.5) ? [online()] : [])]);
    else await this.#name(pass);
  }

  /** Its reply is one of those that are learned from. */
  async #look(): Promise<void> {
    const { of, id, buyer } = this.#prng.pick([...this.#paid.values()].slice(-BOUGHT_OF_LATE));
    await this.#entrance.up();
    await this.#entrance.recorder.call(buyer, this.#entrance.sale.buyers[buyer]?.token ?? "", { type: "show", of, id });
  }

  /** Passes of what a reply has shown as confirmed. */
  #learn(): void {
    const { calls } = this.#entrance.recorder;
    for (; this.#callsRead < calls.length; this.#callsRead++) {
      const { body, outcome, buyer, request } = calls[this.#callsRead] ?? {};
      if (outcome !== "succeeded" || buyer === undefined || request === undefined) continue;
      if (request.type === "pay") this.#paid.set(request.id, { ...request, buyer });
      if (body?.state !== "confirmed") continue;
      this.#paid.delete(body.id);
      const bought = body.items ?? [{ reservation: body.id, quantity: body.quantity }];
      for (const { reservation, quantity } of bought.filter((part) => !this.#confirmed.has(part.reservation))) {
        this.#confirmed.add(reservation);
        for (let number = 1; number <= quantity; number++) {
          this.#passes.push({ id: `${reservation}-${number}`, buyer, generation: 0, isNamed: false });
        }
      }
    }
  }

  #scanOf({ id, generation }: KnownPass, type: Scan["type"], at: string | null = null): Scan {
    return { type, pass: id, gate: this.#prng.pick(GATES), generation, at, clockAheadMs: null, key: this.#key() };
  }

  async #checkIn(scan: Scan): Promise<void> {
    const { gate, key, type: direction } = scan;
    const body = { event: this.#eventOf(scan.pass), code: await codeOf(scan), gate, key, direction };
    await this.#ask([scan], this.#crewToken, { method: "POST", path: "/check-ins", body });
  }

  async #undo({ id }: KnownPass): Promise<void> {
    const own = [...this.asked.values()].filter(({ request, answers }) => {
      return request.pass === id && answers[0]?.result === "admitted";
    });
    const checkIn = this.#prng.chance(0.5) ? (own.at(-1)?.request.key ?? null) : null;
    const key = this.#key();
    const body = { key, ...(checkIn === null ? {} : { check_in: checkIn }) };
    const asked = { type: "undo", pass: id, checkIn, key } as const;
    await this.#ask([asked], this.#crewToken, { method: "POST", path: `/check-ins/${id}/undo`, body });
  }

  /** Some time ago, on a device that brings it in later. Most go by what they have read. */
  async #keep(pass: KnownPass): Promise<void> {
    const agoMs = this.#prng.between(SHORTEST_OFFLINE_MS, LONGEST_OFFLINE_MS);
    const event = this.#eventOf(pass.id);
    if (this.#prng.chance(SHARE_READING)) {
      await this.device.read(event, (id, query) => this.#readDoor(id, query));
      if (this.device.keepsOut(event, pass.id, pass.generation)) return;
    }
    const kept = this.#kept.get(event) ?? [];
    this.#kept.set(event, [...kept, this.#scanOf(pass, "in", new Date(Date.now() - agoMs).toISOString())]);
    if (kept.length >= this.#prng.below(MOST_KEPT)) await this.#bring(event);
  }

  async #bring(event: string): Promise<void> {
    const scans = this.#kept.get(event) ?? [];
    this.#kept.set(event, []);
    await this.#bringAll(event, scans);
  }

  /** A device whose clock is wrong says what it shows, anew with each repeat. */
  async #bringAll(event: string, scans: readonly Scan[]): Promise<void> {
    if (scans.length === 0) return;
    const isWrong = this.#prng.chance(SHARE_OF_WRONG_CLOCKS);
    const clockAheadMs = isWrong ? this.#prng.between(-MOST_AHEAD_MS, MOST_AHEAD_MS) : null;
    const shown = (atMs: number) => new Date(atMs + (clockAheadMs ?? 0)).toISOString();
    const sent = scans.map(async (scan) => {
      const { gate, key, at, type: direction } = scan;
      return { code: await codeOf(scan), gate, key, direction, ...(at === null ? {} : { at: shown(Date.parse(at)) }) };
    });
    const body = { event, scans: await Promise.all(sent) };
    const request = () => {
      const sentAt = clockAheadMs === null ? {} : { sent_at: shown(Date.now()) };
      return { method: "POST", path: "/check-ins/batch", body: { ...body, ...sentAt } };
    };
    const requests = scans.map((scan) => ({ ...scan, clockAheadMs }));
    await this.#ask(requests, this.#crewToken, request);
  }

  /** It may die meanwhile. */
  async #readDoor(event: string, query: string): Promise<DoorPage | null> {
    const request = { method: "GET", path: `/events/${event}/door${query}` };
    const { outcome, body } = await this.#entrance.recorder.send(this.#crewToken, request);
    return outcome === "succeeded" ? (body as unknown as DoorPage) : null;
  }

  async #passOn(pass: KnownPass): Promise<void> {
    if (pass.generation > 0) return;
    const key = this.#key();
    const request = { method: "POST", path: `/passes/${pass.id}/transfer`, body: { email: "friend@example.test" } };
    const asked = { type: "pass_on", pass: pass.id, key } as const;
    const done = await this.#ask([asked], this.#tokenOf(pass), request, { "idempotency-key": key });
    // Whoever was faster: it was passed on.
    if (["done", "not_found"].includes(done?.result ?? "")) pass.generation = 1;
  }

  async #name(pass: KnownPass): Promise<void> {
    if (pass.isNamed) return;
    pass.isNamed = true;
    const key = this.#key();
    const request = { method: "PATCH", path: `/passes/${pass.id}`, body: { holder_name: key } };
    await this.#ask([{ type: "name", pass: pass.id, name: key, key }], this.#tokenOf(pass), request);
  }

  /** Asks until there is an answer, and now and then once more. Returns that of the first. */
  async #ask(
    requests: readonly PassRequest[],
    token: string,
    http: HttpRequest | (() => HttpRequest),
    headers: Readonly<Record<string, string>> = {},
  ): Promise<PassAnswer | undefined> {
    const startMs = nowMs();
    const asked = requests.map(
      (request): AskedPass => ({ request, startMs, endMs: Number.POSITIVE_INFINITY, answers: [] }),
    );
    for (const each of asked) this.asked.set(each.request.key, each);
    // A name has no key, and a refusal is not kept with one: they meet what has happened since.
    const isKeyed = requests.every(({ type }) => type !== "name");
    const again = isKeyed && this.#prng.chance(SHARE_REPLAYED) ? 1 : 0;
    for (let left = 1 + again; left > 0 && nowMs() - startMs < ANSWER_WITHIN_MS; ) {
      await this.#entrance.up();
      const request = typeof http === "function" ? http() : http;
      const { outcome, body } = await this.#entrance.recorder.change(token, request, headers);
      if (outcome === "unknown") {
        await sleep(REPEAT_AFTER_MS);
        continue;
      }
      left = outcome === "refused" ? 0 : left - 1;
      const said = body as unknown as Partial<Result & { results: Result[] }>;
      const results = outcome === "refused" ? requests.map(() => refusedWith(said)) : resultsIn(said);
      for (const [place, each] of asked.entries()) {
        each.endMs = Math.min(each.endMs, nowMs());
        each.answers.push(results[place] ?? { ...NOTHING, result: "no answer" });
      }
    }
    return asked[0]?.answers[0];
  }

  get #crewToken(): string {
    return this.#entrance.sale.organiserToken;
  }

  #tokenOf({ buyer }: KnownPass): string {
    return this.#entrance.sale.buyers[buyer]?.token ?? "";
  }

  #eventOf(passId: string): string {
    const id = ticketTypeIdOf(passId);
    const { tickets, mistakes } = this.#entrance.sale;
    // One that was to be deleted may have been bought before.
    return [...tickets, ...mistakes].find((ticket) => ticket.id === id)?.eventId ?? "";
  }

  #key(): string {
    this.#keys += 1;
    return `request-at-the-gates-${this.#keys}`;
  }
}

const NOTHING = { at: null, gate: null, displaced: null };

function codeOf({ pass, generation }: Scan): Promise<string> {
  return passCode({ PASS_KEYS }, pass, generation);
}

function refusedWith(problem: object | null): PassAnswer {
  return { ...NOTHING, result: problemOf(problem as Body | null) };
}

/** Of each scan; of what a buyer asked for, that it is done. */
function resultsIn(body: Partial<Result & { results: Result[] }> | null): PassAnswer[] {
  const answers = body?.results ?? (body?.result === undefined ? [] : [body as Result]);
  if (answers.length === 0) return [{ ...NOTHING, result: "done" }];
  return answers.map(({ result, at, gate, displaced }) => ({ result, at, gate, displaced }));
}
