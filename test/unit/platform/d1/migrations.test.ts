// D1's migrations on a database that is in use: nothing that is there is lost or cut loose.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("../../../../migrations/", import.meta.url).href);
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".sql"))
  .sort();

/** As D1 does it: one transaction a file, with foreign keys enforced. */
function migrate(db: DatabaseSync, files: readonly string[]): void {
  for (const file of files) {
    db.exec("BEGIN");
    db.exec(readFileSync(join(FOLDER, file), "utf8"));
    db.exec("COMMIT");
  }
}

function databaseWith(files: readonly string[]): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  migrate(db, files);
  return db;
}

test("accounts that organise events come through the change of roles, and events still need their organiser", () => {
  const db = databaseWith(FILES.slice(0, 2));
  db.exec(`
    INSERT INTO accounts VALUES ('a1', 'Ada', 'ada@example.test', '$scrypt$', 'organizer', 7), ('a2', 'Bob', 'b', 'h', 'buyer', 8);
    INSERT INTO events VALUES ('e1', 'a1', 'Event', '', '', 0, 1, 'UTC', 'published', 1, 0, 0);
  `);
  const accounts = db.prepare("SELECT * FROM accounts ORDER BY id").all();
  const events = db.prepare("SELECT * FROM events").all();
  migrate(db, FILES.slice(2, 3));
  expect(db.prepare("SELECT * FROM accounts ORDER BY id").all()).toEqual(accounts);
  expect(db.prepare("SELECT * FROM events").all()).toEqual(events);
  expect(db.prepare("PRAGMA foreign_key_check").all()).toEqual([]);
  expect(() => db.exec("DELETE FROM accounts WHERE id = 'a1'")).toThrow(/FOREIGN KEY/);
  expect(() => db.exec("INSERT INTO accounts VALUES ('a3', 'ADA', 'x', 'h', 'buyer', 9)")).toThrow(/UNIQUE/);
  expect(() => db.exec("INSERT INTO accounts VALUES ('a3', 'Eve', 'x', 'h', 'owner', 9)")).toThrow(/CHECK/);
  for (const role of ["buyer", "organizer", "scanner", "admin"]) {
    db.prepare("INSERT INTO accounts VALUES (?1, ?1, 'x', 'h', ?1, 9)").run(role);
  }
});

/** What the list's filters go by, as `term starts_at_ms event_id opens_ms closes_ms`. */
function terms(db: DatabaseSync): string[] {
  const rows = db.prepare("SELECT * FROM event_terms ORDER BY term, starts_at_ms, event_id").all();
  return rows.map((row) => Object.values(row).join(" "));
}

