// Who passes are for goes with the accounts that they belong to: in the object, in its copy, in the
// mails about them. What the door needs stays.

import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { newLongId } from "../../../../src/platform/ids.ts";
import { eraseAccount, eraseUnusedGuests } from "../../../../src/worker/accounts/deletion.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { oweMail } from "../../../../src/worker/mail/owing.ts";
import { eraseHoldersOfErased } from "../../../../src/worker/passes/erasing.ts";
import { sqlIn } from "../../../support/objects.ts";
import { codeOf, passOn, provenPerson } from "../../../support/passes.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, hold, newPerson, objectOf, type Person, putOnSale, until } from "../../../support/service.ts";

const FREE = { price: { amount: 0, currency: "EUR" }, max_per_buyer: null };
const NAME = "Ada Lovelace";

/** A pass with its buyer's name on it. */
async function bought() {
  const buyer = await newPerson();
  const sale = await putOnSale(FREE);
  const reservationId = (await hold(buyer, sale.ticketId, 1)).body.id;
  await call("POST", `/reservations/${reservationId}/payment`, { token: buyer.token, body: {} });
  const passId = `${reservationId}-1`;
  await named(buyer, passId, NAME);
  return { ...sale, buyer, reservationId, passId };
}

const named = ({ token }: Person, passId: string, holder_name: string) =>
  call("PATCH", `/passes/${passId}`, { token, body: { holder_name } });

/** As the sweep does it, once the account has been closed for long and its events are over. */
async function erased({ accountId }: Person, bindings: Env = env as Env): Promise<boolean> {
  await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", accountId);
  await sql("UPDATE events SET ends_at_ms = 1 WHERE ends_at_ms > 1");
  return eraseAccount(bindings, accountId, Date.now());
}

const COLUMNS = "holder_name, holder_email, email_key, generation, version FROM passes WHERE reservation_id";

/** What object and copy have of it, which must be the same. */
async function holderOf({ ticketId, reservationId }: { ticketId: string; reservationId: string }) {
  const copy = () => rowsOf(`SELECT ${COLUMNS} = ?`, reservationId);
  const [row] = await sqlIn(ticketId, `SELECT ${COLUMNS} = '${reservationId}'`);
  await until(copy, ([found]) => found?.version === row?.version);
  expect(await copy()).toEqual([row]);
  const { holder_name, holder_email, email_key } = row ?? {};
  return [holder_name, holder_email, email_key];
}

async function letIn({ ticketId, passId }: { ticketId: string; passId: string }, generation: number) {
  const scan = { type: "in", generation, gate: "A", atMs: null, key: newLongId(), by: "crew" } as const;
  const [result] = await objectOf(ticketId).checkIn([{ ...scan, passId }]);
  return result?.ok;
}

describe("with the account of its buyer", () => {
  test("the name on a pass goes, and its code stays good", async () => {
    const sale = await bought();
    expect(await holderOf(sale)).toEqual([NAME, null, null]);
    expect(await erased(sale.buyer)).toBe(true);
    expect(await holderOf(sale)).toEqual([null, null, null]);
    expect(await letIn(sale, 0)).toBe(true);
  });

  test("the address that it was passed on to goes, where no account has proven it", async () => {
    const sale = await bought();
    await passOn(sale.buyer, sale.passId, "bea@example.test");
    expect(await holderOf(sale)).toEqual([null, "bea@example.test", "bea@example.test"]);
    expect(await erased(sale.buyer)).toBe(true);
    expect(await holderOf(sale)).toEqual([null, "", null]);
    expect(await letIn(sale, 1)).toBe(true);
  });

  test("what somebody has who has proven their address stays theirs", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    await passOn(sale.buyer, sale.passId, friend.address);
    await named(friend, sale.passId, "Bea");
    expect(await erased(sale.buyer)).toBe(true);
    expect(await holderOf(sale)).toEqual(["Bea", friend.address, friend.address]);
    expect((await call("GET", `/passes/${sale.passId}`, { token: friend.token })).body.code).not.toBeNull();
    expect((await call("GET", "/passes", { token: friend.token })).list.map(({ id }) => id)).toEqual([sale.passId]);
  });
});

