// A ticket type is watched over a WebSocket: what comes, in which order, how often, and what watchers can't do.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import { writeWatchRequest } from "../../../../src/durable/ticket-type/watch-request.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { call, hold, newPerson, ORIGIN, objectOf, pay, putOnSale, until } from "../../../support/service.ts";
import { askToWatch, listen, type Seen, told, type Watching, watch, watchersOf } from "../../../support/watching.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const liveOf = (ticketId: string) => `/tickets/${ticketId}/live`;
const left = (available: number) => (last: Seen) => last.available === available;

/** The socket of the object itself, without the way to it. */
async function watchDirectly(ticketId: string): Promise<Watching> {
  const { webSocket, status } = await objectOf(ticketId).fetch(writeWatchRequest({ reservation: null }));
  if (webSocket === null) throw new Error(`no socket: ${status}`);
  return listen(webSocket);
}

test("whoever comes is told what there is now, and nothing more while nothing changes", async () => {
  const { ticketId } = await putOnSale({ capacity: 7 });
  await hold(await newPerson(), ticketId, 2);
  const watching = await watch(liveOf(ticketId));
  await scheduler.wait(400);
  const { version } = (await objectOf(ticketId).describe()) ?? {};
  expect(watching.texts).toEqual([`{"ticket":"${ticketId}","seq":${version},"capacity":7,"available":5}`]);
});

test("holding, letting go, expiring and a change of the capacity are told, and paying, which leaves as many, is not", async () => {
  const { ticketId, organizer } = await putOnSale({ capacity: 10, price: { amount: 0, currency: "EUR" } });
  const [buyer, watching] = [await newPerson(), await watch(liveOf(ticketId))];
  await told(watching, left(10));
  const { id } = (await hold(buyer, ticketId, 3)).body;
  await told(watching, left(7));
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  await told(watching, left(10));
  const lapsed = (await hold(buyer, ticketId, 2)).body;
  await told(watching, left(8));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(lapsed.expires_at) });
  await runDurableObjectAlarm(objectOf(ticketId));
  await told(watching, left(10));
  const paid = (await hold(buyer, ticketId, 4)).body;
  await told<Seen>(watching, left(6));
  // What is sold was held before: free tickets are at once.
  expect((await pay(buyer, paid.id)).status).toBe(202);
  await scheduler.wait(400);
  await call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, body: { capacity: 20 } });
  const seen = await told<Seen>(watching, ({ capacity }) => capacity === 20);

  expect(seen.map(({ available }) => available)).toEqual([10, 7, 10, 8, 10, 6, 16]);
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map(({ seq }) => seq).toSorted((one, other) => one - other));
  expect(new Set(seen.map(({ seq }) => seq)).size).toBe(seen.length);
  const { version, capacity, held: now, sold } = (await objectOf(ticketId).describe()) ?? {};
  expect([version, capacity, now, sold]).toEqual([seen.at(-1)?.seq, 20, 0, 4]);
  expect(seen.at(-1)).toEqual({ ticket: ticketId, seq: version, capacity: 20, available: 16 });
});

test("who came in between is told, too, when it is again as the others know it", async () => {
  const { ticketId } = await putOnSale({ max_per_buyer: null });
  const { accountId } = await newPerson();
  const first = await watchDirectly(ticketId);
  const object = objectOf(ticketId);
  const reserve = (n: number) => {
    const reservationId = `${ticketId}-${String(n).padStart(20, "0")}`;
    return object.reserve([{ reservationId, accountId, quantity: 1, idempotencyKey: null }]);
  };
  await reserve(1);
  await told(first, left(99));
  // All of it in the quarter of a second in which nothing is told.
  await reserve(2);
  const second = await watchDirectly(ticketId);
  await object.cancel(`${ticketId}-${"2".padStart(20, "0")}`, accountId);
  expect((await told<Seen>(second, left(99))).map(({ available }) => available)).toEqual([98, 99]);
  await scheduler.wait(400);
  expect(first.seen().at(-1)?.available).toBe(99);
});

test("what comes and goes while nothing is told is not told", async () => {
  const { ticketId } = await putOnSale({ max_per_buyer: null });
  const { accountId } = await newPerson();
  const watching = await watchDirectly(ticketId);
  const object = objectOf(ticketId);
  const ids = [1, 2].map((n) => `${ticketId}-${String(n).padStart(20, "0")}`);
  const reserve = (at: number) =>
    object.reserve([{ reservationId: ids[at] ?? "", accountId, quantity: 1, idempotencyKey: null }]);
  await reserve(0);
  await told(watching, left(99));
  await reserve(1);
  await object.cancel(ids[1] ?? "", accountId);
  await scheduler.wait(600);
  expect(watching.seen().map(({ available }) => available)).toEqual([100, 99]);
});

test("what is refused is not told", async () => {
  const { ticketId } = await putOnSale({ capacity: 1 });
  const watching = await watch(liveOf(ticketId));
  expect((await hold(await newPerson(), ticketId, 2)).status).toBe(409);
  await scheduler.wait(400);
  expect(watching.texts).toHaveLength(1);
});

