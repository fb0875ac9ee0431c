// Buyers over HTTP: they hold, pay, cancel and look at bad moments, and repeat what got no answer.

import { setTimeout as sleep } from "node:timers/promises";
import type { Prng } from "../support/prng.ts";
import { type Body, type Bought, type Call, type Item, nowMs, type Recorder, type Request } from "./record.ts";
import type { Price, TicketType } from "./sale.ts";

/** What a buyer sees of the run. */
export interface Shop {
  readonly recorder: Recorder;
  /** Resolves when the server runs, as far as is known. */
  readonly up: () => Promise<void>;
  readonly isOver: () => boolean;
  readonly onSale: () => readonly TicketType[];
}

interface Hold extends Bought {
  readonly endsAtMs: number;
}

const MOST_REPEATS = 8;
const LONGEST_THOUGHT_MS = 150;
const SHARE_OF_ORDERS = 0.45;
const SHARE_OF_ONE_TYPE = 0.25;
const SHARE_WITH_KEY = 0.6;
const SHARE_REPEATED = 0.85;
const SHARE_REPLAYED = 0.25;
const DECLINED = "pm_card_visa_chargeDeclined";
const VISA = "pm_card_visa";
// Its bank asks the buyer, who says yes or no.
const BANK = "pm_card_authenticationRequired";
const SHARE_AT_BANK = 0.25;
const SHARE_PASSED = 0.7;
const SHARE_GIVEN_BACK = 0.35;
const AT_BANK_WITHIN_MS = 60_000;
const METHODS = [VISA, VISA, "pm_sandbox_lost_reply", "pm_sandbox_slow_2s", "pm_sandbox_unreachable"];

export class Buyer {
  readonly #number: number;
  readonly #token: string;
  readonly #shop: Shop;
  readonly #prng: Prng;
  #keys = 0;

  constructor(number: number, token: string, shop: Shop, prng: Prng) {
    this.#number = number;
    this.#token = token;
    this.#shop = shop;
    this.#prng = prng;
  }

  async buy(): Promise<void> {
    while (!this.#shop.isOver()) {
      await this.#think();
      if (this.#prng.chance(SHARE_OF_ORDERS)) await this.#order();
      else await this.#reserve();
    }
  }

  async #reserve(): Promise<void> {
    const { item, amountMinor } = this.#itemOf(this.#prng.pick(this.#shop.onSale()));
    const held = await this.#ask({ type: "reserve", ...item, key: this.#key() });
    if (held.outcome === "succeeded" && held.body !== null) await this.#use("reservations", held.body, amountMinor);
  }

