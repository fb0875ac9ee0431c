// The table of common passwords: what is in it, and that nobody chooses a password that it has.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { isCommonPassword } from "../../../../src/worker/auth/queries.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { call, newPerson } from "../../../support/service.ts";

const COMMON = "is too easy to guess: choose another";
const PASSWORD = "correct horse battery";

test("the table has the 5,068 passwords of its migration", async () => {
  const { results } = await env.DB.prepare("SELECT COUNT(*) AS n, MIN(password) AS first FROM common_passwords").all();
  expect(results).toEqual([{ n: 5_068, first: "!qaz2wsx" }]);
});

test.each<[how: string, password: string, want: boolean]>([
  ["as it is", "password123", true],
  ["in mixed case", "PassWord123", true],
  ["in full width", "ｐａｓｓｗｏｒｄ１２３", true],
  ["in mathematical letters", "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝𝟏𝟐𝟑", true],
  ["with a Turkish capital", "İLOVEYOU", true],
  ["with a Turkish small letter", "ıloveyou", true],
  ["with a long s", "paſſword123", true],
  ["with more behind it", "password123 and more", false],
  ["with a letter before it", "xpassword123", false],
  ["with a space in it", "password 123", false],
  ["that is not one", PASSWORD, false],
])("a common password %s: %j is %s", async (_how, password, want) => {
  expect(await isCommonPassword(env.DB, password)).toBe(want);
});

describe.each([
  ["registering", "password"],
  ["changing the password", "new_password"],
])("%s", (what, field) => {
  async function choose(password: string, settings = {}) {
    if (what === "registering") {
      const username = `new-${newId()}`;
      const answer = await call("POST", "/register", {
        body: { username, email: "a@example.test", password },
        settings,
      });
      const query = env.DB.prepare("SELECT COUNT(*) AS n FROM accounts WHERE username = ?").bind(username);
      return { answer, isChanged: (await query.first("n")) === 1 };
    }
    const { token, accountId } = await newPerson();
    const body = { current_password: PASSWORD, new_password: password };
    const answer = await call("POST", "/me/password", { token, body, settings });
    const query = env.DB.prepare("SELECT password_hash AS hash FROM accounts WHERE id = ?").bind(accountId);
    return { answer, isChanged: (await query.first("hash")) !== "!" };
  }

  test("refuses a common one, and names the field", async () => {
    const { answer, isChanged } = await choose("PASSWORD123");
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([{ path: field, code: "invalid", message: COMMON }]);
    expect(isChanged).toBe(false);
  });

  test("is refused with 503 while the table can't be read", async () => {
    const broken = brokenDatabase();
    const prepare: D1Database["prepare"] = (query) =>
      query.includes("common_passwords") ? broken.prepare(query) : env.DB.prepare(query);
    const DB = { ...broken, prepare, batch: env.DB.batch.bind(env.DB) };
    const { answer, isChanged } = await choose("a password that nobody else has", { DB });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(isChanged).toBe(false);
  });
});
