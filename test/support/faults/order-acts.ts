// What a buyer, an organiser, the provider and time do to an order under faults.

import { env } from "cloudflare:workers";
import type { CounterMethod, CounterSale } from "../../../src/domain/counter.ts";
import type { Order, Taken } from "../../../src/domain/order.ts";
import { isUnderWay } from "../../../src/domain/refund.ts";
import type { NewOrder, NewOrderResult, PayOrderResult } from "../../../src/durable/order/protocol.ts";
import type { Settlement } from "../../../src/durable/ticket-type/protocol.ts";
import { newPaymentId, newReservationId } from "../../../src/platform/ids.ts";
import { callOrder } from "../../../src/worker/objects/orders.ts";
import { callTicketType } from "../../../src/worker/objects/ticket-types.ts";
import { authenticate } from "../../../src/worker/payments/sandbox.ts";
import { refundRequest } from "./acts.ts";
import { CODE, type OrderAct, type OrderProcess, type OrderWorld, PRESS } from "./order-world.ts";
import { MINUTE_MS } from "./process.ts";

const ACCOUNT = "ada";

/** One adult and two of the press in the stalls, and parking, with an idempotency key. */
export function place(): OrderAct {
  return async (process) => {
    const result = await create(process);
    if (!result.ok) throw new Error(`place: ${JSON.stringify(result)}`);
  };
}

export function placeAgain(): OrderAct {
  return async (process) => {
    const result = await create(process);
    if (!result.ok || !result.isReplay) throw new Error(`place again: ${JSON.stringify(result)}`);
  };
}

/** There is no parking left. */
export function placeInVain(): OrderAct {
  return async (process) => {
    const result = await create(process);
    const isAsWanted = !result.ok && result.refusal.type === "not_held" && result.refusal.item === 2;
    if (!isAsWanted) throw new Error(`place in vain: ${JSON.stringify(result)}`);
  };
}

/** The same at the counter, where no code is needed. What is paid at once is paid with `p1`. */
export function sell(method: CounterMethod, payUntilMinutes: number | null = null): OrderAct {
  return async (process) => {
    const { world } = process;
    const counter: CounterSale = {
      eventId: ACCOUNT,
      method,
      takenAs: null,
      takenBy: null,
      soldBy: "eve",
      paymentId: method === "transfer" ? null : named(process, "p1"),
      payUntilMs: payUntilMinutes === null ? null : world.startMs + payUntilMinutes * MINUTE_MS,
      customerName: "Ada",
      customerEmail: null,
      note: null,
    };
    const result = await create(process, (order) => {
      const items = order.items.map((item) => (item.code === null ? item : { ...item, priceId: PRESS, code: null }));
      return { ...order, items, counter };
    });
    if (!result.ok) throw new Error(`sell: ${JSON.stringify(result)}`);
  };
}

/** A 503 is repeated as a lost reply is, by another request with the same key. */
function create(process: OrderProcess, asSold = (order: NewOrder) => order): Promise<NewOrderResult> {
  const { env, world } = process;
  return process.attempt(async () => {
    const request = asSold(newOrder(world));
    const result = await callOrder(env, world.orderId, (order) => order.create(request));
    if (!result.ok && result.refusal.type === "unavailable") throw new Error("503");
    return result;
  });
}

function newOrder({ orderId, stalls, parking }: OrderWorld): NewOrder {
  const item = (ticketTypeId: string, quantity: number, code: string | null = null) => {
    const priceId = code === null ? ticketTypeId : null;
    return { reservationId: newReservationId(ticketTypeId), ticketTypeId, priceId, code, quantity };
  };
  const items = [item(stalls, 1), item(stalls, 2, CODE), item(parking, 1)];
  return { orderId, accountId: ACCOUNT, requestId: newPaymentId(), request: "the same", items };
}

/** Each waits for some seconds, and a call takes no longer than a minute. */
const MOST_TRIES = 30;

export function pay(paymentId: string, method: string | null, taken?: Taken): OrderAct {
  return async (process) => {
    for (let tries = 1; ; tries++) {
      const result = await payWith(process, paymentId, named(process, paymentId), method, taken);
      if (result.ok) return;
      // The buyer is told to ask again.
      if (result.refusal !== "unavailable" || tries === MOST_TRIES) throw new Error(`pay: ${JSON.stringify(result)}`);
    }
  };
}

/** An organiser says that the money has come. */
export function takeMoney(paymentId: string, as: "cash" | "transfer"): OrderAct {
  return pay(paymentId, as, { as, by: "bob" });
}

/** The same request, which is another payment to whoever receives it. */
export function payAgain(paymentId: string, method: string | null): OrderAct {
  return async (process) => {
    const result = await payWith(process, paymentId, newPaymentId(), method);
    if (!result.ok || !result.isReplay) throw new Error(`pay again: ${JSON.stringify(result)}`);
  };
}

function payWith(
  process: OrderProcess,
  key: string,
  paymentId: string,
  method: string | null,
  taken?: Taken,
): Promise<PayOrderResult> {
  const payment = { accountId: ACCOUNT, paymentId, key, method };
  const request = taken === undefined ? payment : { ...payment, taken };
  return process.attempt(() => callOrder(process.env, process.world.orderId, (order) => order.pay(request)));
}

export function cancelOrder(): OrderAct {
  return async (process) => {
    const { env, world } = process;
    const result = await process.attempt(() => callOrder(env, world.orderId, (order) => order.cancel(ACCOUNT)));
    if (!result.ok) throw new Error(`cancel: ${JSON.stringify(result)}`);
  };
}