  /** Of two ticket types in either order, now and then at two prices of one of them. */
  async #order(): Promise<void> {
    const types = [...this.#shop.onSale()];
    const first = types.splice(this.#prng.below(types.length), 1);
    const chosen = [...first, ...(this.#prng.chance(SHARE_OF_ONE_TYPE) ? first : []), this.#prng.pick(types)];
    const items = chosen.map((ticket) => this.#itemOf(ticket));
    const totalMinor = items.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    const held = await this.#ask({ type: "order", items: items.map(({ item }) => item), key: this.#key() });
    if (held.outcome === "succeeded" && held.body !== null) await this.#use("orders", held.body, totalMinor);
  }

  #itemOf({ id, prices }: TicketType): { item: Item; amountMinor: number } {
    const price: Price = this.#prng.pick(prices);
    const quantity = this.#prng.pick([1, 1, 1, 2, 2, 3]);
    const item = {
      ticket: id,
      quantity,
      price: prices.length > 1 ? price.id : null,
      code: price.code === null ? null : price.code.text,
    };
    return { item, amountMinor: price.amountMinor };
  }

  /** One of the lives that a hold can have, or an order. */
  async #use(of: Bought["of"], body: Body, totalMinor: number): Promise<void> {
    const hold: Hold = { of, id: body.id, endsAtMs: Date.parse(body.expires_at ?? body.created_at) };
    const good = totalMinor === 0 ? null : this.#prng.pick(METHODS);
    const bad = totalMinor === 0 ? null : DECLINED;
    await this.#think();
    const dice = this.#prng.fraction();
    // The first ticket type is never called off: what the buyer says is then what comes of it.
    const isOfFirst = of === "reservations" && body.ticket === this.#shop.onSale()[0]?.id;
    if (good !== null && isOfFirst && this.#prng.chance(SHARE_AT_BANK)) await this.#payAtBank(hold);
    else if (dice < 0.4) await this.#pay(hold, good);
    else if (dice < 0.55) await this.#payTwice(hold, bad, good);
    else if (dice < 0.7) await this.#cancel(hold);
    else if (dice < 0.76) await this.#until(hold, this.#prng.between(-100, 300));
    else if (dice < 0.84) await Promise.all([this.#pay(hold, this.#prng.pick([good, bad])), this.#cancel(hold)]);
    else if (dice < 0.88) await Promise.all([this.#pay(hold, good), this.#pay(hold, bad)]);
    else if (dice < 0.94) await this.#payAtTheDeadline(hold, this.#prng.pick([good, bad]));
    else {
      await this.#pay(hold, this.#prng.pick([good, bad]));
      await this.#cancel(hold);
    }
    await this.#watch(hold, body);
    if (!this.#prng.chance(SHARE_GIVEN_BACK)) return;
    // What is confirmed by now goes back, where the event's organiser lets buyers do that.
    await this.#think();
    await this.#cancel(hold);
    await this.#watch(hold, body);
  }

  async #payTwice(hold: Hold, first: string | null, second: string | null): Promise<void> {
    await this.#pay(hold, first);
    await this.#look(hold);
    await this.#pay(hold, second);
  }

  async #payAtTheDeadline(hold: Hold, method: string | null): Promise<void> {
    await this.#until(hold, this.#prng.between(-80, 40));
    await this.#pay(hold, method);
  }

  #pay({ of, id }: Hold, method: string | null, passes = true): Promise<Call> {
    return this.#ask({ type: "pay", of, id, method, passes, key: this.#key() });
  }

  /** Whatever became of the replies, the payment may wait, and would do so for minutes. */
  async #payAtBank(hold: Hold): Promise<void> {
    const passes = this.#prng.chance(SHARE_PASSED);
    await this.#pay(hold, BANK, passes);
    const untilMs = nowMs() + AT_BANK_WITHIN_MS;
    while (nowMs() < untilMs) {
      const { outcome, body } = await this.#call({ type: "show", of: hold.of, id: hold.id });
      const payment = body?.payment ?? null;
      if (outcome === "succeeded" && payment?.state !== "pending") return;
      const secret = payment?.next_action?.client_secret;
      if (secret !== undefined) {
        const said = { client_secret: secret, passes };
        await this.#shop.recorder.send(this.#token, { method: "POST", path: "/sandbox/authentications", body: said });
      }
      await this.#think();
    }
  }

  #cancel({ of, id }: Hold): Promise<Call> {
    return this.#ask({ type: "cancel", of, id });
  }

  /** At what was bought, or at one of an order's reservations. */
  async #watch(hold: Hold, { items = [] }: Body): Promise<void> {
    const parts = items.map(({ reservation }) => ({ ...hold, of: "reservations" as const, id: reservation }));
    await this.#look(this.#prng.pick([hold, ...parts]));
  }

  async #look({ of, id }: Hold): Promise<void> {
    for (let looks = this.#prng.between(0, 3); looks > 0 && !this.#shop.isOver(); looks--) {
      await this.#think();
      await this.#ask({ type: "show", of, id });
    }
  }

  /** Asks, and where nobody answered mostly asks again; now and then also where somebody did. */
  async #ask(request: Request): Promise<Call> {
    let call = await this.#call(request);
    for (let repeats = 0; repeats < MOST_REPEATS && !this.#shop.isOver(); repeats++) {
      const isKeyed = "key" in request && request.key !== null;
      const isReplay = isKeyed && repeats === 0 && call.outcome !== "unknown";
      const again = call.outcome === "unknown" ? SHARE_REPEATED : isReplay ? SHARE_REPLAYED : 0;
      if (!this.#prng.chance(again)) break;
      await this.#think();
      const repeated = await this.#call(request);
      if (call.outcome === "unknown") call = repeated;
    }
    return call;
  }

  async #call(request: Request): Promise<Call> {
    await this.#shop.up();
    return this.#shop.recorder.call(this.#number, this.#token, request);
  }

  #think(): Promise<void> {
    return sleep(this.#prng.between(0, LONGEST_THOUGHT_MS));
  }

  async #until(hold: Hold, afterDeadlineMs: number): Promise<void> {
    const atMs = hold.endsAtMs + afterDeadlineMs;
    if (!this.#shop.isOver()) await sleep(Math.max(0, atMs - nowMs()));
  }

  #key(): string | null {
    this.#keys += 1;
    return this.#prng.chance(SHARE_WITH_KEY) ? `buyer ${this.#number} request ${this.#keys}` : null;
  }
}
