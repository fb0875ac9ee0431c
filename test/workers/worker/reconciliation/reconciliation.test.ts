// Whether the object, its copies and the provider's ledger agree; and what is done where they do
// not.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { MOVEMENT, paid, STRAY, sql } from "../../../support/records.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  until,
} from "../../../support/service.ts";

interface Found {
  readonly kind: string;
  readonly reservation: string | null;
  readonly repaired: boolean;
}

/** All parts of it, one after the other. */
async function reconcile({ token }: Person) {
  const differences: Found[] = [];
  const checked = { tickets: 0, reservations: 0 };
  let cursor: string | null = "";
  for (let parts = 0; cursor !== null; parts++) {
    expect(parts).toBeLessThan(20);
    const path: string = cursor === "" ? "/reconcile" : `/reconcile?cursor=${cursor}`;
    const answer: Answer = await call("POST", path, { token });
    expect(answer.status).toBe(200);
    const part = JSON.parse(answer.text) as {
      checked: typeof checked;
      differences: Found[];
      next: string | null;
    };
    checked.tickets += part.checked.tickets;
    checked.reservations += part.checked.reservations;
    differences.push(...part.differences);
    cursor = part.next;
  }
  return {
    checked,
    differences,
    kinds: differences.map(({ kind, repaired }) => `${kind}${repaired ? ", repaired" : ""}`),
  };
}

function inObject(sale: OnSale, statement: string) {
  return runInDurableObject(objectOf(sale.ticketId), (_, { storage }) => void storage.sql.exec(statement));
}

test("a sale in good order: nothing to report, and nothing is changed", async () => {
  const sale = await putOnSale();
  const { row } = await paid(sale);
  await paid(sale, "pm_card_visa_chargeDeclined");
  await hold(await newPerson(), sale.ticketId);
  const before = await row();
  expect(await reconcile(sale.organizer)).toMatchObject({
    checked: { tickets: 1, reservations: 3 },
    differences: [],
  });
  expect(await row()).toEqual(before);
});

describe("a copy that is wrong is made anew", () => {
  test.each([
    ["gone", "DELETE FROM reservations WHERE id = ?", "reservation_not_copied, repaired"],
    ["of another state", "UPDATE reservations SET state = 'held' WHERE id = ?", "reservation_copy, repaired"],
    ["of another buyer", "UPDATE reservations SET account_id = 'eve' WHERE id = ?", "reservation_copy, repaired"],
    ["of another price", "UPDATE reservations SET unit_price_minor = 1 WHERE id = ?", "reservation_copy, repaired"],
    [
      "from the future",
      "UPDATE reservations SET state = 'expired', version = 900 WHERE id = ?",
      "reservation_copy, repaired",
    ],
  ])("%s", async (_what, damage, kind) => {
    const sale = await putOnSale();
    const { id, row } = await paid(sale);
    const { version: _, ...before } = (await row()) ?? {};
    await sql(damage, id);
    expect((await reconcile(sale.organizer)).kinds).toEqual([kind]);
    expect(await row()).toMatchObject(before);
    expect((await reconcile(sale.organizer)).kinds).toEqual([]);
  });

  test("of a ticket type, also from the future", async () => {
    const sale = await putOnSale();
    await paid(sale);
    await sql("UPDATE ticket_types SET sold = 77, version = version + 50 WHERE id = ?", sale.ticketId);
    expect((await reconcile(sale.organizer)).kinds).toEqual(["ticket_copy, repaired"]);
    expect((await call("GET", `/tickets/${sale.ticketId}`, { token: sale.organizer.token })).body).toMatchObject({
      sold: 2,
    });
  });

  test("and it stays up to date afterwards", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { body } = await hold(buyer, sale.ticketId);
    await sql("UPDATE reservations SET state = 'confirmed', version = 500 WHERE id = ?", body.id);
    await reconcile(sale.organizer);
    await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
    const { list } = await call("GET", "/reservations", { token: buyer.token });
    expect(list).toMatchObject([{ id: body.id, state: "cancelled" }]);
  });
});

