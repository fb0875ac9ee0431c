// Does what the plan says: buyers who try again, an organiser, the cron, and planned accidents.

import type { PayRequest, ReserveRequest } from "../../src/durable/ticket-type/protocol.ts";
import { newLongId, newReservationId } from "../../src/platform/ids.ts";
import { changeEvent } from "../../src/worker/catalogue/changes.ts";
import type { Env } from "../../src/worker/env.ts";
import { callTicketType, type TicketTypeCalls } from "../../src/worker/objects/ticket-types.ts";
import { sweep } from "../../src/worker/service/sweep.ts";
import { mix } from "../support/prng.ts";
import { type Action, type Deed, LATEST, TICKET_TYPE_ID } from "./plan.ts";
import { EVENT_ENDS_MS, type Stage } from "./stage.ts";
import { causeOf, newOwner } from "./world.ts";

type DeedOnHold = Extract<Deed, { type: "pay" | "cancel" | "find" }>;

const NOBODYS = `${TICKET_TYPE_ID}-00000000000000000000`;
const FIRST_REPEAT_MS = 500;
const REPEATS = 4;
// The provider repeats its news until the object takes it.
const PROVIDER_REPEATS = 40;
// After ten days the object may have deleted the reservation, and such news needs a person.
const LATEST_NEWS_MS = 9 * 24 * 3_600_000;