test("a payment that begins, fails or begins again is nobody's business but the buyer's", async () => {
  const { ticketId } = await putOnSale();
  const [buyer, watching] = [await newPerson(), await watch(liveOf(ticketId))];
  const { id } = (await hold(buyer, ticketId)).body;
  await told(watching, left(99));
  // Nor does an object that was away tell anything for it.
  await evictDurableObject(objectOf(ticketId));
  await pay(buyer, id, "pm_card_visa_chargeDeclined");
  const payment = async () => (await call("GET", `/reservations/${id}/payment`, { token: buyer.token })).body;
  expect((await until(payment, ({ state }) => state === "failed")).state).toBe("failed");
  await pay(buyer, id);
  const reservation = async () => (await call("GET", `/reservations/${id}`, { token: buyer.token })).body;
  expect((await until(reservation, ({ state }) => state === "confirmed")).state).toBe("confirmed");
  await scheduler.wait(400);
  // Joining, the hold, and what was held is sold.
  expect(watching.seen().map(({ seq }) => seq)).toEqual([1, 2, 3]);
}, 40_000);

test("an object of before there was anything to watch is waited for: 503, and not a fault of the service", async () => {
  const { ticketId, eventId } = await putOnSale();
  // What workerd says of a class without `fetch`.
  const fetch = async () => Promise.reject(new Error("Handler does not export a fetch() function."));
  const settings = { TICKET_TYPES: { getByName: () => ({ fetch }) } as unknown as Env["TICKET_TYPES"] };
  for (const path of [liveOf(ticketId), `/events/${eventId}/live`]) {
    const response = await askToWatch(path, { settings });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  }
});

