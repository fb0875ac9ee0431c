// The export of an account: everything on record about it, in pages however much that is.

import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test } from "vitest";
import { newLongId, newReservationId } from "../../../../src/platform/ids.ts";
import { sessionsOf } from "../../../../src/worker/auth/queries.ts";
import { type OwedMail, oweMail } from "../../../../src/worker/mail/owing.ts";
import { stopClock } from "../../../support/objects.ts";
import { boughtPasses, provenPerson } from "../../../support/passes.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { type Body, call, hold, newPerson, objectOf, type Person, putOnSale, until } from "../../../support/service.ts";
import { newSession } from "../../../support/sign-in.ts";

stopClock();

async function exportOf({ token }: Person, settings = {}): Promise<Body<"GET /me/export">> {
  const answer = await call("GET", "/me/export", { token, settings });
  expect(answer.status).toBe(200);
  return answer.body;
}

/** The numbers from 0, as the rows of a query's `json_each(?)`. */
function numbers(howMany: number): string {
  return JSON.stringify(Array.from({ length: howMany }, (_, n) => n));
}

test("has all that is on record about the account, and nothing of anybody else's", async () => {
  const { ticketId } = await putOnSale();
  const [person, other] = [await newSession(await newPerson()), await newSession(await newPerson())];
  const held = (await hold(person, ticketId, 2)).body;
  await hold(other, ticketId);
  const answer = await call("GET", "/me/export", { token: person.token });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="account.json"');
  const { account, sessions, reservations, audit } = answer.body;
  expect(account).toEqual((await call("GET", "/me", { token: person.token })).body);
  expect(sessions.map((session) => session.ended_at)).toEqual([null]);
  expect(reservations).toEqual([held]);
  // The clock stands still, so their order is not that of time.
  const actions = audit.map(({ action }) => action);
  expect(actions.toSorted()).toEqual(["account.export", "account.register", "session.start"]);
  for (const secret of [other.accountId, other.username, person.refresh, person.token, "scrypt"]) {
    expect(answer.text).not.toContain(secret);
  }
});

test.each<[how: string, by: "cookie" | "token", headers: Record<string, string>, status: number]>([
  ["a link on another site's page, which sends the cookie", "cookie", { "sec-fetch-site": "cross-site" }, 403],
  ["a page of this site", "cookie", { "sec-fetch-site": "same-origin" }, 200],
  ["another site's page that has a token", "token", { "sec-fetch-site": "cross-site", origin: "https://a.test" }, 200],
])("by %s", async (_how, by, headers, status) => {
  const { token } = await newPerson();
  const options = by === "token" ? { token, headers } : { headers: { cookie: `__Host-session=${token}`, ...headers } };
  const answer = await call("GET", "/me/export", options);
  expect(answer.status).toBe(status);
  if (status === 403) expect(JSON.parse(answer.text).type).toBe("/problems/cross-site-request");
});

test("has every audit entry about the account, its own first, however many strangers caused", async () => {
  const person = await newPerson();
  await sql(
    `INSERT INTO audit_log (id, at_ms, action, actor_id, object_type, object_id, address)
     SELECT ?1 || value, value, 'session.start-refused', CASE WHEN value % 5 = 0 THEN ?1 END, 'account', ?1, 'somewhere'
     FROM json_each(?2)`,
    person.accountId,
    numbers(2_600),
  );
  const { audit } = await exportOf(person);
  // 520 of them, the export and the registration: its own.
  expect(audit.findIndex(({ actor }) => actor === null)).toBe(522);
  expect(new Set(audit.map(({ id }) => id)).size).toBe(2_602);
  expect(audit).toHaveLength(2_602);
  const strangers = audit.filter(({ actor }) => actor === null);
  expect(strangers.filter(({ address }) => address !== null)).toEqual([]);
});