describe("the filters of the list of events", () => {
  test("know the events that were there, and words are left to be read", () => {
    const db = databaseWith(FILES.slice(0, 3));
    db.exec(`
      INSERT INTO accounts VALUES ('a1', 'Ada', 'ada@example.test', '$scrypt$', 'organizer', 7);
      INSERT INTO events VALUES ('e1', 'a1', 'Sold out', '', '', 10, 11, 'UTC', 'published', 1, 0, 0),
        ('e2', 'a1', 'On sale', '', '', 20, 21, 'UTC', 'published', 1, 0, 0),
        ('e3', 'a1', 'In a while', '', '', 30, 31, 'UTC', 'published', 1, 0, 0),
        ('e4', 'a1', 'A draft', '', '', 40, 41, 'UTC', 'draft', 1, 0, 0);
      INSERT INTO ticket_types VALUES ('t1', 'e1', 0, '', '', 5, 2, 3, 1, 0, 'EUR', NULL, NULL, NULL, 1),
        ('t2', 'e2', 0, '', '', 5, 2, 3, 1, 0, 'EUR', NULL, NULL, 7, 1),
        ('t3', 'e2', 1, '', '', 5, 2, 2, 1, 0, 'EUR', NULL, 6, NULL, 1),
        ('t4', 'e3', 0, '', '', 5, 0, 0, 1, 0, 'EUR', NULL, 6, 7, 1), ('t5', 'e3', 1, '', '', 5, 0, 0, 1, 0, 'EUR', NULL, 5, 8, 1),
        ('t6', 'e4', 0, '', '', 5, 0, 0, 0, 0, 'EUR', NULL, NULL, NULL, 1);
    `);
    const before = db.prepare("SELECT * FROM events").all();
    migrate(db, FILES.slice(3));
    const added = { words_version: 1, indexed_version: 0, request_hash: null, announced_version: 0, tokens_version: 1 };
    Object.assign(added, { withdrawn_since_ms: null, currency: "EUR", edition: "0", terms_version: null });
    Object.assign(added, { refundable_until_ms: null });
    Object.assign(added, { seller: null, vat_rate: null });
    Object.assign(added, { cancellation: null, refunding: 0 });
    Object.assign(added, { doors_open_at_ms: null, reentry: 0 });
    expect(db.prepare("SELECT * FROM events").all()).toEqual(before.map((row) => ({ ...row, ...added })));
    const dates = ["10 e1", "20 e2", "30 e3", "40 e4"];
    expect(terms(db)).toEqual([
      ...dates.map((date) => `@a1 ${date}  `),
      "@available 20 e2 6 21",
      "@available 30 e3 5 8",
    ]);
  });

  test("follow each change of an event and its ticket types", () => {
    const db = databaseWith(FILES);
    db.exec(`
      INSERT INTO accounts VALUES ('a1', 'Ada', 'ada@example.test', '$scrypt$', 'organizer', 7, NULL, NULL, NULL, 'en', NULL, NULL, NULL, NULL);
      INSERT INTO events VALUES ('e1', 'a1', 'Event', '', '', 10, 11, 'UTC', 'published', 1, 0, 0, 1, 0, NULL, 0, 1, NULL, NULL, '0', NULL, NULL, NULL, NULL, NULL, 0, NULL, 0);
    `);
    expect(terms(db)).toEqual(["@a1 10 e1  "]);
    const steps: [change: string, available: string | null][] = [
      [
        "INSERT INTO ticket_types VALUES ('t1', 'e1', 0, '', '', 5, 0, 0, 0, 0, 'EUR', NULL, NULL, NULL, 1, NULL, 0, '0', NULL)",
        null,
      ],
      [
        "INSERT INTO ticket_types VALUES ('t2', 'e1', 1, '', '', 5, 0, 0, 1, 0, 'EUR', NULL, 3, NULL, 1, NULL, 0, '0', NULL)",
        "10 e1 3 11",
      ],
      ["UPDATE ticket_types SET on_sale = 1 WHERE id = 't1'", "10 e1  11"],
      ["UPDATE ticket_types SET held = 2 WHERE id = 't1'", "10 e1  11"],
      ["UPDATE ticket_types SET held = 2, sold = 3 WHERE id = 't1'", "10 e1 3 11"],
      ["UPDATE ticket_types SET sales_start_ms = 4, sales_end_ms = 9", "10 e1 4 9"],
      ["UPDATE events SET starts_at_ms = 50, ends_at_ms = 60", "50 e1 4 9"],
      ["UPDATE events SET ends_at_ms = 8", "50 e1 4 8"],
      ["UPDATE events SET ends_at_ms = 60", "50 e1 4 9"],
      ["UPDATE events SET status = 'cancelled'", null],
      ["UPDATE ticket_types SET sales_end_ms = NULL WHERE id = 't1'", null],
      ["UPDATE events SET status = 'published'", "50 e1 4 9"],
      ["UPDATE ticket_types SET sales_end_ms = 9, sold = 5", null],
      ["UPDATE ticket_types SET capacity = 9 WHERE id = 't2'", "50 e1 4 9"],
      ["UPDATE ticket_types SET on_sale = 0", null],
      ["UPDATE ticket_types SET sales_end_ms = 8", null],
      ["UPDATE ticket_types SET on_sale = 1 WHERE id = 't2'", "50 e1 4 8"],
      ["UPDATE ticket_types SET hidden = 1 WHERE id = 't2'", null],
      ["UPDATE ticket_types SET hidden = 0 WHERE id = 't2'", "50 e1 4 8"],
      ["DELETE FROM ticket_types WHERE id = 't1'", "50 e1 4 8"],
      ["DELETE FROM ticket_types WHERE id = 't2'", null],
    ];
    for (const [change, available] of steps) {
      db.exec(change);
      const others = terms(db).filter((term) => !term.startsWith("@a1 "));
      expect(others, change).toEqual(available === null ? [] : [`@available ${available}`]);
    }
    expect(terms(db).at(0)).toBe("@a1 50 e1  ");
    db.exec(
      "INSERT INTO accounts SELECT 'a2', 'Bob', 'b', 'h', 'organizer', 8, NULL, NULL, NULL, 'en', NULL, NULL, NULL, NULL",
    );
    db.exec("UPDATE events SET organizer_id = 'a2'");
    expect(terms(db)).toEqual(["@a2 50 e1  "]);
    db.exec("DELETE FROM events");
    expect(terms(db)).toEqual([]);
  });
});