test("two hundred changes make four messages a second, and the last one is what there is in the end", async () => {
  const { ticketId } = await putOnSale({ capacity: 1_000, max_per_buyer: null });
  const watching = await watch(liveOf(ticketId));
  const { accountId } = await newPerson();
  const startedAtMs = performance.now();
  for (let n = 0; n < 200; n++) {
    const reservationId = `${ticketId}-${String(n).padStart(20, "0")}`;
    await objectOf(ticketId).reserve([{ reservationId, accountId, quantity: 1, idempotencyKey: null }]);
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const seen = await told<Seen>(watching, left(800));
  // Beside those of each second: the one on joining, the one at once, the one that comes last.
  expect(seen.length).toBeLessThanOrEqual(4 * seconds + 3);
  expect(seen.length).toBeGreaterThanOrEqual(3);
  await scheduler.wait(400);
  expect(watching.texts).toHaveLength(seen.length);
}, 30_000);

test("a change reaches whoever watches within half a second", async () => {
  const { ticketId } = await putOnSale({ max_per_buyer: null });
  const [watching, buyer] = [await watch(liveOf(ticketId)), await newPerson()];
  const tookMs: number[] = [];
  for (let available = 99; available >= 80; available--) {
    const askedAtMs = performance.now();
    await hold(buyer, ticketId);
    await told(watching, left(available));
    tookMs.push((watching.atMs.at(-1) ?? Number.POSITIVE_INFINITY) - askedAtMs);
  }
  expect(Math.max(...tookMs)).toBeLessThan(500);
}, 30_000);

test("an object that hibernates keeps its sockets, and tells them what changes when it is back", async () => {
  const { ticketId } = await putOnSale();
  const watching = await watch(liveOf(ticketId));
  await told(watching, left(100));
  await evictDurableObject(objectOf(ticketId));
  await hold(await newPerson(), ticketId, 2);
  expect(await told<Seen>(watching, left(98))).toHaveLength(2);
});

test("a ping is answered, and the object is not told of it", async () => {
  const { ticketId } = await putOnSale();
  const heard = vi.spyOn(TicketType.prototype, "webSocketMessage");
  const watching = await watch(liveOf(ticketId));
  await told(watching, left(100));
  for (const forget of [async () => {}, () => evictDurableObject(objectOf(ticketId))]) {
    await forget();
    watching.texts.length = 0;
    watching.socket.send("ping");
    expect(
      await until(
        async () => watching.texts,
        ({ length }) => length > 0,
      ),
    ).toEqual(["pong"]);
  }
  expect(heard).not.toHaveBeenCalled();
});

test.each([
  ["a word", "hello"],
  ["a ping that is none", "ping "],
  ["nothing", ""],
  ["bytes", new Uint8Array([112, 105, 110, 103])],
])("whoever says %s is shown out, also by an object that was away", async (_what, said) => {
  const { ticketId } = await putOnSale();
  for (const forget of [async () => {}, () => evictDurableObject(objectOf(ticketId))]) {
    const watching = await watch(liveOf(ticketId));
    await told(watching, left(100));
    await forget();
    watching.socket.send(said);
    expect((await watching.closed).code).toBe(1008);
    expect(
      await until(
        () => watchersOf(ticketId),
        (count) => count === 0,
      ),
    ).toBe(0);
    expect(watching.texts).toHaveLength(1);
  }
});

test("whoever goes away is not counted any more", async () => {
  const { ticketId } = await putOnSale();
  const [first, second] = [await watch(liveOf(ticketId)), await watch(liveOf(ticketId))];
  expect(await watchersOf(ticketId)).toBe(2);
  first.socket.close();
  expect(
    await until(
      () => watchersOf(ticketId),
      (count) => count === 1,
    ),
  ).toBe(1);
  await hold(await newPerson(), ticketId);
  expect(await told<Seen>(second, left(99))).toHaveLength(2);
});

test("a thousand watch: the buyers' holds go well, and everybody is told the end of it", async () => {
  const { ticketId } = await putOnSale({ capacity: 500, max_per_buyer: null });
  const watching: Watching[] = [];
  while (watching.length < 1_000) {
    watching.push(...(await Promise.all(Array.from({ length: 50 }, () => watchDirectly(ticketId)))));
  }
  const buyers = await Promise.all(Array.from({ length: 10 }, () => newPerson()));
  for (let round = 0; round < 5; round++) {
    const held = await Promise.all(buyers.map((buyer) => hold(buyer, ticketId, 2)));
    expect(held.map(({ status }) => status)).toEqual(buyers.map(() => 201));
  }
  const ends = await Promise.all(watching.map((one) => told<Seen>(one, left(400))));
  expect(ends.filter((seen) => seen.at(-1)?.available === 400)).toHaveLength(1_000);
}, 60_000);

test.each([
  ["sockets that can't be had", "getWebSockets"],
  ["a socket that is broken", "send"],
])("%s are not in the way of those who buy", async (_what, broken) => {
  const { ticketId } = await putOnSale();
  await watch(liveOf(ticketId));
  await runInDurableObject(objectOf(ticketId), (_, state) => {
    const [socket] = state.getWebSockets();
    const fail = () => {
      throw new Error("broken");
    };
    Object.defineProperty(broken === "send" ? socket : state, broken, { value: fail });
  });
  const logged = vi.spyOn(console, "log");
  const buyer = await newPerson();
  const held = await hold(buyer, ticketId);
  expect(held.status).toBe(201);
  expect((await call("DELETE", `/reservations/${held.body.id}`, { token: buyer.token })).status).toBe(204);
  // Once at once, and once when it was time to tell of the other change. One end that is gone is nothing to write about.
  const warnings = async () => logged.mock.calls.filter(([line]) => String(line).includes("broadcast failed")).length;
  const expected = broken === "send" ? 0 : 2;
  expect(await until(warnings, (count) => count === expected)).toBe(expected);
});

describe("a draft", () => {
  async function draft() {
    const sale = await putOnSale();
    const { token } = sale.organizer;
    await call("PATCH", `/events/${sale.eventId}`, { token, body: { status: "draft" } });
    const status = async (headers: Record<string, string>) => {
      const response = await askToWatch(liveOf(sale.ticketId), { headers: { upgrade: "websocket", ...headers } });
      response.webSocket?.accept();
      return response.status;
    };
    return { ...sale, token, status };
  }

  test("is not watched by strangers", async () => {
    const { status, ticketId } = await draft();
    expect(await status({})).toBe(404);
    expect(await status({ authorization: `Bearer ${(await newPerson()).token}` })).toBe(404);
    expect(await watchersOf(ticketId)).toBe(0);
  });

  test("is watched by its organiser, and not by another site's page with the organiser's cookie", async () => {
    const { status, token } = await draft();
    const cookie = `__Host-session=${token}`;
    expect(await status({ authorization: `Bearer ${token}` })).toBe(101);
    expect(await status({ cookie })).toBe(101);
    expect(await status({ cookie, origin: ORIGIN })).toBe(101);
    expect(await status({ cookie, origin: "https://evil.test" })).toBe(404);
    expect(await status({ cookie, origin: "null" })).toBe(404);
    expect(await status({ cookie, "sec-fetch-site": "same-site" })).toBe(404);
  });
});

test("a socket's reply has the headers of every other reply", async () => {
  const { ticketId } = await putOnSale();
  const response = await askToWatch(liveOf(ticketId), { headers: { upgrade: "WebSocket" } });
  response.webSocket?.accept();
  expect(response.status).toBe(101);
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});

test("HEAD opens nothing, though a WebSocket is asked for", async () => {
  const { ticketId } = await putOnSale();
  const headers = { upgrade: "websocket" };
  for (const options of [{}, { headers }]) {
    const { status, text } = await call("HEAD", liveOf(ticketId), { ...options, settings: {} });
    expect([status, text]).toEqual([200, ""]);
  }
  expect(
    await until(
      () => watchersOf(ticketId),
      (count) => count === 0,
    ),
  ).toBe(0);
});