describe("with the account that has proven the address", () => {
  test("name and address go, with the mail and the record of the request, and the code stays good", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    await passOn(sale.buyer, sale.passId, friend.address);
    await named(friend, sale.passId, "Bea");
    const mails = () => rowsOf("SELECT address FROM mails WHERE about = ?", sale.passId);
    await until(mails, (rows) => rows.length === 1);
    const requests = () => sqlIn(sale.ticketId, "SELECT request FROM pass_requests WHERE key LIKE 'holder %'");
    expect(JSON.stringify(await requests())).toContain(friend.address);
    expect(await erased(friend)).toBe(true);
    expect(await holderOf(sale)).toEqual([null, "", null]);
    expect(await mails()).toEqual([]);
    expect(await requests()).toEqual([]);
    expect(await letIn(sale, 1)).toBe(true);
  });

  test("the pass does not fall back to its buyer, who sees that somebody has it", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    await passOn(sale.buyer, sale.passId, friend.address);
    await erased(friend);
    const { token } = sale.buyer;
    const shown = await call("GET", `/passes/${sale.passId}`, { token });
    expect(shown.body).toMatchObject({ state: "valid", code: null, holder_name: null });
    expect((await passOn(sale.buyer, sale.passId, "me@example.test")).status).toBe(404);
    // Nor to somebody who proves the same address later: the one who had it is gone.
    const later = await provenPerson(friend.address);
    expect((await call("GET", "/passes", { token: later.token })).list).toEqual([]);
  });

  test("what another account has that has proven it, too, stays, until the last one goes", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    const same = await provenPerson(friend.address);
    await passOn(sale.buyer, sale.passId, friend.address);
    expect(await erased(friend)).toBe(true);
    expect(await holderOf(sale)).toEqual([null, friend.address, friend.address]);
    expect(await erased(same)).toBe(true);
    expect(await holderOf(sale)).toEqual([null, "", null]);
  });

  test("what was passed on further meanwhile is the next one's", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    await passOn(sale.buyer, sale.passId, friend.address);
    const [late] = await rowsOf("SELECT * FROM passes WHERE reservation_id = ?", sale.reservationId);
    await passOn(friend, sale.passId, "bea@example.test");
    await holderOf(sale);
    // The copy is late: it still names the one before.
    await sql(
      "UPDATE passes SET holder_email = ?1, email_key = ?1, version = ?2 WHERE reservation_id = ?3",
      friend.address,
      Number(late?.version),
      sale.reservationId,
    );
    await erased(friend);
    expect(await holderOf(sale)).toEqual([null, "bea@example.test", "bea@example.test"]);
    expect(await erased(friend)).toBe(false);
  });
});

