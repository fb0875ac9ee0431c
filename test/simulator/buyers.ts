// Does what the plan says: buyers who try again, an organiser, the cron, and planned accidents.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import type { PayRequest, ReserveRequest } from "../../src/durable/ticket-type/protocol.ts";
import { newLongId, newReservationId } from "../../src/platform/ids.ts";
import { closeAccount, releaseHoldsOf } from "../../src/worker/accounts/deletion.ts";
import type { TicketTypeCalls } from "../../src/worker/objects/ticket-types.ts";
import { type AnyPaymentMessage, ownerOf } from "../../src/worker/payments/owners.ts";
import { mix } from "../support/prng.ts";
import { Callers } from "./callers.ts";
import { Counter } from "./counter.ts";
import { sweepAll } from "./cron.ts";
import { type Action, type Deed, LATEST, type Reserve } from "./deeds.ts";
import { Devices } from "./devices.ts";
import { Door } from "./door.ts";
import { OrderBuyers } from "./order-buyers.ts";
import { Organiser } from "./organiser.ts";
import { Restores } from "./restores.ts";
import { type AnySituation, situationsOf } from "./situations.ts";
import type { Stage } from "./stage.ts";
import { aboutOrder, causeOf } from "./world.ts";

type DeedOnHold = Extract<Deed, { type: "pay" | "cancel" | "find" }>;

const REPEATS = 4;
// The provider repeats its news until the object takes it.
const PROVIDER_REPEATS = 40;
// After ten days the object may have deleted the reservation, and such news needs a person.
const LATEST_NEWS_MS = 9 * 24 * 3_600_000;

