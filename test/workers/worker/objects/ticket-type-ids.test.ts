// Invented ids start no object; every id that was ever given out reaches its own.

import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { ID_PATTERN } from "../../../../src/domain/id-forms.ts";
import { newId, newReservationId, withCheck } from "../../../../src/platform/ids.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { d1With, recordingD1 } from "../../../support/recording.ts";
import { sql } from "../../../support/records.ts";
import { call, hold, newPerson, objectOf, type Person, putOnSale, TICKET } from "../../../support/service.ts";

const SECRET = env.ID_SECRET ?? "";
const NEXT_SECRET = "the-next-one-of-the-tests-0123456789abcdef";

/** A ticket type as the version before made them, without check characters. */
async function oldTicketType(): Promise<string> {
  const { ticketId, eventId } = await putOnSale();
  const id = newId();
  const config = await objectOf(ticketId).describe();
  if (config === null) throw new Error("the object has no ticket type");
  await objectOf(id).create({ ...config, ticketTypeId: id });
  await sql("UPDATE ticket_types SET id = ?1 WHERE id = ?2", id, ticketId);
  expect((await call("GET", `/events/${eventId}`)).body.tickets).toMatchObject([{ id }]);
  return id;
}

function reserve({ token }: Pick<Person, "token">, ticket: string, settings: Partial<Env>) {
  return call("POST", "/reservations", { token, settings, body: { ticket, quantity: 1 } });
}

/** D1, but that nothing is found out about ticket types. */
const withoutTicketTypes = d1With({
  prepare(text) {
    if (text.includes('"ticket_types"')) throw new Error("D1_ERROR: Network connection lost.");
    return env.DB.prepare(text);
  },
});

describe("300 invented ids", () => {
  const body = { payment_method: "pm_card_visa" };
  test.each<[route: string, ask: (caller: Person) => Promise<{ readonly status: number }>]>([
    ["POST /reservations", (buyer) => hold(buyer, newId())],
    ["GET /reservations/{id}", ({ token }) => call("GET", `/reservations/${newReservationId(newId())}`, { token })],
    [
      "DELETE /reservations/{id}",
      ({ token }) => call("DELETE", `/reservations/${newReservationId(newId())}`, { token }),
    ],
    [
      "POST /reservations/{id}/payment",
      ({ token }) => call("POST", `/reservations/${newReservationId(newId())}/payment`, { token, body }),
    ],
    [
      "GET /reservations/{id}/payment",
      ({ token }) => call("GET", `/reservations/${newReservationId(newId())}/payment`, { token }),
    ],
    [
      "GET /reservations/{id}/live",
      ({ token }) => call("GET", `/reservations/${newReservationId(newId())}/live`, { token }),
    ],
  ])("%s: 50 of them are unknown, and start no object", async (_route, ask) => {
    const buyer = await newPerson();
    const before = await listDurableObjectIds(env.TICKET_TYPES);
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(buyer)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(404));
    expect(await listDurableObjectIds(env.TICKET_TYPES)).toHaveLength(before.length);
  });
});

test("an invented id of a reservation is looked up, and costs no query for names", async () => {
  const { token } = await newPerson();
  const { DB, statements } = recordingD1();
  const shown = await call("GET", `/reservations/${newReservationId(newId())}`, { token, settings: { DB } });
  expect(shown.status).toBe(404);
  const tables = statements.map(({ text }) => /from "(ticket_types|reservations)"/.exec(text)?.[1]);
  // Its ticket type may be older than check characters, and its object may have forgotten it.
  expect(tables.filter((table) => table !== undefined)).toEqual(["ticket_types", "reservations"]);
});

describe("a ticket type", () => {
  test("has an id with check characters, in the form that ids always had", async () => {
    const { ticketId } = await putOnSale();
    expect(ticketId).toMatch(ID_PATTERN);
    expect(withCheck(ticketId, SECRET)).toBe(ticketId);
    expect(withCheck(ticketId, NEXT_SECRET)).not.toBe(ticketId);
  });

  test("of before is sold, after one look at D1, and without D1", async () => {
    const buyer = await newPerson();
    const withoutD1 = await reserve(buyer, await oldTicketType(), { DB: withoutTicketTypes });
    expect(withoutD1.status).toBe(201);
    const id = await oldTicketType();
    const { DB, statements } = recordingD1();
    for (let time = 0; time < 3; time++) expect((await reserve(buyer, id, { DB })).status).toBe(201);
    const looks = statements.filter(({ text }) => text.includes('"ticket_types"'));
    // The other one reads the names of what was reserved.
    expect(looks.map(({ text }) => text.includes('join "events"')).sort()).toEqual([false, true]);
  });

  test.each([
    ["replaced", NEXT_SECRET],
    ["gone", ""],
  ])("is sold, and its reservations are there, though the secret is %s", async (_what, ID_SECRET) => {
    const [{ ticketId }, buyer] = [await putOnSale(), await newPerson()];
    const reserved = await reserve(buyer, ticketId, { ID_SECRET });
    expect(reserved.status).toBe(201);
    const id = String(Object(reserved.body).id);
    const shown = await call("GET", `/reservations/${id}`, { token: buyer.token, settings: { ID_SECRET } });
    expect(shown.body.id).toBe(id);
  });

  test.each([NEXT_SECRET, ""])("is made once by requests with one key, though the secret becomes %j", async (next) => {
    const { organizer, eventId } = await putOnSale();
    const options = { token: organizer.token, headers: { "idempotency-key": "twice" }, body: TICKET };
    const add = (ID_SECRET: string) =>
      call("POST", `/events/${eventId}/tickets`, { ...options, settings: { ID_SECRET } });
    const first = await add(SECRET);
    expect((await add(next)).text).toBe(first.text);
    const { body } = await call("GET", `/events/${eventId}`, { token: organizer.token });
    expect(body.tickets).toHaveLength(2);
  });

  test("of a restored D1, which does not have it, is found by its reservations' buyers", async () => {
    const [{ ticketId }, buyer] = [await putOnSale(), await newPerson()];
    const id = newReservationId(ticketId);
    // Not through this isolate, which would remember that the ticket type is real.
    const { accountId } = buyer;
    await objectOf(ticketId).reserve([{ reservationId: id, accountId, quantity: 1, idempotencyKey: null }]);
    await sql("DELETE FROM ticket_types WHERE id = ?", ticketId);
    expect((await call("GET", `/reservations/${id}`, { token: buyer.token })).body.state).toBe("held");
  });
});