describe("mails to the address of a holder, who is no account's", () => {
  const addresses = () => rowsOf("SELECT DISTINCT address FROM mails WHERE address IS NOT NULL");
  const requests = ({ ticketId }: { ticketId: string }) =>
    sqlIn(ticketId, "SELECT request FROM pass_requests WHERE key LIKE 'holder %'");
  /** As a change of the event owes it to each who holds a pass. */
  const mailed = (passId: string, address: string) =>
    drizzle(env.DB).batch([
      oweMail(drizzle(env.DB), { kind: "event_changed", about: passId, version: newLongId(), address }, 1),
    ]);
  const received = (address: string) =>
    until(
      () => rowsOf("SELECT id FROM mails WHERE kind = 'pass_received' AND address = ?", address),
      (rows) => rows.length === 1,
    );

  test("go with the account that has proven it, also where the pass was passed on further", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    await passOn(sale.buyer, sale.passId, friend.address);
    await received(friend.address);
    await mailed(sale.passId, friend.address);
    const next = await provenPerson();
    await passOn(friend, sale.passId, next.address);
    await received(next.address);
    await mailed(sale.passId, next.address);
    expect(await erased(friend)).toBe(true);
    const left = JSON.stringify([await addresses(), await requests(sale)]);
    expect(left).not.toContain(friend.address);
    expect(left.split(next.address)).toHaveLength(3);
    expect(await holderOf(sale)).toEqual([null, next.address, next.address]);
  });

  test("stay where another account has proven it, until that goes, too", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    const same = await provenPerson(friend.address);
    await passOn(sale.buyer, sale.passId, friend.address);
    await received(friend.address);
    await mailed(sale.passId, friend.address);
    const about = () => rowsOf("SELECT kind FROM mails WHERE address = ?", friend.address);
    expect(await erased(friend)).toBe(true);
    expect(await about()).toHaveLength(2);
    expect(JSON.stringify(await requests(sale))).toContain(friend.address);
    expect(await erased(same)).toBe(true);
    expect(await about()).toEqual([]);
    expect(await requests(sale)).toEqual([]);
  });

  test("go with the buyer's account where no account has proven it", async () => {
    const sale = await bought();
    const address = `${newLongId()}@nobody.test`;
    await passOn(sale.buyer, sale.passId, address);
    await received(address);
    await mailed(sale.passId, address);
    expect(await erased(sale.buyer)).toBe(true);
    expect(JSON.stringify([await addresses(), await requests(sale)])).not.toContain(address);
  });

  test("are left alone where they tell another account that this was its address", async () => {
    const [friend, other] = [await provenPerson(), await newPerson()];
    const { accountId } = other;
    const told = { kind: "address_changed", about: accountId, accountId, address: friend.address } as const;
    await drizzle(env.DB).batch([oweMail(drizzle(env.DB), told, 1)]);
    expect(await erased(friend)).toBe(true);
    expect(await rowsOf("SELECT account_id FROM mails WHERE address = ?", friend.address)).toHaveLength(1);
  });

  test("keep the account while the object of an earlier pass does not answer", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    await passOn(sale.buyer, sale.passId, friend.address);
    await received(friend.address);
    await passOn(friend, sale.passId, `${newLongId()}@nobody.test`);
    await holderOf(sale);
    const broken = { getByName: () => ({ eraseHolders: async () => Promise.reject(new Error("broken")) }) };
    expect(await erased(friend, { ...env, TICKET_TYPES: broken } as unknown as Env)).toBe(false);
    expect(JSON.stringify(await requests(sale))).toContain(friend.address);
    expect(await erased(friend)).toBe(true);
    expect(JSON.stringify(await requests(sale))).not.toContain(friend.address);
  });
});

test("an address that an account has not proven is not its own", async () => {
  const sale = await bought();
  const stranger = await newPerson();
  await sql("UPDATE accounts SET email = 'bea@example.test' WHERE id = ?", stranger.accountId);
  await passOn(sale.buyer, sale.passId, "bea@example.test");
  expect(await erased(stranger)).toBe(true);
  expect(await holderOf(sale)).toEqual([null, "bea@example.test", "bea@example.test"]);
});

test("a guest who is erased for having bought nothing keeps what was passed on to them: nobody asked", async () => {
  const sale = await bought();
  const guest = await provenPerson();
  await passOn(sale.buyer, sale.passId, guest.address);
  await sql("UPDATE accounts SET guest_due_ms = 1 WHERE id = ?", guest.accountId);
  await eraseUnusedGuests(env as Env, Date.now());
  expect(await rowsOf("SELECT id FROM accounts WHERE id = ?", guest.accountId)).toEqual([]);
  expect(await holderOf(sale)).toEqual([null, guest.address, guest.address]);
});

