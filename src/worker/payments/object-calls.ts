// What the messages of one batch have to ask of one ticket type's object, in as few calls as can be.

import type { PaymentInstruction, Settlement, SettleResult } from "../../durable/ticket-type/protocol.ts";
import { within } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { together } from "./together.ts";

// What is known of a payment waits this long for what is not known yet of those that came with it.
const LONGEST_WAIT_MS = 100;

export class ObjectCalls {
  readonly #atProvider: Promise<unknown>[] = [];
  readonly instruction: (paymentId: string) => Promise<PaymentInstruction>;
  readonly settle: (settlement: Settlement) => Promise<SettleResult>;

  constructor(env: Env, ticketTypeId: string) {
    this.instruction = together(
      (paymentIds) => callTicketType(env, ticketTypeId, (object) => object.instructions(paymentIds)),
      async () => {},
    );
    this.settle = together(
      (settlements) => callTicketType(env, ticketTypeId, (object) => object.settle(settlements)),
      () => within(LONGEST_WAIT_MS, Promise.allSettled(this.#atProvider)),
    );
  }

  /** `work`: what is done at the provider for one of the messages. What others have to settle waits for it a little. */
  during<T>(work: Promise<T>): Promise<T> {
    this.#atProvider.push(work);
    return work;
  }
}
