// How D1 is read: by an index, from where the page begins, so that the time does not grow with the
// tables; public pages from the nearest replica, everything else from the primary.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { ticketTypeIdOf } from "../../../../src/domain/id-forms.ts";
import { project } from "../../../../src/durable/ticket-type/projection.ts";
import { encodeCursor } from "../../../../src/platform/d1/cursors.ts";
import { newPaymentId } from "../../../../src/platform/ids.ts";
import { eraseAccount } from "../../../../src/worker/accounts/deletion.ts";
import { buyerNames } from "../../../../src/worker/door/search-queries.ts";
import { deliverTo } from "../../../../src/worker/outgoing-webhooks/delivering.ts";
import { eraseHoldersOfErased } from "../../../../src/worker/passes/erasing.ts";
import { disputesAbout } from "../../../../src/worker/payments/disputes.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { newKey } from "../../../support/api-keys.ts";
import { tokenOf } from "../../../support/crew-invitations.ts";
import { WITH_MAIL } from "../../../support/links.ts";
import { networkOf, type Subscription, subscribe, unsent } from "../../../support/outgoing-webhooks.ts";
import { boughtPasses } from "../../../support/passes.ts";
import { refundOf } from "../../../support/receipts.ts";
import { recordingD1, type Statement } from "../../../support/recording.ts";
import { rowsOf } from "../../../support/records.ts";
import {
  call,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  until,
} from "../../../support/service.ts";
import { newGuest } from "../../../support/sign-in.ts";

// The export reads so many rows at once; one more, and it reads a second page.
const EXPORTED_AT_ONCE = 500;

let sale: OnSale;
let buyer: Person;
let admin: Person;
let webhook: Subscription;

beforeAll(async () => {
  [sale, buyer, admin] = await Promise.all([putOnSale(), newPerson(), newPerson("admin")]);
  await hold(buyer, sale.ticketId);
  webhook = await subscribe(sale.organizer);
  await env.DB.prepare("UPDATE accounts SET verified_email_key = email WHERE id = ?1").bind(buyer.accountId).run();
  const many = `WITH RECURSIVE n (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM n WHERE n < ${EXPORTED_AT_ONCE})`;
  await env.DB.batch([
    env.DB.prepare(
      `${many} INSERT INTO audit_log SELECT 'row-' || n, n, 'session.end', ?1, 'account', ?1, NULL, NULL, NULL, NULL FROM n`,
    ).bind(buyer.accountId),
    env.DB.prepare(
      `${many} INSERT INTO audit_log SELECT 'other-' || n, n, 'session.end', NULL, 'account', ?1, NULL, NULL, NULL, NULL FROM n`,
    ).bind(buyer.accountId),
    env.DB.prepare(
      `${many} INSERT INTO reservations SELECT ?2 || printf('-%020d', n), ?2, ?1, 1, 0, 'EUR', 'confirmed', n, n, 1, NULL, NULL, NULL, 0, NULL,
        NULL, NULL, 0, NULL, '', NULL, NULL, NULL, 0, 0, NULL, NULL, NULL FROM n`,
    ).bind(buyer.accountId, sale.ticketId),
  ]);
});

type Caller = "nobody" | "buyer" | "organizer" | "admin";

/** Every combination of filters, but for none of them. */
const FILTERS = [
  "from=2020-01-01T00:00:00Z",
  "to=2040-01-01T00:00:00Z",
  "q=evening+hall",
  "available=true",
  "organizer=ID",
];
const COMBINATIONS = Array.from({ length: 2 ** FILTERS.length - 1 }, (_, chosen) =>
  FILTERS.filter((_filter, at) => ((chosen + 1) >> at) % 2 === 1).join("&"),
);
const STATES = ["held", "confirmed", "cancelled", "expired", "refunded"];