describe("nothing is lost where", () => {
  test("the object does not answer: the account stays until it does", async () => {
    const sale = await bought();
    const broken = { getByName: () => ({ eraseHolders: async () => Promise.reject(new Error("broken")) }) };
    const bindings = { ...env, TICKET_TYPES: broken } as unknown as Env;
    expect(await erased(sale.buyer, bindings)).toBe(false);
    expect(await holderOf(sale)).toEqual([NAME, null, null]);
    expect(await erased(sale.buyer)).toBe(true);
    expect(await holderOf(sale)).toEqual([null, null, null]);
  });

  test("the copy is late: the account stays until D1 has none of it any more", async () => {
    const sale = await bought();
    const late = { getByName: () => ({ eraseHolders: async () => [] }) };
    expect(await erased(sale.buyer, { ...env, TICKET_TYPES: late } as unknown as Env)).toBe(false);
    expect(await rowsOf("SELECT id FROM accounts WHERE id = ?", sale.buyer.accountId)).toHaveLength(1);
    await until(
      () => erased(sale.buyer),
      (isErased) => isErased,
    );
    expect(await holderOf(sale)).toEqual([null, null, null]);
  });

  test("the object has it erased and D1 does not: the copy follows first", async () => {
    const sale = await bought();
    const [copy] = await rowsOf("SELECT version FROM passes WHERE reservation_id = ?", sale.reservationId);
    await objectOf(sale.ticketId).eraseHolders([{ passId: sale.passId, emailKey: null, aboveVersion: 0 }]);
    await holderOf(sale);
    // As after D1 was restored to an earlier time.
    await sql("UPDATE passes SET holder_name = ? WHERE reservation_id = ?", NAME, sale.reservationId);
    expect(Number(copy?.version)).toBeGreaterThan(0);
    await until(
      () => erased(sale.buyer),
      (isErased) => isErased,
    );
    expect(await holderOf(sale)).toEqual([null, null, null]);
  });

  test("the object has no record of it any more: the copy is erased by itself", async () => {
    const sale = await bought();
    await passOn(sale.buyer, sale.passId, "bea@example.test");
    await holderOf(sale);
    await sqlIn(sale.ticketId, "DELETE FROM passes RETURNING 1");
    expect(await erased(sale.buyer)).toBe(true);
    const rows = await rowsOf(`SELECT ${COLUMNS} = ?`, sale.reservationId);
    expect(rows).toMatchObject([{ holder_name: null, holder_email: "", email_key: null }]);
  });
});

describe("after a restore", () => {
  test("of the object to before the erasure, reconciling erases it again", async () => {
    const sale = await bought();
    const friend = await provenPerson();
    await passOn(sale.buyer, sale.passId, friend.address);
    const [before] = await sqlIn(sale.ticketId, "SELECT version FROM passes");
    await erased(friend);
    expect(await holderOf(sale)).toEqual([null, "", null]);
    const set = `holder_email = '${friend.address}', email_key = '${friend.address}', version = ${before?.version}`;
    await sqlIn(sale.ticketId, `UPDATE passes SET ${set} RETURNING 1`);
    const { token } = sale.organizer;
    expect((await call("POST", "/reconcile", { token })).status).toBe(200);
    expect(await holderOf(sale)).toEqual([null, "", null]);
  });

  test.each([
    ["once its event is over", 1, null],
    ["and not before: the door looks for names", Date.now() + 3_600_000, NAME],
  ])("names of a buyer who is erased go %s", async (_when, endsAtMs, left) => {
    const sale = await bought();
    await holderOf(sale);
    await sql("DELETE FROM accounts WHERE id = ?", sale.buyer.accountId);
    await sql("UPDATE events SET ends_at_ms = ? WHERE id = ?", endsAtMs, sale.eventId);
    await eraseHoldersOfErased(env as Env, `${sale.ticketId}-`, `${sale.ticketId}-~`, Date.now());
    expect(await holderOf(sale)).toEqual([left, null, null]);
  });
});

test("erasing changes nothing of a pass but whose it is", async () => {
  const sale = await bought();
  const before = await codeOf(sale.passId, 0);
  await letIn(sale, 0);
  const all = "SELECT number, generation, revoked_at_ms, check_in_key, admitted_at_ms, gate FROM passes";
  const [pass] = await sqlIn(sale.ticketId, all);
  await erased(sale.buyer);
  expect(await sqlIn(sale.ticketId, all)).toEqual([pass]);
  expect(await codeOf(sale.passId, 0)).toBe(before);
});