test("old events get the currency of all their ticket types; mixed ones have none, and may get more", () => {
  const db = databaseWith(FILES.slice(0, 3));
  const ticket = (id: string, event: string, currency: string) =>
    `('${id}', '${event}', 0, '', '', 5, 0, 0, 1, 0, '${currency}', NULL, NULL, NULL, 1)`;
  db.exec(`
    INSERT INTO accounts VALUES ('a1', 'Ada', 'ada@example.test', '$scrypt$', 'organizer', 7);
    INSERT INTO events SELECT value, 'a1', 'Event', '', '', 10, 11, 'UTC', 'published', 1, 0, 0
      FROM json_each('["same", "mixed", "none"]');
    INSERT INTO ticket_types VALUES ${ticket("t1", "same", "EUR")}, ${ticket("t2", "same", "EUR")},
      ${ticket("t3", "mixed", "EUR")}, ${ticket("t4", "mixed", "USD")};
  `);
  migrate(db, FILES.slice(3));
  const add = (id: string, event: string, currency: string) =>
    db.exec(`INSERT INTO ticket_types SELECT '${id}', '${event}', 9, name, description, capacity, held, sold, on_sale, price_minor,
      '${currency}', max_per_buyer, sales_start_ms, sales_end_ms, version, request_hash, hidden, edition, prices FROM ticket_types WHERE id = 't1'`);
  add("t5", "same", "USD");
  add("t6", "mixed", "JPY");
  add("t7", "none", "USD");
  add("t8", "none", "EUR");
  expect(db.prepare("SELECT id FROM ticket_types WHERE position = 9").all()).toEqual([{ id: "t6" }, { id: "t7" }]);
  expect(db.prepare("SELECT id, currency FROM events ORDER BY id").all()).toEqual([
    { id: "mixed", currency: null },
    { id: "none", currency: "USD" },
    { id: "same", currency: "EUR" },
  ]);
});

test("revoked sessions stay on the list when it gets positions, which are never given twice", () => {
  const db = databaseWith(FILES.slice(0, 6));
  db.exec("INSERT INTO revoked_sessions VALUES ('s1', 11), ('s2', 12)");
  migrate(db, FILES.slice(6));
  const list = () => db.prepare("SELECT position, id, expires_at_ms AS ms FROM revoked_sessions").all();
  expect(list()).toEqual([
    { position: 1, id: "s1", ms: 11 },
    { position: 2, id: "s2", ms: 12 },
  ]);
  // The release before this one writes without a position until it is replaced.
  db.exec("DELETE FROM revoked_sessions; INSERT INTO revoked_sessions (id, expires_at_ms) VALUES ('s3', 13)");
  expect(list()).toEqual([{ position: 3, id: "s3", ms: 13 }]);
  expect(() => db.exec("INSERT INTO revoked_sessions (id, expires_at_ms) VALUES ('s3', 14)")).toThrow(/UNIQUE/);
});

