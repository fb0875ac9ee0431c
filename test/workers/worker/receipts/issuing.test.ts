// Numbers of receipts: none twice and none missing, however many ask at once, and wherever an
// attempt to issue them dies.

import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { newReservationId } from "../../../../src/platform/ids.ts";
import { issueDueReceipts } from "../../../../src/worker/receipts/issuing.ts";
import { ask, COMMON, dyingD1, type Issued, issuedFor, paidAlone, paidOrder } from "../../../support/receipts.ts";
import { d1With } from "../../../support/recording.ts";
import { insertRow, rowsOf, sql } from "../../../support/records.ts";
import { addTicket, createEvent, newPerson, type Person } from "../../../support/service.ts";

const seller = (name: string) => ({ name, address: "Here", vat_id: null });

let organizer: Person;
let stalls: string;
let parking: string;
let parkingEvent: string;

beforeEach(async () => {
  organizer = await newPerson("organizer");
  stalls = await addTicket(organizer, await createEvent(organizer, { seller: seller("Hall") }));
  parkingEvent = await createEvent(organizer, { seller: seller("Parking") });
  parking = await addTicket(organizer, parkingEvent);
  // What earlier tests have left to be issued.
  await sql("DELETE FROM receipts_due");
});

const countsBySale = (rows: readonly Issued[]) => {
  return [...Map.groupBy(rows, ({ sale_id }) => sale_id).values()].map(({ length }) => length);
};

test("forty buyers and three sweeps at the same moment get one receipt for each sale", async () => {
  const sales = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 4 === 0 ? paidOrder(stalls, parking) : paidAlone(stalls))),
  );
  const asking = sales.flatMap((id) => [ask(env.DB, id), ask(env.DB, id)]);
  await Promise.all([...asking, issueDueReceipts(env.DB), issueDueReceipts(env.DB), issueDueReceipts(env.DB)]);
  const rows = await issuedFor(sales);
  expect(rows).toHaveLength(50);
  expect(countsBySale(rows).toSorted()).toEqual([...Array(30).fill(1), ...Array(10).fill(2)]);
  expect(await rowsOf("SELECT * FROM receipts_due")).toEqual([]);
});

test("a sweep issues many, and leaves nothing to be looked at again", async () => {
  const sales: string[] = [];
  for (let made = 0; made < 120; made += 1) sales.push(await paidAlone(stalls));
  expect(await rowsOf("SELECT * FROM receipts_due")).toHaveLength(120);
  await issueDueReceipts(env.DB);
  expect(countsBySale(await issuedFor(sales))).toEqual(Array(120).fill(1));
  expect(await rowsOf("SELECT * FROM receipts_due")).toEqual([]);
});

test("a sale that can't be understood keeps no other waiting, and stays due", async () => {
  const broken = await paidOrder(stalls);
  await sql("UPDATE orders SET items = json_set(items, '$[0].quantity', 'x') WHERE id = ?", broken);
  await sql("UPDATE events SET vat_rate = 700 WHERE organizer_id = ?", organizer.accountId);
  const sale = await paidAlone(stalls);
  await issueDueReceipts(env.DB);
  expect(countsBySale(await issuedFor([sale]))).toEqual([1]);
  expect(await rowsOf("SELECT sale_id FROM receipts_due")).toEqual([{ sale_id: broken }]);
});

test.each([
  ["cancelled", "UPDATE reservations SET state = 'cancelled' WHERE id = ?"],
  ["part of an order", "UPDATE reservations SET order_id = 'o', state = 'confirmed' WHERE id = ?"],
  ["free", "UPDATE reservations SET unit_price_minor = 0, state = 'confirmed' WHERE id = ?"],
])("a reservation that is %s is not due", async (_name, statement) => {
  const id = newReservationId(stalls);
  const row = { id, ticket_type_id: stalls, quantity: 1, unit_price_minor: 4500, unsettled: 0 };
  await insertRow("reservations", { ...COMMON, ...row, state: "held" });
  await sql(statement, id);
  expect(await rowsOf("SELECT * FROM receipts_due")).toEqual([]);
});

test("a seller who changes while two attempts are under way leaves one set of receipts", async () => {
  const sale = await paidOrder(stalls, parking);
  // The first attempt has read both sellers, when one of them takes over the other event.
  let read = false;
  const slow = d1With({
    batch: async <T>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> => {
      if (statements.length > 1 && read) {
        await sql("UPDATE events SET seller = json_set(seller, '$.name', 'Hall') WHERE id = ?", parkingEvent);
        await ask(env.DB, sale);
      }
      read = true;
      return env.DB.batch<T>(statements);
    },
  });
  await ask(slow, sale);
  const rows = await issuedFor([sale]);
  expect(rows).toHaveLength(1);
});

