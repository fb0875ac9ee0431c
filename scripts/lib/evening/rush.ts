// The sale: everybody comes within seconds, holds, pays or does not, waits or leaves.

import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../client.ts";
import { Caller } from "./caller.ts";
import { type Buyer, type Purchase, priceOf, type Scene } from "./notes.ts";
import type { Person, Wish } from "./people.ts";
import { Places } from "./queue.ts";
import { follow } from "./streams.ts";
import { type Availability, noteSeen } from "./watchers.ts";

interface Held {
  readonly id: string;
  readonly type?: string;
  readonly state: string;
  readonly expires_at: string | null;
  readonly ticket?: string;
  readonly price?: string;
  readonly quantity?: number;
  readonly items?: readonly {
    readonly reservation: string;
    readonly ticket: string;
    readonly price: string;
    readonly quantity: number;
  }[];
}

interface Shown {
  readonly id: string;
  readonly prices: readonly { readonly id: string; readonly available: number }[];
}

interface Payment {
  readonly type?: string;
  readonly state: string;
  readonly next_action?: { readonly client_secret: string } | null;
}

/** How a payment ended. `late`: the hold had ended before it began. */
type Outcome = "succeeded" | "failed" | "late";

const PASSWORD = "an evening at the concert hall";
/** Others wait outside, as in the waiting room of a large sale: a slow machine sells as well. */
const MOST_IN_SHOP = 150;
const LOOKS_EVERY_MS = 2_000;
const OUTCOME_WITHIN_MS = 180_000;
/** Who was too late with the payment begins anew. */
const MOST_ATTEMPTS = 5;

/** Accounts register in the days before; who comes as a guest does so when the sale begins. */
export async function registerAccounts(scene: Scene, caller: (person: Person) => Caller): Promise<Map<number, Buyer>> {
  const accounts = new Map<number, Buyer>();
  for (const person of scene.plan.people) {
    if (person.kind !== "account") continue;
    const buyer = { person, caller: caller(person) };
    await register(scene, buyer);
    accounts.set(person.number, buyer);
  }
  return accounts;
}

export async function register({ notes }: Pick<Scene, "notes">, { person, caller }: Buyer): Promise<void> {
  const { username, email } = person;
  const { status, body } = await caller.call("POST", "/register", { username, email, password: PASSWORD });
  // Taken by itself: the reply to an earlier attempt was lost.
  if (status !== 201 && body.type !== "/problems/username-taken")
    throw new Error(`registering: ${JSON.stringify(body)}`);
  notes.owed.push({ kind: "verify_address", to: email });
  const login = { username, password: PASSWORD };
  caller.token = (await caller.must<{ "auth-token": string }>("POST", "/api-auth/login", login))["auth-token"];
}

export async function rush(
  scene: Scene,
  accounts: ReadonlyMap<number, Buyer>,
  caller: (person: Person) => Caller,
): Promise<void> {
  const shop = new Places(MOST_IN_SHOP);
  await Promise.all(
    scene.plan.people.map(async (person) => {
      await sleep(person.arrivesAfterMs);
      const buyer = accounts.get(person.number) ?? { person, caller: caller(person) };
      scene.notes.tally.arrived += 1;
      await shop.during(() => new Visit(scene, buyer, shop).play());
    }),
  );
}

/** One person's visit, from arriving to leaving. */
class Visit {
  readonly #scene: Scene;
  readonly #buyer: Buyer;
  readonly #shop: Places;
  /** Anybody may look: a page that is the same for all is read without a session. */
  readonly #look: Caller;
  /** Until when this person waits for tickets that come back. */
  #leavesAtMs = 0;

  constructor(scene: Scene, buyer: Buyer, shop: Places) {
    this.#scene = scene;
    this.#buyer = buyer;
    this.#shop = shop;
    this.#look = new Caller(buyer.caller.line, buyer.caller.address);
  }