/** Each list, and the index that has its rows in its order. */
const IN_ORDER: readonly [caller: Caller, path: string, index: string][] = [
  ["nobody", "/events?", "events USING INDEX events_public"],
  ...COMBINATIONS.map((query): [Caller, string, string] => [
    ...(["nobody", `/events?${query}`] as const),
    /q=|organizer|available/.test(query) ? "event_terms USING PRIMARY KEY (term=?" : "events USING INDEX events_public",
  ]),
  ["nobody", "/events?q=evening", "event_terms USING PRIMARY KEY (term=?"],
  ["nobody", "/events?past=true", "events USING INDEX events_public"],
  ["nobody", "/events?past=true&to=2040-01-01T00:00:00Z", "events USING INDEX events_public"],
  ["nobody", "/events?past=true&q=evening+hall", "event_terms USING PRIMARY KEY (term=?"],
  ["organizer", "/events/EVENT/disputes?", "disputes USING INDEX disputes_of_event"],
  ["organizer", "/events/EVENT/mails?", "event_mails USING PRIMARY KEY"],
  ["organizer", "/events/EVENT/messages?", "event_messages USING INDEX event_messages_of_event"],
  ["organizer", "/events?organizer=ID", "event_terms USING PRIMARY KEY (term=?"],
  ["organizer", "/events?organizer=ID&q=evening", "event_terms USING PRIMARY KEY (term=?"],
  ["buyer", "/passes?", "passes USING INDEX passes_of_address (email_key=?"],
  ["buyer", "/orders?", "orders_of_account_by_state (account_id=? AND state=?"],
  ...STATES.map((state): [Caller, string, string] => [
    "buyer",
    `/orders?state=${state}`,
    "orders_of_account_by_state (account_id=? AND state=?",
  ]),
  ["buyer", "/reservations?", "reservations_of_account_by_state (account_id=? AND state=?"],
  ["buyer", "/reservations?event=EVENT", "reservations_of_account_by_state (account_id=? AND state=?"],
  ...STATES.flatMap((state): [Caller, string, string][] => [
    ["buyer", `/reservations?state=${state}`, "reservations_of_account_by_state (account_id=? AND state=?"],
    ["buyer", `/reservations?state=${state}&event=EVENT`, "reservations_of_account_by_state (account_id=? AND state=?"],
  ]),
  ...["", "series=7K2QXW", "from=2030-01-01T00:00:00Z&to=2040-01-01T00:00:00Z"].flatMap(
    (query): [Caller, string, string][] => [
      ["organizer", `/receipts?${query}`, "receipts USING INDEX receipts_by_date (series=?"],
      ["admin", `/receipts?${query}`, "receipts USING INDEX receipts_by_date (series=?"],
    ],
  ),
  ["admin", "/audit?", "audit_log_by_time"],
  ["organizer", "/events/EVENT/audit?", "audit_log_of_event (event_id=?"],
  ...["", "state=held", "state=expired", "method=cash", "method=online&state=confirmed", "day=2030-06-12"].map(
    (query): [Caller, string, string] => [
      "organizer",
      `/events/EVENT/orders?${query}`,
      "event_orders USING PRIMARY KEY (event_id=? AND method=? AND state=?",
    ],
  ),
];
const CURSOR = encodeCursor({ atMs: Date.UTC(2030, 0), id: "0" });
const PAST_CURSOR = encodeCursor({ atMs: Date.UTC(2010, 0), id: "0" });

async function read(caller: Caller, path: string): Promise<readonly Statement[]> {
  const { DB, statements } = recordingD1();
  const filled = path
    .replace("WEBHOOK", webhook.id)
    .replace("ID", sale.organizer.accountId)
    .replace("EVENT", sale.eventId)
    .replace("TICKET", sale.ticketId);
  const tokens = { nobody: {}, buyer, organizer: sale.organizer, admin };
  const { token } = { token: undefined, ...tokens[caller] };
  const answer = await call("GET", filled, { settings: { DB }, ...(token === undefined ? {} : { token }) });
  expect(answer.status).toBe(200);
  expect(statements.length).toBeGreaterThan(0);
  return statements;
}