/** The organiser need not know any more who it was sold to. */
export function eraseCustomer(): OrderAct {
  return async (process) => {
    const { env, world } = process;
    const result = await process.attempt(() =>
      callOrder(env, world.orderId, (order) => order.eraseCustomer(ACCOUNT, 0)),
    );
    if (!result.ok || result.order.counter?.customerName !== null) throw new Error(`erase: ${JSON.stringify(result)}`);
  };
}

/** Waits for the payment, which succeeds; a repeated call may come after that, and is refused. */
export function cancelOrderInVain(): OrderAct {
  return async (process) => {
    const { env, world } = process;
    const result = await process.attempt(() => callOrder(env, world.orderId, (order) => order.cancel(ACCOUNT)));
    if (!result.ok && result.refusal !== "already_confirmed") throw new Error(`cancel: ${JSON.stringify(result)}`);
  };
}

/** The buyer says yes or no at the bank, and no notice says so. */
export function atBank(paymentId: string, passes: boolean): OrderAct {
  return async (process) => {
    await authenticate(env.DB, `${named(process, paymentId)}_secret_sandbox`, passes);
  };
}

/** The organiser gives back all of the order, or so many of its second item's tickets. */
export function refundOrder(key: string, quantity: number | "all"): OrderAct {
  return async (process) => {
    const second = process.lastOrder?.items[1]?.reservationId ?? "";
    const request = refundRequest(key, second, quantity);
    const { env, world } = process;
    const result = await process.attempt(() => callOrder(env, world.orderId, (order) => order.refund(request)));
    if (!result.ok) throw new Error(`refund: ${JSON.stringify(result)}`);
  };
}

/** Waits until what was to go back has, money and tickets. */
export function refundedOrder(): OrderAct {
  return waitFor("refunded", (_, { items, refunds }) => {
    return !refunds.some(isUnderWay) && items.every(({ givenBack, takenBack }) => givenBack === takenBack);
  });
}

/** The event that the parking is for. Repeated until it is known, as the sweep does. */
export function callOff(): OrderAct {
  return async (process) => {
    const { env, world } = process;
    const news = { onSale: false, onSaleVersion: 2, eventStatus: "cancelled", eventEndsMs: null } as const;
    await process.attempt(() => callTicketType(env, world.parking, (object) => object.announce(news)));
  };
}

/**
 * The event of these ticket types, with refunds: each ticket type is called by itself, and calls
 * the order. Then until all of that is refunded.
 */
export function callOffWithRefunds(...names: readonly ("stalls" | "parking")[]): readonly OrderAct[] {
  const facts = { onSale: false, onSaleVersion: 2, eventStatus: "cancelled", eventEndsMs: null } as const;
  const called = names.map(
    (name): OrderAct =>
      async (process) => {
        const { env, world } = process;
        const refunding = names.map((one) => world[one]).join(" ");
        await process.attempt(() =>
          callTicketType(env, world[name], (object) => object.announce({ ...facts, refunding })),
        );
      },
  );
  const refunded = waitFor("refunded", ({ world }, { items, refunds }) => {
    const ids = names.map((name) => world[name]);
    const ofThem = items.filter(({ ticketTypeId }) => ids.includes(ticketTypeId));
    const isTakenBack = ofThem.every(({ takenBack, quantity }) => takenBack === quantity);
    return isTakenBack && refunds.every(({ state }) => state === "succeeded");
  });
  return [...called, refunded];
}

/** News of a payment that does not come through the queue. */
export function settleOrder(paymentId: string, outcome: Settlement["outcome"]): OrderAct {
  return async (process) => {
    const settlement = { paymentId: named(process, paymentId), outcome };
    const { env, world } = process;
    const settled = () => callOrder(env, world.orderId, (order) => order.settle([settlement]));
    const [result] = await process.attempt(settled);
    if (result?.ok !== true) throw new Error(`settle: ${JSON.stringify(result)}`);
  };
}

/** Waits until the provider may charge. */
export function charging(): OrderAct {
  return waitFor("charging", (_, { phase }) => phase === "charging");
}

export function chargedOrder(paymentId: string): OrderAct {
  return waitFor(`${paymentId} charged`, (process) => process.world.charged.has(named(process, paymentId)));
}

/** Waits until the consumer has done for a payment what was to do. */
export function settledOrder(paymentId: string): OrderAct {
  return waitFor(`${paymentId} settled`, (process, { payments }) => {
    const payment = payments.find(({ id }) => id === named(process, paymentId));
    return payment !== undefined && payment.state !== "pending" && payment.state !== "refund_due";
  });
}

function waitFor(what: string, isSo: (process: OrderProcess, order: Order) => boolean): OrderAct {
  return async (process) => {
    const isDone = () => process.lastOrder !== null && isSo(process, process.lastOrder);
    const came = await process.until(isDone, Date.now() + 60 * MINUTE_MS);
    if (!came) throw new Error(`not ${what} after an hour`);
  };
}

/** To a moment counted from the beginning: an act that is repeated waits no longer than once. */
export function pass(minutes: number): OrderAct {
  return (process) => process.passTo(process.world.startMs + minutes * MINUTE_MS);
}

/** Charges begin only then. */
export function busyUntil(minutes: number): OrderAct {
  return async ({ world }) => {
    world.providerBusyUntilMs = world.startMs + minutes * MINUTE_MS;
  };
}

function named({ world }: OrderProcess, paymentId: string): string {
  return `${world.orderId}-${paymentId}`;
}
