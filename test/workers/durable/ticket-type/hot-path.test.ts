// What a reservation costs, in counts that no machine changes: SQL statements, rows written,
// alarms, calls. A change that makes buying dearer fails here, whatever the clock says.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import type { ReserveRequest } from "../../../../src/durable/ticket-type/protocol.ts";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { Meter, NOTHING } from "../../../support/meter.ts";
import { ADULT, makeCodes, PRESS, putPricesOnSale } from "../../../support/prices.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { newPerson, type OnSale, ORIGIN, objectOf, putOnSale, withSettings } from "../../../support/service.ts";

/** An object whose costs are counted, on a storage of its own. */
class CountedObject extends Meter {
  readonly object: TicketType;

  constructor(state: DurableObjectState) {
    super(state);
    this.object = new TicketType(state, { ...env, ...this.bindings } as unknown as Env);
  }
}

/** In an object that is warm: its alarm is set, and D1 has all that there is. */
async function withObject(
  maxPerBuyer: number | null,
  work: (counted: CountedObject, newcomers: (count: number, key?: string) => ReserveRequest[]) => Promise<void>,
): Promise<void> {
  return withObjectOf(await putOnSale({ capacity: 100_000, max_per_buyer: maxPerBuyer }), work);
}

async function withObjectOf(
  { ticketId }: Pick<OnSale, "ticketId">,
  work: (counted: CountedObject, newcomers: (count: number, key?: string) => ReserveRequest[]) => Promise<void>,
): Promise<void> {
  const newcomers = (count: number, key: string | null = null) =>
    Array.from({ length: count }, () => ({
      ...{ reservationId: newReservationId(ticketId), accountId: newId(), quantity: 1, idempotencyKey: key },
      // Needed where there are several prices, and the same as none where there is one.
      priceId: ticketId,
    }));
  await runInDurableObject(objectOf(ticketId), async (_, state) => {
    const counted = new CountedObject(state);
    await state.blockConcurrencyWhile(async () => {});
    await counted.object.reserve(newcomers(1));
    await work(counted, newcomers);
  });
}

// Of a reservation: its row, and its places among those that are due, those that D1 does not have
// yet, and the buyers'.
const ROWS_PER_RESERVATION = 4;
const ROWS_PER_COMMIT = 1;
// Its row, and its place among those that D1 does not have.
const ROWS_PER_CHANGE = 2;
// Its row, and its places by its id, among its reservation's, those that are sent again, and those
// that are looked at.
const ROWS_PER_PAYMENT = 5;
// Its row, and its places by its id, among its buyer's, among those that are due, and in its
// event's list.
const D1_ROWS_PER_RESERVATION = 5;

// With a limit per buyer, how many tickets each buyer of the batch has is one statement more.
describe.each([
  ["without a limit per buyer", null, 3],
  ["with one", 10, 4],
])("in a rush, %s", (_name, maxPerBuyer, statements) => {
  test.each([1, 10, 100, 500])("%i reservations are as many statements as one", async (count) => {
    await withObject(maxPerBuyer, async (counted, newcomers) => {
      counted.d1Hangs = true;
      // The copy of this one is under way for the rest of the test.
      await counted.object.reserve(newcomers(1));
      expect(await counted.costsOf(() => counted.object.reserve(newcomers(count)))).toEqual({
        // Earlier reservations with these ids; the new rows; the counters.
        statements,
        rowsWritten: count * ROWS_PER_RESERVATION + ROWS_PER_COMMIT,
        ...{ ...NOTHING, transactions: 1 },
      });
    });
  });
});

test("orders that come at once share a commit, and so do their steps", async () => {
  await withObject(null, async (counted, newcomers) => {
    counted.d1Hangs = true;
    await counted.object.reserve(newcomers(1));
    const orders = newcomers(50).map((hold) => ({ orderId: newId(), hold }));
    const atOnce =
      <T>(call: (order: (typeof orders)[number]) => Promise<T>) =>
      () =>
        Promise.all(orders.map(call));
    // The first one is under way when the others come.
    const held = await counted.costsOf(atOnce(({ orderId, hold }) => counted.object.holdForOrder(orderId, [hold])));
    expect(held.transactions).toBeLessThanOrEqual(2);
    const begun = await counted.costsOf(
      atOnce(({ orderId, hold: { reservationId } }) => {
        const step = { type: "begin" as const, reservationId, paymentId: `${orderId}.0` };
        return counted.object.takeOrderSteps(orderId, [step]);
      }),
    );
    expect(begun.transactions).toBeLessThanOrEqual(2);
  });
});

