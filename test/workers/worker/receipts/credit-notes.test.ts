// Credit notes: one for each refund that has succeeded, with numbers without gaps, however many ask
// at once, and wherever an attempt to issue them dies.

import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { RefundState } from "../../../../src/domain/refund.ts";
import { issueDueReceipts } from "../../../../src/worker/receipts/issuing.ts";
import {
  ask,
  correctionsOf,
  dyingD1,
  giveBack,
  issuedFor,
  paidAlone,
  paidOrder,
  refundOf,
} from "../../../support/receipts.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { addTicket, createEvent, newPerson, type Person } from "../../../support/service.ts";

const seller = (name: string) => ({ name, address: "Here", vat_id: null });

let organizer: Person;
let stalls: string;
let parking: string;

beforeEach(async () => {
  organizer = await newPerson("organizer");
  stalls = await addTicket(organizer, await createEvent(organizer, { seller: seller("Hall"), vat_rate: 1900 }));
  parking = await addTicket(organizer, await createEvent(organizer, { seller: seller("Parking") }));
  await sql("DELETE FROM receipts_due");
});

const due = () => rowsOf("SELECT sale_id FROM receipts_due");
const noLonger = async () => expect(await due()).toEqual([]);

describe("a refund", () => {
  test("is due with each copy that has something new of it, and has its credit note by the sweep", async () => {
    for (const sale of [await paidAlone(stalls), await paidOrder(stalls)]) {
      await issueDueReceipts(env.DB);
      await noLonger();
      for (const [state, want] of [
        ["due", []],
        ["pending", []],
        ["succeeded", ["credit_note r1 100"]],
        ["failed", ["credit_note r1 100", "reversal r1 100"]],
        ["due", ["credit_note r1 100", "reversal r1 100"]],
        ["succeeded", ["credit_note r1 100", "reversal r1 100", "credit_note r1 100"]],
      ] as const) {
        await giveBack(sale, [refundOf(1, 100, state)]);
        expect(await due()).toEqual([{ sale_id: sale }]);
        await issueDueReceipts(env.DB);
        expect(await correctionsOf(sale)).toEqual(want);
        await noLonger();
        // Asked for again and again, and due again for another reason.
        await ask(env.DB, sale);
        await sql("INSERT INTO receipts_due VALUES (?, 'again')", sale);
        await issueDueReceipts(env.DB);
        expect(await correctionsOf(sale)).toEqual(want);
      }
    }
  });

  test("has it at once where somebody asks", async () => {
    const sale = await paidOrder(stalls, parking);
    await giveBack(sale, [refundOf(1, 1000, "succeeded")]);
    await ask(env.DB, sale);
    expect((await correctionsOf(sale)).toSorted()).toEqual(Array(2).fill("credit_note r1 500"));
  });

  test("whose copy is the first one that D1 gets has receipt and credit note", async () => {
    const sale = await paidAlone(stalls);
    await giveBack(sale, [refundOf(1, 4500, "succeeded"), refundOf(2, 0, "succeeded")]);
    await issueDueReceipts(env.DB);
    expect(await correctionsOf(sale)).toEqual(["credit_note r1 4500"]);
    await noLonger();
  });

  test("has none while there is no seller, and both once there is one", async () => {
    const event = await createEvent(organizer);
    const sale = await paidAlone(await addTicket(organizer, event));
    await giveBack(sale, [refundOf(1, 100, "succeeded")]);
    await issueDueReceipts(env.DB);
    expect(await issuedFor([sale])).toEqual([]);
    await noLonger();
    const named = JSON.stringify({ name: "Late", address: "Here", vatId: null });
    await sql("UPDATE events SET seller = ? WHERE id = ?", named, event);
    await sql("INSERT INTO receipts_due VALUES (?, '')", sale);
    await issueDueReceipts(env.DB);
    expect(await correctionsOf(sale)).toEqual(["credit_note r1 100"]);
  });

  test("that can't be understood keeps no other waiting, and stays due", async () => {
    const [broken, sale] = [await paidAlone(stalls), await paidAlone(stalls)];
    await issueDueReceipts(env.DB);
    await giveBack(broken, [{ ...refundOf(1, 100, "succeeded"), items: {} as never }]);
    await giveBack(sale, [refundOf(1, 100, "succeeded")]);
    await issueDueReceipts(env.DB);
    expect(await correctionsOf(broken, sale)).toEqual(["credit_note r1 100"]);
    expect(await due()).toEqual([{ sale_id: broken }]);
  });
});

