// Collects the decisions of one commit, which the ledger then writes. Pure.

import type { Decision, Reservation } from "../../domain/reservation.ts";
import { moveStock, type Stock } from "../../domain/stock.ts";

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
  readonly stock: Stock;
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
  #stock: Stock;

  /** `reservations` and `keys`: all that the batch may look at. */
  constructor(stock: Stock, reservations: readonly Reservation[], keys: readonly KeyRecord[] = []) {
    this.#stock = stock;
    this.#current = new Map(reservations.map((reservation) => [reservation.id, reservation]));
    this.#keys = new Map(keys.map((record) => [keyOf(record.accountId, record.key), record]));
  }

  get stock(): Stock {
    return this.#stock;
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
    this.#stock = moveStock(this.#stock, reservation.quantity, before?.state ?? null, reservation.state);
    return reservation;
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
    return { reservations, keys: this.#newKeys, stock: this.#stock };
  }
}

/** Ids of accounts have no space in them. */
function keyOf(accountId: string, key: string): string {
  return `${accountId} ${key}`;
}
