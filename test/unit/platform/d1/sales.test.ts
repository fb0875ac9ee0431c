// D1's sums of sales are what the copies add up to, however and in which order those are written.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("../../../../migrations/", import.meta.url).href);
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".sql"))
  .sort();
const [TICKETS, STATES] = [
  ["stalls", "balcony"],
  ["held", "confirmed", "refunded", "cancelled", "expired"],
];

function migrate(db: DatabaseSync, files: readonly string[]): DatabaseSync {
  for (const file of files) db.exec(readFileSync(join(FOLDER, file), "utf8"));
  return db;
}

interface Item {
  readonly ticket: string;
  readonly price: string | null;
  readonly quantity: number;
  readonly unit: number;
}

interface Refund {
  readonly state: string;
  readonly createdAtMs: number;
  readonly sinceMs: number;
  readonly item: number;
  readonly quantity: number;
  readonly amountMinor: number;
}

/** What is bought, alone or in an order. */
interface Copy {
  readonly id: number;
  readonly isOrder: boolean;
  readonly state: string;
  readonly items: readonly Item[];
  readonly refunds: readonly Refund[];
  readonly counter: { readonly method: string; readonly takenAs: string | null } | null;
  readonly paidAtMs: number | null;
  readonly createdAtMs: number;
  readonly isPart: boolean;
}

type Write = { readonly type: "put"; readonly copy: Copy } | { readonly type: "delete"; readonly id: number };

const atMs = fc.integer({ min: 0, max: 3 * 3_600_000 });
const item = fc.record({
  ticket: fc.constantFrom(...(TICKETS ?? [])),
  price: fc.constantFrom(null, "child"),
  quantity: fc.integer({ min: 1, max: 5 }),
  unit: fc.integer({ min: 0, max: 100 }),
});
const refund = fc.record({
  state: fc.constantFrom("due", "pending", "succeeded", "failed"),
  createdAtMs: atMs,
  sinceMs: atMs,
  item: fc.nat(1),
  quantity: fc.nat(2),
  amountMinor: fc.nat(50),
});
const copy = fc.record({
  id: fc.nat(2),
  isOrder: fc.boolean(),
  state: fc.constantFrom(...(STATES ?? [])),
  items: fc.array(item, { minLength: 2, maxLength: 3 }),
  refunds: fc.array(refund, { maxLength: 2 }),
  counter: fc.constantFrom(
    null,
    { method: "cash", takenAs: null },
    { method: "transfer", takenAs: "cash" },
    { method: "free", takenAs: null },
  ),
  paidAtMs: fc.option(atMs),
  createdAtMs: atMs,
  isPart: fc.boolean(),
});
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("put" as const), copy }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("delete" as const), id: fc.nat(2) }) },
);

/** As the objects write their copies. */
function put(db: DatabaseSync, { id, isOrder, state, items, refunds, counter, ...copy }: Copy): void {
  const { paidAtMs, createdAtMs } = copy;
  const idOf = (index: number) => `${items[index]?.ticket}-${id}.${index}`;
  const columns = isOrder
    ? {
        id: `order-${id}`,
        account_id: "ada",
        counter: counter && JSON.stringify(counter),
        items: JSON.stringify(
          items.map(({ ticket, price, quantity, unit }, index) => ({
            reservationId: idOf(index),
            ticketTypeId: ticket,
            priceId: price,
            quantity,
            unitPriceMinor: unit,
          })),
        ),
        unfinished: 0,
      }
    : {
        id: `alone-${id}`,
        ticket_type_id: items[0]?.ticket ?? "",
        account_id: "ada",
        order_id: copy.isPart ? "order-0" : null,
        quantity: items[0]?.quantity ?? 0,
        price_id: items[0]?.price ?? null,
        unit_price_minor: items[0]?.unit ?? 0,
        unsettled: 0,
      };
  const shown = refunds.map((one, index) => ({
    id: `r-${index}`,
    state: one.state,
    createdAtMs: one.createdAtMs,
    sinceMs: one.sinceMs,
    amountMinor: one.amountMinor,
    items: [{ reservationId: isOrder ? idOf(one.item) : `alone-${id}`, quantity: one.quantity }],
    shares: isOrder
      ? [{ reservationId: idOf(one.item), quantity: one.quantity, amountMinor: one.amountMinor }]
      : [{ reservationId: `alone-${id}`, quantity: one.quantity, amountMinor: one.amountMinor }],
  }));
  const row = {
    ...columns,
    currency: "EUR",
    state,
    created_at_ms: createdAtMs,
    paid_at_ms: paidAtMs,
    expires_at_ms: 0,
    version: 1,
    cancel_requested: 0,
    refunds: refunds.length === 0 ? null : JSON.stringify(shown),
  };
  const names = Object.keys(row);
  db.prepare(
    `INSERT INTO ${isOrder ? "orders" : "reservations"} (${names}) VALUES (${names.map(() => "?")})
     ON CONFLICT (id) DO UPDATE SET ${names.slice(1).map((name) => `${name} = excluded.${name}`)}`,
  ).run(...Object.values(row));
}