describe("a copy of what the object does not know", () => {
  test.each([
    ["a hold is taken away", "held", null, 0, "reservation_not_known, repaired"],
    ["a paid one is left for a person to look at", "confirmed", "succeeded", 0, "reservation_not_known"],
    ["a hold with a payment too", "held", "failed", 0, "reservation_not_known"],
    ["one that ended a moment ago too", "expired", null, 0, "reservation_not_known"],
    ["one that ended before what objects keep is as it should be", "expired", null, 31, null],
  ])("%s", async (_what, state, paymentState, daysAgo, kind) => {
    const sale = await putOnSale();
    const atMs = Date.now() - daysAgo * 86_400_000;
    const id = `${sale.ticketId}-${"5".repeat(20)}`;
    await sql(STRAY, id, sale.ticketId, state, atMs, atMs, paymentState);
    expect((await reconcile(sale.organizer)).kinds).toEqual(kind === null ? [] : [kind]);
    const left = await env.DB.prepare("SELECT 1 FROM reservations WHERE id = ?").bind(id).first();
    expect(left === null).toBe(kind?.endsWith("repaired") === true);
  });
});

describe("the provider's ledger", () => {
  test.each([
    ["has no charge", "DELETE FROM sandbox_ledger WHERE reservation_id = ?", "charge_missing"],
    ["has it declined", "UPDATE sandbox_ledger SET decline_code = 'x' WHERE reservation_id = ?", "charge_missing"],
    ["has another amount", "UPDATE sandbox_ledger SET amount_minor = 1 WHERE reservation_id = ?", "charge_amount"],
    ["has another currency", "UPDATE sandbox_ledger SET currency = 'USD' WHERE reservation_id = ?", "charge_amount"],
  ])("%s", async (_what, damage, kind) => {
    const sale = await putOnSale();
    const { id } = await paid(sale);
    await sql(damage, id);
    expect((await reconcile(sale.organizer)).kinds).toEqual([kind]);
    expect((await reconcile(sale.organizer)).kinds).toEqual([kind]);
  });

  test("has a charge, or a refund, that the object did not ask for", async () => {
    const sale = await putOnSale();
    const { id } = await paid(sale);
    const [payment] = (
      await env.DB.prepare("SELECT idempotency_key AS id FROM sandbox_ledger WHERE reservation_id = ?")
        .bind(id)
        .all<{ id: string }>()
    ).results;
    await sql(MOVEMENT, "nobody's", "charge", id, 9_000);
    await sql(MOVEMENT, payment?.id, "refund", id, 9_000);
    expect((await reconcile(sale.organizer)).kinds.sort()).toEqual(["charge_not_known", "refund_unrecorded"]);
  });

  test("has no refund where the object has one", async () => {
    const sale = await putOnSale();
    await paid(sale);
    await inObject(sale, "UPDATE payments SET state = 'refunded'");
    await inObject(sale, "UPDATE reservations SET state = 'cancelled', version = version + 1");
    await inObject(sale, "UPDATE ticket_type SET sold = 0, version = version + 1");
    expect((await reconcile(sale.organizer)).kinds).toContain("refund_missing");
  });

  test("has a charge that the object took for failed: the buyer gets the tickets", async () => {
    const sale = await putOnSale();
    const { id, show } = await paid(sale, "pm_card_visa_chargeDeclined");
    await sql("UPDATE sandbox_ledger SET decline_code = NULL WHERE reservation_id = ?", id);
    expect((await reconcile(sale.organizer)).kinds).toEqual(["charge_unrecorded, repaired"]);
    expect((await show()).body).toMatchObject({ state: "confirmed", payment: { state: "succeeded" } });
  });
});

test("counters that are not what the reservations add up to are reported, and not touched", async () => {
  const sale = await putOnSale();
  await paid(sale);
  await inObject(sale, "UPDATE ticket_type SET held = 5");
  await evictDurableObject(objectOf(sale.ticketId));
  expect((await reconcile(sale.organizer)).kinds).toContain("counters");
});