test("forty who ask and three sweeps at the same moment get one credit note for each refund", async () => {
  const sales = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 4 === 0 ? paidOrder(stalls, parking) : paidAlone(stalls))),
  );
  for (const sale of sales) await giveBack(sale, [refundOf(1, 300, "succeeded"), refundOf(2, 7, "succeeded")]);
  const asking = sales.flatMap((id) => [ask(env.DB, id), ask(env.DB, id)]);
  await Promise.all([...asking, issueDueReceipts(env.DB), issueDueReceipts(env.DB), issueDueReceipts(env.DB)]);
  expect(await correctionsOf(...sales)).toHaveLength(15 * 2 + 5 * 4);
  await noLonger();
});

describe("an attempt that has read the copy before it changed", () => {
  /** Its writes come late: `between` happens before them. */
  function slow(between: () => Promise<void>): D1Database {
    let isFirst = true;
    const run = async <T>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> => {
      const results = await env.DB.batch<T>(statements);
      // The read of the copies together with what was issued.
      if (statements.length === 3 && isFirst) {
        isFirst = false;
        await between();
      }
      return results;
    };
    return d1With({ batch: run });
  }

  test.each<[from: RefundState, to: RefundState, want: string[]]>([
    ["succeeded", "failed", []],
    ["pending", "succeeded", ["credit_note r1 100"]],
  ])("issues nothing for what has %s and then %s", async (from, to, want) => {
    for (const begin of [ask, (d1: D1Database) => issueDueReceipts(d1)]) {
      const sale = await paidAlone(stalls);
      await issueDueReceipts(env.DB);
      await giveBack(sale, [refundOf(1, 100, from)]);
      await begin(
        slow(async () => {
          await giveBack(sale, [refundOf(1, 100, to)]);
          // Another attempt is faster, and ends what is due.
          if (begin === ask) await issueDueReceipts(env.DB);
        }),
        sale,
      );
      await issueDueReceipts(env.DB);
      expect(await correctionsOf(sale)).toEqual(want);
      await noLonger();
    }
  });

  test("reverses nothing that has succeeded again", async () => {
    const sale = await paidAlone(stalls);
    await giveBack(sale, [refundOf(1, 100, "succeeded")]);
    await ask(env.DB, sale);
    await giveBack(sale, [refundOf(1, 100, "failed")]);
    const late = slow(async () => {
      await giveBack(sale, [{ ...refundOf(1, 100, "succeeded"), attempt: 2 }]);
      await issueDueReceipts(env.DB);
    });
    await ask(late, sale);
    expect(await correctionsOf(sale)).toEqual(["credit_note r1 100"]);
  });

  test("rounds no VAT as if there were no other credit note", async () => {
    const sale = await paidAlone(stalls);
    await ask(env.DB, sale);
    // The second one is there first.
    const states = (one: RefundState) => [refundOf(1, 3, one), refundOf(2, 3, "succeeded"), refundOf(3, 4494, one)];
    await giveBack(sale, states("pending"));
    await ask(
      slow(async () => {
        await giveBack(sale, states("succeeded"));
        await ask(env.DB, sale);
      }),
      sale,
    );
    const rows = await rowsOf(
      `SELECT sum(line.value ->> 'vatMinor') AS vat FROM receipts, json_each(receipt -> 'lines') AS line
       WHERE sale_id = ? GROUP BY receipt ->> 'kind'`,
      sale,
    );
    expect(rows).toEqual([{ vat: 718 }, { vat: 718 }]);
  });
});

