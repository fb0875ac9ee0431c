// Sends the messages of payments to their queue, at most one batch in flight.

import { SECOND_MS } from "../../domain/units.ts";
import { TimeoutError } from "../../platform/errors.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { dispatchDelayMs, nextDispatchMs } from "./schedule.ts";

// The most that a queue takes in one call.
const MESSAGES_PER_BATCH = 100;
// What one alarm takes from the table. The alarm that follows at once takes the rest.
const DUE_MESSAGES_PER_RUN = 1_000;
// Shorter than the time until the next attempt, so that a call that hangs does not count as sent.
const SEND_TIMEOUT_MS = 5 * SECOND_MS;
// After this long the next batch is sent too.
const MAX_BATCH_WAIT_MS = SECOND_MS;

/** A message that counts as sent. `dispatches`: those before it for the payment's present state. */
export interface Message {
  readonly paymentId: string;
  readonly dispatches: number;
  /** When it is sent again, unless the payment is settled. */
  readonly plannedAtMs: number;
}

/** `untilMs`: of a payment that waits for its buyer; null for any other. */
export interface DueMessage extends Omit<Message, "plannedAtMs"> {
  readonly untilMs: number | null;
}

/** The messages that begin with a commit. */
export interface NewMessages {
  readonly messages: readonly Message[];
  readonly refundMessages: readonly Message[];
}

/** Where an object keeps when the message of each payment is sent next. */
export interface MessageStore {
  isMessageDue(nowMs: number): boolean;
  dueMessages(nowMs: number, limit: number): readonly DueMessage[];
  recordDispatches(messages: readonly Message[]): void;
  /** Sending failed: it is due again at `nextAtMs`, unless the payment has changed meanwhile. */
  undoDispatch(message: Message, nextAtMs: number): void;
}

/** The object whose payments they are: what its messages say of it, and what the log does. */
export interface Sender<Body> {
  readonly bodyOf: (paymentId: string) => Body;
  readonly logged: Readonly<Record<string, string>>;
}

export class MessageSender<Body> {
  readonly #store: MessageStore;
  readonly #queue: Queue<Body>;
  readonly #onFailure: (nowMs: number) => void;
  #unsent: Message[] = [];
  #sending: Promise<void> | null = null;

  /** `onFailure` is called after messages that could not be sent became due again. */
  constructor(store: MessageStore, queue: Queue<Body>, onFailure: (nowMs: number) => void) {
    this.#store = store;
    this.#queue = queue;
    this.#onFailure = onFailure;
  }

  /** Resolves when every message taken so far has been sent or has timed out. */
  get sending(): Promise<void> {
    return this.#sending ?? Promise.resolve();
  }

  /** Starts to send messages. They are recorded as sent already. */
  send(sender: Sender<Body>, messages: readonly Message[]): void {
    this.#unsent.push(...messages);
    if (this.#unsent.length > 0) this.#sending ??= this.#sendAll(sender);
  }

  /**
   * Sends messages of payments that stayed unsettled, a bounded number. The next attempt is planned
   * first: a crash in between costs a delay, never a payment.
   */
  sendDue(sender: Sender<Body>, nowMs: number): void {
    if (!this.#store.isMessageDue(nowMs)) return;
    const due = this.#store.dueMessages(nowMs, DUE_MESSAGES_PER_RUN).map(({ untilMs, ...message }) => {
      return { ...message, plannedAtMs: nextDispatchMs(message.dispatches + 1, untilMs, nowMs) };
    });
    this.#store.recordDispatches(due);
    this.send(sender, due);
  }

  /** Never rejects. */
  async #sendAll(sender: Sender<Body>): Promise<void> {
    while (this.#unsent.length > 0) {
      const batch = this.#unsent.splice(0, MESSAGES_PER_BATCH);
      try {
        await timeout(MAX_BATCH_WAIT_MS, this.#sendBatch(sender, batch));
      } catch (fault) {
        // The table could not take them back: they are sent again when their plan says.
        if (!(fault instanceof TimeoutError)) {
          log("error", "messages not due again", { ...sender.logged, ...errorFields(fault) });
        }
      }
    }
    this.#sending = null;
  }

  /** A message that could not be sent is due again soon, as if it had not been tried. */
  async #sendBatch({ bodyOf, logged }: Sender<Body>, messages: readonly Message[]): Promise<void> {
    try {
      const bodies = messages.map(({ paymentId }) => ({ body: bodyOf(paymentId) }));
      await timeout(SEND_TIMEOUT_MS, this.#queue.sendBatch(bodies));
    } catch (fault) {
      log("warn", "sending to the payments queue failed", { ...logged, ...errorFields(fault) });
      const nowMs = Date.now();
      for (const message of messages) this.#store.undoDispatch(message, nowMs + dispatchDelayMs(1));
      this.#onFailure(nowMs);
    }
  }
}
