// How many sockets one client's network may have open, and how many openings a request counts for.

import { evictDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { addTicket, hold, objectOf, putOnSale } from "../../../support/service.ts";
import { askToWatch, expectSockets, openStream, type WatchOptions, watch } from "../../../support/watching.ts";

const MAX_OPENINGS = 20;
let openings: number;
beforeEach(() => {
  openings = 0;
});

const settings = {
  RATE_LIMITS: "on",
  LIMIT_LIVE: {
    async limit() {
      openings += 1;
      return { success: openings <= MAX_OPENINGS };
    },
  },
};

/** From one network, by different hosts of it. */
function from(host: number, headers: Record<string, string> = {}): WatchOptions {
  return { settings, headers: { "cf-connecting-ip": `2001:db8:7:7::${host}`, ...headers } };
}

/** An event with three ticket types, and the paths of its stream and of one ticket type's. */
async function threeOnSale() {
  const sale = await putOnSale();
  const others = [await addTicket(sale.organizer, sale.eventId), await addTicket(sale.organizer, sale.eventId)];
  return { ...sale, others, path: `/tickets/${sale.ticketId}/live`, eventPath: `/events/${sale.eventId}/live` };
}

test("a network has ten sockets of a ticket type at most, by whichever way, and an object that hibernated counts on", async () => {
  const { ticketId, others, path, eventPath } = await threeOnSale();
  const [first] = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((host) => watch(path, from(host))));
  const streams = [await openStream(eventPath, from(9)), await openStream(path, from(10))];
  await evictDurableObject(objectOf(ticketId));
  for (const [asked, headers] of [[path], [path, { upgrade: "websocket" }], [eventPath]] as const) {
    const refused = await askToWatch(asked, from(11, headers));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "60"]);
    const poll = asked.replace("/live", "");
    expect(await refused.json()).toMatchObject({ type: "/problems/too-many-watchers", poll });
  }
  await expectSockets([ticketId], 10);
  await expectSockets(others, 1);
  first?.socket.close();
  await expectSockets([ticketId], 9);
  await watch(path, from(11));
  for (const stream of streams) await stream.cancel();
});

test("who has them all keeps nobody else from it, and itself from nothing else", async () => {
  const { ticketId, others, organizer, path } = await threeOnSale();
  await Promise.all(Array.from({ length: 10 }, (_, host) => watch(path, from(host))));
  await watch(path, { settings });
  await watch(`/tickets/${others[0]}/live`, from(1));
  const { id } = (await hold(organizer, ticketId)).body;
  await watch(`/reservations/${id}/live`, { ...from(1), token: organizer.token });
});

test("a stream of an event counts for as many openings as it has ticket types", async () => {
  const { eventPath } = await threeOnSale();
  await (await openStream(eventPath, from(1))).cancel();
  expect(openings).toBe(3);
  openings = MAX_OPENINGS - 2;
  expect((await askToWatch(eventPath, from(1))).status).toBe(429);
});