test("has every reservation", async () => {
  const person = await newPerson();
  const ids = Array.from({ length: 2_500 }, (_, n) => `0000000000000000-${String(n).padStart(20, "0")}`);
  await sql(
    `INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state,
       created_at_ms, expires_at_ms, version, unsettled)
     SELECT value, '0000000000000000', ?1, 1, 100, 'EUR', 'confirmed', rowid % 7, 1, 1, 0 FROM json_each(?2)`,
    person.accountId,
    JSON.stringify(ids),
  );
  const { reservations } = await exportOf(person);
  expect(reservations.map(({ id }) => id).sort()).toEqual(ids);
});

test("has every session, ended or not, the oldest first, and reads 500 at a time", async () => {
  const person = await newPerson();
  await sql(
    "INSERT INTO sessions SELECT ?1 || '-' || value, ?1, value / 3, 1, nullif(value % 2, 0) FROM json_each(?2)",
    person.accountId,
    numbers(1_200),
  );
  const { DB, statements } = recordingD1();
  const { sessions } = await exportOf(person, { DB });
  const startedMs = sessions.map(({ started_at }) => Date.parse(started_at));
  expect(startedMs).toEqual(Array.from({ length: 1_200 }, (_, n) => Math.floor(n / 3)));
  expect(sessions.filter(({ ended_at }) => ended_at === null)).toHaveLength(600);
  const pages = statements.filter(({ text }) => text.includes('from "sessions"'));
  expect(pages.map(({ parameters }) => parameters.at(-1))).toEqual([500, 500, 500]);
  expect(await sessionsOf(env.DB, person.accountId, 3, { atMs: 399, id: `${person.accountId}-1197` })).toHaveLength(2);
});

test("has the account's orders", async () => {
  const { ticketId } = await putOnSale();
  const [person, other] = [await newPerson(), await newPerson()];
  const body = { items: [{ ticket: ticketId, quantity: 2 }] };
  const mine = await call("POST", "/orders", { token: person.token, body });
  await call("POST", "/orders", { token: other.token, body });
  const { orders, reservations } = await exportOf(person);
  expect(orders).toEqual([mine.body]);
  expect(reservations.map(({ order }) => order)).toEqual([mine.body.id]);
});

