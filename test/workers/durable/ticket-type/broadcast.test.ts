// What the sockets of a ticket type's object receive, in which order, and what clients can't do.

import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { SECOND_MS } from "../../../../src/domain/units.ts";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import { writeWatchRequest } from "../../../../src/durable/ticket-type/watch-request.ts";
import { call, deadlineOf, hold, newPerson, objectOf, pay, putOnSale, until } from "../../../support/service.ts";
import { type AvailabilityMessage, expectSockets, Watcher } from "../../../support/watching.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A socket of the object itself, without the route in front of it. */
async function watch(ticketId: string): Promise<Watcher> {
  const { webSocket, status } = await objectOf(ticketId).fetch(writeWatchRequest({ reservation: null, network: null }));
  if (webSocket === null) throw new Error(`no socket: ${status}`);
  return new Watcher(webSocket);
}

function leaves(available: number): (message: AvailabilityMessage) => boolean {
  return (message) => message.available === available;
}

describe("availability", () => {
  test("comes at once and after each change of it, in order, and not after what leaves it as it is", async () => {
    const { ticketId, organizer } = await putOnSale({ capacity: 10, price: { amount: 0, currency: "EUR" } });
    const [buyer, watcher] = [await newPerson(), await watch(ticketId)];
    const holdSome = async (quantity: number) => (await hold(buyer, ticketId, quantity)).body;
    // Only a step moves the clock, past the pause: each change is broadcast with its own commit.
    vi.useFakeTimers({ toFake: ["Date"] });
    const step = async <T>(act: () => Promise<T>): Promise<T> => {
      vi.advanceTimersByTime(SECOND_MS);
      return act();
    };
    const released = await step(() => holdSome(3));
    await step(() => call("DELETE", `/reservations/${released.id}`, { token: buyer.token }));
    const expired = await step(() => holdSome(2));
    await step(async () => expect((await hold(buyer, ticketId, 9)).status).toBe(409));
    vi.setSystemTime(deadlineOf(expired));
    await runDurableObjectAlarm(objectOf(ticketId));
    const paid = await step(() => holdSome(4));
    // Free tickets are sold at once, and were held before.
    await step(async () => expect((await pay(buyer, paid.id)).status).toBe(202));
    await step(() => call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, body: { capacity: 20 } }));

    const messages = await watcher.until(({ capacity }) => capacity === 20);
    expect(messages.map(({ available }) => available)).toEqual([10, 7, 10, 8, 10, 6, 16]);
    const seqs = messages.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other));
    expect(await objectOf(ticketId).describe()).toMatchObject({ version: seqs.at(-1), capacity: 20, held: 0, sold: 4 });
    const sale = '"available":16,"sale_state":"open","sales_start":null,"sale_ends_at":"2031-05-01T21:00:00.000Z"';
    const prices = `"prices":[{"id":"${ticketId}",${sale}}]`;
    const seen = `{"ticket":"${ticketId}","seq":${seqs.at(-1)},"capacity":20,${sale},${prices}}`;
    expect(watcher.texts.at(-1)).toBe(seen);
  });

  test("does not come when a payment begins, fails or begins again, not even from an object that hibernated", async () => {
    const { ticketId, organizer } = await putOnSale();
    const [buyer, watcher] = [await newPerson(), await watch(ticketId)];
    const { id } = (await hold(buyer, ticketId)).body;
    const becomes = (state: string) =>
      until(
        async () => (await call("GET", `/reservations/${id}`, { token: buyer.token })).text,
        (text) => text.includes(`"state":"${state}"`),
      );
    await watcher.until(leaves(99));
    await evictDurableObject(objectOf(ticketId));
    await pay(buyer, id, "pm_card_visa_chargeDeclined");
    await becomes("failed");
    await pay(buyer, id);
    await becomes("confirmed");
    await call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, body: { capacity: 200 } });
    const messages = await watcher.until(({ capacity }) => capacity === 200);
    // On opening, after the hold, after the sale, after the change of the capacity.
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  }, 60_000);

  test("comes to all of a thousand watchers, while buyers reserve", async () => {
    const { ticketId } = await putOnSale({ capacity: 500, max_per_buyer: null });
    const watchers: Watcher[] = [];
    while (watchers.length < 1_000) {
      watchers.push(...(await Promise.all(Array.from({ length: 50 }, () => watch(ticketId)))));
    }
    const buyers = await Promise.all(Array.from({ length: 10 }, () => newPerson()));
    for (let round = 0; round < 5; round++) {
      const held = await Promise.all(buyers.map((buyer) => hold(buyer, ticketId, 2)));
      expect(held.map(({ status }) => status)).toEqual(buyers.map(() => 201));
    }
    await Promise.all(watchers.map((watcher) => watcher.until(leaves(400))));
    expect(watchers.filter(({ messages }) => messages.at(-1)?.available === 400)).toHaveLength(1_000);
  }, 60_000);
});

describe.each([
  ["an object", async () => {}],
  ["an object that hibernated", (ticketId: string) => evictDurableObject(objectOf(ticketId))],
])("%s", (_name, prepare) => {
  test("answers a ping, and does not run for it", async () => {
    const { ticketId } = await putOnSale();
    const handler = vi.spyOn(TicketType.prototype, "webSocketMessage");
    const watcher = await watch(ticketId);
    await watcher.until(leaves(100));
    await prepare(ticketId);
    watcher.socket.send("ping");
    await vi.waitUntil(() => watcher.texts.at(-1) === "pong", 30_000);
    expect(handler).not.toHaveBeenCalled();
  });

  test.each([
    ["a word", "hello"],
    ["almost a ping", "ping "],
    ["an empty message", ""],
    ["bytes", new Uint8Array([112, 105, 110, 103])],
  ])("closes the socket of a client that sends %s", async (_what, message) => {
    const { ticketId } = await putOnSale();
    const watcher = await watch(ticketId);
    await watcher.until(leaves(100));
    await prepare(ticketId);
    watcher.socket.send(message);
    expect(await watcher.closed).toBe(1008);
    await expectSockets([ticketId], 0);
    expect(watcher.texts).toHaveLength(1);
  });
});
