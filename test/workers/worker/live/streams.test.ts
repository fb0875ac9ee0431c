// The same as server-sent events: for one ticket type, and for all of an event in one stream.

import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { call, EVENT, hold, newPerson, objectOf, putOnSale, TICKET, until } from "../../../support/service.ts";
import { askToWatch, Events, watchersOf } from "../../../support/watching.ts";

/** An event with three ticket types. */
async function threeOnSale() {
  const sale = await putOnSale({ capacity: 10 });
  const { token } = sale.organizer;
  const add = async (capacity: number): Promise<string> =>
    (await call("POST", `/events/${sale.eventId}/tickets`, { token, body: { ...TICKET, capacity } })).body.id;
  const tickets = [sale.ticketId, await add(20), await add(30)] as const;
  return { ...sale, tickets, path: `/events/${sale.eventId}/live` };
}

async function open(path: string): Promise<Events> {
  const response = await askToWatch(path);
  expect(response.status).toBe(200);
  return new Events(response);
}

function says(available: number): (text: string) => boolean {
  return (text) => text.includes(`"available":${available}}`);
}

/** Waits until each of the objects has so many sockets. */
async function expectWatchers(tickets: readonly string[], wanted: number): Promise<void> {
  const counts = () => Promise.all(tickets.map(watchersOf));
  const all = tickets.map(() => wanted);
  expect(await until(counts, (found) => found.every((count) => count === wanted))).toEqual(all);
}

test("a stream of a ticket type is to the byte what the standard says", async () => {
  const { ticketId } = await putOnSale({ capacity: 5 });
  const response = await askToWatch(`/tickets/${ticketId}/live`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  const events = new Events(response);
  await events.until(says(5));
  await hold(await newPerson(), ticketId);
  expect(await events.until(says(4))).toBe(
    "retry: 3000\n\n" +
      `event: availability\ndata: {"ticket":"${ticketId}","seq":1,"capacity":5,"available":5}\n\n` +
      `event: availability\ndata: {"ticket":"${ticketId}","seq":2,"capacity":5,"available":4}\n\n`,
  );
  await events.cancel();
});

test("a stream of an event tells of each of its ticket types, now and when one changes", async () => {
  const { tickets, path } = await threeOnSale();
  const events = await open(path);
  await events.until(() => events.data().length === 3);
  const first = events.data().map(({ ticket, available }) => `${ticket} ${available}`);
  expect(first.toSorted()).toEqual([`${tickets[0]} 10`, `${tickets[1]} 20`, `${tickets[2]} 30`].toSorted());
  await hold(await newPerson(), tickets[1], 3);
  await events.until(says(17));
  await hold(await newPerson(), tickets[2], 3);
  await events.until(says(27));
  const changes = events.data().slice(3);
  expect(changes.map(({ ticket, available }) => `${ticket} ${available}`)).toEqual([
    `${tickets[1]} 17`,
    `${tickets[2]} 27`,
  ]);
  await events.cancel();
});

test("an event without ticket types has a stream in which nothing happens", async () => {
  const { token } = await newPerson("organizer");
  const { id } = (await call("POST", "/events", { token, body: EVENT })).body;
  const events = await open(`/events/${id}/live`);
  expect(await events.until((text) => text !== "")).toBe("retry: 3000\n\n");
  const more = events.until((text) => text.includes("data")).then(() => "more");
  expect(await Promise.race([more, scheduler.wait(500)])).toBeUndefined();
  await events.cancel();
});

test("whoever goes away is not counted any more, at any of the objects", async () => {
  const { tickets, path } = await threeOnSale();
  const events = await open(path);
  await events.until(() => events.data().length === 3);
  await expectWatchers(tickets, 1);
  await events.cancel();
  await expectWatchers(tickets, 0);
});

test("HEAD keeps nothing open", async () => {
  const { tickets, path } = await threeOnSale();
  for (const asked of [path, `/tickets/${tickets[0]}/live`]) {
    const { status, text, headers } = await call("HEAD", asked);
    expect([status, text, headers.get("content-type")]).toEqual([200, "", "text/event-stream"]);
  }
  await expectWatchers(tickets, 0);
});

test("a stream of an event is no WebSocket, and says so", async () => {
  const { eventId } = await putOnSale();
  const answer = await call("GET", `/events/${eventId}/live`, { headers: { upgrade: "websocket" }, settings: {} });
  expect([answer.status, answer.body.type]).toEqual([400, "/problems/no-websocket"]);
});

test.each([
  ["hibernates", (ticketId: string) => evictDurableObject(objectOf(ticketId))],
  ["dies", () => abortAllDurableObjects()],
])("a stream goes on, though an object %s, and misses nothing", async (_what, forget) => {
  const { tickets, path } = await threeOnSale();
  const events = await open(path);
  await events.until(() => events.data().length === 3);
  const buyer = await newPerson();
  for (const available of [9, 8]) {
    await forget(tickets[0]);
    await hold(buyer, tickets[0]);
    await events.until(says(available));
  }
  const seen = events.data().filter(({ ticket }) => ticket === tickets[0]);
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map(({ seq }) => seq).toSorted((one, other) => one - other));
  await expectWatchers(tickets, 1);
  await events.cancel();
  await expectWatchers(tickets, 0);
});
