// Consumes the `payments` queue. Messages come twice, late or never: every step is repeatable.

import { SECOND_MS } from "../../domain/units.ts";
import type { PaymentInstruction, Settlement, SettleResult } from "../../durable/ticket-type/protocol.ts";
import { ConfigurationError, ServiceError, TimeoutError, Unavailable } from "../../platform/errors.ts";
import { sleep, timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { type ConcurrencyLimit, limitConcurrency } from "./concurrency.ts";
import { acknowledgeUnreadable, Delivery, readPayment } from "./delivery.ts";
import { consumeDispute, readDispute } from "./disputes.ts";
import { type DueInstruction, moveMoney } from "./money.ts";
import { ownerIdOf, ownerOf, type PaymentOwner } from "./owners.ts";
import type { PaymentProvider } from "./provider.ts";

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

/** An instruction that moves money, and the message that led to it. */
interface Task {
  readonly delivery: Delivery;
  readonly instruction: DueInstruction;
}

interface Outcome {
  readonly delivery: Delivery;
  readonly outcome: Settlement["outcome"];
}

/** Acknowledges or retries each message on its own. To throw would deliver all of them again. */
export async function consumePayments(batch: MessageBatch, env: Env, provider: PaymentProvider | null): Promise<void> {
  const deliveries: Delivery[] = [];
  const disputed: Promise<void>[] = [];
  for (const message of batch.messages) {
    const payment = readPayment(message);
    const dispute = readDispute(message);
    if (dispute !== null && provider !== null) disputed.push(consumeDispute(env, provider, message, dispute.disputeId));
    else if (payment === null) acknowledgeUnreadable(batch.queue, message);
    else deliveries.push(new Delivery(batch.queue, message, payment));
  }
  if (provider === null) {
    for (const delivery of deliveries) delivery.fail(new ConfigurationError("PAYMENT_PROVIDER names no provider"));
    return;
  }
  const consumer = { env, provider, atProvider: limitConcurrency(provider.maxConcurrentCalls) };
  const byOwner = Map.groupBy(deliveries, ({ payment }) => ownerIdOf(payment));
  await Promise.all([...disputed, ...[...byOwner.values()].map((deliveries) => consumeOwner(consumer, deliveries))]);
}

/** An object that can't be reached fails its own messages and no others. */
async function consumeOwner(consumer: Consumer, deliveries: Delivery[]): Promise<void> {
  const [first] = deliveries;
  if (first === undefined) return;
  const owner = ownerOf(consumer.env, first.payment);
  const tasks = await requestInstructions(owner, deliveries);
  const movements = tasks.map((task) => carryOut(consumer, task));
  await settleAsTheyEnd(owner, movements);
}

/** Acknowledges the messages that need nothing done, and returns what is left to do. */
async function requestInstructions(owner: PaymentOwner, deliveries: Delivery[]): Promise<Task[]> {
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
    else if (instruction.todo === "nothing") delivery.acknowledge("nothing_to_do");
    else tasks.push({ delivery, instruction });
  }
  return tasks;
}

/** Moves the money of one payment. Null if there is nothing to settle, which ends the message. */
async function carryOut(consumer: Consumer, { delivery, instruction }: Task): Promise<Outcome | null> {
  const { env, provider, atProvider } = consumer;
  const { payment, isDeadLetter } = delivery;
  try {
    const outcome = await atProvider(() =>
      // The clock of a payment starts when its turn comes.
      timeout(TIMEOUT_MS, moveMoney(env, provider, payment, instruction, isDeadLetter)),
    );
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

async function settle(owner: PaymentOwner, outcomes: readonly Outcome[]): Promise<void> {
  const settlements = outcomes.map(({ delivery, outcome }) => ({ paymentId: delivery.payment.paymentId, outcome }));
  let results: readonly SettleResult[];
  try {
    results = await timeout(TIMEOUT_MS, owner.settle(settlements));
  } catch (fault) {
    const isUnreachable = fault instanceof Unavailable || fault instanceof TimeoutError;
    // The object commits all outcomes or none: one that makes it fail must not hold up the others.
    if (outcomes.length > 1 && !isUnreachable) {
      await Promise.all(outcomes.map((outcome) => settle(owner, [outcome])));
    } else {
      for (const { delivery } of outcomes) delivery.fail(fault);
    }
    return;
  }
  for (const [index, { delivery }] of outcomes.entries()) {
    const result = results[index];
    if (result?.ok === true) delivery.acknowledge("settled");
    // If the object no longer knows the payment, money has moved that nobody has on record.
    else delivery.fail(new ServiceError(`the object did not settle: ${result?.refusal ?? "no result"}`));
  }
}
