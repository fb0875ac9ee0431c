// What an order costs, in counts that no machine changes: calls to ticket types and how many follow
// each other, SQL statements, rows, alarms, copies to D1, messages.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import type { ParticipantStep } from "../../../../src/domain/participation.ts";
import { Order, type OrderEnv } from "../../../../src/durable/order/order.ts";
import type { NewOrder } from "../../../../src/durable/order/protocol.ts";
import type { Participant } from "../../../../src/durable/ticket-type/order-protocol.ts";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import { newId, newPaymentId, newReservationId, orderIdFrom } from "../../../../src/platform/ids.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { Meter, NOTHING } from "../../../support/meter.ts";
import { orderObject } from "../../../support/orders.ts";
import { addTicket, createEvent, newPerson, objectOf, putOnSale } from "../../../support/service.ts";

/** An order's object whose costs are counted, and its calls to real ticket types. */
class CountedOrder extends Meter {
  readonly object: Order;
  #calls = 0;
  /** Calls side by side are one round. */
  #rounds = 0;
  #underWay = 0;

  constructor(state: DurableObjectState) {
    super(state);
    const participant = (id: string): Participant => ({
      holdForOrder: (...parameters) => this.#call(async () => await objectOf(id).holdForOrder(...parameters)),
      takeOrderSteps: (...parameters) => this.#call(async () => await objectOf(id).takeOrderSteps(...parameters)),
      eventEndsMs: () => this.#call(async () => await objectOf(id).eventEndsMs()),
      refundableUntil: (ids) => this.#call(async () => await objectOf(id).refundableUntil(ids)),
      refundedPasses: (ids) => this.#call(async () => await objectOf(id).refundedPasses(ids)),
    });
    const bindings = { ...env, ...this.bindings, TICKET_TYPES: { getByName: participant } };
    this.object = new Order(state, bindings as unknown as OrderEnv);
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    if (this.#underWay === 0) this.#rounds += 1;
    this.#calls += 1;
    this.#underWay += 1;
    try {
      return await call();
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Resolves once it is. */
  async alarmIsAt(atMs: number | null): Promise<void> {
    await vi.waitFor(() => expect(this.alarmAtMs).toBe(atMs));
  }

  /** Until D1 has what it is to show in the end. */
  async priceOf(orderId: string, end: string, work: () => Promise<unknown>) {
    this.#calls = 0;
    this.#rounds = 0;
    const query = "SELECT state || ' ' || IFNULL(payment_state, 'unpaid') AS end, unfinished FROM orders WHERE id = ?";
    const costs = await this.costsOf(async () => {
      await work();
      await vi.waitUntil(async () => {
        const copy = await env.DB.prepare(query).bind(orderId).first<{ end: string; unfinished: number }>();
        return copy?.end === end && (copy.unfinished === 0 || end.endsWith("pending"));
      }, 20_000);
      await this.d1IsQuiet();
    });
    return { ...costs, rowsRead: this.rowsRead, calls: this.#calls, rounds: this.#rounds };
  }
}

function newOrder(ticketTypeIds: readonly string[], itemsOfEach: number): NewOrder {
  const items = ticketTypeIds.flatMap((ticketTypeId) =>
    Array.from({ length: itemsOfEach }, () => {
      return { reservationId: newReservationId(ticketTypeId), ticketTypeId, priceId: null, code: null, quantity: 1 };
    }),
  );
  return { orderId: orderIdFrom(newId(), ""), accountId: "ada", requestId: newPaymentId(), request: "", items };
}

describe.each([
  [2, 1],
  [10, 2],
])("in %i ticket types, %i items of each", (types, itemsOfEach) => {
  const items = types * itemsOfEach;
  /** Each phase writes what began and what came of it, and D1 gets the latter. */
  const once = { ...NOTHING, transactions: 2, d1: 1, d1Statements: 1, calls: types, rounds: 1 };

  async function placed(
    work: (order: CountedOrder, request: NewOrder, created: unknown) => Promise<void>,
  ): Promise<void> {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer);
    const ids = await Promise.all(Array.from({ length: types }, () => addTicket(organizer, eventId)));
    const request = newOrder(ids, itemsOfEach);
    await runInDurableObject(orderObject(request.orderId), async (_, state) => {
      const order = new CountedOrder(state);
      await state.blockConcurrencyWhile(async () => {});
      const created = await order.priceOf(request.orderId, "held unpaid", () => order.object.create(request));
      await work(order, request, created);
    });
  }

  test("an order that is held, paid and confirmed has a fixed number of rounds, and one copy of each phase", async () => {
    await placed(async (order, { orderId, accountId }, created) => {
      expect(created).toEqual({
        ...once,
        // When its copy is made again if that is not acknowledged, and then when it expires.
        alarms: 2,
        // Each migration of its tables is one, and reads and writes the schema.
        statements: 15,
        // Each item, its place by its id, and that it is held.
        rowsWritten: 16 + 3 * items,
        rowsRead: 40 + 4 * items,
        // Its row, and its places by its id, among its buyer's, among those that are overdue, and
        // by its first reservation: that one is written with each copy. And what its event has.
        d1RowsWritten: 6,
      });
      const payment = { accountId, paymentId: newPaymentId(), key: "key", method: "pm_card_visa" };
      expect(await order.priceOf(orderId, "held pending", () => order.object.pay(payment))).toEqual({
        ...once,
        sends: 1,
        // When calls, the copy and the message are made again.
        alarms: 1,
        statements: 9,
        // Each item as it begins and has begun.
        rowsWritten: 6 + 2 * items,
        rowsRead: 6 + 4 * items,
        d1RowsWritten: 5,
      });
      const settlement = { paymentId: payment.paymentId, outcome: { state: "succeeded" } } as const;
      expect(await order.priceOf(orderId, "confirmed succeeded", () => order.object.settle([settlement]))).toEqual({
        ...once,
        transactions: 3,
        // Each says that it can be confirmed, and then that it is.
        calls: 2 * types,
        rounds: 2,
        // None any more.
        alarms: 1,
        statements: 8,
        rowsWritten: 6 + 2 * items,
        rowsRead: 6 + 4 * items,
        // What its event has moves, and has its place among what was paid; its receipt is due, by
        // its id; its mail is due, by five indexes, and in its event's list, by its id. And each
        // ticket type's sums: of all time, of the hour and of its quarter.
        d1RowsWritten: 8 + 6 + 2 + 3 * types,
        d1Statements: 2,
      });
    });
  });

  test("an order's alarm runs when there is something to do, and not before", async () => {
    await placed(async (order, { orderId, accountId }) => {
      const copy = await env.DB.prepare("SELECT expires_at_ms AS atMs FROM orders WHERE id = ?").bind(orderId).first();
      // A call to the object would set a lost one again.
      await order.alarmIsAt(Number(copy?.atMs));
      const payment = { accountId, paymentId: newPaymentId(), key: "key", method: "pm_card_visa" };
      await order.object.pay(payment);
      const settlement = { paymentId: payment.paymentId, outcome: { state: "succeeded" } } as const;
      await order.priceOf(orderId, "confirmed succeeded", () => order.object.settle([settlement]));
      await order.alarmIsAt(null);
    });
  });

  test("an order that is cancelled has one round, and one copy", async () => {
    await placed(async (order, { orderId, accountId }) => {
      expect(await order.priceOf(orderId, "cancelled unpaid", () => order.object.cancel(accountId))).toEqual({
        ...once,
        // When calls and the copy are made again, and then when the order is forgotten.
        alarms: 2,
        statements: 4,
        rowsWritten: 3 + items,
        rowsRead: 3 + 2 * items,
        // What its event has moves.
        d1RowsWritten: 5,
      });
    });
  });
});

describe.each([1, 10])("%i items in one ticket type", (items) => {
  async function inTicketType(
    d1Hangs: boolean,
    work: (meter: Meter, phases: readonly (() => Promise<unknown>)[]) => Promise<void>,
  ) {
    const { ticketId } = await putOnSale({ capacity: 1000 });
    await runInDurableObject(objectOf(ticketId), async (_, state) => {
      const meter = new Meter(state);
      meter.d1Hangs = d1Hangs;
      const object = new TicketType(state, { ...env, ...meter.bindings } as unknown as Env);
      await state.blockConcurrencyWhile(async () => {});
      const { orderId, items: wanted } = newOrder([ticketId], items);
      const holds = wanted.map((item) => ({ ...item, accountId: "ada" }));
      const take = (type: "begin" | "prepare" | "confirm") => async () => {
        const step = ({ reservationId }: { readonly reservationId: string }, index: number): ParticipantStep => {
          return { type, reservationId, paymentId: `p.${index}` };
        };
        const results = await object.takeOrderSteps(orderId, wanted.map(step));
        expect(results.every(({ ok }) => ok)).toBe(true);
      };
      // The object is warm; where D1 hangs, the copy of this one is under way from now on.
      const other = newOrder([ticketId], 1);
      await object.holdForOrder(
        other.orderId,
        other.items.map((item) => ({ ...item, accountId: "bob" })),
      );
      const hold = () => object.holdForOrder(orderId, holds);
      await work(meter, [hold, take("begin"), take("prepare"), take("confirm")]);
    });
  }

  test("are as many statements as one", async () => {
    await inTicketType(true, async (meter, phases) => {
      const costs = [];
      for (const phase of phases) {
        const { statements, rowsWritten, transactions, sends } = await meter.costsOf(phase);
        costs.push({ statements, rowsWritten, transactions, sends });
        // Of indexes, too; none of them is of another order.
        expect(meter.rowsRead).toBeLessThanOrEqual(15 * items);
      }
      const once = { transactions: 1, sends: 0 };
      expect(costs).toEqual([
        // As reservations that are made alone, where there is a limit per buyer.
        { ...once, statements: 4, rowsWritten: 4 * items + 1 },
        // Each reservation, that D1 does not have it, and its payment with its places.
        { ...once, statements: 4, rowsWritten: 7 * items },
        // A yes needs no record.
        { ...once, statements: 2, rowsWritten: 0 },
        // Each reservation with its places, its payment's row, and what is sold.
        { ...once, statements: 5, rowsWritten: 4 * items + 1 },
      ]);
    });
  });

  test("are copied to D1 in one call, where there is something new", async () => {
    await inTicketType(false, async (meter, phases) => {
      const calls = [];
      for (const phase of phases) {
        const { d1, d1Statements } = await meter.costsOf(phase);
        calls.push({ d1, d1Statements });
        await meter.d1IsQuiet();
      }
      const copy = { d1: 1, d1Statements: 2 };
      expect(calls).toEqual([copy, copy, { d1: 0, d1Statements: 0 }, copy]);
    });
  });
});
