// Consumes the `payments` queue: asks the object what is to do, does it at the provider, settles it in the object.
// A message may come twice, late, or never; each step may be repeated, and the object sends again what is not settled.

import * as z from "zod";
import type { Charge, PaymentInstruction, PaymentMessage, Settlement } from "../../durable/ticket-type/protocol.ts";
import { ConfigurationError, ServiceError } from "../../platform/errors.ts";
import { ID_PATTERN } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { within } from "../../platform/time.ts";
import { auditRefund } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { ObjectCalls } from "./object-calls.ts";
import { type ChargeOutcome, type PaymentProvider, paymentProvider } from "./provider.ts";

const DEAD_LETTERS = "payments-dlq";
const FIRST_RETRY_SECONDS = 1;
const LAST_RETRY_SECONDS = 300;
// A queue delays a message for 12 hours at most. Whatever the provider says, ask once an hour.
const LONGEST_WAIT_SECONDS = 3_600;
// Longer than a provider takes to answer, or to give up. What goes on after it does no harm: all of it may be repeated.
const TIMEOUT_MS = 30_000;
// How far the clocks of objects, consumers and the provider may be apart. Looking up too early costs only a call.
const CLOCK_TOLERANCE_MS = 2 * 60 * 60_000;

const Body: z.ZodType<PaymentMessage> = z.object({
  ticketTypeId: z.string().regex(ID_PATTERN),
  paymentId: z.string().min(1).max(64),
});

type Todo = Extract<PaymentInstruction, { readonly charge: Charge }>;

/** What became of a message: acknowledged, or to be delivered again in `retrySeconds`. */
type Delivery =
  | { readonly result: "settled" | "nothing_to_do" | "unknown_payment" | "not_a_payment" }
  | { readonly result: "left_to_the_object"; readonly fault?: unknown }
  | { readonly result: "processing" | "failed"; readonly retrySeconds: number; readonly fault?: unknown };

interface Consumer {
  readonly env: Env;
  readonly provider: PaymentProvider | null;
  readonly isLastChance: boolean;
  /** Of each ticket type that the batch is about. */
  readonly objects: Map<string, ObjectCalls>;
}

/** Each message on its own: one that fails takes no other with it. Only what they ask of an object goes together. */
export async function consumePayments(
  batch: MessageBatch,
  env: Env,
  provider: PaymentProvider | null = paymentProvider(env),
): Promise<void> {
  const consumer = { env, provider, isLastChance: batch.queue === DEAD_LETTERS, objects: new Map() };
  await Promise.all(
    batch.messages.map(async (message) => {
      const startedAtMs = Date.now();
      const { data: payment } = Body.safeParse(message.body);
      // One call that never answers must not hold up the messages that came with it.
      const delivery = (await within(TIMEOUT_MS, deliver(message, payment, consumer))) ?? timedOut(message);
      if ("retrySeconds" in delivery) message.retry({ delaySeconds: delivery.retrySeconds });
      else message.ack();
      logDelivery(batch.queue, message, payment, delivery, Date.now() - startedAtMs);
    }),
  );
}

async function deliver(message: Message, payment: PaymentMessage | undefined, consumer: Consumer): Promise<Delivery> {
  if (payment === undefined) return { result: "not_a_payment" };
  try {
    return await carryOut(payment, consumer);
  } catch (fault) {
    // A dead letter is not delivered again: what it was for stays pending in the object, which sends a new message.
    if (consumer.isLastChance) return { result: "left_to_the_object", fault };
    return { result: "failed", retrySeconds: retrySeconds(message.attempts), fault };
  }
}

function timedOut(message: Message): Delivery {
  const fault = new ServiceError(`not done within ${TIMEOUT_MS} ms`);
  return { result: "failed", retrySeconds: retrySeconds(message.attempts), fault };
}

async function carryOut({ ticketTypeId, paymentId }: PaymentMessage, consumer: Consumer): Promise<Delivery> {
  const { env, provider, isLastChance, objects } = consumer;
  if (provider === null) throw new ConfigurationError("PAYMENT_PROVIDER names no provider");
  const object = objects.get(ticketTypeId) ?? new ObjectCalls(env, ticketTypeId);
  objects.set(ticketTypeId, object);
  const instruction = await object.instruction(paymentId);
  if (instruction.todo === "unknown") return { result: "unknown_payment" };
  if (instruction.todo === "nothing") return { result: "nothing_to_do" };
  const outcome = await object.during(performOnRecord(provider, instruction, ticketTypeId, consumer));
  if (outcome === null) return { result: "left_to_the_object" };
  if (outcome.state === "processing") {
    return isLastChance
      ? { result: "left_to_the_object" }
      : { result: "processing", retrySeconds: Math.min(LONGEST_WAIT_SECONDS, Math.ceil(outcome.retryAfterMs / 1_000)) };
  }
  const settled = await object.settle({ paymentId, outcome });
  // The object knew the payment a moment ago. If it does not now, money has moved that nobody has on record.
  if (!settled.ok) throw new ServiceError(`the object did not settle: ${settled.refusal}`);
  return { result: "settled" };
}

/** A refund is on the audit log before it is settled, after which nothing would be done any more: or it is tried again. */
async function performOnRecord(
  provider: PaymentProvider,
  instruction: Todo,
  ticketTypeId: string,
  { env, isLastChance }: Consumer,
): Promise<ChargeOutcome | Settlement["outcome"] | null> {
  const outcome = await perform(provider, instruction, isLastChance);
  if (outcome?.state === "refunded") await auditRefund(env.DB, { ...instruction.charge, ticketTypeId });
  return outcome;
}

/** A dead letter's charge is looked up, not tried: no charge is begun any more. A refund that is due stays due. */
async function perform(
  provider: PaymentProvider,
  { todo, charge, sinceMs }: Todo,
  isLastChance: boolean,
): Promise<ChargeOutcome | Settlement["outcome"] | null> {
  // What the provider may have forgotten is looked up before it is tried again.
  const mayBeForgotten = Date.now() >= (sinceMs ?? 0) + provider.idempotencyWindowMs - CLOCK_TOLERANCE_MS;
  switch (todo) {
    case "refund":
      if (!(mayBeForgotten && (await provider.lookUpRefund(charge.paymentId)))) await provider.refund(charge);
      return { state: "refunded" };
    case "charge": {
      const known = isLastChance || mayBeForgotten ? await provider.lookUp(charge.paymentId) : null;
      return known !== null || isLastChance ? known : provider.charge(charge);
    }
    default:
      // From a newer object, during a deployment: what this code does not know it leaves to code that does.
      throw new Error(`an instruction that is not known here: ${todo satisfies never}`);
  }
}

/** 1 s, doubling to 5 minutes. */
function retrySeconds(attempts: number): number {
  return Math.min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(attempts - 1, 20));
}

function logDelivery(
  queue: string,
  message: Message,
  payment: PaymentMessage | undefined,
  delivery: Delivery,
  durationMs: number,
): void {
  log("fault" in delivery ? "warn" : "info", "payment message", {
    queue,
    request_id: message.id,
    attempt: message.attempts,
    ...(payment === undefined ? {} : { ticket: payment.ticketTypeId, payment: payment.paymentId }),
    result: delivery.result,
    duration_ms: durationMs,
    ...("fault" in delivery ? errorFields(delivery.fault) : {}),
  });
}