export class Buyers {
  readonly #stage: Stage;
  /** The reservations that each buyer may have: one without a reply may or may not exist. */
  readonly #theirs: string[][];

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#theirs = Array.from({ length: stage.plan.buyers }, () => []);
  }

  begin(actions: readonly Action[]): void {
    const { world, plan } = this.#stage;
    for (const { index, atMs, does } of actions) {
      const act = () => this.#act(does, index);
      world.timeline.add(atMs, `action ${index}: ${JSON.stringify(does)}`, null, act, causeOf(plan.seed, index));
    }
  }

  sweep(): void {
    void sweep(this.#callerEnv("cron"));
  }

  visit(): void {
    this.#repeat("visitor", 0, (object) => object.describe());
  }

  #act(deed: Deed, index: number) {
    const { world, plan, host, queue } = this.#stage;
    switch (deed.type) {
      case "create":
        return this.#repeat(`organiser ${index}`, REPEATS * 5, (object) => object.create(plan.config));
      case "reserve":
        return this.#reserve(deed, index);
      case "pay":
      case "cancel":
      case "find":
        return this.#atItsMoment(deed, index);
      case "describe":
        return this.#repeat(`visitor ${index}`, 0, (object) => object.describe());
      case "change":
        return this.#repeat(`organiser ${index}`, REPEATS, (object) => object.change(deed.change));
      case "announce":
        return this.#announce(deed, index);
      case "late success":
        return this.#succeedLate(deed.pick, index);
      case "sweep":
        return this.sweep();
      case "crash object":
        world.met("object crashes", null);
        return host.crash();
      case "crash consumer":
        return queue.crashOne();
      case "queue loses all":
        return queue.loseAll();
      case "clock jumps":
        world.met(deed.byMs < 0 ? "clock jumps back" : "clock jumps ahead", null);
        world.timeline.jump(deed.byMs);
        return host.replanAlarm();
      case "outage":
        world.outages.set(deed.part, world.timeline.nowMs + deed.forMs);
    }
  }

  /** As an organiser does: D1 decides what the event is, and its ticket type's object is told. */
  #announce({ status, endsInMs }: Extract<Deed, { type: "announce" }>, index: number): void {
    const { wallMs } = this.#stage.world.timeline;
    const ends_at = new Date(endsInMs === null ? EVENT_ENDS_MS : wallMs + endsInMs).toISOString();
    const actor = { accountId: "organiser", address: "192.0.2.1" };
    const env = this.#callerEnv(`organiser ${index}`);
    this.#insist(REPEATS, () => changeEvent(env, actor, "event", { status, ends_at }));
  }

  #reserve({ buyer, quantities, key }: Extract<Deed, { type: "reserve" }>, index: number): void {
    const ask = (): ReserveRequest[] =>
      quantities.map((quantity, offset) => {
        const who = (buyer + offset) % this.#theirs.length;
        const reservationId = newReservationId(TICKET_TYPE_ID);
        this.#theirs[who]?.push(reservationId);
        const idempotencyKey = key === null ? null : `key ${key}`;
        return { reservationId, accountId: `buyer ${who}`, quantity, idempotencyKey };
      });
    const first = ask();
    // With a key a repetition is a new request; without one only the Worker itself repeats it.
    const requests = (attempt: number) => (key === null || attempt === 0 ? first : ask());
    this.#repeat(`buyer ${buyer} in ${index}`, REPEATS, (object, attempt) => object.reserve(requests(attempt)));
  }

  /** Now, or around the deadline of the reservation. */
  #atItsMoment(deed: DeedOnHold, index: number) {
    const { world } = this.#stage;
    const reservationId = this.#pick(deed.buyer, deed.pick);
    const expiresAtMs = world.mirror.reservations.get(reservationId)?.expiresAtMs;
    const isNow = deed.aroundDeadlineMs === null || expiresAtMs === undefined;
    // Right at the deadline every millisecond counts.
    const isExact = !isNow && Math.abs(deed.aroundDeadlineMs) <= 1;
    const ask = () => this.#ask(deed, index, reservationId, isExact);
    if (isNow) return ask();
    const afterMs = world.timeline.momentOf(expiresAtMs + deed.aroundDeadlineMs) - world.timeline.nowMs;
    world.timeline.add(afterMs, `action ${index} at its moment`, null, ask);
  }

  #ask(deed: DeedOnHold, index: number, reservationId: string, immediate: boolean): void {
    const accountId = `buyer ${deed.buyer}`;
    const name = `${accountId} in ${index}`;
    if (deed.type === "cancel") this.#repeat(name, REPEATS, (it) => it.cancel(reservationId, accountId), immediate);
    if (deed.type === "find") this.#repeat(name, 0, (it) => it.find(reservationId, accountId), immediate);
    if (deed.type !== "pay") return;
    const { key, method } = deed;
    const ask = (): PayRequest => {
      const paymentId = newLongId();
      const idempotencyKey = key === null ? null : `key ${key}`;
      return { reservationId, accountId, paymentId, key: idempotencyKey ?? paymentId, method, idempotencyKey };
    };
    const first = ask();
    this.#repeat(name, REPEATS, (it, attempt) => it.pay(key === null || attempt === 0 ? first : ask()), immediate);
  }

  /** One of the buyer's own; now and then another's, which must look as if it did not exist. */
  #pick(buyer: number, pick: number): string {
    if (pick === LATEST) return this.#theirs[buyer]?.at(-1) ?? NOBODYS;
    const others = pick % 20 === 0;
    const all = this.#theirs[others ? (buyer + 1) % this.#theirs.length : buyer] ?? [];
    // Reservations that do not exist are always refused: a few of them are enough.
    const list = pick % 10 === 1 ? all : all.filter((id) => this.#stage.world.mirror.reservations.has(id));
    // The later ones are more often still of interest.
    const fromTheEnd = mix(pick, 1) % Math.max(1, Math.min(list.length, 4));
    return list.at(-1 - fromTheEnd) ?? NOBODYS;
  }

  /** The provider declined, and has the money after all: it repeats that until it is taken. */
  #succeedLate(pick: number, index: number): void {
    const { world, provider } = this.#stage;
    const declined = provider.movements.filter(({ declined, wasDeclined, madeAtMs }) => {
      return declined && wasDeclined && world.timeline.nowMs - madeAtMs < LATEST_NEWS_MS;
    });
    const movement = pick === LATEST ? declined.at(-1) : declined[pick % Math.max(1, declined.length)];
    if (movement === undefined || provider.chargesOf(movement.paymentId).length > 0) return;
    movement.declined = false;
    const { paymentId } = movement;
    const news = { paymentId, outcome: { state: "succeeded" } } as const;
    world.met("provider succeeds after all", [paymentId]);
    this.#repeat(`provider in ${index}`, PROVIDER_REPEATS, (object) => object.settle([news]));
  }

  /** Calls the object as the Worker does, and again while no reply comes. */
  #repeat(
    name: string,
    repeats: number,
    call: (object: TicketTypeCalls, attempt: number) => Promise<unknown>,
    immediate = false,
  ): void {
    const env = this.#callerEnv(name, immediate);
    this.#insist(repeats, (number) => callTicketType(env, TICKET_TYPE_ID, (object) => call(object, number)));
  }

  #insist(repeats: number, act: (attempt: number) => Promise<unknown>): void {
    const attempt = async (number: number): Promise<void> => {
      try {
        await act(number);
      } catch {
        if (number >= repeats) return;
        await scheduler.wait(FIRST_REPEAT_MS * 2 ** Math.min(number, 8));
        await attempt(number + 1);
      }
    };
    void attempt(0);
  }

  #callerEnv(name: string, immediate = false): Env {
    const owner = newOwner("caller", name, immediate);
    this.#stage.world.timeline.owner = owner;
    return this.#stage.envFor(owner);
  }
}
