// What a ticket type says to orders: it asks what became of payments that have waited long, because
// an order's own call may be lost, and announces holds that ended because the event was called off.

import type { Reservation } from "../../domain/reservation.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { orderNameOf } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { dispatchDelayMs } from "../shared/schedule.ts";
import type { Coordinator, Objects, OrderQuestion } from "./order-protocol.ts";
import type { OrderedStep } from "./plan-orders.ts";
import type { Store } from "./store.ts";

const QUESTIONS_PER_RUN = 200;
// An alarm that waited longer would delay the next one.
const ANSWER_TIMEOUT_MS = 5 * SECOND_MS;

/**
 * The steps that orders have decided on, for payments whose next question is due. The question
 * after it is planned first, as with a message to the queue. What is not reached is left out.
 */
export async function askOrders(store: Store, orders: Objects<Coordinator>, nowMs: number): Promise<OrderedStep[]> {
  if (!store.payments.isMessageDue(nowMs)) return [];
  const due = store.payments
    .dueQuestions(nowMs, QUESTIONS_PER_RUN)
    .map((question) => ({ ...question, plannedAtMs: nowMs + dispatchDelayMs(question.dispatches + 1) }));
  if (due.length === 0) return [];
  store.payments.recordDispatches(due);
  const asked = new Set(due.map(({ paymentId }) => paymentId));
  const questions = store
    .reservationsByPayments([...asked])
    .flatMap(({ id, orderId, payments }) =>
      payments
        .filter((payment) => asked.has(payment.id))
        .map((payment) => ({ orderId: orderId ?? "", reservationId: id, paymentId: payment.id })),
    );
  const byOrder = Map.groupBy(questions, ({ orderId }) => orderId);
  const answers = await Promise.all([...byOrder].map(([orderId, group]) => askOrder(orders, orderId, group)));
  return answers.flat();
}

/** Once, without waiting: an order that does not hear of it finds out when it is paid. */
export function announceLosses(orders: Objects<Coordinator>, lost: readonly Reservation[]): void {
  for (const [orderId, group] of Map.groupBy(lost, (reservation) => reservation.orderId ?? "")) {
    const ids = group.map(({ id }) => id);
    orders
      .getByName(orderNameOf(orderId))
      .lost(ids)
      .catch((fault) => log("warn", "an order did not hear of a loss", { order: orderId, ...errorFields(fault) }));
  }
}

async function askOrder(
  orders: Objects<Coordinator>,
  orderId: string,
  questions: readonly OrderQuestion[],
): Promise<OrderedStep[]> {
  try {
    const call = orders.getByName(orderNameOf(orderId)).outcomes(questions);
    const steps = await timeout(ANSWER_TIMEOUT_MS, call);
    return steps.flatMap((step) => (step === null || step.type === "reserve" ? [] : [{ orderId, step }]));
  } catch (fault) {
    log("warn", "an order did not answer", { order: orderId, ...errorFields(fault) });
    return [];
  }
}