describe("with five prices", () => {
  const SALE = { capacity: 100_000, max_per_buyer: null };
  const prices = Array.from({ length: 5 }, (_, index) => ({ ...ADULT, name: `Price ${index}` }));

  test.each([1, 2, 5])("a commit that touches %i of them costs what it costs with one price", async (touched) => {
    const sale = await putPricesOnSale(prices, SALE);
    await withObjectOf(sale, async (counted, newcomers) => {
      counted.d1Hangs = true;
      await counted.object.reserve(newcomers(1));
      const requests = newcomers(100).map((request, index) => ({
        ...request,
        priceId: sale.priceIds[index % touched] ?? "",
      }));
      expect(await counted.costsOf(() => counted.object.reserve(requests))).toEqual({
        statements: 3,
        rowsWritten: 100 * ROWS_PER_RESERVATION + ROWS_PER_COMMIT,
        ...{ ...NOTHING, transactions: 1 },
      });
    });
  });

  test("a refusal writes nothing", async () => {
    await withObjectOf(await putPricesOnSale(prices, SALE), async (counted, newcomers) => {
      const tooMany = newcomers(100).map((request) => ({ ...request, quantity: 1_000_000 }));
      await counted.object.reserve(tooMany);
      const costs = await counted.costsOf(() => counted.object.reserve(tooMany));
      expect(costs).toEqual({ statements: 1, rowsWritten: 0, ...NOTHING, transactions: 1 });
    });
  });
});

test("a code is read in one statement, and its use is written in another, whatever the batch", async () => {
  const sale = await putPricesOnSale([ADULT, PRESS], { capacity: 100_000, max_per_buyer: null });
  const [, press = ""] = sale.priceIds;
  const [code = ""] = await makeCodes(sale, press, 1, null);
  await withObjectOf(sale, async (counted, newcomers) => {
    counted.d1Hangs = true;
    await counted.object.reserve(newcomers(1));
    for (const count of [1, 100]) {
      const requests = newcomers(count).map((request) => ({ ...request, priceId: press, code }));
      // What is due is looked for as well: it may be what uses the code up.
      expect(await counted.costsOf(() => counted.object.reserve(requests))).toMatchObject({
        statements: 3 + 2,
        rowsWritten: count * ROWS_PER_RESERVATION + ROWS_PER_COMMIT + 1,
        transactions: 1,
      });
    }
  });
});

test("a buyer who has bought before costs nothing more, and a key two statements", async () => {
  await withObject(10, async (counted, newcomers) => {
    counted.d1Hangs = true;
    const first = newcomers(1);
    await counted.object.reserve(first);
    const again = newcomers(1).map((request) => ({ ...request, accountId: first[0]?.accountId ?? "" }));
    expect(await counted.costsOf(() => counted.object.reserve(again))).toMatchObject({ statements: 4, alarms: 0 });
    // The key's record, and its place in the index by use.
    expect(await counted.costsOf(() => counted.object.reserve(newcomers(1, "key")))).toMatchObject({
      statements: 6,
      rowsWritten: ROWS_PER_RESERVATION + ROWS_PER_COMMIT + 2,
    });
  });
});

test("a refusal writes nothing", async () => {
  await withObject(null, async (counted, newcomers) => {
    const tooMany = newcomers(100).map((request) => ({ ...request, quantity: 1_000_000 }));
    // The first one reads once whether D1 has everything.
    await counted.object.reserve(tooMany);
    const costs = await counted.costsOf(() => counted.object.reserve(tooMany));
    expect(costs).toEqual({ statements: 1, rowsWritten: 0, ...NOTHING, transactions: 1 });
  });
});

test("calls that come at once share a commit", async () => {
  await withObject(null, async (counted, newcomers) => {
    counted.d1Hangs = true;
    await counted.object.reserve(newcomers(1));
    const all = () => Promise.all(Array.from({ length: 50 }, () => counted.object.reserve(newcomers(2))));
    const costs = await counted.costsOf(all);
    // The first one is under way when the others come.
    expect(costs.transactions).toBe(2);
    expect(costs.rowsWritten).toBe(100 * ROWS_PER_RESERVATION + 2 * ROWS_PER_COMMIT);
    expect(costs).toMatchObject({ alarms: 0, puts: 0, d1: 0, d1Statements: 0 });
  });
});

