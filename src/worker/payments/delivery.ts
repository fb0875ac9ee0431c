// One message of the `payments` queue, until it is acknowledged or retried.

import * as z from "zod";
import { ID_PATTERN, ORDER_ID_PATTERN } from "../../domain/id-forms.ts";
import { HOUR_MS, SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import type { AnyPaymentMessage } from "./owners.ts";

const DEAD_LETTERS = "payments-dlq";
const FIRST_RETRY_SECONDS = 1;
const LAST_RETRY_SECONDS = 300;
// A queue delays a message for 12 hours at most. However slow a provider is, look once an hour.
const LONGEST_WAIT_SECONDS = HOUR_MS / SECOND_MS;

const paymentId = z.string().min(1).max(64);
const reference = z.string().max(255).optional();
const Body = z.union([
  z.object({ ticketTypeId: z.string().regex(ID_PATTERN), paymentId, reference }),
  z.object({ orderId: z.string().regex(ORDER_ID_PATTERN), paymentId, reference }),
]);

/** Null where the message is not about a payment. Such a message is never readable later. */
export function readPayment(message: Message): AnyPaymentMessage | null {
  return Body.safeParse(message.body).data ?? null;
}

export function acknowledgeUnreadable(queue: string, message: Message): void {
  message.ack();
  log("info", "payment message", { ...fieldsOf(queue, message), result: "not_a_payment" });
}

/** Exactly one of its methods is called, once. */
export class Delivery {
  readonly payment: AnyPaymentMessage;
  readonly isDeadLetter: boolean;
  readonly #queue: string;
  readonly #message: Message;
  readonly #startedAtMs = Date.now();

  constructor(queue: string, message: Message, payment: AnyPaymentMessage) {
    this.#queue = queue;
    this.#message = message;
    this.payment = payment;
    this.isDeadLetter = queue === DEAD_LETTERS;
  }

  acknowledge(result: "settled" | "awaits_buyer" | "nothing_to_do" | "unknown_payment" | "left_to_object"): void {
    this.#message.ack();
    this.#log("info", result);
  }

  /** The provider has not finished. A dead letter is not delivered again: see `fail`. */
  tryAgainIn(ms: number): void {
    if (this.isDeadLetter) this.#message.ack();
    else this.#message.retry({ delaySeconds: Math.min(LONGEST_WAIT_SECONDS, Math.ceil(ms / SECOND_MS)) });
    this.#log("info", this.isDeadLetter ? "left_to_object" : "processing");
  }

  /** A dead letter is acknowledged: the object sends a new message for its unsettled payment. */
  fail(fault: unknown): void {
    if (this.isDeadLetter) this.#message.ack();
    else this.#message.retry({ delaySeconds: retrySeconds(this.#message.attempts) });
    this.#log("warn", this.isDeadLetter ? "left_to_object" : "failed", errorFields(fault));
  }

  #log(level: "info" | "warn", result: string, fields?: ReturnType<typeof errorFields>): void {
    log(level, "payment message", {
      ...fieldsOf(this.#queue, this.#message),
      ...("orderId" in this.payment ? { order: this.payment.orderId } : { ticket: this.payment.ticketTypeId }),
      payment: this.payment.paymentId,
      result,
      duration_ms: Date.now() - this.#startedAtMs,
      ...fields,
    });
  }
}

/** 1 s, doubling to 5 minutes. */
export function retrySeconds(attempts: number): number {
  return Math.min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(attempts - 1, 20));
}

function fieldsOf(queue: string, message: Message) {
  return { queue, request_id: message.id, attempt: message.attempts };
}
