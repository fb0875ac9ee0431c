// Consumes the `payments` queue. Messages come twice, late or never: every step is repeatable.

import { SECOND_MS } from "../../domain/units.ts";
import type {
  ActionRequired,
  PaymentInstruction,
  Settlement,
  SettleResult,
} from "../../durable/ticket-type/protocol.ts";
import { ConfigurationError, ServiceError, TimeoutError, Unavailable } from "../../platform/errors.ts";
import { sleep, timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { type ConcurrencyLimit, limitConcurrency } from "./concurrency.ts";
import { acknowledgeUnreadable, Delivery, readPayment } from "./delivery.ts";
import { consumeDispute, readDispute } from "./disputes.ts";
import { type DueInstruction, moveMoney } from "./money.ts";
import { ownerIdOf, ownerOf, type PaymentOwner } from "./owners.ts";
import { whenNotBusy } from "./patience.ts";
import type { ChargeOutcome, PaymentProvider } from "./provider.ts";

/** For one call to an object or the provider, which replies or gives up sooner. */
const TIMEOUT_MS = 30 * SECOND_MS;
/** How long an outcome waits for others of the same object, so that one call settles them all. */
const SETTLE_WAIT_MS = 100;

interface Consumer {
  readonly env: Env;
  readonly provider: PaymentProvider;
  /** For the whole batch, whichever objects the payments belong to. */
  readonly atProvider: ConcurrencyLimit;
}

/** What is to be done at the provider, and the message that led to it. */
interface Task {
  readonly delivery: Delivery;
  readonly work: () => Promise<ChargeOutcome | Settlement["outcome"] | null>;
}

interface Outcome {
  readonly delivery: Delivery;
  readonly outcome: Settlement["outcome"] | Extract<ChargeOutcome, { readonly state: "action_required" }>;
}

/** Acknowledges or retries each message on its own. To throw would deliver all of them again. */
export async function consumePayments(batch: MessageBatch, env: Env, provider: PaymentProvider | null): Promise<void> {
  const deliveries: Delivery[] = [];
  const disputes: (() => Promise<void>)[] = [];
  for (const message of batch.messages) {
    const payment = readPayment(message);
    const dispute = payment === null ? readDispute(message) : null;
    if (dispute !== null && provider !== null) {
      disputes.push(() => consumeDispute(env, provider, message, dispute.disputeId));
    } else if (payment === null) acknowledgeUnreadable(batch.queue, message);
    else deliveries.push(new Delivery(batch.queue, message, payment));
  }
  if (provider === null) {
    for (const delivery of deliveries) delivery.fail(new ConfigurationError("PAYMENT_PROVIDER names no provider"));
    return;
  }
  const atProvider = limitConcurrency(provider.maxConcurrentCalls);
  const consumer = { env, provider, atProvider };
  const byOwner = Map.groupBy(deliveries, ({ payment }) => ownerIdOf(payment));
  await Promise.all([
    ...disputes.map((work) => atProvider(work)),
    ...[...byOwner.values()].map((deliveries) => consumeOwner(consumer, deliveries)),
  ]);
}

/** An object that can't be reached fails its own messages and no others. */
async function consumeOwner(consumer: Consumer, deliveries: Delivery[]): Promise<void> {
  const [first] = deliveries;
  if (first === undefined) return;
  const owner = ownerOf(consumer.env, first.payment);
  const tasks = await requestInstructions(consumer, owner, deliveries);
  const movements = tasks.map((task) => carryOut(consumer, task));
  await settleAsTheyEnd(owner, movements);
}

/** Acknowledges the messages that need nothing done, and returns what is left to do. */
async function requestInstructions(consumer: Consumer, owner: PaymentOwner, deliveries: Delivery[]): Promise<Task[]> {
  const paymentIds = deliveries.map(({ payment }) => payment.paymentId);
  let instructions: readonly PaymentInstruction[];
  try {
    instructions = await timeout(TIMEOUT_MS, owner.instructions(paymentIds));
  } catch (fault) {
    for (const delivery of deliveries) delivery.fail(fault);
    return [];
  }
  const tasks: Task[] = [];
  for (const [index, delivery] of deliveries.entries()) {
    const instruction = instructions[index];
    if (instruction === undefined) delivery.fail(new ServiceError("the object gave no instruction"));
    else if (instruction.todo === "unknown") delivery.acknowledge("unknown_payment");
    else {
      const work = workFor(consumer, delivery, instruction);
      if (work === null) delivery.acknowledge("nothing_to_do");
      else tasks.push({ delivery, work });
    }
  }
  return tasks;
}

/** Null where nothing is to be done. A failed payment is ended if the provider has news of it. */
function workFor(
  { env, provider }: Consumer,
  { payment, isDeadLetter }: Delivery,
  instruction: DueInstruction | Extract<PaymentInstruction, { readonly todo: "nothing" }>,
): Task["work"] | null {
  if (instruction.todo !== "nothing") return () => moveMoney(env, provider, payment, instruction, isDeadLetter);
  const { reference } = payment;
  if (instruction.hasFailed !== true || reference === undefined) return null;
  return () => provider.cancel(payment.paymentId, reference);
}

/** Moves the money of one payment. Null if there is nothing to settle, which ends the message. */
async function carryOut({ atProvider }: Consumer, { delivery, work }: Task): Promise<Outcome | null> {
  try {
    // The clock of a payment starts when its turn comes.
    const outcome = await atProvider(() => whenNotBusy(() => timeout(TIMEOUT_MS, work())));
    if (outcome !== null && outcome.state !== "processing") return { delivery, outcome };
    if (outcome === null) delivery.acknowledge("left_to_object");
    else delivery.tryAgainIn(outcome.retryAfterMs);
  } catch (fault) {
    delivery.fail(fault);
  }
  return null;
}

/** Settles outcomes in few calls. What is done is settled after a short wait, stragglers later. */
async function settleAsTheyEnd(owner: PaymentOwner, movements: Promise<Outcome | null>[]): Promise<void> {
  const ended: Outcome[] = [];
  const inFlight = new Set<Promise<void>>();
  for (const movement of movements) {
    const end = movement.then((outcome) => {
      inFlight.delete(end);
      if (outcome !== null) ended.push(outcome);
    });
    inFlight.add(end);
  }
  while (inFlight.size > 0 || ended.length > 0) {
    if (ended.length === 0) await Promise.race(inFlight);
    else {
      await Promise.race([Promise.all(inFlight), sleep(SETTLE_WAIT_MS)]);
      await settle(owner, ended.splice(0));
    }
  }
}

/** An object of an earlier version can't take that a charge waits: its messages are retried. */
async function settle(owner: PaymentOwner, outcomes: readonly Outcome[]): Promise<void> {
  const settled: Recorded<Settlement>[] = [];
  const waiting: Recorded<ActionRequired>[] = [];
  for (const { delivery, outcome } of outcomes) {
    const { paymentId } = delivery.payment;
    if (outcome.state === "action_required") waiting.push({ delivery, what: { paymentId, action: outcome.action } });
    else settled.push({ delivery, what: { paymentId, outcome } });
  }
  await Promise.all([
    record(settled, "settled", (settlements) => owner.settle(settlements)),
    // From now on the object looks again, until the buyer's time is over.
    record(waiting, "awaits_buyer", (required) => owner.awaitActions(required)),
  ]);
}

/** What its object is to record, and the message that led to it. */
interface Recorded<What> {
  readonly delivery: Delivery;
  readonly what: What;
}

async function record<What>(
  records: readonly Recorded<What>[],
  as: "settled" | "awaits_buyer",
  call: (what: readonly What[]) => Promise<readonly SettleResult[]>,
): Promise<void> {
  if (records.length === 0) return;
  let results: readonly SettleResult[];
  try {
    results = await timeout(TIMEOUT_MS, call(records.map(({ what }) => what)));
  } catch (fault) {
    const isUnreachable = fault instanceof Unavailable || fault instanceof TimeoutError;
    // The object commits all outcomes or none: one that makes it fail must not hold up the others.
    if (records.length > 1 && !isUnreachable) {
      await Promise.all(records.map((one) => record([one], as, call)));
    } else {
      for (const { delivery } of records) delivery.fail(fault);
    }
    return;
  }
  for (const [index, { delivery }] of records.entries()) {
    const result = results[index];
    if (result?.ok === true) delivery.acknowledge(as);
    // If the object no longer knows the payment, money has moved that nobody has on record.
    else delivery.fail(new ServiceError(`the object did not settle: ${result?.refusal ?? "no result"}`));
  }
}