describe("an attempt that dies", () => {
  const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

  test.each(STEPS.flatMap((at) => [[at, "before"] as const, [at, "after"] as const]))(
    "at D1's call %i, %s it is carried out, leaves no gap and nothing twice",
    async (at, when) => {
      const sales = [await paidOrder(stalls, parking), await paidAlone(stalls), await paidAlone(parking)];
      for (const sale of sales) await giveBack(sale, [refundOf(1, 100, "succeeded"), refundOf(2, 50, "pending")]);
      const dying = dyingD1(at, when === "after");
      await issueDueReceipts(dying).catch(() => {});
      for (const id of sales) await ask(dying, id).catch(() => {});
      await correctionsOf(...sales);
      await issueDueReceipts(env.DB);
      expect((await correctionsOf(...sales)).toSorted()).toEqual([
        ...Array(2).fill("credit_note r1 100"),
        ...Array(2).fill("credit_note r1 50"),
      ]);
      await noLonger();
    },
  );

  test("does die in these tests, at its reads and at its writes", async () => {
    const outcomes: string[] = [];
    for (const at of STEPS) {
      await giveBack(await paidAlone(stalls), [refundOf(1, 100, "succeeded")]);
      const end = await issueDueReceipts(dyingD1(at, false)).then(
        () => "done",
        () => "died",
      );
      outcomes.push(end);
    }
    // What is due, the sales, the ticket types, the receipts; the copies again, the credit notes;
    // and then whether more is due.
    expect(outcomes).toEqual([...Array(7).fill("died"), ...Array(2).fill("done")]);
  });
});

type Deed = "alone" | "order" | "ask" | "sweep" | "die" | "give back" | "become" | "at once";
const DEEDS: readonly Deed[] = [
  "alone",
  "order",
  "ask",
  "sweep",
  "die",
  "give back",
  "give back",
  "become",
  "become",
  "at once",
];
const STATES: readonly RefundState[] = ["succeeded", "failed", "pending", "succeeded"];

test("whatever happens in which order, numbers count from 1, and in the end what was given back is credited", async () => {
  const step = fc.tuple(fc.constantFrom(...DEEDS), fc.nat(1_000));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (steps) => {
      const sales = new Map<string, ReturnType<typeof refundOf>[]>([[await paidAlone(stalls), []]]);
      for (const [deed, seed] of steps) {
        const [id, refunds] = [...sales][seed % sales.size] ?? ["", []];
        if (deed === "alone") sales.set(await paidAlone(seed % 2 === 0 ? stalls : parking), []);
        else if (deed === "order") sales.set(await paidOrder(stalls, parking), []);
        else if (deed === "sweep") await issueDueReceipts(env.DB);
        else if (deed === "die") await issueDueReceipts(dyingD1(1 + (seed % 7), seed % 3 === 0)).catch(() => {});
        else if (deed === "at once")
          await Promise.all([...sales.keys(), ...sales.keys()].map((one) => ask(env.DB, one)));
        else if (deed === "ask") await ask(env.DB, id);
        else if (deed === "give back" && refunds.length < 5) {
          refunds.push(refundOf(refunds.length + 1, 1 + (seed % 190), STATES[seed % 4] ?? "due"));
          await giveBack(id, refunds);
        } else if (refunds.length > 0) {
          const index = seed % refunds.length;
          refunds[index] = {
            ...refundOf(index + 1, refunds[index]?.amountMinor ?? 0, STATES[seed % 4] ?? "due"),
            sinceMs: seed,
          };
          await giveBack(id, refunds);
        }
      }
      await issueDueReceipts(env.DB);
      for (const [id, refunds] of sales) {
        const net = new Map<string, number>();
        for (const one of await correctionsOf(id)) {
          const [kind, refundId = "", amount] = one.split(" ");
          net.set(refundId, (net.get(refundId) ?? 0) + (kind === "reversal" ? -1 : 1) * Number(amount));
        }
        for (const { id: refundId, state, amountMinor } of refunds) {
          expect(net.get(refundId) ?? 0).toBe(state === "succeeded" ? amountMinor : 0);
        }
      }
      await noLonger();
    }),
    { numRuns: 25 },
  );
});