  async play(): Promise<void> {
    const { person } = this.#buyer;
    const { tally } = this.#scene.notes;
    this.#leavesAtMs = performance.now() + person.waitsForMs;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const purchase = await this.#hold();
      if (purchase === null) {
        tally.turnedAway += 1;
        return;
      }
      tally.held += 1;
      const outcome = await this.#decide(purchase).finally(() => {
        tally.held -= 1;
      });
      if (outcome !== "late") break;
    }
    if (person.kind === "upgrades") await register(this.#scene, this.#buyer);
  }

  async #comeAsGuest(): Promise<void> {
    const { person, caller } = this.#buyer;
    const guest = await caller.must<{ "auth-token": string }>("POST", "/guests", { email: person.email });
    caller.token = guest["auth-token"];
  }

  /** Null where nothing could be had for as long as this person waits. */
  async #hold(): Promise<Purchase | null> {
    for (;;) {
      for (const wishes of await this.#possible()) {
        const held = await this.#ask(wishes);
        if (held !== null) return held;
      }
      if (!(await this.#waitForSome())) return null;
    }
  }

  /** What the event's page says can be had. It may be two seconds old. */
  async #possible(): Promise<readonly (readonly Wish[])[]> {
    const { venue } = this.#scene;
    const { tickets } = await this.#look.must<{ tickets: Shown[] }>("GET", `/events/${venue.id}`);
    return this.#buyer.person.wishes.filter((wishes) =>
      wishes.every(({ type, price, quantity }) => {
        const found = venue.types.get(type);
        const priceId = found?.prices.get(price);
        const shown = tickets.find(({ id }) => id === found?.id)?.prices.find(({ id }) => id === priceId);
        return shown !== undefined && shown.available >= quantity;
      }),
    );
  }

  async #ask(wishes: readonly Wish[]): Promise<Purchase | null> {
    const { caller, person } = this.#buyer;
    const { notes, venue } = this.#scene;
    if (caller.token === null) await this.#comeAsGuest();
    const items = wishes.map(({ type, price, quantity, code }) => {
      const found = venue.types.get(type);
      const named = { ticket: found?.id, price: found?.prices.get(price), quantity };
      return code === null ? named : { ...named, code };
    });
    const isAlone = person.isAlone && items.length === 1;
    const of = isAlone ? "reservations" : "orders";
    const { status, body } = await caller.call<Held>("POST", `/${of}`, isAlone ? items[0] : { items });
    if (status === 409) {
      notes.tally.refused += 1;
      return null;
    }
    if (status !== 201) throw new Error(`a hold was answered with ${status}: ${JSON.stringify(body)}`);
    const { id, ticket = "", price = "", quantity = 0 } = body;
    const purchase: Purchase = {
      buyer: this.#buyer,
      of,
      id,
      items: body.items ?? [{ reservation: id, ticket, price, quantity }],
      totalMinor: priceOf(this.#scene, items),
      heldAtMs: Date.now(),
      expiresAtMs: Date.parse(body.expires_at ?? ""),
      cancelledAtMs: null,
      isConfirmed: false,
      returned: [],
      returnedMinor: 0,
    };
    notes.purchases.push(purchase);
    return purchase;
  }

  /** False once it is time to leave. */
  async #waitForSome(): Promise<boolean> {
    const { person, caller } = this.#buyer;
    const { notes, venue } = this.#scene;
    const wanted = new Set(person.wishes.flat().map(({ type }) => venue.types.get(type)?.id));
    const leftMs = this.#leavesAtMs - performance.now();
    if (leftMs <= 0) return false;
    notes.tally.waiting += 1;
    this.#shop.leave();
    const isWanted = ({ ticket, available }: Availability) => available > 0 && wanted.has(ticket);
    if (person.watches) {
      const end = new AbortController();
      const timer = setTimeout(() => end.abort(), leftMs);
      await follow(caller, `/events/${venue.id}/live`, end.signal, (data) => {
        const seen: Availability = JSON.parse(data);
        noteSeen(notes, seen);
        if (isWanted(seen)) end.abort();
      });
      clearTimeout(timer);
      // What the stream shows may be gone: it is not asked for without a pause.
      await sleep(LOOKS_EVERY_MS / 4);
    } else await sleep(Math.min(leftMs, LOOKS_EVERY_MS));
    await this.#shop.take();
    notes.tally.waiting -= 1;
    return performance.now() < this.#leavesAtMs;
  }

  async #decide(purchase: Purchase): Promise<Outcome | "left"> {
    const { person } = this.#buyer;
    await sleep(person.thinksForMs);
    if (person.temper === "forgets") return "left";
    if (person.temper === "cancels") {
      await this.#cancel(purchase);
      return "left";
    }
    for (const card of person.cards) {
      const outcome = await this.#pay(purchase, card);
      if (outcome === "failed" && purchase.cancelledAtMs === null) continue;
      if (outcome === "succeeded") this.#bought(purchase);
      return outcome;
    }
    return "failed";
  }

  #bought(purchase: Purchase): void {
    const { owed, tally } = this.#scene.notes;
    purchase.isConfirmed = true;
    owed.push({ kind: "confirmed", to: this.#buyer.person.email });
    tally.bought += 1;
    tally.tickets += purchase.items.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  async #cancel(purchase: Purchase): Promise<void> {
    purchase.cancelledAtMs = Date.now();
    const { status, body } = await this.#buyer.caller.call("DELETE", `/${purchase.of}/${purchase.id}`);
    const isGone = body?.type === "/problems/already-cancelled" || body?.type === "/problems/reservation-expired";
    if (status !== 204 && status !== 202 && !isGone) throw new Error(`cancelling: ${status} ${JSON.stringify(body)}`);
  }

  async #pay(purchase: Purchase, card: string): Promise<Outcome> {
    const { caller } = this.#buyer;
    const path = `/${purchase.of}/${purchase.id}/payment`;
    const { status, body } = await caller.call<Payment>("POST", path, { payment_method: card });
    if (status === 410) return "late";
    if (status !== 202) throw new Error(`paying was answered with ${status}: ${JSON.stringify(body)}`);
    const deadlineMs = performance.now() + OUTCOME_WITHIN_MS;
    let hasSaid = false;
    while (performance.now() < deadlineMs) {
      const reply = await caller.call<Payment>("GET", path);
      const { state, next_action: action = null } = reply.body;
      if (state === "succeeded") return "succeeded";
      if (state !== "pending") return "failed";
      if (action !== null && !hasSaid) {
        hasSaid = true;
        await this.#meetBank(purchase, action.client_secret);
      } else await sleep(retryAfterMs(reply));
    }
    throw new Error(`a payment of ${purchase.id} is pending for ${OUTCOME_WITHIN_MS / 1_000} s`);
  }

  async #meetBank(purchase: Purchase, secret: string): Promise<void> {
    const { person, caller } = this.#buyer;
    if (person.atBank === "gives_up") return this.#cancel(purchase);
    const said = { client_secret: secret, passes: person.atBank === "confirms" };
    const { status } = await caller.call("POST", "/sandbox/authentications", said);
    // 404: it has been said, and the reply was lost; or the bank has cancelled it meanwhile.
    if (status !== 204 && status !== 404) throw new Error(`the bank answered ${status}`);
  }
}

function retryAfterMs({ headers }: Reply<unknown>): number {
  return (Number(headers.get("retry-after")) || 1) * 1_000;
}
