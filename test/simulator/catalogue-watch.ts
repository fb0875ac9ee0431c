// Watches what D1 decides: events that become drafts or are deleted, and accounts that are erased.

import { HOUR_MS } from "../../src/domain/units.ts";
import { EVENT_ID, type Stage } from "./stage.ts";

const EVENT = `
  SELECT status, ends_at_ms AS endsAtMs, cancellation ->> 'refund' AS isRefunded FROM events WHERE id = ?`;
const OWNERS = `
  SELECT DISTINCT account_id AS id FROM reservations JOIN accounts ON accounts.id = account_id
  WHERE state = 'confirmed'`;

export class CatalogueWatch {
  readonly #stage: Stage;
  #status = "published";
  /** It was called off, and all that was sold is refunded. */
  #isRefunded = false;
  #owners: readonly string[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** After each write. What a restore changed was not decided. */
  check(wasRestored: boolean): void {
    const { d1 } = this.#stage;
    const [event] = d1.sqlite.all(EVENT, [EVENT_ID]);
    const status = String(event?.status ?? "deleted");
    if (!wasRestored && status !== this.#status) this.#checkStatus(status);
    this.#status = status;
    this.#isRefunded = event?.isRefunded === 1;
    const owners = d1.sqlite.all(OWNERS).map(({ id }) => String(id));
    if (!wasRestored && event !== undefined) this.#checkOwners(owners, Number(event.endsAtMs));
    this.#owners = owners;
  }

  /** Nobody loses a ticket by it, and nobody takes one from then on. */
  #checkStatus(status: string): void {
    const { world } = this.#stage;
    // What nobody ever held may be deleted all the same.
    const isOnAgain = this.#isRefunded && status !== "deleted";
    if (isOnAgain) world.broken(`promise 13: the event is ${status}, and its buyers were promised their money`);
    if (status !== "draft" && status !== "deleted") return;
    for (const { ticketType, reservations } of world.mirrors.values()) {
      if (ticketType === null) continue;
      const { held, sold, onSale } = ticketType;
      if (onSale === 1) world.broken(`promise 13: the event is ${status} while its object is on sale`);
      if (held + sold > 0) world.broken(`promise 5: the event is ${status}, with ${held} held and ${sold} sold`);
      if (status === "deleted" && reservations.size > 0) world.broken("promise 5: the event is deleted, and was held");
    }
  }

  /** What is paid stays its owner's until the event is over. The clock may be an hour behind. */
  #checkOwners(owners: readonly string[], endsAtMs: number): void {
    const { world } = this.#stage;
    if (world.timeline.wallMs + HOUR_MS >= endsAtMs) return;
    const missing = this.#owners.find((id) => !owners.includes(id) && this.#stillOwns(id));
    if (missing !== undefined) world.broken(`promise 5: ${missing} is erased, and has paid tickets`);
  }

  /** It may have given all back. */
  #stillOwns(accountId: string): boolean {
    const isTheirs = "SELECT 1 FROM reservations WHERE account_id = ? AND state = 'confirmed'";
    return this.#stage.d1.sqlite.all(isTheirs, [accountId]).length > 0;
  }
}
