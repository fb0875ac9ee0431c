// Collects the decisions of one commit, which the ledger then writes. Pure.

import { type Code, movePrices, type Price, restockPrices, usesTaken } from "../../domain/price.ts";
import type { Decision, Reservation } from "../../domain/reservation.ts";
import { moveStock, type ReservationState, restocked, type Stock } from "../../domain/stock.ts";

/** All that reservations take from: the ticket type's stock, and each price's share of it. */
export interface Inventory extends Stock {
  readonly prices: readonly Price[];
}

/** Uses of a code that reservations took, or gave back where `taken` is below 0. */
export interface CodeUse {
  readonly priceId: string;
  readonly code: string;
  readonly taken: number;
}

/** A reservation as it was, null for a new one, and as it is to be. */
export interface Change {
  readonly before: Reservation | null;
  readonly after: Reservation;
}

/** What an account used an idempotency key for. Written with what the request made. */
export type KeyRecord = {
  readonly accountId: string;
  readonly key: string;
  /** The request in a canonical form: the same key with another request is refused. */
  readonly request: string;
  readonly reservationId: string;
};

export interface Changes {
  readonly reservations: readonly Change[];
  readonly keys: readonly KeyRecord[];
  readonly inventory: Inventory;
  readonly codeUses: readonly CodeUse[];
  /** Numbers of passes that were named to be revoked, by reservation. */
  readonly named: ReadonlyMap<string, readonly number[]>;
}

/** The outcome of a batch of requests: a result for each, in order, and what is to be written. */
export interface Plan<Result> {
  readonly results: readonly Result[];
  readonly changes: Changes;
}

type Accepted = Exclude<Decision<never>, { readonly type: "refused" }>;

export class Draft {
  readonly #original = new Map<string, Reservation | null>();
  readonly #current: Map<string, Reservation>;
  readonly #keys: Map<string, KeyRecord>;
  readonly #newKeys: KeyRecord[] = [];
  readonly #codes: readonly Code[];
  readonly #codeUses = new Map<string, CodeUse>();
  readonly #named = new Map<string, readonly number[]>();
  #inventory: Inventory;

  /** `reservations`, `keys` and `codes`: all that the batch may look at. */
  constructor(
    { capacity, held, sold, prices }: Inventory,
    reservations: readonly Reservation[],
    keys: readonly KeyRecord[] = [],
    codes: readonly Code[] = [],
  ) {
    this.#inventory = { capacity, held, sold, prices };
    this.#codes = codes;
    this.#current = new Map(reservations.map((reservation) => [reservation.id, reservation]));
    this.#keys = new Map(keys.map((record) => [keyOf(record.accountId, record.key), record]));
  }

  get inventory(): Inventory {
    return this.#inventory;
  }

  /** The codes that read like this one, with the uses that the batch has left. */
  codesReading(code: string | null): Code[] {
    return this.#codes
      .filter((candidate) => candidate.code === code)
      .map((candidate) => ({
        ...candidate,
        uses: candidate.uses + (this.#codeUses.get(useKey(candidate))?.taken ?? 0),
      }));
  }

  /** Its current state, including changes by earlier requests of the batch. */
  find(reservationId: string): Reservation | null {
    return this.#current.get(reservationId) ?? null;
  }

  findKey(accountId: string, key: string | null): KeyRecord | null {
    return key === null ? null : (this.#keys.get(keyOf(accountId, key)) ?? null);
  }

  /** Takes what was decided, and moves the stock with it. */
  accept(decision: Accepted): Reservation {
    const { reservation } = decision;
    if (decision.type === "unchanged") return reservation;
    const before = this.find(reservation.id);
    if (!this.#original.has(reservation.id)) this.#original.set(reservation.id, before);
    this.#current.set(reservation.id, reservation);
    if (before?.state !== reservation.state) this.#move(reservation, before?.state ?? null);
    const back = reservation.restocked - (before?.restocked ?? 0);
    if (back > 0) this.#restock(reservation, back);
    return reservation;
  }

  #move({ quantity, priceId, code, state }: Reservation, from: ReservationState | null): void {
    const { prices } = this.#inventory;
    this.#inventory = {
      ...moveStock(this.#inventory, quantity, from, state),
      prices: movePrices(prices, priceId, quantity, from, state),
    };
    this.#use({ priceId, code }, usesTaken(quantity, from, state));
  }

  /** Sold tickets that were given back are on sale again, for all that they were taken from. */
  #restock({ priceId, code }: Reservation, quantity: number): void {
    const { prices } = this.#inventory;
    const stock = restocked(this.#inventory, quantity);
    this.#inventory = { ...stock, prices: restockPrices(prices, priceId, quantity) };
    this.#use({ priceId, code }, -quantity);
  }

  #use({ priceId, code }: Pick<Reservation, "priceId" | "code">, uses: number): void {
    const opened = priceId ?? this.#inventory.prices[0]?.id;
    if (code === null || opened === undefined) return;
    const key = useKey({ priceId: opened, code });
    const taken = (this.#codeUses.get(key)?.taken ?? 0) + uses;
    this.#codeUses.set(key, { priceId: opened, code, taken });
  }

  /** Of the passes that go back with tickets, these come first. */
  namePasses(reservationId: string, numbers: readonly number[]): void {
    this.#named.set(reservationId, [...(this.#named.get(reservationId) ?? []), ...numbers]);
  }

  recordKey(record: KeyRecord): void {
    this.#keys.set(keyOf(record.accountId, record.key), record);
    this.#newKeys.push(record);
  }

  changes(): Changes {
    const reservations = [...this.#original].flatMap(([id, before]) => {
      const after = this.find(id);
      return after === null ? [] : [{ before, after }];
    });
    const codeUses = [...this.#codeUses.values()];
    return { reservations, keys: this.#newKeys, inventory: this.#inventory, codeUses, named: this.#named };
  }
}

function useKey({ priceId, code }: Pick<CodeUse, "priceId" | "code">): string {
  return `${priceId} ${code}`;
}

/** Ids of accounts have no space in them. */
function keyOf(accountId: string, key: string): string {
  return `${accountId} ${key}`;
}