describe("passes", () => {
  const reader = (accountId: string, emailKey: string | null = null) => ({ accountId, emailKey });
  const to = (email: string) => ({ email, emailKey: email });
  const settled = (passIds: readonly string[]) =>
    until(
      () => rowsOf("SELECT number FROM passes WHERE reservation_id = ?", passIds[0]?.replace(/-\d+$/, "")),
      (rows) => rows.length === passIds.length,
    );

  test("are those that were bought and something has happened to, with whom they were passed on to", async () => {
    const { ticketId } = await putOnSale({ max_per_buyer: null });
    const { accountId, ...person } = await newPerson();
    const object = objectOf(ticketId);
    const [, named = "", passedOn = ""] = await boughtPasses(ticketId, 3, accountId);
    await object.namePass({ passId: named, reader: reader(accountId), name: "Ada" });
    await object.passOn({ passId: passedOn, reader: reader(accountId), ...to("friend@a.test"), key: "k" });
    await settled([named, passedOn]);
    const { passes, passed_on, reservations } = await exportOf({ accountId, ...person });
    expect(reservations).toHaveLength(1);
    const untouched = {
      ticket: ticketId,
      bought: true,
      state: "valid",
      admitted_at: null,
      gate: null,
      revoked_at: null,
    };
    expect(passes).toEqual([
      expect.objectContaining({ ...untouched, id: named, holder_name: "Ada", passed_on_to: null, passed_on_at: null }),
      expect.objectContaining({ ...untouched, id: passedOn, holder_name: null, passed_on_to: "f…@a.test" }),
    ]);
    expect(passed_on).toEqual([{ pass: passedOn, to: "f…@a.test", at: expect.any(String) }]);
    expect(JSON.stringify([passes, passed_on])).not.toMatch(/TO1:|friend@a\.test/);
  });

  test("are those that were passed on to the proven address, and not on from there", async () => {
    const { ticketId } = await putOnSale({ max_per_buyer: null });
    const friend = await provenPerson();
    const { accountId, address } = friend;
    const object = objectOf(ticketId);
    const [kept = "", gone = "", others = ""] = await boughtPasses(ticketId, 3);
    for (const passId of [kept, gone]) {
      await object.passOn({ passId, reader: reader("ada"), ...to(address), key: passId });
    }
    await object.passOn({ passId: others, reader: reader("ada"), ...to("other@a.test"), key: others });
    await settled([kept, gone, others]);
    await object.passOn({ passId: gone, reader: reader(accountId, address), ...to("next@a.test"), key: "k" });
    const [own = ""] = await boughtPasses(ticketId, 1, accountId);
    await object.passOn({ passId: own, reader: reader(accountId), ...to(address), key: own });
    const { passes, passed_on } = await until(
      () => exportOf(friend),
      (all) => all.passes.length === 2 && all.passed_on.length === 2,
    );
    expect(passes.map(({ id, bought }) => [id, bought])).toEqual([
      [own, true],
      [kept, false],
    ]);
    expect(passed_on.map(({ pass }) => pass).toSorted()).toEqual([gone, own].toSorted());
  });

  test("are all there, and 500 are read at a time", async () => {
    const person = await provenPerson();
    const reservationId = newReservationId("0000000000000000");
    await sql(
      `INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state,
         created_at_ms, expires_at_ms, version, unsettled)
       VALUES (?1, '0000000000000000', ?2, 1000, 100, 'EUR', 'confirmed', 1, 1, 1, 0)`,
      reservationId,
      person.accountId,
    );
    const insert = `INSERT INTO passes (reservation_id, number, ticket_type_id, generation, state, version, email_key, passed_on_at_ms)
      SELECT ?1, value + 1, '0000000000000000', 1, 'admitted', 1, ?2, value / 7 FROM json_each(?3)`;
    await sql(insert, reservationId, null, numbers(1_000));
    await sql(insert, newReservationId("0000000000000000"), person.address, numbers(1_000));
    const { DB, statements } = recordingD1();
    const { passes } = await exportOf(person, { DB });
    expect(passes.filter(({ bought }) => bought)).toHaveLength(1_000);
    expect(new Set(passes.map(({ id }) => id)).size).toBe(2_000);
    const pages = statements.filter(({ text }) => text.includes('from "passes"'));
    expect(pages.map(({ parameters }) => parameters.at(-1))).toEqual(Array(6).fill(500));
  });
});

test("has the mails that went to the account, and to the address that it has proven, without what they say", async () => {
  const { ticketId, eventId } = await putOnSale();
  const [person, friend] = [await newPerson(), await newPerson()];
  const address = `proven-${person.accountId}@example.test`;
  await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", address, person.accountId);
  const passId = `${newReservationId(ticketId)}-1`;
  const orderId = newLongId();
  const owe = (owed: OwedMail, ms: number) => oweMail(drizzle(env.DB), owed, ms);
  await drizzle(env.DB).batch([
    owe({ kind: "confirmed", about: orderId, accountId: person.accountId, eventId }, 1_000),
    owe({ kind: "reset_password", about: person.accountId, accountId: person.accountId }, 2_000),
    owe(
      { kind: "address_changed", about: person.accountId, accountId: person.accountId, address: "old@a.test" },
      3_000,
    ),
    owe({ kind: "pass_received", about: passId, accountId: friend.accountId, address, eventId }, 4_000),
    // To others.
    owe({ kind: "confirmed", about: newLongId(), accountId: friend.accountId }, 5_000),
    owe({ kind: "pass_received", about: `${passId}0`, accountId: person.accountId, address: "friend@a.test" }, 6_000),
    owe({ kind: "address_changed", about: friend.accountId, accountId: friend.accountId, address }, 7_000),
  ]);
  const { mails } = await exportOf(person);
  expect(mails.map(({ kind, created_at, state }) => [kind, Date.parse(created_at), state])).toEqual([
    ["address_changed", 3_000, "due"],
    ["reset_password", 2_000, "due"],
    ["confirmed", 1_000, "due"],
    ["pass_received", 4_000, "due"],
  ]);
  expect(mails.at(-2)).toMatchObject({ order: orderId, reservation: null, event: eventId });
  expect(mails.at(-1)).toMatchObject({ order: null, reservation: passId.slice(0, -2), event: eventId });
});
