// Who gets a mail about a pass that was passed on: one row a case.

import { expect, test } from "vitest";
import { newPass, type Pass } from "../../../../src/domain/pass.ts";
import { DAY_MS } from "../../../../src/domain/units.ts";
import { mailsOfPass } from "../../../../src/durable/ticket-type/pass-news.ts";

const NOW = Date.parse("2031-05-01T18:00:00Z");
const PASSED: Partial<Pass> = {
  generation: 2,
  holderEmail: "Bob@Example.test",
  emailKey: "bob@example.test",
  passedOnAtMs: NOW - 1_000,
  passedOnBy: "ada",
};
const admission = { key: "k", atMs: NOW, gate: "A" };

test.each<[what: string, pass: Partial<Pass>, mails: number]>([
  ["a pass that was passed on", PASSED, 1],
  ["one that its new holder has named", { ...PASSED, holderName: "Bob" }, 1],
  ["one that its buyer has named", { holderName: "Ada" }, 0],
  ["one that was given back meanwhile", { ...PASSED, revokedAtMs: NOW }, 0],
  ["one that has let somebody in", { ...PASSED, admission }, 0],
  ["one that was passed on a day ago, whose copy is written again", { ...PASSED, passedOnAtMs: NOW - DAY_MS }, 0],
  ["one that was passed on before that was recorded", { ...PASSED, passedOnAtMs: null, passedOnBy: null }, 0],
])("%s: %#", (_what, fields, count) => {
  const mails = mailsOfPass({ ...newPass("t-r", 1), ...fields }, "t", NOW);
  expect(mails).toHaveLength(count);
  for (const mail of mails) {
    expect(mail).toEqual({
      ...{ kind: "pass_received", about: "t-r-1", version: "2", atMs: NOW - 1_000, ticketTypeId: "t" },
      ...{ accountId: "ada", address: "bob@example.test", parameters: { generation: 2 } },
    });
  }
});