test("a seller who is named while the sweep finds none does not miss what was sold", async () => {
  const sale = await paidAlone(stalls);
  await sql("UPDATE events SET seller = NULL WHERE organizer_id = ?", organizer.accountId);
  const named = JSON.stringify({ name: "Hall", address: "Here", vatId: null });
  const slow = d1With({
    batch: async <T>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> => {
      if (statements.length === 1) {
        await sql("UPDATE events SET seller = ? WHERE organizer_id = ?", named, organizer.accountId);
        // As a change of the event does, in its own transaction.
        await sql("INSERT INTO receipts_due VALUES (?, 'new') ON CONFLICT DO UPDATE SET token = 'new'", sale);
      }
      return env.DB.batch<T>(statements);
    },
  });
  await issueDueReceipts(slow);
  expect(countsBySale(await issuedFor([sale]))).toEqual([1]);
});

describe("an attempt that dies", () => {
  const STEPS = [1, 2, 3, 4, 5, 6, 7, 8];

  test.each(STEPS.flatMap((at) => [[at, "before"] as const, [at, "after"] as const]))(
    "at D1's call %i, %s it is carried out, leaves no gap and nothing twice",
    async (at, when) => {
      const before = await paidAlone(stalls);
      await ask(env.DB, before);
      const sales = [await paidOrder(stalls, parking), await paidAlone(stalls), await paidAlone(parking)];
      const dying = dyingD1(at, when === "after");
      await issueDueReceipts(dying).catch(() => {});
      for (const id of sales) await ask(dying, id).catch(() => {});
      await issuedFor([before, ...sales]);
      await issueDueReceipts(env.DB);
      const rows = await issuedFor([before, ...sales]);
      expect(rows).toHaveLength(5);
      expect(countsBySale(rows).toSorted()).toEqual([1, 1, 1, 2]);
      expect(await rowsOf("SELECT * FROM receipts_due")).toEqual([]);
    },
  );

  test("does die in these tests, at its reads and at its write", async () => {
    const outcomes: string[] = [];
    for (const at of STEPS) {
      await paidAlone(stalls);
      const end = await issueDueReceipts(dyingD1(at, false)).then(
        () => "done",
        () => "died",
      );
      outcomes.push(end);
    }
    // What is due, the sales, the ticket types, the receipts; and then whether more is due.
    expect(outcomes).toEqual([...Array(5).fill("died"), ...Array(3).fill("done")]);
  });
});

type Deed = "alone" | "order" | "ask" | "sweep" | "die" | "rename" | "at once";
const DEEDS: readonly Deed[] = ["alone", "order", "ask", "sweep", "die", "rename", "at once"];

test("whatever happens in which order, every series counts from 1, and every sale has its receipts once", async () => {
  const step = fc.tuple(fc.constantFrom(...DEEDS), fc.nat(1_000));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const sales: string[] = [];
      for (const [deed, seed] of steps) {
        const some = sales[seed % Math.max(1, sales.length)];
        if (deed === "alone") sales.push(await paidAlone(seed % 2 === 0 ? stalls : parking));
        else if (deed === "order") sales.push(await paidOrder(stalls, parking));
        else if (deed === "sweep") await issueDueReceipts(env.DB);
        else if (deed === "die") await issueDueReceipts(dyingD1(1 + (seed % 5), seed % 3 === 0)).catch(() => {});
        else if (deed === "rename") {
          const named = JSON.stringify({ name: `Parking ${seed % 3}`, address: "Here", vatId: null });
          await sql("UPDATE events SET seller = ? WHERE id = ?", named, parkingEvent);
        } else if (deed === "at once") await Promise.all([...sales, ...sales].map((id) => ask(env.DB, id)));
        else if (some !== undefined) await ask(env.DB, some);
      }
      await issueDueReceipts(env.DB);
      const perSale = Map.groupBy(await issuedFor(sales), ({ sale_id }) => sale_id);
      expect(perSale.size).toBe(sales.length);
      for (const id of sales) expect(perSale.get(id)).toHaveLength(id.includes("-") ? 1 : 2);
    }),
    { numRuns: 25 },
  );
});