test("a ticket type that no object knows is reported", async () => {
  const sale = await putOnSale();
  await sql(
    `INSERT INTO ticket_types SELECT 'zzzzzzzzzzzzzzz0', event_id, 1, name, description, capacity, 0, 0, on_sale,
     price_minor, currency, max_per_buyer, sales_start_ms, sales_end_ms, version, NULL FROM ticket_types WHERE id = ?`,
    sale.ticketId,
  );
  expect((await reconcile(sale.organizer)).kinds).toEqual(["ticket_not_known"]);
});

test("a large sale is gone through in parts, and each damaged copy of it is found once", async () => {
  const sale = await putOnSale({ capacity: 5_000, max_per_buyer: null });
  const accountId = "buyer";
  const requests = Array.from({ length: 1_200 }, (_, n) => ({
    ...{ accountId, quantity: 1, idempotencyKey: null },
    reservationId: `${sale.ticketId}-${String(n).padStart(20, "0")}`,
  }));
  await objectOf(sale.ticketId).reserve(requests);
  const copies = () => env.DB.prepare("SELECT COUNT(*) AS n FROM reservations WHERE account_id = 'buyer'").first("n");
  expect(await until(copies, (n) => n === 1_200)).toBe(1_200);
  const damaged = [0, 499, 500, 501, 999, 1_000, 1_199].map((n) => requests[n]?.reservationId ?? "");
  for (const id of damaged) await sql("UPDATE reservations SET state = 'expired' WHERE id = ?", id);

  const { checked, differences } = await reconcile(sale.organizer);

  expect(checked.reservations).toBe(1_200);
  expect(differences.map(({ reservation }) => reservation)).toEqual(damaged);
  expect(differences.every(({ repaired }) => repaired)).toBe(true);
});

describe("who may", () => {
  test("an organiser sees their own ticket types only, whatever the cursor", async () => {
    const [mine, theirs] = [await putOnSale(), await putOnSale()];
    await paid(theirs);
    await sql("UPDATE reservations SET state = 'held' WHERE ticket_type_id = ?", theirs.ticketId);
    expect(await reconcile(mine.organizer)).toMatchObject({ checked: { tickets: 1 }, differences: [] });
    const { token } = mine.organizer;
    const cursors = [theirs.ticketId, `${theirs.ticketId}-${"0".repeat(20)}`];
    for (const cursor of cursors) {
      const answer = await call("POST", `/reconcile?cursor=${cursor}`, { token });
      expect(JSON.parse(answer.text).differences).toEqual([]);
    }
  });

  test("nobody is told who bought: not by a copy that is missing, nor by one that is wrong or too many", async () => {
    for (const damage of [
      "DELETE FROM reservations WHERE account_id = ?1",
      "UPDATE reservations SET account_id = 'mallory' WHERE account_id = ?1",
    ]) {
      const sale = await putOnSale();
      const buyer = await newPerson();
      const { id } = (await hold(buyer, sale.ticketId)).body;
      const copied = () => env.DB.prepare("SELECT 1 FROM reservations WHERE id = ?").bind(id).first();
      await until(copied, (row) => row !== null);
      await sql(damage, buyer.accountId);
      await sql(STRAY, `${sale.ticketId}-${"5".repeat(20)}`, sale.ticketId, "held", Date.now(), Date.now(), null);
      const { differences } = await reconcile(sale.organizer);
      expect(differences).toHaveLength(2);
      for (const who of [buyer.accountId, "mallory", "eve"]) expect(JSON.stringify(differences)).not.toContain(who);
    }
  });

  test.each(["nonsense", "", "../x", `${"z".repeat(16)}-short`])("the cursor %j is refused", async (cursor) => {
    const { token } = await newPerson("organizer");
    const answer = await call("POST", `/reconcile?cursor=${encodeURIComponent(cursor)}`, { token });
    expect(answer.status).toBe(422);
  });

  test("a buyer may not", async () => {
    const { token } = await newPerson();
    expect((await call("POST", "/reconcile", { token })).status).toBe(403);
  });
});
