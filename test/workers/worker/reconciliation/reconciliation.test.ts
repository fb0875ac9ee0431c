// Whether objects, their copies in D1 and the provider's ledger agree, and how copies are repaired.

import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../../../src/domain/units.ts";
import { sqlIn } from "../../../support/objects.ts";
import { orderLedger, outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { reconcile } from "../../../support/reconciling.ts";
import { d1With } from "../../../support/recording.ts";
import { insertRow, rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

const DECLINED = "pm_card_visa_chargeDeclined";

/** A reservation of two tickets whose payment is settled, in the object and in D1. */
async function paid(sale: OnSale, method = "pm_card_visa") {
  const buyer = await newPerson();
  const { id } = (await hold(buyer, sale.ticketId, 2)).body;
  await pay(buyer, id, method);
  const show = async () => (await call("GET", `/reservations/${id}`, { token: buyer.token })).body;
  await until(show, ({ payment }) => payment?.state !== "pending");
  const row = () => env.DB.prepare("SELECT * FROM reservations WHERE id = ?").bind(id).first();
  await until(row, (copy) => copy !== null && copy.payment_state !== "pending");
  const key = env.DB.prepare("SELECT idempotency_key FROM sandbox_ledger WHERE reservation_id = ?").bind(id);
  return { id, show, row, paymentId: (await key.first<string>("idempotency_key")) ?? "" };
}

/** A copy in D1 of a reservation that its object does not have. */
async function addOrphan(ticketId: string, state: string, paymentState: string | null, atMs = Date.now(), digit = "5") {
  const id = `${ticketId}-${digit.repeat(20)}`;
  const owner = { id, ticket_type_id: ticketId, account_id: "eve" };
  const terms = { quantity: 1, unit_price_minor: 4500, currency: "EUR", created_at_ms: atMs, expires_at_ms: atMs };
  const states = { state, payment_state: paymentState, unsettled: 0, version: 1 };
  await insertRow("reservations", { ...owner, ...terms, ...states });
  return { id, isLeft: async () => (await sql("SELECT 1 FROM reservations WHERE id = ?", id)).results.length > 0 };
}

function addMovement(paymentId: string, kind: "charge" | "refund", reservationId: string, amountMinor: number) {
  const movement = { idempotency_key: paymentId, kind, reservation_id: reservationId, amount_minor: amountMinor };
  const rest = { method: "pm_card_visa", currency: "EUR", created_at_ms: 0, completes_at_ms: 0 };
  return insertRow("sandbox_ledger", { ...movement, ...rest });
}

/** Holds of one ticket each, and their copies. Their ids are in order. */
async function fill(ticketId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `${ticketId}-${String(n).padStart(20, "0")}`);
  const request = { quantity: 1, idempotencyKey: null };
  const requestFor = (id: string) => ({ ...request, reservationId: id, accountId: `buyer of ${id}` });
  await objectOf(ticketId).reserve(ids.map(requestFor));
  const copies = env.DB.prepare("SELECT COUNT(*) AS n FROM reservations WHERE ticket_type_id = ?").bind(ticketId);
  await until(
    () => copies.first("n"),
    (n) => n === count,
  );
  return ids;
}

async function twoTicketTypes() {
  const sale = await putOnSale({ capacity: 5_000, max_per_buyer: null });
  const more = await addTicket(sale.organizer, sale.eventId, { capacity: 5_000 });
  const [first = "", second = ""] = [sale.ticketId, more].sort();
  return { sale, first, second };
}

test("a sale in good order: no difference, and nothing is changed", async () => {
  const sale = await putOnSale();
  const { row } = await paid(sale);
  await paid(sale, DECLINED);
  await hold(await newPerson(), sale.ticketId);
  const before = await row();
  expect(await reconcile(sale.organizer)).toMatchObject({ checked: { tickets: 1, reservations: 3 }, kinds: [] });
  expect(await row()).toEqual(before);
});

test("orders, which are charged as a whole: no difference in their reservations", async () => {
  const { organizer, stalls, parking } = await twoTypes();
  for (const method of ["pm_card_visa", DECLINED]) {
    const buyer = await newPerson();
    const { body } = await placeOrder(buyer, [stalls, 2], [parking, 1]);
    await payOrder(buyer, body.id, method);
    await outcomeOf(buyer, body.id);
    expect(await orderLedger(body.id)).toHaveLength(1);
  }
  expect(await reconcile(organizer)).toMatchObject({ checked: { tickets: 2, reservations: 4, orders: 2 }, kinds: [] });
});

describe("a wrong copy is repaired:", () => {
  test.each([
    ["gone", "DELETE FROM reservations WHERE id = ?", "reservation_not_copied"],
    ["of another state", "UPDATE reservations SET state = 'held' WHERE id = ?", "reservation_copy"],
    ["of another buyer", "UPDATE reservations SET account_id = 'eve' WHERE id = ?", "reservation_copy"],
    ["of another price", "UPDATE reservations SET unit_price_minor = 1 WHERE id = ?", "reservation_copy"],
    ["newer", "UPDATE reservations SET state = 'expired', version = 900 WHERE id = ?", "reservation_copy"],
  ])("%s", async (_what, damage, kind) => {
    const sale = await putOnSale();
    const { id, row } = await paid(sale);
    const { version: _, ...before } = (await row()) ?? {};
    await sql(damage, id);
    expect((await reconcile(sale.organizer)).kinds).toEqual([`${kind}, repaired`]);
    expect(await row()).toMatchObject(before);
    expect((await reconcile(sale.organizer)).kinds).toEqual([]);
  });

  test.each([
    ["gone", "DELETE FROM passes WHERE reservation_id = ?", "pass_not_copied, repaired"],
    ["of another state", "UPDATE passes SET state = 'valid' WHERE reservation_id = ?", "pass_copy, repaired"],
    ["newer", "UPDATE passes SET gate = 'B', version = 900 WHERE reservation_id = ?", "pass_copy, repaired"],
    // Only the copy says that somebody went in: a person must look.
    ["of another pass", "UPDATE passes SET number = 1 WHERE reservation_id = ?", "pass_not_copied, pass_not_known"],
  ])("of a pass, %s", async (_what, damage, kinds) => {
    const sale = await putOnSale();
    const { id } = await paid(sale);
    const scan = { key: "k", gate: "A", generation: 0, atMs: null, by: "crew" };
    await objectOf(sale.ticketId).checkIn([{ type: "in", passId: `${id}-2`, ...scan }]);
    const rows = () => rowsOf("SELECT * FROM passes WHERE reservation_id = ?", id);
    const [copied] = await until(rows, ({ length }) => length === 1);
    expect(copied).toMatchObject({ number: 2, state: "admitted", gate: "A", ticket_type_id: sale.ticketId });
    await sql(damage, id);
    const found = await reconcile(sale.organizer);
    const isUnclear = kinds.includes("not_known");
    expect(found.kinds.map((kind) => (isUnclear ? kind.replace(", repaired", "") : kind)).join(", ")).toBe(kinds);
    // Nobody reads in a difference who goes in.
    expect(JSON.stringify(found.differences)).not.toContain("holderName");
    expect(await rows()).toContainEqual({ ...copied, version: expect.any(Number) });
    expect((await reconcile(sale.organizer)).kinds).toEqual(isUnclear ? ["pass_not_known"] : []);
  });

  test("of a ticket type, and newer", async () => {
    const sale = await putOnSale();
    await paid(sale);
    await sql("UPDATE ticket_types SET sold = 77, version = version + 50 WHERE id = ?", sale.ticketId);
    expect((await reconcile(sale.organizer)).kinds).toEqual(["ticket_copy, repaired"]);
    const { body } = await call("GET", `/tickets/${sale.ticketId}`, { token: sale.organizer.token });
    expect(body).toMatchObject({ sold: 2 });
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

describe("a copy that its object does not have:", () => {
  test.each([
    ["a hold is deleted", "held", null, 0, "reservation_not_known, repaired"],
    ["a paid one is kept for a person to look at", "confirmed", "succeeded", 0, "reservation_not_known"],
    ["a hold with a payment too", "held", "failed", 0, "reservation_not_known"],
    ["one that ended a moment ago too", "expired", null, 0, "reservation_not_known"],
    ["one that ended before the retention is right", "expired", null, 31, null],
  ])("%s", async (_what, state, paymentState, daysAgo, kind) => {
    const sale = await putOnSale();
    const { isLeft } = await addOrphan(sale.ticketId, state, paymentState, Date.now() - daysAgo * DAY_MS);
    expect((await reconcile(sale.organizer)).kinds).toEqual(kind === null ? [] : [kind]);
    expect(await isLeft()).toBe(kind?.endsWith("repaired") !== true);
  });

  test("a hold that the provider was paid for is kept", async () => {
    const sale = await putOnSale();
    const { id, isLeft } = await addOrphan(sale.ticketId, "held", null);
    await addMovement("lost-payment", "charge", id, 4_500);
    expect((await reconcile(sale.organizer)).kinds).toEqual(["reservation_not_known", "charge_not_known"]);
    expect(await isLeft()).toBe(true);
  });

  test("one that was deleted under a shorter retention is right under a longer one", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    await call("DELETE", `/reservations/${id}`, { token: buyer.token });
    // With RETENTION_DAYS = 10 the object has deleted it.
    const endedMs = Date.now() - 15 * DAY_MS;
    await sql("UPDATE reservations SET expires_at_ms = ?1, created_at_ms = ?1 WHERE id = ?2", endedMs, id);
    await sqlIn(sale.ticketId, "DELETE FROM reservations");
    expect((await reconcile(sale.organizer, { RETENTION_DAYS: "30" })).kinds).toEqual([]);
  });
});

// All cases: test/unit/worker/reconciliation/differences.test.ts.
describe("the provider's ledger", () => {
  test.each([
    ["has no charge", "DELETE FROM sandbox_ledger WHERE reservation_id = ?", "charge_missing"],
    ["has it declined", "UPDATE sandbox_ledger SET decline_code = 'x' WHERE reservation_id = ?", "charge_missing"],
    ["has another amount", "UPDATE sandbox_ledger SET amount_minor = 1 WHERE reservation_id = ?", "charge_amount"],
  ])("%s: that stays a difference", async (_what, damage, kind) => {
    const sale = await putOnSale();
    await sql(damage, (await paid(sale)).id);
    expect((await reconcile(sale.organizer)).kinds).toEqual([kind]);
    expect((await reconcile(sale.organizer)).kinds).toEqual([kind]);
  });

  test("has a charge, or a refund, that the object did not ask for", async () => {
    const sale = await putOnSale();
    const { id, paymentId } = await paid(sale);
    await addMovement("nobody's", "charge", id, 9_000);
    await addMovement(paymentId, "refund", id, 9_000);
    expect((await reconcile(sale.organizer)).kinds.sort()).toEqual(["charge_not_known", "refund_unrecorded"]);
  });

  test.each<
    [what: string, more: (of: Awaited<ReturnType<typeof paid>>) => Promise<unknown>, kinds: string[], state: string]
  >([
    ["the buyer gets the tickets", async () => {}, ["charge_unrecorded, repaired"], "confirmed"],
    [
      "but not if it was refunded since",
      ({ id, paymentId }) => addMovement(paymentId, "refund", id, 9_000),
      ["refund_unrecorded"],
      "held",
    ],
    [
      "but not if it is of another amount",
      ({ id }) => sql("UPDATE sandbox_ledger SET amount_minor = 1 WHERE reservation_id = ?", id),
      ["charge_unrecorded", "charge_amount"],
      "held",
    ],
  ])("has a charge that the object has as failed: %s", async (_what, more, kinds, state) => {
    const sale = await putOnSale();
    const payment = await paid(sale, DECLINED);
    await sql("UPDATE sandbox_ledger SET decline_code = NULL WHERE reservation_id = ?", payment.id);
    await more(payment);
    expect((await reconcile(sale.organizer)).kinds).toEqual(kinds);
    expect((await payment.show()).state).toBe(state);
  });

  test("is not compared where there is no provider", async () => {
    const sale = await putOnSale();
    await sql("DELETE FROM sandbox_ledger WHERE reservation_id = ?", (await paid(sale)).id);
    expect((await reconcile(sale.organizer, { PAYMENT_PROVIDER: "" })).kinds).toEqual([]);
  });
});

test("counters that are not the sums of the reservations are reported, and not changed", async () => {
  const sale = await putOnSale();
  await paid(sale);
  await sqlIn(sale.ticketId, "UPDATE ticket_type SET held = 5");
  await evictDurableObject(objectOf(sale.ticketId));
  expect((await reconcile(sale.organizer)).kinds).toContain("counters");
  expect(await objectOf(sale.ticketId).describe()).toMatchObject({ held: 5 });
});

test("a ticket type that has no object is reported", async () => {
  const sale = await putOnSale();
  await sql(
    `INSERT INTO ticket_types SELECT 'zzzzzzzzzzzzzzz0', event_id, 1, name, description, capacity, 0, 0, on_sale,
     price_minor, currency, max_per_buyer, sales_start_ms, sales_end_ms, version, NULL, hidden, edition, prices FROM ticket_types WHERE id = ?`,
    sale.ticketId,
  );
  expect((await reconcile(sale.organizer)).kinds).toEqual(["ticket_not_known"]);
});

describe("a large sale is compared in parts:", () => {
  test("each wrong copy is found once", async () => {
    const { sale, first } = await twoTicketTypes();
    const ids = await fill(first, 1_200);
    const damaged = [0, 499, 500, 501, 999, 1_000, 1_199].map((n) => ids[n] ?? "");
    for (const id of damaged) await sql("UPDATE reservations SET state = 'expired' WHERE id = ?", id);
    const { checked, reservations, kinds } = await reconcile(sale.organizer);
    expect(checked.reservations).toBe(1_200);
    expect(reservations).toEqual(damaged);
    expect(kinds).toEqual(damaged.map(() => "reservation_copy, repaired"));
  });

  test("copies without an object's record are found where the request's part is nearly used up", async () => {
    const { sale, first, second } = await twoTicketTypes();
    await fill(first, 499);
    for (const digit of "01234") await addOrphan(second, "confirmed", "succeeded", Date.now(), digit);
    expect((await reconcile(sale.organizer)).kinds).toEqual(Array(5).fill("reservation_not_known"));
  });
});

describe("while copies are under way", () => {
  test("a sale that goes on is no difference", async () => {
    const sale = await putOnSale();
    const sell = async () => {
      await hold(await newPerson(), sale.ticketId);
      const version = (await objectOf(sale.ticketId).describe())?.version;
      const copied = () =>
        env.DB.prepare("SELECT version FROM ticket_types WHERE id = ?").bind(sale.ticketId).first("version");
      await until(copied, (it) => it === version);
    };
    let reads = 0;
    // A buyer reserves between the object's page and the read of D1.
    const DB = d1With({
      prepare(text) {
        const statement = env.DB.prepare(text);
        if (!/from "ticket_types" where "ticket_types"."id" = /.test(text)) return statement;
        reads += 1;
        const raw = async (values: unknown[]) => {
          await sell();
          return statement.bind(...values).raw();
        };
        return { bind: (...values: unknown[]) => ({ raw: () => raw(values) }) } as unknown as D1PreparedStatement;
      },
    });
    expect((await reconcile(sale.organizer, { DB })).kinds).toEqual([]);
    expect(reads).toBeGreaterThan(0);
  });

  test("a copy that never arrives is a difference, and is not called repaired", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { body } = await hold(buyer, sale.ticketId);
    await sql("CREATE TRIGGER stuck BEFORE UPDATE ON reservations BEGIN SELECT RAISE(ABORT, 'no such column'); END");
    try {
      await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
      expect((await reconcile(sale.organizer)).kinds).toEqual(["ticket_copy", "reservation_copy"]);
    } finally {
      await sql("DROP TRIGGER stuck");
    }
  });
});

describe("who may", () => {
  test("an organiser sees their own ticket types only, whatever the cursor", async () => {
    const [mine, theirs] = [await putOnSale(), await putOnSale()];
    const { id } = await paid(theirs);
    await sql("UPDATE reservations SET state = 'held' WHERE ticket_type_id = ?", theirs.ticketId);
    expect(await reconcile(mine.organizer)).toMatchObject({ checked: { tickets: 1 }, differences: [] });
    const { token } = mine.organizer;
    for (const cursor of [theirs.ticketId, `${theirs.ticketId}-${"0".repeat(20)}`, id]) {
      const { body } = await call("POST", `/reconcile?cursor=${cursor}`, { token });
      expect(body.differences).toEqual([]);
    }
  });

  test.each([
    ["missing, or too many", "DELETE FROM reservations WHERE account_id = ?1"],
    ["wrong, or too many", "UPDATE reservations SET account_id = 'mallory' WHERE account_id = ?1"],
  ])("nobody sees who bought, by a copy that is %s", async (_what, damage) => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    const copied = () => env.DB.prepare("SELECT 1 FROM reservations WHERE id = ?").bind(id).first();
    await until(copied, (row) => row !== null);
    await sql(damage, buyer.accountId);
    await addOrphan(sale.ticketId, "held", null);
    const { differences } = await reconcile(sale.organizer);
    expect(differences).toHaveLength(2);
    for (const who of [buyer.accountId, "mallory", "eve"]) expect(JSON.stringify(differences)).not.toContain(who);
  });

  test.each(["nonsense", "", "../x", `${"z".repeat(16)}-short`])("the cursor %j is refused", async (cursor) => {
    const { token } = await newPerson("organizer");
    const answer = await call("POST", `/reconcile?cursor=${encodeURIComponent(cursor)}`, { token });
    expect(answer.status).toBe(422);
  });
});