function remove(db: DatabaseSync, id: number): void {
  db.exec(`DELETE FROM orders WHERE id = 'order-${id}'; DELETE FROM reservations WHERE id = 'alone-${id}'`);
}

/** What they come to, by ticket type, length, begin, price and method. */
function sumsOf(copies: Iterable<Copy>): Record<string, number[]> {
  const sums = new Map<string, number[]>();
  const add = (key: readonly string[], at: number, amounts: readonly number[]) => {
    for (const length of [0, 900_000, 3_600_000]) {
      const begin = length === 0 ? 0 : at - (at % length);
      const name = [key[0], length, begin, ...key.slice(1)].join(" ");
      sums.set(
        name,
        (sums.get(name) ?? [0, 0, 0, 0, 0]).map((sum, index) => sum + (amounts[index] ?? 0)),
      );
    }
  };
  for (const { isOrder, isPart, state, items, refunds, counter, paidAtMs, createdAtMs } of copies) {
    if ((state !== "confirmed" && state !== "refunded") || (!isOrder && isPart)) continue;
    const method = isOrder && counter !== null ? (counter.takenAs ?? counter.method) : "online";
    const sold = isOrder ? items : items.slice(0, 1);
    const keyOf = ({ ticket, price }: Item) => [ticket, price ?? ticket, method];
    for (const one of sold) {
      add(keyOf(one), paidAtMs ?? createdAtMs, [one.quantity, one.quantity * one.unit, 0, 0, 0]);
    }
    for (const one of refunds) {
      const of = sold[isOrder ? one.item : 0];
      if (of === undefined) continue;
      add(keyOf(of), one.createdAtMs, [0, 0, one.quantity, 0, 0]);
      const isGiven = one.state === "succeeded";
      const isUnderWay = one.state === "due" || one.state === "pending";
      add(keyOf(of), one.sinceMs, [...[0, 0, 0], isGiven ? one.amountMinor : 0, isUnderWay ? one.amountMinor : 0]);
    }
  }
  return Object.fromEntries([...sums].filter(([, amounts]) => amounts.some((amount) => amount !== 0)));
}

function sumsIn(db: DatabaseSync): Record<string, number[]> {
  const rows = db
    .prepare(
      `SELECT ticket_type_id || ' ' || length_ms || ' ' || at_ms || ' ' || price_id || ' ' || method AS name, tickets, taken_minor,
        tickets_back, given_back_minor, refunding_minor FROM sales`,
    )
    .all();
  const sums = rows.map(({ name, ...amounts }): [string, number[]] => [
    String(name),
    Object.values(amounts).map(Number),
  ]);
  return Object.fromEntries(sums.filter(([, amounts]) => amounts.some((amount) => amount !== 0)));
}

test("after any copies were written, written again and deleted, the sums are theirs", () => {
  const db = migrate(new DatabaseSync(":memory:"), FILES);
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      db.exec("DELETE FROM orders; DELETE FROM reservations; DELETE FROM sales");
      const copies = new Map<string, Copy>();
      for (const one of writes) {
        if (one.type === "put") {
          put(db, one.copy);
          copies.set(`${one.copy.isOrder} ${one.copy.id}`, one.copy);
        } else {
          remove(db, one.id);
          for (const isOrder of [true, false]) copies.delete(`${isOrder} ${one.id}`);
        }
      }
      expect(sumsIn(db)).toEqual(sumsOf(copies.values()));
    }),
    { numRuns: 300 },
  );
});

test("what was sold before there were sums is in them", () => {
  fc.assert(
    fc.property(fc.uniqueArray(copy, { selector: ({ id, isOrder }) => `${isOrder} ${id}` }), (copies) => {
      const before = FILES.indexOf("0045_sales.sql");
      const db = migrate(new DatabaseSync(":memory:"), FILES.slice(0, before));
      for (const one of copies) put(db, one);
      migrate(db, FILES.slice(before));
      expect(sumsIn(db)).toEqual(sumsOf(copies));
    }),
    { numRuns: 20 },
  );
});
