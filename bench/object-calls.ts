// Reservations that the worker makes in one object, call after call, and what one of them costs.

import type { Sale } from "./sale.ts";

// The longest turn of calls with few reservations each.
const MOST_CALLS = 500;
const WARM_UP_CALLS = 100;
const FILL_BATCH = 500;

/** A ticket type, and the prices that its buyers name in turn: none where it has one. */
export interface Sold {
  readonly ticket: string;
  readonly prices: readonly string[];
}

export class ObjectCalls {
  /** How many reservations each ticket type has accepted. */
  readonly made = new Map<string, number>();
  readonly #sale: Sale;
  readonly #perTurn: number;

  /** `perTurn`: how many reservations one measurement makes. */
  constructor(sale: Sale, perTurn: number) {
    this.#sale = sale;
    this.#perTurn = perTurn;
  }

  async fill(sold: Sold, count: number): Promise<void> {
    for (let left = count; left > 0; left -= FILL_BATCH) {
      await this.#call("reserve", sold, 1, Math.min(left, FILL_BATCH));
    }
  }

  /** Microseconds a reservation in batches of this size, less as many calls that do nothing. */
  async cost(sold: Sold, batch: number): Promise<number> {
    const calls = Math.min(Math.ceil(this.#perTurn / batch), MOST_CALLS);
    // Without a rush a reply waits for its copy: these begin one.
    await this.#call("reserve", sold, WARM_UP_CALLS, 1);
    const idleMs = await this.#call("nothing", sold, calls, batch);
    const ms = await this.#call("reserve", sold, calls, batch);
    return (1_000 * (ms - idleMs)) / (calls * batch);
  }

  async #call(method: "reserve" | "nothing", { ticket, prices }: Sold, calls: number, batch: number): Promise<number> {
    const startMs = performance.now();
    const accepted = await this.#sale.perform<number>({ type: "calls", method, ticket, prices, calls, batch });
    const ms = performance.now() - startMs;
    if (method === "reserve" && accepted !== calls * batch) throw new Error(`${accepted} of ${calls * batch} accepted`);
    this.made.set(ticket, (this.made.get(ticket) ?? 0) + accepted);
    return ms;
  }
}
