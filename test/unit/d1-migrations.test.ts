// D1's migrations on a database that is in use: nothing that is there is lost or cut loose.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("../../migrations/", import.meta.url).href);
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

test("accounts that organise events come through the change of roles, and events still need their organiser", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, FILES.slice(0, 2));
  db.exec(`
    INSERT INTO accounts VALUES ('a1', 'Ada', 'ada@example.test', '$scrypt$', 'organizer', 7), ('a2', 'Bob', 'b', 'h', 'buyer', 8);
    INSERT INTO events VALUES ('e1', 'a1', 'Event', '', '', 0, 1, 'UTC', 'published', 1, 0, 0);
  `);
  const accounts = db.prepare("SELECT * FROM accounts ORDER BY id").all();
  const events = db.prepare("SELECT * FROM events").all();
  migrate(db, FILES.slice(2));
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

test("no table is left over from a change of another", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, FILES);
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  expect(names.map(({ name }) => name).filter((name) => /old_|__new/.test(name))).toEqual([]);
});
