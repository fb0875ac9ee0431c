// The file of an event's orders: a line for each item, and nothing that a spreadsheet would run.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type Sale, sellAt } from "../../../support/counter.ts";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { rowsOf } from "../../../support/records.ts";
import { addTicket, call, createEvent, hold, newPerson, pay, putOnSale, until } from "../../../support/service.ts";

async function fileOf({ eventId, organizer }: Sale, query = "") {
  const path = `/events/${eventId}/orders.csv?${query}` as "/events/{id}/orders.csv";
  return call("GET", path, { token: organizer.token });
}

const linesIn = (text: string) => text.replace("\ufeff", "").split("\r\n").slice(0, -1);

const inD1 = (ids: readonly string[]) =>
  until(
    () =>
      rowsOf(
        `SELECT DISTINCT order_id FROM event_orders WHERE state = 'confirmed' AND order_id IN ('${ids.join("','")}')`,
      ),
    (rows) => rows.length >= ids.length,
  );

test("has a line for each item of the event: of the counter, of buyers, and of what was bought alone", async () => {
  const sale = await twoTypes();
  const elsewhere = await addTicket(sale.organizer, await createEvent(sale.organizer));
  const buyer = await newPerson();
  const order = (await placeOrder(buyer, [sale.stalls, 2], [sale.parking, 1], [elsewhere, 1])).body;
  await payOrder(buyer, order.id);
  await outcomeOf(buyer, order.id);
  const alone = (await hold(buyer, sale.stalls, 1)).body.id;
  await pay(buyer, alone);
  const customer = { name: '=HYPERLINK("http://evil.test")', email: "ada@example.test" };
  const sold = (await sellAt(sale, "cash", [[sale.stalls, 3]], { customer, note: "+1 free" })).body;
  await inD1([order.id, alone, sold.id]);
  const { status, headers, text } = await fileOf(sale);
  expect([status, headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
  expect(headers.get("content-disposition")).toBe(`attachment; filename="orders-${sale.eventId}.csv"`);
  const [head, ...lines] = linesIn(text);
  expect(head).toBe(
    '"Order","Made","Paid","State","Method","Name","Email","Ticket","Price","Code","Quantity","Given back","Unit price","Total","Currency","Note"',
  );
  const told = lines.map((line) => line.replace(/"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"/g, "at"));
  const email = (await rowsOf("SELECT email FROM accounts WHERE id = ?", buyer.accountId))[0]?.email;
  const cash = `"cash","'=HYPERLINK(""http://evil.test"")","ada@example.test"`;
  expect(new Set(told)).toEqual(
    new Set([
      `"${sold.id}",at,at,"confirmed",${cash},"Stalls","","",3,0,"45.00","135.00","EUR","'+1 free"`,
      `"${alone}",at,at,"confirmed","online","","${email}","Stalls","","",1,0,"45.00","45.00","EUR",""`,
      `"${order.id}",at,at,"confirmed","online","","${email}","Stalls","","",2,0,"45.00","90.00","EUR",""`,
      `"${order.id}",at,at,"confirmed","online","","${email}","Parking","","",1,0,"5.00","5.00","EUR",""`,
    ]),
  );
  expect(told).toHaveLength(4);
  expect((await fileOf(sale, "separator=semicolon")).text).toContain('"45,00";"135,00";"EUR"');
});

test("has only the wanted state and method", async () => {
  const sale = await putOnSale();
  const cash = (await sellAt(sale, "cash", [[sale.ticketId, 1]])).body.id;
  const held = (await sellAt(sale, "transfer", [[sale.ticketId, 1]])).body.id;
  await until(
    () => rowsOf("SELECT order_id FROM event_orders WHERE event_id = ?", sale.eventId),
    (rows) => rows.length === 2,
  );
  const idsIn = async (query: string) =>
    linesIn((await fileOf(sale, query)).text)
      .slice(1)
      .map((line) => line.split(",")[0]?.replaceAll('"', ""));
  expect(await idsIn("state=held")).toEqual([held]);
  expect(await idsIn("method=cash")).toEqual([cash]);
  expect(await idsIn("state=held&method=cash")).toEqual([]);
  expect((await fileOf(sale, "q=Ada")).status).toBe(422);
});

test("of more than one page of D1 has all of them, each once, the newest first", async () => {
  const sale = await putOnSale();
  const many = `WITH RECURSIVE n (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM n WHERE n < 1099)
    INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at_ms, expires_at_ms, version, unsettled)
    SELECT ?1 || printf('-%029d', n), ?1, 'nobody', 1, 0, 'EUR', 'confirmed', n / 2, n, 1, 0 FROM n`;
  await env.DB.prepare(many).bind(sale.ticketId).run();
  const ids = linesIn((await fileOf(sale)).text)
    .slice(1)
    .map((line) => Number(/-(\d{29})/.exec(line)?.[1]));
  expect(ids).toEqual(Array.from({ length: 1_100 }, (_, index) => 1_099 - index));
});