async function planOf({ text, parameters }: Statement): Promise<string[]> {
  const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${text}`)
    .bind(...parameters)
    .all<{ detail: string }>();
  return plan.results.map(({ detail }) => detail);
}

/**
 * Steps that read a whole table: not a subquery's rows, and not a list of values that was given.
 */
async function scansOf(statements: readonly Statement[]): Promise<string[]> {
  const plans = await Promise.all(statements.map(planOf));
  // Ticket types that are being deleted leave their table within minutes: it is as good as empty.
  const isOther = / USING | VIRTUAL TABLE | CONSTANT |^SCAN (candidates|counters|retiring_ticket_types)$/;
  return plans.flat().filter((step) => /^SCAN \w/.test(step) && !isOther.test(step));
}

/** What is wrong with how a list is read, and how what is shown with it is. */
async function faultsOf(statements: readonly Statement[], index: string): Promise<string[]> {
  const plans = await Promise.all(statements.map(planOf));
  const sorts = plans.flat().filter((step) => step.includes("TEMP B-TREE"));
  const isByIndex = plans.flat().some((step) => step.includes(index));
  return [...(await scansOf(statements)), ...sorts, ...(isByIndex ? [] : [`not by ${index}`])];
}

/** Whether the list's own statement begins where the cursor is. */
async function seeks(statements: readonly Statement[]): Promise<boolean> {
  const plans = await Promise.all(statements.map(planOf));
  return plans.flat().some((step) => /^SEARCH .*\(\w+_ms,(\w*id|number)(,number)?\)[<>]\(\?,\?(,\?)?\)/.test(step));
}

describe("by an index, in order", () => {
  test.each(IN_ORDER)("%s reads %s", async (caller, path, index) => {
    expect(await faultsOf(await read(caller, path), index)).toEqual([]);
    const next = await read(caller, `${path}&cursor=${path.includes("past") ? PAST_CURSOR : CURSOR}`);
    expect(await faultsOf(next, index)).toEqual([]);
    expect(await seeks(next)).toBe(true);
  });

  test("an account's export is read, page by page", async () => {
    const statements = await read("buyer", "/me/export");
    const of = (table: string) => statements.filter(({ text }) => text.includes(`from "${table}"`));
    expect([of("reservations").length, of("audit_log").length]).toEqual([2, 4]);
    expect(await scansOf(statements)).toEqual([]);
    for (const page of of("reservations"))
      expect(await faultsOf([page], "reservations_of_account_by_state ")).toEqual([]);
    const indexes = ["audit_log_of_actor ", "audit_log_of_account "];
    for (const [at, page] of of("audit_log").entries()) {
      expect(await faultsOf([page], indexes[Math.floor(at / 2)] ?? "")).toEqual([]);
    }
    const wanted = {
      mails: [
        "mails USING INDEX mails_of_account (account_id=?",
        "mails USING INDEX mails_of_account (account_id=?",
        "mails USING INDEX mails_of_address (address=?",
      ],
      passes: [
        "passes USING INDEX sqlite_autoindex_passes_1 (reservation_id=?",
        "passes USING INDEX sqlite_autoindex_passes_1 (reservation_id=?",
        "passes USING INDEX passes_of_address (email_key=?",
      ],
    };
    for (const [table, plans] of Object.entries(wanted)) {
      expect(of(table)).toHaveLength(plans.length);
      for (const [at, page] of of(table).entries()) expect(await faultsOf([page], plans[at] ?? "")).toEqual([]);
    }
  });
});

describe("by an index", () => {
  test("attendees are read in their order, from where the page begins", async () => {
    const index = "reservations USING INDEX reservations_sold (ticket_type_id=?";
    const cursor = encodeCursor({ atMs: 1, id: `${sale.ticketId}-00000000000000000007` });
    for (const [query, seek] of [
      ["", ")"],
      [`cursor=${cursor}`, " AND id>?)"],
    ]) {
      const statements = await read("organizer", `/events/EVENT/attendees?${query}`);
      expect(await faultsOf(statements, `${index}${seek}`)).toEqual([]);
    }
  });

  test.each(["ada@example.test", "Ada", "2".repeat(20), "FRIENDS"])("what was sold is found: %s", async (text) => {
    for (const list of ["orders", "attendees"]) {
      expect(await scansOf(await read("organizer", `/events/EVENT/${list}?q=${text}`))).toEqual([]);
    }
  });

  test.each(["interval=day", "interval=quarter-hour", "from=2027-01-01T00:00:00Z&to=2027-12-31T00:00:00Z"])(
    "the organizer reads sums of sales, and neither orders nor reservations: %s",
    async (query) => {
      const statements = await read("organizer", `/events/EVENT/sales?${query}`);
      expect(await scansOf(statements)).toEqual([]);
      const plans = (await Promise.all(statements.map(planOf))).flat();
      expect(plans.filter((step) => /^SEARCH (orders|reservations)/.test(step))).toEqual([]);
      for (const time of ["at_ms=?", "at_ms>? AND at_ms<?"]) {
        const step = `SEARCH sales USING PRIMARY KEY (ticket_type_id=? AND length_ms=? AND ${time})`;
        expect(plans).toContainEqual(expect.stringContaining(step));
      }
    },
  );

  test("an account's webhooks are listed, and what is due to one is found", async () => {
    const statements = await read("organizer", "/me/webhooks");
    expect(await faultsOf(statements, "webhooks USING INDEX webhooks_of_account (account_id=?")).toEqual([]);
    const places: [string, string][] = [
      ["", ""],
      [`?cursor=${CURSOR}`, " AND number<?"],
    ];
    for (const [cursor, place] of places) {
      const listed = await read("organizer", `/me/webhooks/WEBHOOK/deliveries${cursor}`);
      const wanted = `webhook_deliveries USING INDEX sqlite_autoindex_webhook_deliveries_1 (webhook_id=?${place}`;
      expect(await faultsOf(listed, wanted)).toEqual([]);
    }
    const { DB, statements: looked } = recordingD1();
    await deliverTo(unsent({ DB }), webhook.id, networkOf().network);
    const due = looked.filter(({ text }) => text.startsWith("select"));
    expect(await faultsOf(due, "webhook_deliveries USING INDEX webhook_deliveries_due (webhook_id=?")).toEqual([]);
  });

  test("an account's keys are listed, and a key is found", async () => {
    const statements = await read("buyer", "/me/api-keys");
    expect(await faultsOf(statements, "api_keys USING INDEX api_keys_of_account (account_id=?")).toEqual([]);
    const { key } = await newKey(buyer);
    const { DB, statements: looked } = recordingD1();
    expect((await call("GET", "/me/crew", { settings: { DB }, token: key })).status).toBe(200);
    expect(await faultsOf(looked, "api_keys USING INDEX api_keys_by_hash (hash=?")).toEqual([]);
  });

  test.each(["from=2030-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z&past=true"])(
    "what goes on at a time is found in the classes of length, merged in order: %s",
    async (query) => {
      const cursor = encodeCursor({ atMs: Date.UTC(2019, 0), id: "0" });
      for (const path of [`/events?${query}`, `/events?${query}&q=evening`, `/events?${query}&cursor=${cursor}`]) {
        const plans = await Promise.all((await read("nobody", path)).map(planOf));
        const merged = plans.filter((steps) => steps.some((step) => step.startsWith("MERGE (UNION ALL)")));
        expect(merged.length, path).toBeGreaterThan(0);
        for (const steps of merged) {
          const seeks = steps.filter((step) =>
            step.startsWith("SEARCH events USING COVERING INDEX events_by_length ("),
          );
          expect(seeks).toHaveLength(4);
          expect(steps.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
        }
      }
    },
  );

  // Of one event, and few: they are sorted.
  test("the organizer reads payments that need a person", async () => {
    const path = "/events/EVENT/unresolved-payments?";
    const statements = [...(await read("organizer", path)), ...(await read("organizer", `${path}cursor=${CURSOR}`))];
    expect(await scansOf(statements)).toEqual([]);
  });

  // However many there are of the day: they are counted.
  test("the organizer reads the report of a day", async () => {
    const statements = await read("organizer", "/events/EVENT/report?day=2030-06-12");
    expect(await scansOf(statements)).toEqual([]);
    const plans = (await Promise.all(statements.map(planOf))).flat();
    expect(plans.filter((step) => /SEARCH (event_orders|event_refunds|reservations) /.test(step))).toEqual([
      "SEARCH event_orders USING INDEX event_orders_paid (event_id=? AND paid_at_ms>? AND paid_at_ms<?)",
      "SEARCH reservations USING INDEX reservations_paid (ticket_type_id=? AND paid_at_ms>? AND paid_at_ms<?)",
      "SEARCH event_refunds USING INDEX event_refunds_by_time (event_id=? AND at_ms>? AND at_ms<?)",
    ]);
  });

  // However many refunds there are: they are added up.
  test("the organizer reads how far a calling-off is", async () => {
    await call("POST", `/events/${sale.eventId}/cancellation`, { token: sale.organizer.token, body: { refund: true } });
    expect(await scansOf(await read("organizer", "/events/EVENT/cancellation"))).toEqual([]);
    await env.DB.prepare("UPDATE events SET cancellation = NULL, refunding = 0, status = 'published'").run();
  });

  test("the organizer reads takings: of the event's own sales", async () => {
    const statements = await read("organizer", "/events/EVENT/takings");
    expect(await scansOf(statements)).toEqual([]);
    const plans = (await Promise.all(statements.map(planOf))).flat();
    for (const step of [
      "SEARCH sales USING PRIMARY KEY (ticket_type_id=? AND length_ms=? AND at_ms=?)",
      "SEARCH disputes USING INDEX disputes_of_event (event_id=?",
    ]) {
      expect(plans).toContainEqual(expect.stringContaining(step));
    }
  });

  // All names of an event: half of one finds it.
  test("the door looks for a name, or an address", async () => {
    const named = await read("organizer", "/events/EVENT/passes?q=ada");
    const addressed = await read("organizer", "/events/EVENT/passes?q=ada@example.test");
    const whole = [...named, ...addressed];
    const stepsOf = async (statements: readonly Statement[]) => (await Promise.all(statements.map(planOf))).flat();
    const others = (await scansOf(whole)).filter((step) => !/^SCAN (item|json_each)\b/.test(step));
    expect(others).toEqual([]);
    const customers = "SEARCH orders USING INDEX orders_of_account_by_state (account_id=? AND state=?)";
    expect(await stepsOf(named)).toContainEqual(customers);
    expect(await stepsOf(named)).toContainEqual(expect.stringContaining("passes_named (ticket_type_id=?"));
    expect(await stepsOf(named)).toContainEqual(expect.stringContaining("reservations_sold (ticket_type_id=?"));
    expect(await stepsOf(addressed)).toContainEqual(customers);
    for (const index of ["accounts_by_email (email_key=?", "accounts_by_guest_email (guest_email_key=?"]) {
      expect(await stepsOf(addressed)).toContainEqual(expect.stringContaining(index));
    }
  });

  test("the door says who bought what it found, by their keys", async () => {
    const { DB, statements } = recordingD1();
    const [passId = ""] = await boughtPasses(sale.ticketId, 1, buyer.accountId);
    await buyerNames(DB, [{ reservationId: passId.slice(0, -2) }]);
    const plans = (await Promise.all(statements.map(planOf))).flat();
    for (const table of ["reservations", "orders", "accounts"]) {
      expect(plans).toContainEqual(expect.stringMatching(`^SEARCH ${table} USING INDEX sqlite_autoindex_${table}_1`));
    }
  });

  test("whose passes go with an account, by its purchases and by its address", async () => {
    const { DB, statements } = recordingD1();
    const { accountId } = await newPerson();
    await env.DB.prepare("UPDATE accounts SET closing_since_ms = 0, verified_email_key = 'a@a.test' WHERE id = ?1")
      .bind(accountId)
      .run();
    const [passId = ""] = await boughtPasses((await putOnSale()).ticketId);
    const to = { email: "a@a.test", emailKey: "a@a.test" };
    const reader = { accountId: "ada", emailKey: null };
    await objectOf(ticketTypeIdOf(passId)).passOn({ passId, reader, ...to, key: "k" });
    await until(
      () => rowsOf("SELECT id FROM mails WHERE address = 'a@a.test'"),
      (rows) => rows.length === 1,
    );
    await until(
      () => eraseAccount({ ...env, DB }, accountId, Date.now()),
      (isErased) => isErased,
    );
    await eraseHoldersOfErased({ ...env, DB }, `${sale.ticketId}-`, `${sale.ticketId}-~`, Date.now());
    expect(await scansOf(statements)).toEqual([]);
    const plans = (await Promise.all(statements.map(planOf))).flat();
    for (const index of [
      "reservations_of_account_by_state (account_id=? AND state=?",
      "passes_of_address (email_key=?",
      "accounts_by_verified_email (verified_email_key=?",
      "mails USING INDEX mails_about (about=?",
      "mails USING INDEX mails_of_address (address=?",
      "passes USING INDEX sqlite_autoindex_passes_1 (reservation_id>? AND reservation_id<?",
    ]) {
      expect(plans).toContainEqual(expect.stringContaining(index));
    }
  });

  test("writing to everybody counts what was written lately, and mailing again what was mailed", async () => {
    const { DB, statements } = recordingD1();
    const settings = { ...WITH_MAIL, DB };
    const { token } = sale.organizer;
    const body = { subject: "News", text: "Come early." };
    expect((await call("POST", `/events/${sale.eventId}/messages`, { token, body, settings })).status).toBe(202);
    const [passId = ""] = await boughtPasses((await putOnSale()).ticketId, 1, buyer.accountId);
    const path = `/reservations/${passId.slice(0, -2)}/mails` as const;
    expect((await call("POST", path, { token: buyer.token, settings })).status).toBe(202);
    const plans = (await Promise.all(statements.map(planOf))).flat();
    for (const index of [
      "event_messages_of_event (event_id=? AND created_at_ms>?",
      "mails_of_account (account_id=? AND",
    ]) {
      expect(plans).toContainEqual(expect.stringContaining(index));
    }
    expect(await scansOf(statements)).toEqual([]);
  });

  test("inviting to a crew counts what was mailed lately, and a link finds its invitation", async () => {
    const { DB, statements } = recordingD1();
    const settings = { ...WITH_MAIL, DB };
    const { token } = sale.organizer;
    const path = `/events/${sale.eventId}/crew-invitations` as const;
    const body = { email: "by-index@example.test", part: "scanner" } as const;
    const invited = await call("POST", path, { token, body, settings });
    expect(invited.status).toBe(202);
    expect((await call("GET", path, { token, settings })).status).toBe(200);
    const link = await tokenOf(invited.body.id);
    expect((await call("GET", `/crew-invitations/${link}`, { settings })).status).toBe(200);
    const helper = await newPerson();
    expect((await call("POST", "/me/crew", { token: helper.token, body: { token: link }, settings })).status).toBe(200);
    const again = { token, body: { ...body, part: "manager" as const }, settings };
    const renewed = await call("POST", path, again);
    expect((await call("DELETE", `${path}/${renewed.body.id}`, { token, settings })).status).toBe(204);
    const plans = (await Promise.all(statements.map(planOf))).flat();
    for (const index of [
      "mails_of_address (address=? AND created_at_ms>?",
      "mails_of_account (account_id=? AND created_at_ms>?",
      "crew_invitations_of_event (event_id=?",
      "crew_invitations_by_token (token_hash=?",
    ]) {
      expect(plans).toContainEqual(expect.stringContaining(index));
    }
    expect(await scansOf(statements)).toEqual([]);
  });

  test("reconciling reads the disputes of its part", async () => {
    const { DB, statements } = recordingD1();
    await disputesAbout(DB, ["a", "b"]);
    const plans = (await Promise.all(statements.map(planOf))).flat();
    expect(plans).toContainEqual("SEARCH disputes USING INDEX disputes_of_bought (bought_id=?)");
    expect(await scansOf(statements)).toEqual([]);
  });

  test("reconciling reads its part of the orders", async () => {
    const { DB, statements } = recordingD1();
    const { token } = sale.organizer;
    expect((await call("POST", "/reconcile", { token, settings: { DB } })).status).toBe(200);
    expect(
      await faultsOf(
        statements.filter(({ text }) => text.includes('from "orders"')),
        "orders_by_first_reservation",
      ),
    ).toEqual([]);
  });

  test("the sweep finds what is left to do", async () => {
    const { DB, statements } = recordingD1();
    await env.DB.prepare("UPDATE events SET indexed_version = 0").run();
    // What was sold has a receipt to come, and a credit note.
    const refund = { ...refundOf(1, 1, "succeeded"), id: `${newPaymentId()}-r1` };
    await env.DB.batch([
      env.DB.prepare(`UPDATE events SET seller = '{"name":"Hall","address":"Here","vatId":null}' WHERE id = ?1`).bind(
        sale.eventId,
      ),
      env.DB.prepare(
        "UPDATE reservations SET unit_price_minor = 100, refunds = ?1 WHERE id = (SELECT max(id) FROM reservations WHERE ticket_type_id = ?2 AND state = 'confirmed')",
      ).bind(JSON.stringify([refund]), sale.ticketId),
      // And everybody is to be mailed.
      ...["change", "message"].map((kind) =>
        env.DB.prepare(
          "INSERT INTO mailings SELECT ?1, id, '', 0, '', '', 0, '', 'published', false, ?1 FROM events WHERE id = ?2",
        ).bind(kind, sale.eventId),
      ),
    ]);
    await sweep({ ...env, DB });
    expect(statements.filter(({ text }) => text.includes('insert into "receipts"'))).toHaveLength(2);
    // Three statements a step: 502 reservations are two steps.
    expect(statements.filter(({ text }) => text.includes('insert into "mails"'))).toHaveLength(12);
    expect(statements.length).toBeGreaterThan(10);
    expect(await scansOf(statements)).toEqual([]);
  });

  test("accounts are found by their names and their sessions", async () => {
    const { DB, statements } = recordingD1();
    const post = <const P extends string>(path: P, body: unknown, token?: string) =>
      call("POST", path, { anyBody: body, settings: { DB }, ...(token === undefined ? {} : { token }) });
    const names = { username: "by-index", email: "by-index@example.test", password: "correct horse battery" };
    const guest = await newGuest();
    expect((await post("/guests", { email: names.email })).status).toBe(201);
    expect((await post("/register", names, guest.token)).status).toBe(201);
    expect((await post("/register", names)).status).toBe(409);
    expect((await post("/api-auth/login", { username: names.email, password: names.password })).status).toBe(200);
    const cookie = `__Host-refresh=${guest.refresh}`;
    await call("POST", "/register", { body: names, headers: { cookie }, settings: { DB } });
    await call("GET", "/accounts?username=by-index", { token: admin.token, settings: { DB } });
    expect(statements.length).toBeGreaterThan(15);
    expect(await scansOf(statements)).toEqual([]);
  });

  test("an object writes its copies", async () => {
    const { DB, statements } = recordingD1();
    const ticketType = await objectOf(sale.ticketId).describe();
    if (ticketType === null) throw new Error("the ticket type is there");
    await project(DB, ticketType, [], []);
    expect(statements).toHaveLength(2);
    expect(await scansOf(statements)).toEqual([]);
  });
});

describe("this test notices that an index is not there", () => {
  test.each([
    "events_public",
    "orders_of_account_by_state",
    "reservations_of_account_by_state",
    "audit_log_by_time",
    "audit_log_of_event",
  ])("%s", async (name) => {
    const list = IN_ORDER.find(([, , index]) => index.split(" ").includes(name));
    if (list === undefined) throw new Error("no list is read by it");
    const [caller, path, index] = list;
    const created = await env.DB.prepare("SELECT sql FROM sqlite_master WHERE name = ?")
      .bind(name)
      .first<string>("sql");
    await env.DB.prepare(`DROP INDEX ${name}`).run();
    const faults = await faultsOf(await read(caller, path), index);
    await env.DB.prepare(created ?? "").run();
    expect(faults).not.toEqual([]);
    expect(await faultsOf(await read(caller, path), index)).toEqual([]);
  });
});

/** What `withSession` is given for the nearest copy; without a session it is the primary. */
const [NEAREST, PRIMARY] = ["first-unconstrained", null];

describe("where D1 is read", () => {
  test.each<[caller: Caller, path: string, from: string | null]>([
    ...["/events", "/events?q=evening&available=true&organizer=ID", "/events/EVENT", "/tickets/TICKET"].flatMap(
      (path): [Caller, string, string | null][] => [
        ["nobody", path, NEAREST],
        ["buyer", path, NEAREST],
      ],
    ),
    ["organizer", "/events", NEAREST],
    ["organizer", "/events?organizer=ID", PRIMARY],
    ["admin", "/events?organizer=ID", PRIMARY],
    ["organizer", "/events/EVENT", PRIMARY],
    ["organizer", "/tickets/TICKET", PRIMARY],
    ["organizer", "/events/EVENT/audit", PRIMARY],
    ["organizer", "/events/EVENT/unresolved-payments", PRIMARY],
    ["organizer", "/events/EVENT/disputes", PRIMARY],
    ["organizer", "/events/EVENT/mails", PRIMARY],
    ["organizer", "/events/EVENT/messages", PRIMARY],
    ["organizer", "/receipts", PRIMARY],
    ["buyer", "/reservations", PRIMARY],
    ["buyer", "/reservations?state=expired&event=EVENT", PRIMARY],
    ["buyer", "/me", PRIMARY],
    ["buyer", "/me/export", PRIMARY],
    ["admin", "/audit", PRIMARY],
  ])("%s reads %s", async (caller, path, from) => {
    // The caller's role and sessions are the caller's own.
    const isOwn = ({ text }: Statement) =>
      /from "accounts"|FROM revoked_sessions/.test(text) && !path.startsWith("/me");
    const statements = await read(caller, path);
    const [own = [], page = []] = [true, false].map((own) => statements.filter((it) => isOwn(it) === own));
    expect(page.length).toBeGreaterThan(0);
    for (const { session, text } of page) expect(session, text).toBe(from);
    for (const { session, text } of own) expect(session, text).toBe(PRIMARY);
  });

  test("what is changed is read from the primary", async () => {
    const { token } = sale.organizer;
    const { DB, statements } = recordingD1();
    for (const [method, path, body] of [
      ["PATCH", `/events/${sale.eventId}`, { name: "Another name" }],
      ["PATCH", `/tickets/${sale.ticketId}`, { name: "Circle" }],
      [
        "POST",
        `/events/${sale.eventId}/tickets`,
        { name: "Boxes", price: { amount: 100, currency: "EUR" }, capacity: 1 },
      ],
    ] as const) {
      expect((await call(method, path, { token, body, settings: { DB } })).status).toBeLessThan(300);
    }
    expect(statements.length).toBeGreaterThan(10);
    expect(statements.filter(({ session }) => session !== PRIMARY)).toEqual([]);
  });

  test("the tests' D1 knows sessions, and they see what was written", async () => {
    const session = env.DB.withSession("first-unconstrained");
    const { results } = await session.prepare("SELECT id FROM events WHERE id = ?").bind(sale.eventId).all();
    expect(results).toEqual([{ id: sale.eventId }]);
    expect(session.getBookmark()).not.toBeNull();
  });
});