describe("accounts of one e-mail address", () => {
  const before = FILES.filter((name) => name < "0008");
  const keys = (db: DatabaseSync) =>
    db
      .prepare("SELECT id, email_key FROM accounts ORDER BY id")
      .all()
      .map((row) => Object.values(row).join(" "));

  test("stay, and the oldest of them takes it for signing in", () => {
    const db = databaseWith(before);
    db.exec(`
      INSERT INTO accounts VALUES ('a1', 'Ada', 'ADA@example.test', 'h', 'buyer', 8),
        ('a2', 'Ada2', 'ada@Example.test', 'h', 'buyer', 7), ('a3', 'Ada3', 'ada@example.test', 'h', 'buyer', 7),
        ('b1', 'Bob', 'Bob@example.test', 'h', 'buyer', 9);
    `);
    migrate(db, FILES.slice(before.length));
    expect(keys(db)).toEqual(["a1 ", "a2 ada@example.test", "a3 ", "b1 bob@example.test"]);
  });

  test("can still be added by the release before, and only the first takes it", () => {
    const db = databaseWith(FILES);
    const added = "INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms) VALUES";
    for (const id of ["a1", "a2"]) db.exec(`${added} ('${id}', '${id}', 'Ada@example.test', 'h', 'buyer', 7)`);
    expect(keys(db)).toEqual(["a1 ada@example.test", "a2 "]);
  });

  test("take it from no guest: guests have none of their own", () => {
    const db = databaseWith(FILES);
    const guest = "INSERT INTO accounts (id, username, email, password_hash, created_at_ms, guest_due_ms) VALUES";
    db.exec(`${guest} ('g1', 'guest:g1', 'Ada@example.test', '!', 7, 9)`);
    const added = "INSERT INTO accounts (id, username, email, password_hash, created_at_ms) VALUES";
    db.exec(`${added} ('a1', 'a1', 'Ada@example.test', 'h', 8)`);
    expect(keys(db)).toEqual(["a1 ada@example.test", "g1 "]);
  });

  test("keep what they have when guests come", () => {
    const earlier = FILES.filter((name) => name < "0017");
    const db = databaseWith(earlier);
    db.exec("INSERT INTO accounts VALUES ('a1', 'Ada', 'Ada@example.test', 'h', 'admin', 8, 'ada@example.test', 9)");
    const before = db.prepare("SELECT * FROM accounts").all();
    migrate(db, FILES.slice(earlier.length));
    const since = { guest_email_key: null, verified_email_key: null, verified_at_ms: null, pending_email: null };
    expect(db.prepare("SELECT * FROM accounts").all()).toEqual(
      before.map((row) => ({ ...row, ...since, guest_due_ms: null, language: "en" })),
    );
  });

  test("find the guests that were there, and those that the version before adds", () => {
    const earlier = FILES.filter((name) => name < "0040");
    const db = databaseWith(earlier);
    const guest = "INSERT INTO accounts (id, username, email, password_hash, created_at_ms, guest_due_ms) VALUES";
    db.exec(
      `${guest} ('g1', 'guest:g1', 'Ada@Example.test', '!', 7, 9), ('g2', 'guest:g2', 'ädä@example.test', '!', 7, 9)`,
    );
    db.exec(
      "INSERT INTO accounts (id, username, email, password_hash, created_at_ms) VALUES ('a1', 'a1', 'b@x.test', 'h', 8)",
    );
    migrate(db, FILES.slice(earlier.length));
    db.exec(`${guest} ('g3', 'guest:g3', 'BOB@example.test', '!', 7, 9)`);
    const found = db
      .prepare("SELECT id || ' ' || coalesce(guest_email_key, '') AS found FROM accounts ORDER BY id")
      .all();
    expect(found.map((row) => row.found)).toEqual(["a1 ", "g1 ada@example.test", "g2 ", "g3 bob@example.test"]);
  });
});

test("no table is left over from a change of another", () => {
  const db = databaseWith(FILES);
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  expect(names.map(({ name }) => name).filter((name) => /old_|__new/.test(name))).toEqual([]);
});
