// Where D1 is read: what everybody may see from the nearest replica, what is somebody's own from
// the primary.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { recordingD1 } from "../../../support/recording.ts";
import { call, hold, newPerson, type OnSale, type Person, putOnSale } from "../../../support/service.ts";

let sale: OnSale;
let buyer: Person;
let admin: Person;

beforeAll(async () => {
  [sale, buyer, admin] = await Promise.all([putOnSale(), newPerson(), newPerson("admin")]);
  await hold(buyer, sale.ticketId);
});

type Caller = "nobody" | "buyer" | "organizer" | "admin";
/** What `withSession` is given for the nearest copy; without a session it is the primary. */
const [NEAREST, PRIMARY] = ["first-unconstrained", null];

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
  ["buyer", "/reservations", PRIMARY],
  ["buyer", "/reservations?state=expired&event=EVENT", PRIMARY],
  ["buyer", "/me", PRIMARY],
  ["buyer", "/me/export", PRIMARY],
  ["admin", "/audit", PRIMARY],
])("%s reads %s", async (caller, path, from) => {
  const { DB, statements } = recordingD1();
  const named = path
    .replace("ID", sale.organizer.accountId)
    .replace("EVENT", sale.eventId)
    .replace("TICKET", sale.ticketId);
  const tokens = { nobody: {}, buyer, organizer: sale.organizer, admin };
  const { token } = { token: undefined, ...tokens[caller] };
  const answer = await call("GET", named, { settings: { DB }, ...(token === undefined ? {} : { token }) });
  expect(answer.status).toBe(200);
  // Who the caller is, and what they may, is their own.
  const isOwn = ({ text }: { text: string }) =>
    /from "accounts"|FROM revoked_sessions/.test(text) && !path.startsWith("/me");
  const read = statements.filter((statement) => !isOwn(statement));
  expect(read.length).toBeGreaterThan(0);
  for (const { session, text } of read) expect(session, text).toBe(from);
  for (const { session, text } of statements.filter(isOwn)) expect(session, text).toBe(PRIMARY);
});

test("what is changed is read from the primary", async () => {
  const { token } = sale.organizer;
  const { DB, statements } = recordingD1();
  for (const [method, path, body] of [
    ["PATCH", `/events/${sale.eventId}`, { name: "Another name" }],
    ["PATCH", `/tickets/${sale.ticketId}`, { name: "Circle" }],
    ["POST", `/events/${sale.eventId}/tickets`, { name: "Boxes", price: { amount: 1, currency: "EUR" }, capacity: 1 }],
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