export class Buyers {
  readonly #stage: Stage;
  readonly #callers: Callers;
  readonly #door: Door;
  readonly #devices: Devices;
  readonly #organiser: Organiser;
  readonly #counter: Counter;
  readonly #restores: Restores;
  readonly #orders: OrderBuyers;
  readonly #waiting: { readonly situation: AnySituation; readonly does: Deed; readonly index: number }[] = [];
  /** The reservations that each buyer may have: one without a reply may or may not exist. */
  readonly #theirs: string[][];

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#callers = new Callers(stage);
    this.#door = new Door(stage, this.#callers);
    this.#devices = new Devices(stage, this.#callers, this.#door);
    this.#organiser = new Organiser(stage, this.#callers);
    this.#counter = new Counter(stage, this.#callers);
    this.#restores = new Restores(stage);
    this.#orders = new OrderBuyers(stage, this.#callers);
    this.#theirs = Array.from({ length: stage.plan.buyers }, () => []);
  }

  /** From now on. */
  begin(actions: readonly Action[]): void {
    const { world, plan } = this.#stage;
    for (const { index, atMs, does } of actions) {
      const act = () => this.#act(does, index);
      world.timeline.add(atMs, `action ${index}: ${JSON.stringify(does)}`, null, act, causeOf(plan.seed, index));
    }
  }

  /** Does what has waited for a state that something is in now. */
  afterStep(): void {
    const { world, plan } = this.#stage;
    if (this.#waiting.length === 0 || world.quiet) return;
    const situations = situationsOf(world, null);
    for (const waiting of this.#waiting.filter(({ situation }) => situations.has(situation))) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      const { situation, does, index } = waiting;
      const label = `action ${index}, when ${situation}: ${JSON.stringify(does)}`;
      world.timeline.add(0, label, null, () => this.#act(does, index), causeOf(plan.seed, index));
    }
  }

  /** Of ticket types: nobody can request what is on no list. */
  get listed(): number {
    return this.#organiser.created;
  }

  sweep(): void {
    sweepAll(this.#stage, this.#callers);
  }

  visit(ticketTypeId: string): void {
    void this.#callers.callObject(ticketTypeId, "visitor", 0, (object) => object.describe());
  }

  #act(deed: Deed, index: number) {
    const { world, queue, ticketTypes, orders } = this.#stage;
    switch (deed.type) {
      case "create":
        return this.#organiser.create(deed.ticket, `organiser ${index}`);
      case "reserve":
        return this.#reserve(deed, index);
      case "pay":
      case "cancel":
      case "find":
        return this.#atItsMoment(deed, index);
      case "order":
        return this.#orders.order(deed, index);
      case "pay order":
      case "cancel order":
      case "find order":
        return this.#orders.atItsMoment(deed, index);
      case "when":
        this.#waiting.push({ ...deed, index });
        return;
      case "crash order":
        return this.#orders.crash(deed.pick);
      case "describe":
        return this.visit(ticketTypes.at(deed.ticket).id);
      case "change":
      case "change prices":
      case "add codes":
        return this.#organiser.change(deed, `organiser ${index}`);
      case "announce":
        return this.#organiser.announce(deed, `organiser ${index}`);
      case "sell":
        return this.#counter.sell(deed, `organiser ${index}`);
      case "take money":
      case "cancel sale":
        return this.#counter.atItsMoment(deed, index);
      case "call off":
        return this.#organiser.callOff(deed.refund, `organiser ${index}`);
      case "require terms":
        return this.#organiser.requireTerms(deed.version, `organiser ${index}`);
      case "allow giving back":
        return this.#organiser.allowGivingBack(deed.forMs, `organiser ${index}`);
      case "delete":
        return this.#organiser.delete(deed, `organiser ${index}`);
      case "close account":
        return this.#closeAccount(deed, index);
      case "bookmark":
        return this.#restores.bookmark(deed.what, ticketTypes.at(deed.ticket));
      case "restore":
        if (deed.what === "D1") return this.#restores.restoreD1();
        return this.#restores.restoreObject(ticketTypes.at(deed.ticket));
      case "scan":
        return this.#door.scan(deed, `crew ${index}`);
      case "device":
        return this.#devices.use(deed, `device ${index}`);
      case "pass on":
      case "name pass":
        return this.#door.handOn(deed, `holder ${index}`);
      case "doors":
        return this.#organiser.openDoors(deed, `organiser ${index}`);
      case "refund":
        return this.#organiser.refund(deed, `organiser ${index}`);
      case "retry refund":
        return this.#organiser.retryRefund(deed.pick, `organiser ${index}`);
      case "dispute":
        return this.#stage.provider.dispute(deed.pick);
      case "late success":
        return this.#succeedLate(deed.pick, index);
      case "notice":
        return this.#stage.provider.say(deed.pick);
      case "sweep":
        return this.sweep();
      case "crash object":
        return ticketTypes.at(deed.ticket).host.strike();
      case "crash consumer":
        return queue.crashOne();
      case "queue loses all":
        return queue.loseAll();
      case "clock jumps":
        world.met(deed.byMs < 0 ? "clock jumps back" : "clock jumps ahead", null);
        world.timeline.jump(deed.byMs);
        for (const { host } of [...ticketTypes.all, ...orders.all]) host.replanAlarm();
        return;
      case "outage":
        world.outages.set(deed.part, world.timeline.nowMs + deed.forMs);
    }
  }

  /** As the route does, which has checked the password. */
  #closeAccount({ buyer }: Extract<Deed, { type: "close account" }>, index: number): void {
    const { world, orders } = this.#stage;
    const accountId = `buyer ${buyer}`;
    world.met("account closed", () => [
      ...world.reservations().flatMap((it) => (it.accountId === accountId ? it.id : [])),
      ...orders.all.flatMap(({ name, mirror }) => (mirror.order?.accountId === accountId ? aboutOrder(name) : [])),
    ]);
    const env = this.#callers.envOf(`${accountId} in ${index}`);
    void this.#callers.insist(REPEATS, async () => {
      const kept = await closeAccount(env, { id: `session ${index}`, accountId, isClosing: false }, "");
      if (kept !== null) await releaseHoldsOf(env, accountId);
    });
  }

  #reserve({ buyer, ticket, quantities, key, priceId, code, accepts }: Reserve, index: number): void {
    const { id } = this.#stage.ticketTypes.at(ticket);
    const acceptedTerms = this.#callers.termsFor(accepts);
    const ask = (): ReserveRequest[] =>
      quantities.map((quantity, offset) => {
        const who = (buyer + offset) % this.#theirs.length;
        const reservationId = newReservationId(id);
        this.#theirs[who]?.push(reservationId);
        const idempotencyKey = key === null ? null : `key ${key}`;
        return { reservationId, accountId: `buyer ${who}`, quantity, priceId, code, acceptedTerms, idempotencyKey };
      });
    const first = ask();
    // With a key a repetition is a new request; without one only the Worker itself repeats it.
    const requests = (attempt: number) => (key === null || attempt === 0 ? first : ask());
    const mayAsk = () => quantities.every((_, offset) => this.#callers.mayBuy((buyer + offset) % this.#theirs.length));
    const call = (object: TicketTypeCalls, attempt: number) => object.reserve(requests(attempt));
    void this.#callers.callObject(id, `buyer ${buyer} in ${index}`, REPEATS, call, { mayAsk });
  }

  /** Now, or around the deadline of the reservation. */
  #atItsMoment(deed: DeedOnHold, index: number) {
    const { world } = this.#stage;
    const reservationId = this.#pick(deed.buyer, deed.pick);
    const expiresAtMs = world.reservation(reservationId)?.expiresAtMs;
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
    const callers = this.#callers;
    const ticketTypeId = ticketTypeIdOf(reservationId);
    if (deed.type === "cancel") {
      const call = (object: TicketTypeCalls) => cancelOrGiveBack(object, reservationId, accountId);
      void callers.callObject(ticketTypeId, name, REPEATS, call, { immediate });
    }
    if (deed.type === "find") {
      void callers.callObject(ticketTypeId, name, 0, (object) => object.find(reservationId, accountId), { immediate });
    }
    if (deed.type !== "pay") return;
    const { key, method } = deed;
    const ask = (): PayRequest => {
      const paymentId = newLongId();
      const idempotencyKey = key === null ? null : `key ${key}`;
      return { reservationId, accountId, paymentId, key: idempotencyKey ?? paymentId, method, idempotencyKey };
    };
    const first = ask();
    const call = (object: TicketTypeCalls, attempt: number) =>
      object.pay(key === null || attempt === 0 ? first : ask());
    const mayAsk = () => this.#callers.mayBuy(deed.buyer);
    void callers.callObject(ticketTypeId, name, REPEATS, call, { immediate, mayAsk });
  }

  /** One of the buyer's own; now and then another's, which must look as if it did not exist. */
  #pick(buyer: number, pick: number): string {
    if (pick === LATEST) return this.#theirs[buyer]?.at(-1) ?? this.#nobodys();
    const others = pick % 20 === 0;
    const all = this.#theirs[others ? (buyer + 1) % this.#theirs.length : buyer] ?? [];
    // Reservations that do not exist are always refused: a few of them are enough.
    const list = pick % 10 === 1 ? all : all.filter((id) => this.#stage.world.reservation(id) !== undefined);
    // The later ones are more often still of interest.
    const fromTheEnd = mix(pick, 1) % Math.max(1, Math.min(list.length, 4));
    return list.at(-1 - fromTheEnd) ?? this.#nobodys();
  }

  #nobodys(): string {
    return `${this.#stage.ticketTypes.at(0).id}-00000000000000000000`;
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
    const { paymentId, reservationId } = movement;
    const news = { paymentId, outcome: { state: "succeeded", reference: paymentId } } as const;
    world.met("provider succeeds after all", [paymentId]);
    const env = this.#callers.envOf(`provider in ${index}`);
    const owner = ownerOf(env, messageOf(paymentId, reservationId));
    void this.#callers.insist(PROVIDER_REPEATS, () => owner.settle([news]));
  }
}

/** As the route does: what is confirmed is given back. */
async function cancelOrGiveBack(object: TicketTypeCalls, reservationId: string, accountId: string): Promise<unknown> {
  const result = await object.cancel(reservationId, accountId);
  return "takesBack" in result ? object.giveBack(reservationId, accountId) : result;
}

/** `paidForId`: a reservation or an order. */
function messageOf(paymentId: string, paidForId: string): AnyPaymentMessage {
  if (!paidForId.includes("-")) return { orderId: paidForId, paymentId };
  return { ticketTypeId: ticketTypeIdOf(paidForId), paymentId };
}
