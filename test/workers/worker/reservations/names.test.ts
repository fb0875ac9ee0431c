// A reservation names its event and ticket type, so that a page of one's own asks nothing further.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { d1With, recordingD1 } from "../../../support/recording.ts";
import {
  type Body,
  call,
  createEvent,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  pay,
  putOnSale,
} from "../../../support/service.ts";
import { openStream, watch } from "../../../support/watching.ts";

type Reservation = Body<"GET /reservations/{id}">;

async function holder(sale: OnSale) {
  const buyer = await newPerson();
  const { id } = (await hold(buyer, sale.ticketId)).body;
  const path = `/reservations/${id}` as const;
  const show = async () => (await call("GET", path, { token: buyer.token })).body;
  const list = async () => (await call("GET", "/reservations", { token: buyer.token })).list[0];
  return { buyer, id, path, show, list, token: buyer.token };
}

const namesIn = ({ ticket_type, event }: Pick<Reservation, "ticket_type" | "event">) => ({ ticket_type, event });

test("whatever became of the event: renamed, called off, or a draft", async () => {
  const sale = await putOnSale();
  const { show, list } = await holder(sale);
  const { token } = sale.organizer;
  await call("PATCH", `/tickets/${sale.ticketId}`, { token, body: { name: "Circle" } });
  for (const body of [{ name: "A late evening" }, { venue: "The other hall" }, { status: "cancelled" as const }]) {
    expect((await call("PATCH", `/events/${sale.eventId}`, { token, body })).status).toBe(200);
    const wanted = { ticket_type: { id: sale.ticketId, name: "Circle" }, event: { id: sale.eventId, ...body } };
    expect(await show()).toMatchObject(wanted);
    expect(await list()).toMatchObject(wanted);
  }
  // As one could become before that was refused.
  await env.DB.prepare("UPDATE events SET status = 'draft' WHERE id = ?").bind(sale.eventId).run();
  expect(await list()).toMatchObject({ event: { status: "draft", name: "A late evening" } });
});

test("in all pages of a list, which is read in one statement", async () => {
  const [one, two] = [await putOnSale(), await putOnSale()];
  const buyer = await newPerson();
  for (const { ticketId } of [one, two, one]) await hold(buyer, ticketId);
  const { DB, statements } = recordingD1();
  const { list } = await call("GET", "/reservations", { token: buyer.token, settings: { DB } });
  expect(list.map(({ event }) => event?.id)).toEqual([one.eventId, two.eventId, one.eventId]);
  expect(statements.filter(({ text }) => !/revoked_sessions|"accounts"/.test(text))).toHaveLength(1);
});

test("without a query for each, so that a rush at one ticket type does not reach D1", async () => {
  const { ticketId } = await putOnSale();
  await holder(await putOnSale());
  const { DB, statements } = recordingD1();
  const buyers = await Promise.all([1, 2, 3, 4].map(() => newPerson()));
  for (const { token } of buyers) {
    const options = { token, settings: { DB }, body: { ticket: ticketId, quantity: 1 } };
    expect((await call("POST", "/reservations", options)).body.event).not.toBeNull();
  }
  expect(statements.filter(({ text }) => text.includes('"ticket_types"'))).toHaveLength(1);
});

test.each([
  ["fails", () => Promise.reject(new Error("D1_ERROR: no answer"))],
  ["hangs", () => new Promise<never>(() => {})],
])("and is shown without names while D1 %s: its object has all the rest", async (_what, answer) => {
  const sale = await putOnSale();
  const buyer = await newPerson();
  const reservationId = `${sale.ticketId}-${"0".repeat(29)}`;
  const request = { reservationId, accountId: buyer.accountId, quantity: 1, idempotencyKey: null };
  await objectOf(sale.ticketId).reserve([request]);
  const prepare = (text: string) => (/"ticket_types"/.test(text) ? broken : env.DB.prepare(text));
  const broken = { bind: () => broken, raw: answer, all: answer, first: answer } as unknown as D1PreparedStatement;
  const settings = { DB: d1With({ prepare }) };
  const shown = await call("GET", `/reservations/${reservationId}`, { token: buyer.token, settings });
  expect(shown.status).toBe(200);
  expect(shown.body).toMatchObject({ id: reservationId, status: "held", ticket_type: null, event: null });
});

test("on its stream and its socket, first and after each change, with the event's status as its object has it", async () => {
  const sale = await putOnSale({ name: "🎭".repeat(200) });
  const { buyer, id, path, token, show } = await holder(sale);
  const names = namesIn(await show());
  expect(names.event?.id).toBe(sale.eventId);
  const [watcher, events] = [
    await watch<Reservation>(`${path}/live`, { token }),
    await openStream<Reservation>(`${path}/live`, { token }),
  ];
  await pay(buyer, id, "pm_sandbox_slow_600s");
  const isPending = ({ status }: Reservation) => status === "awaiting_payment";
  await watcher.until(isPending);
  await events.until(() => events.messages.some(isPending));
  for (const message of [...watcher.messages, ...events.messages]) expect(namesIn(message)).toEqual(names);
  await call("PATCH", `/events/${sale.eventId}`, { token: sale.organizer.token, body: { status: "cancelled" } });
  await watcher.until(({ event }) => event?.status === "cancelled");
  await events.cancel();
});

test("an event that nobody holds tickets of is named nowhere", async () => {
  const organizer = await newPerson("organizer");
  await createEvent(organizer);
  expect((await call("GET", "/reservations", { token: organizer.token })).list).toEqual([]);
});
