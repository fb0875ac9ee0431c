// Disputes at the provider: buyers' banks ask for money back, and it ends in time. Of each step
// there is a notice, or none.

import type { Dispute, DisputeMessage } from "../../src/worker/payments/provider.ts";
import type { D1 } from "./d1.ts";
import type { Movement } from "./provider.ts";
import type { World } from "./world.ts";

// Banks take weeks: some end while the service is cut off, or before it has heard of them.
const ENDS_AFTER_MS = [2_000, 60_000, 1_200_000, 3_600_000, 90_000_000];

const LISTED = `
  SELECT 1 FROM reservations JOIN ticket_types ON ticket_types.id = ticket_type_id
  WHERE ?1 IN (reservations.id, reservations.order_id)`;

export class Disputes {
  /** By their ids, as the provider has them. */
  readonly all = new Map<string, Dispute>();
  readonly #world: World;
  readonly #notify: (message: DisputeMessage) => void;

  constructor(world: World, notify: (message: DisputeMessage) => void) {
    this.#world = world;
    this.#notify = notify;
  }

  /** One charge may be disputed more than once. */
  open({ paymentId, reservationId: boughtId, amountMinor }: Movement): void {
    const { timeline } = this.#world;
    this.#world.met("payment disputed", [paymentId]);
    const dispute: Dispute = {
      ...{ id: `dispute ${this.all.size + 1}`, paymentId, boughtId, amountMinor, currency: "EUR", state: "open" },
      ...{ reason: "fraudulent", openedAtMs: timeline.wallMs, respondByMs: null },
    };
    this.#put(dispute);
    const { prng } = this.#world.choose();
    const ends = prng.pick(["won", "lost", null] as const);
    if (ends === null) return;
    timeline.add(prng.pick(ENDS_AFTER_MS), "a dispute ends", null, () => this.#put({ ...dispute, state: ends }));
  }

  since(openedMs: number): Dispute[] {
    return [...this.all.values()].filter(({ openedAtMs }) => openedAtMs >= openedMs);
  }

  /** What D1 has not as it is here, in words: of what it knows to be for sale. */
  unread({ sqlite }: D1): string[] {
    return [...this.all.values()].flatMap(({ id, boughtId, state }) => {
      const [row] = sqlite.all("SELECT state FROM disputes WHERE provider_id = ?", [id]);
      const isRead = row === undefined ? sqlite.all(LISTED, [boughtId]).length === 0 : row.state === state;
      return isRead ? [] : [`${id} is ${state}, and in D1 ${row?.state ?? "missing"}`];
    });
  }

  #put(dispute: Dispute): void {
    this.all.set(dispute.id, dispute);
    this.#world.record(`${dispute.id} about ${dispute.paymentId} is ${dispute.state}`);
    if (this.#world.choose().prng.chance(0.6)) this.#notify({ disputeId: dispute.id });
  }
}
