// An organiser's receipts as a list: series by series, in the order of numbers and dates.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { newReservationId } from "../../../../src/platform/ids.ts";
import { issueDueReceipts, receiptsOrWhyNot } from "../../../../src/worker/receipts/issuing.ts";
import { salesWithIds } from "../../../../src/worker/receipts/queries.ts";
import { insertRow, rowsOf, sql } from "../../../support/records.ts";
import { addTicket, call, createEvent, newPerson, type Person } from "../../../support/service.ts";

const SELLERS = ["Hall", "Parking"] as const;
const sellerOf = (name: string) => ({ name, address: "Here", vat_id: null });

let organizer: Person;
let other: Person;
let admin: Person;
let events: string[];
let tickets: string[];
let sales: string[];

async function sold(ticketTypeId: string): Promise<string> {
  const id = newReservationId(ticketTypeId);
  const row = { ticket_type_id: ticketTypeId, account_id: "ada", quantity: 1, unit_price_minor: 4500, unsettled: 0 };
  const times = { created_at_ms: 1, expires_at_ms: 1, version: 1 };
  await insertRow("reservations", { id, ...row, ...times, currency: "EUR", state: "confirmed" });
  const [sale] = await salesWithIds(env.DB, [id]);
  if (sale !== undefined) await receiptsOrWhyNot(env.DB, sale);
  return id;
}

beforeAll(async () => {
  [organizer, other, admin] = [await newPerson("organizer"), await newPerson("organizer"), await newPerson("admin")];
  events = await Promise.all(SELLERS.map((name) => createEvent(organizer, { seller: sellerOf(name) })));
  tickets = await Promise.all(events.map((event) => addTicket(organizer, event)));
  const [hall = "", parking = ""] = tickets;
  sales = [];
  // Of two sellers in turn, so that neither the list's order nor its pages are those of issuing.
  for (const ticket of [hall, parking, hall, parking, hall]) sales.push(await sold(ticket));
  await sold(await addTicket(other, await createEvent(other, { seller: sellerOf("Hall") })));
});

async function listed({ token }: Pick<Person, "token">, query = "") {
  const answer = await call("GET", `/receipts${query}`, { token });
  expect(answer.status, answer.text).toBe(200);
  return answer;
}

/** Page by page, by the links. */
async function pagesOf({ token }: Person, query: string): Promise<string[][]> {
  const pages: string[][] = [];
  let next = `?${query}`;
  while (next !== "") {
    const { body, headers } = await listed({ token }, next);
    pages.push(body.map(({ number }) => number));
    next = /^<\/receipts(\?[^>]+)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1] ?? "";
  }
  return pages;
}

test("has all of the organiser's, of each seller in the order of their numbers, and says what each is for", async () => {
  const { body } = await listed(organizer);
  const [hall, parking] = SELLERS.map((name) => body.filter(({ seller }) => seller.name === name));
  expect(hall?.map(({ reservation, order }) => [reservation, order])).toEqual(
    [0, 2, 4].map((index) => [sales[index], null]),
  );
  expect(parking?.map(({ reservation }) => reservation)).toEqual([sales[1], sales[3]]);
  expect(body).toHaveLength(5);
  for (const ofSeller of [hall, parking]) {
    expect(ofSeller?.map(({ number }) => number.split("-")[1])).toEqual(ofSeller?.map((_one, index) => `${index + 1}`));
  }
  const series = body.map(({ number }) => number.slice(0, 6));
  expect(series.filter((one, index) => one !== series[index - 1])).toHaveLength(2);
  const { body: alone } = await call("GET", `/reservations/${sales[0] ?? ""}/receipt`, { token: organizer.token });
  expect(alone.receipts).toEqual(hall?.slice(0, 1));
});

