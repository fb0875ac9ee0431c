// Which e-mail addresses are one and the same, and what is none.

import { expect, test } from "vitest";
import { emailKeyOf } from "../../../../src/worker/accounts/email.ts";

test.each([
  ["ada@example.com", "ada@example.com"],
  ["ADA@Example.COM", "ada@example.com"],
  [" ada@example.com", null],
  ["ada@example.com\n", null],
  ["info@münchen.de", "info@xn--mnchen-3ya.de"],
  ["info@mu\u0308nchen.de", "info@xn--mnchen-3ya.de"],
  ["info@XN--MNCHEN-3YA.de", "info@xn--mnchen-3ya.de"],
  ["info@例え。テスト.com", "info@xn--r8jz45g.xn--zckzah.com"],
  ["ａｄａ＠example.com", null],
  ["ａｄａ@ｅｘａｍｐｌｅ．com", "ada@example.com"],
  // Different people, at many providers.
  ["a.d.a@example.com", "a.d.a@example.com"],
  ["ada+shop@example.com", "ada+shop@example.com"],
  // A small i without its dot is another letter, and no mailbox of ours.
  ["adm\u0131n@example.com", null],
  ["ada", null],
  ["ada@", null],
  ["@example.com", null],
  ["ada@localhost", null],
  ["ada@192.0.2.1", null],
  ["ada@example.com/path", null],
  ["ada@exam\nple.com", null],
  ["a@b.test,c@d.test", null],
  [`${"a".repeat(250)}@example.com`, null],
])("%j is %j", (typed, key) => {
  expect(emailKeyOf(typed)).toBe(key);
});
