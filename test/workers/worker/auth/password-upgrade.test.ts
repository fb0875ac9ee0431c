// A hash from when the cost was lower is replaced at a sign-in, and never at anybody's expense.

import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { describe, expect, test, vi } from "vitest";
import { accountById, setPasswordHash } from "../../../../src/worker/accounts/queries.ts";
import { hashPassword } from "../../../../src/worker/auth/passwords.ts";
import { upgradeHash } from "../../../../src/worker/auth/upgrades.ts";
import { d1With } from "../../../support/recording.ts";
import { sql } from "../../../support/records.ts";
import { call, newPerson, type Person, until } from "../../../support/service.ts";
import { CHEAP_HASH, hashAtCost, PASSWORD, storedHash, storeHash } from "../../../support/sign-in.ts";

const TODAY = /^\$scrypt\$ln=14,r=8,p=5\$/;

/** Somebody whose row holds `hash`. */
async function personWith(hash: string): Promise<Person> {
  const person = await newPerson();
  await storeHash(person, hash);
  return person;
}

function signIn({ username }: Person, password = PASSWORD, settings = {}) {
  return call("POST", "/api-auth/login", { body: { username, password }, settings });
}

async function statusOfSignIn(person: Person, password = PASSWORD): Promise<number> {
  return (await signIn(person, password)).status;
}

function upgraded(person: Person): Promise<string> {
  return until(
    () => storedHash(person),
    (hash) => TODAY.test(hash),
  );
}

describe("a sign-in", () => {
  test("raises the cost of an old hash, and the password stays the same", async () => {
    const person = await personWith(CHEAP_HASH);
    expect(await statusOfSignIn(person)).toBe(200);
    const after = await upgraded(person);
    expect(after).toMatch(TODAY);
    expect([await statusOfSignIn(person), await statusOfSignIn(person, `${PASSWORD}!`)]).toEqual([200, 401]);
    expect(await storedHash(person)).toBe(after);
  });

  test("leaves a hash of today's cost or a higher one as it is, and any at a wrong password", async () => {
    const hashes = [hashAtCost(PASSWORD, 14, 5), hashAtCost(PASSWORD, 14, 6), CHEAP_HASH];
    const people = await Promise.all(hashes.map(personWith));
    const passwords = [PASSWORD, PASSWORD, `${PASSWORD}!`];
    const statuses = await Promise.all(people.map((person, at) => statusOfSignIn(person, passwords[at])));
    expect(statuses).toEqual([200, 200, 401]);
    // Another old hash that is upgraded shows that these would have been by now.
    const old = await personWith(CHEAP_HASH);
    expect(await statusOfSignIn(old)).toBe(200);
    expect(await upgraded(old)).toMatch(TODAY);
    expect(await Promise.all(people.map(storedHash))).toEqual(hashes);
  });

  test("that another one's upgrade overtakes succeeds all the same", async () => {
    const person = await personWith(CHEAP_HASH);
    const raised = await hashPassword(PASSWORD);
    let batches = 0;
    const batch: D1Database["batch"] = async (statements) => {
      // The password is verified, and the session about to begin.
      if (batches++ === 0) await storeHash(person, raised);
      return env.DB.batch(statements);
    };
    expect((await signIn(person, PASSWORD, { DB: d1With({ batch }) })).status).toBe(200);
    expect(batches).toBe(2);
    expect(await storedHash(person)).toBe(raised);
  });

  test("and another at once both succeed, and leave one hash that is right", async () => {
    const person = await personWith(CHEAP_HASH);
    const both = await Promise.all([statusOfSignIn(person), statusOfSignIn(person)]);
    expect(both).toEqual([200, 200]);
    expect(await upgraded(person)).toMatch(TODAY);
    expect(await statusOfSignIn(person)).toBe(200);
  });

  test("succeeds where D1 does not take the new hash; the next one makes up for it", async () => {
    const person = await personWith(CHEAP_HASH);
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
    await sql("CREATE TRIGGER no_writes BEFORE UPDATE ON accounts BEGIN SELECT RAISE(ABORT, 'no writes'); END");
    expect(await statusOfSignIn(person)).toBe(200);
    const warnings = await until(
      async () => lines.filter((line) => line.includes("not upgraded")),
      (found) => found.length > 0,
    );
    await sql("DROP TRIGGER no_writes");
    log.mockRestore();
    expect(await storedHash(person)).toBe(CHEAP_HASH);
    expect(warnings).toEqual([expect.stringMatching(/^{"level":"warn".*SQLITE_CONSTRAINT_TRIGGER/)]);
    expect(warnings.join()).not.toContain("scrypt");
    expect(await statusOfSignIn(person)).toBe(200);
    expect(await upgraded(person)).toMatch(TODAY);
  });

  test("to a row that asks for more memory than there is fails like any other", async () => {
    const person = await personWith(`$scrypt$ln=30,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`);
    expect(await statusOfSignIn(person)).toBe(401);
  });
});

describe("an upgrade", () => {
  test("that comes after a change of the password does not bring the old one back", async () => {
    const person = await personWith(CHEAP_HASH);
    const account = await accountById(env.DB, person.accountId);
    if (account === null) throw new Error("the account is not there");
    await storeHash(person, "$changed");
    await upgradeHash(env.DB, account, PASSWORD);
    expect(await storedHash(person)).toBe("$changed");
  });

  test("replaces the hash that it was made from, of that account alone", async () => {
    const [first, second] = [await newPerson(), await newPerson()];
    const replace = (from: string, to: string) =>
      setPasswordHash(drizzle(env.DB), first.accountId, { old: from, new: to });
    expect(await replace("$old", "$new")).toEqual([]);
    expect(await replace("!", "$new")).toEqual([{ id: first.accountId }]);
    expect(await replace("!", "$newer")).toEqual([]);
    expect([await storedHash(first), await storedHash(second)]).toEqual(["$new", "!"]);
  });
});
