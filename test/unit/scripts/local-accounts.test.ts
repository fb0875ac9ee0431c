// The accounts of a local service: the examples sign in to two, and no other service has them.

import { expect, test } from "vitest";
import { EXAMPLE_PASSWORD_HASH, LOCAL_ACCOUNTS } from "../../../scripts/lib/local-accounts.ts";
import { ID_PATTERN, RESERVATION_ID_PATTERN } from "../../../src/domain/id-forms.ts";
import { isOutdated, verifyPassword } from "../../../src/worker/auth/passwords.ts";
import { EXAMPLES } from "../../../src/worker/http/examples.ts";
import { sourcesIn } from "../tidy/sources.ts";

test("the examples' password is that of the two accounts, hashed at today's cost", async () => {
  expect(await verifyPassword(EXAMPLES.password, EXAMPLE_PASSWORD_HASH)).toBe(true);
  expect(isOutdated(EXAMPLE_PASSWORD_HASH)).toBe(false);
});

test("only the box office and the demo buyer get it; the admin stays one that nobody signs in to", () => {
  const [inserted = "", updated = ""] = LOCAL_ACCOUNTS.split(";");
  expect(inserted.match(/'!'/g)).toHaveLength(3);
  expect(updated).toContain(`WHERE id IN ('${EXAMPLES.organizer.id}', '${EXAMPLES.buyer.id}')`);
});

test("they are written to local databases alone, and the service knows no password", () => {
  const uses = sourcesIn("scripts", "src").filter(({ text }) => /\bLOCAL_ACCOUNTS\b/.test(text));
  expect(uses.map(({ path }) => path).sort()).toEqual(["scripts/lib/local-accounts.ts", "scripts/lib/server.ts"]);
  const server = uses.find(({ path }) => path.endsWith("server.ts"))?.text ?? "";
  expect(server.match(/queryDatabase\(.*\)/g)).toEqual(["queryDatabase(LOCAL_ACCOUNTS, { stateDir })"]);
  expect(sourcesIn("src").filter(({ text }) => text.includes(EXAMPLE_PASSWORD_HASH))).toEqual([]);
});

test("the examples' ids have the form of ids, and all differ", () => {
  const { event, ticketType, unsoldEvent, unsoldTicketType, buyer, organizer } = EXAMPLES;
  const ids = [event, ticketType, unsoldEvent, unsoldTicketType, buyer.id, organizer.id];
  for (const id of ids) expect(id).toMatch(ID_PATTERN);
  expect(new Set(ids).size).toBe(ids.length);
  expect(EXAMPLES.reservation).toMatch(RESERVATION_ID_PATTERN);
  expect(EXAMPLES.reservation.startsWith(ticketType)).toBe(true);
});