test.each([1, 2, 3, 4, 5])("of %i a page: nothing is skipped, and nothing comes twice", async (limit) => {
  const all = (await listed(organizer)).body.map(({ number }) => number);
  const pages = await pagesOf(organizer, `limit=${limit}`);
  expect(pages.flat()).toEqual(all);
  expect(pages.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
});

test("of one series, and of a period", async () => {
  const { body } = await listed(organizer);
  const series = body[0]?.number.slice(0, 6) ?? "";
  const ofSeries = body.filter(({ number }) => number.startsWith(series));
  expect((await listed(organizer, `?series=${series}`)).body).toEqual(ofSeries);
  expect((await pagesOf(organizer, `series=${series}&limit=1`)).flat()).toEqual(ofSeries.map(({ number }) => number));
  const second = ofSeries[1]?.issued_at ?? "";
  const from = (await listed(organizer, `?series=${series}&from=${second}`)).body;
  expect(from).toEqual(ofSeries.filter(({ issued_at }) => issued_at >= second));
  const to = (await listed(organizer, `?series=${series}&to=${second}`)).body;
  expect(to).toEqual(ofSeries.filter(({ issued_at }) => issued_at < second));
  expect((await pagesOf(organizer, `from=${second}&limit=1`)).flat()).toEqual(
    body.filter(({ issued_at }) => issued_at >= second).map(({ number }) => number),
  );
  expect((await listed(organizer, "?from=2035-01-01T00:00:00Z")).body).toEqual([]);
});

test("of nobody else, but for admins", async () => {
  const { body } = await listed(other);
  expect(body).toHaveLength(1);
  const theirs = (await listed(organizer)).body;
  expect(theirs.map(({ number }) => number)).not.toContain(body[0]?.number);
  const all = (await pagesOf(admin, "limit=100")).flat();
  expect(all).toEqual(expect.arrayContaining([...body, ...theirs].map(({ number }) => number)));
  expect((await listed(await newPerson("organizer"))).body).toEqual([]);
  // Nor by a cursor from the middle of another's series.
  const [row] = await rowsOf("SELECT series, issued_at_ms FROM receipts WHERE sale_id = ?", sales[0] ?? "");
  const cursor = `${Number(row?.issued_at_ms).toString(36)}.${row?.series}-1`;
  const behind = (await listed(other, `?cursor=${cursor}`)).body;
  expect(behind.filter(({ number }) => number !== body[0]?.number)).toEqual([]);
});

test("stays with who organised the event when it was sold", async () => {
  const [from, to] = [await newPerson("organizer"), await newPerson("organizer")];
  const event = await createEvent(from, { seller: sellerOf("Hall") });
  const ticket = await addTicket(from, event);
  const before = await sold(ticket);
  const handover = { token: admin.token, body: { organizer: to.accountId } };
  expect(await call("POST", `/events/${event}/handover`, handover)).toMatchObject({ status: 200 });
  const after = await sold(ticket);
  const shown = await Promise.all([from, to].map(async (one) => (await listed(one)).body));
  expect(shown.map((receipts) => receipts.map(({ reservation }) => reservation))).toEqual([[before], [after]]);
});

test("a later number has no earlier date, whatever the clocks say", async () => {
  const [, parking = ""] = tickets;
  const [last] = await rowsOf("SELECT * FROM receipts WHERE sale_id = ?", sales[3] ?? "");
  const ahead = { ...last, number: 3, sale_id: "ahead", source: "ahead", attempt: "ahead" };
  const issued_at_ms = Number(last?.issued_at_ms) + 86_400_000;
  await insertRow("receipts", { ...ahead, issued_at_ms });
  const [row] = await rowsOf("SELECT number, issued_at_ms FROM receipts WHERE sale_id = ?", await sold(parking));
  expect(row).toEqual({ number: 4, issued_at_ms });
});

test.each([
  ["series=7k2qxw", "series"],
  ["series=7K2QXWA", "series"],
  ["from=2031-05-01", "from"],
  ["from=2031-05-01T00:00:00Z&to=2031-05-01T00:00:00Z", "to"],
])("refuses %s", async (query, path) => {
  const answer = await call("GET", `/receipts?${query}`, { token: organizer.token });
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } });
});

test("a buyer's export has the receipts of what was bought", async () => {
  const buyer = await newPerson();
  const id = await sold(tickets[0] ?? "");
  await sql("UPDATE reservations SET account_id = ? WHERE id = ?", buyer.accountId, id);
  await issueDueReceipts(env.DB);
  const { body } = await call("GET", "/me/export", { token: buyer.token });
  const own = (await call("GET", `/reservations/${id}/receipt`, { token: organizer.token })).body.receipts;
  expect(own).toHaveLength(1);
  expect(body.receipts).toEqual(own);
});
