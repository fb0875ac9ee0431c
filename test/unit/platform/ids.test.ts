// Ids of things that a request with an idempotency key makes.

import { expect, test } from "vitest";
import { ID_PATTERN } from "../../../src/domain/id-forms.ts";
import { derivedId } from "../../../src/platform/ids.ts";

test("one request has one id, today and in the next release", () => {
  expect(derivedId("account", "/events", "key")).toBe("9a7rezj7g0dtfdr1");
});

test("another account, path or key has another id, however they are cut", () => {
  const requests = [
    ["account", "/events", "key"],
    ["accoun", "t/events", "key"],
    ["account", "/event", "skey"],
    ["account", "/events", "Key"],
    ["account", "/events", 'key"'],
    ["account", '/events","key'],
  ];
  const ids = requests.map((request) => derivedId(...request));
  expect(new Set(ids).size).toBe(requests.length);
  for (const id of ids) expect(id).toMatch(ID_PATTERN);
});