test("without a rush a reservation is copied to D1 in one call, and 100 as well", async () => {
  await withObject(10, async (counted, newcomers) => {
    for (const count of [1, 100]) {
      const costs = await counted.costsOf(() => counted.object.reserve(newcomers(count)));
      expect(costs).toEqual({
        // What D1 does not have, its payments, that D1 has them now (two tables), and whether that
        // was all.
        statements: 4 + 4,
        // Marked as copied: the row, and the ticket type.
        rowsWritten: count * (ROWS_PER_RESERVATION + 1) + ROWS_PER_COMMIT + 1,
        ...{ ...NOTHING, transactions: 1, d1: 1, d1Statements: 2 },
        d1RowsWritten: count * D1_ROWS_PER_RESERVATION + 1,
      });
    }
  });
});

test.each([1, 10, 50])(
  "%i payments that begin, and are settled, together are as many statements as two",
  async (count) => {
    await withObject(null, async (counted, newcomers) => {
      counted.d1Hangs = true;
      const all = newcomers(count + 1);
      await counted.object.reserve(all);
      const pay = ({ reservationId, accountId }: ReserveRequest) =>
        counted.object.pay({ reservationId, accountId, paymentId: reservationId, key: reservationId, method: "pm" });
      // The first one's is a commit of its own, and the others share the next.
      const begun = await counted.costsOf(() => Promise.all(all.map(pay)));
      expect(begun).toMatchObject({ ...NOTHING, transactions: 2, sends: 2, alarms: expect.any(Number) });
      // What they are about, and their payments; then the reservations, and the payments with their
      // messages.
      expect(begun.statements).toBe(2 * 4);
      expect(begun.rowsWritten).toBe((count + 1) * (ROWS_PER_CHANGE + ROWS_PER_PAYMENT));
      expect(begun.alarms).toBeLessThanOrEqual(1);
      const outcome = { state: "succeeded" } as const;
      const outcomes = all.slice(1).map(({ reservationId }) => ({ paymentId: reservationId, outcome }));
      const settled = await counted.costsOf(() => counted.object.settle(outcomes));
      expect(settled).toMatchObject({ ...NOTHING, transactions: 1, alarms: expect.any(Number) });
      // And what is sold.
      expect(settled.statements).toBe(5);
      // Of a reservation its place among the buyers', too; of its payment nothing but the row:
      // nothing is sent any more.
      expect(settled.rowsWritten).toBe(count * (ROWS_PER_CHANGE + 1 + 1) + ROWS_PER_COMMIT);
    });
  },
);

test("in a rush D1 is told twice a second at the most, of as many as fit in one call", async () => {
  await withObject(null, async (counted, newcomers) => {
    const [BURST, ROWS_PER_TRIP] = [80, 500];
    const startMs = Date.now();
    let reserved = 0;
    const costs = await counted.costsOf(async () => {
      for (; Date.now() < startMs + 1_500; reserved += 5) await counted.object.reserve(newcomers(5));
    });
    expect(costs.d1).toBeLessThanOrEqual(BURST + 4 + reserved / ROWS_PER_TRIP);
    expect(reserved).toBeGreaterThan(4 * costs.d1);
    // What is still to be told has an alarm behind it, which is set once in five seconds.
    expect(costs.alarms).toBeLessThanOrEqual(1);
  });
});

test("a reservation with a key is one call to its object, and none to D1 once the names to show are known", async () => {
  const { ticketId } = await putOnSale();
  const { token } = await newPerson();
  const { DB, statements } = recordingD1();
  const reserve = vi.fn((requests: readonly ReserveRequest[]) => objectOf(ticketId).reserve(requests));
  const TICKET_TYPES = { getByName: () => ({ reserve }) } as unknown as Env["TICKET_TYPES"];
  const body = JSON.stringify({ ticket: ticketId, quantity: 1 });
  const send = async (key: string) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key };
    const request = new Request(`${ORIGIN}/reservations`, { method: "POST", headers, body });
    expect((await answer(request, withSettings({ DB, TICKET_TYPES }))).status).toBe(201);
    // The list of sessions that ended early is renewed now and then.
    return statements.splice(0).filter(({ text }) => !text.includes("revoked_sessions"));
  };
  expect(await send("first")).toHaveLength(1);
  expect(await send("second")).toEqual([]);
  expect(reserve).toHaveBeenCalledTimes(2);
});
