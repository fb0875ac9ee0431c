// The /live routes: who may watch what, over a WebSocket or as server-sent events, and what comes.

import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { sqlIn } from "../../../support/objects.ts";
import {
  addTicket,
  type Body,
  call,
  createEvent,
  hold,
  newPerson,
  ORIGIN,
  objectOf,
  type Person,
  pay,
  putOnSale,
  timeless,
} from "../../../support/service.ts";
import { askToWatch, type Events, expectSockets, openStream, socketStatus, watch } from "../../../support/watching.ts";

const UPGRADE = { upgrade: "websocket" };
const CARD_DECLINED = "pm_card_visa_chargeDeclined";
const FREE = { price: { amount: 0, currency: "EUR" } };

/** A buyer with a hold. */
async function held(ticket: Record<string, unknown> = {}) {
  const sale = await putOnSale(ticket);
  const buyer = await newPerson();
  const { id } = (await hold(buyer, sale.ticketId)).body;
  const shown = `/reservations/${id}`;
  const release = () => call("DELETE", shown, { token: buyer.token });
  return { ...sale, buyer, token: buyer.token, id, shown, path: `${shown}/live`, release };
}

type Held = Awaited<ReturnType<typeof held>>;

type Reservation = Body<"GET /reservations/{id}">;

/** `held`, or with a payment `held pending`. */
function stateOf({ state, payment }: Reservation): string {
  return payment === null ? state : `${state} ${payment.state}`;
}

async function seenBy(asked: Promise<Response>): Promise<[status: number, text: string]> {
  const response = await asked;
  return [response.status, await response.text()];
}

function says(available: number): (text: string) => boolean {
  return (text) => text.includes(`"available":${available},`);
}

describe("a reservation is followed to its end over both ways", () => {
  type Act = (scene: Held, reached: (state: string) => Promise<unknown>) => Promise<unknown>;

  test.each<[name: string, act: Act, states: string[]]>([
    ["a payment", ({ buyer, id }) => pay(buyer, id), ["held", "held pending", "confirmed succeeded"]],
    [
      "a payment that fails, and the next one",
      async ({ buyer, id }, reached) => {
        await pay(buyer, id, CARD_DECLINED);
        await reached("held failed");
        await pay(buyer, id);
      },
      ["held", "held pending", "held failed", "held pending", "confirmed succeeded"],
    ],
    ["a hold that is released", ({ release }) => release(), ["held", "cancelled"]],
    [
      "a release that waits for a payment",
      async ({ buyer, id, release }) => {
        await pay(buyer, id, "pm_sandbox_slow_600s");
        expect((await release()).status).toBe(202);
        const [payment] = await sqlIn(id, "SELECT id FROM payments");
        const failure = { code: "card_declined", message: "The card was declined." };
        await objectOf(id).settle([{ paymentId: String(payment?.id), outcome: { state: "failed", failure } }]);
      },
      ["held", "held pending", "held pending", "cancelled failed"],
    ],
    [
      "a hold that expires, by the alarm alone",
      ({ id }) =>
        runInDurableObject(objectOf(id), (_, { storage }) => {
          storage.sql.exec("UPDATE reservations SET expires_at_ms = ?", Date.now() + 700);
          return storage.setAlarm(Date.now() + 700);
        }),
      ["held", "expired"],
    ],
    [
      "a release by an object that hibernated, after another buyer's hold",
      async ({ id, ticketId, release }) => {
        await evictDurableObject(objectOf(id));
        await hold(await newPerson(), ticketId);
        await release();
      },
      ["held", "cancelled"],
    ],
  ])(
    "%s",
    async (_name, act, states) => {
      const scene = await held();
      const { id, path, shown, token } = scene;
      const reconnect = (lastId: string) => askToWatch(path, { token, headers: { "last-event-id": lastId } });
      const [watcher, events] = [
        await watch<Reservation>(path, { token }),
        await openStream<Reservation>(path, { token }),
      ];
      await watcher.until(() => true);
      await events.until((text) => text.includes("data"));
      const show = async () => timeless((await call("GET", shown, { token })).text.trim());
      expect(watcher.texts.map(timeless)).toEqual([await show()]);
      await act(scene, (state) => watcher.until((message) => stateOf(message) === state));
      expect(await watcher.closed).toBe(1000);
      expect(watcher.messages.map(stateOf)).toEqual(states);
      expect(watcher.texts.at(-1)).toBe(await show());
      expect(await events.toEnd()).toMatch(/^retry: 3000\n\nid: held\nevent: reservation\ndata: \{"id":/);
      // A slow reader of a stream may miss what is between, never the last.
      expect(events.messages.at(-1)).toEqual(watcher.messages.at(-1));
      await expectSockets([id], 0);
      const lastId = states.at(-1)?.replace(" ", ":") ?? "";
      expect(events.text).toContain(`id: ${lastId}\n`);
      expect(await seenBy(reconnect(lastId))).toEqual([204, ""]);
      // The connection broke before the last message came.
      expect(await seenBy(reconnect("held"))).toEqual([200, expect.stringContaining(`id: ${lastId}\n`)]);
    },
    60_000,
  );

  test.each<[end: string, end: (scene: Held) => Promise<unknown>]>([
    ["cancelled", ({ release }) => release()],
    ["confirmed succeeded", ({ buyer, id }) => pay(buyer, id)],
    [
      "cancelled",
      async ({ id, release }) => {
        await release();
        // The object forgets it long after its end. D1 does not.
        await sqlIn(id, "DELETE FROM reservations");
      },
    ],
  ])("one that is %s already comes as it is shown, and that is all", async (state, end) => {
    const scene = await held(FREE);
    const { path, shown, token } = scene;
    await end(scene);
    const { text } = await call("GET", shown, { token });
    expect(stateOf(JSON.parse(text))).toBe(state);
    const watcher = await watch<Reservation>(path, { token });
    expect(await watcher.closed).toBe(1000);
    expect(watcher.texts).toEqual([text.trim()]);
    const events = await openStream(path, { token });
    const id = state.replace(" ", ":");
    expect(await events.toEnd()).toBe(`retry: 3000\n\nid: ${id}\nevent: reservation\ndata: ${text.trim()}\n\n`);
    expect(await seenBy(askToWatch(path, { token, headers: { "last-event-id": id } }))).toEqual([204, ""]);
  });
});

describe("a reservation is watched by nobody but its owner", () => {
  test("others can't tell it from one that does not exist, over either way", async () => {
    const { organizer, path, id, ticketId } = await held();
    const unknown = `/reservations/${newReservationId(ticketId)}/live`;
    for (const { token } of [await newPerson(), await newPerson("admin"), organizer]) {
      for (const headers of [{}, UPGRADE]) {
        const replies = [path, unknown].map(async (asked) => {
          const response = await askToWatch(asked, { token, headers });
          const seen = [...response.headers].filter(([name]) => name !== "x-request-id" && name !== "date");
          return { status: response.status, seen, text: await response.text() };
        });
        const [theirs, none] = await Promise.all(replies);
        expect(theirs?.status).toBe(404);
        expect(theirs).toEqual(none);
      }
    }
    expect((await askToWatch(path, { headers: UPGRADE })).status).toBe(401);
    await expectSockets([id], 0);
  });

  test("and not by another site's page with its visitor's cookie", async () => {
    const { path, id, token } = await held();
    const cookie = `__Host-session=${token}`;
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.test" },
      { origin: "https://shop.test" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", origin: ORIGIN },
    ];
    for (const headers of foreign) {
      expect(await socketStatus(path, { cookie, ...headers })).toBe("403 /problems/cross-site-request");
    }
    await expectSockets([id], 0);
    const own: Record<string, string>[] = [{}, { origin: ORIGIN }, { "sec-fetch-site": "same-origin" }];
    for (const headers of own) expect(await socketStatus(path, { cookie, ...headers })).toBe("101");
    // No browser adds a token by itself.
    const authorization = `Bearer ${token}`;
    expect(await socketStatus(path, { authorization, origin: "https://shop.test" })).toBe("101");
  });
});

test("a reservation has fifty watchers at most, who take no place of another's or of the ticket type's", async () => {
  const { path, shown, ticketId, token } = await held();
  for (let n = 0; n < 50; n++) await watch(path, { token });
  for (const headers of [{}, UPGRADE]) {
    const response = await askToWatch(path, { token, headers });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "60"]);
    expect(await response.json()).toMatchObject({ type: "/problems/too-many-watchers", poll: shown });
  }
  const other = await newPerson();
  const another = (await hold(other, ticketId)).body.id;
  await watch(`/reservations/${another}/live`, { token: other.token });
  await watch(`/tickets/${ticketId}/live`);
});

/** An event with three ticket types. */
async function threeOnSale() {
  const sale = await putOnSale({ capacity: 10 });
  const add = (capacity: number) => addTicket(sale.organizer, sale.eventId, { capacity });
  const tickets = [sale.ticketId, await add(20), await add(30)] as const;
  return { ...sale, tickets, path: `/events/${sale.eventId}/live` };
}

test("a client that comes back to a hold with the id of its newest message sees it again, and how it ends", async () => {
  const { path, token, release } = await held();
  const events = await openStream<Reservation>(path, { token, headers: { "last-event-id": "held" } });
  await events.until((text) => text.includes("data"));
  await release();
  await events.toEnd();
  expect(events.messages.map(stateOf)).toEqual(["held", "cancelled"]);
});

describe("a stream of availability", () => {
  test("of a ticket type is to the byte what the standard says", async () => {
    const { ticketId } = await putOnSale({ capacity: 5 });
    const events = await openStream(`/tickets/${ticketId}/live`);
    await events.until(says(5));
    await hold(await newPerson(), ticketId);
    const message = (seq: number, available: number) => {
      const open = `"available":${available},"sale_state":"open"`;
      const sale = `${open},"sales_start":null,"sale_ends_at":"2031-05-01T21:00:00.000Z"`;
      return `{"ticket":"${ticketId}","seq":${seq},"capacity":5,${sale},"prices":[{"id":"${ticketId}",${sale}}]}`;
    };
    expect(await events.until(says(4))).toBe(
      "retry: 3000\n\n" +
        `id: ${ticketId}:1\nevent: availability\ndata: ${message(1, 5)}\n\n` +
        `id: ${ticketId}:2\nevent: availability\ndata: ${message(2, 4)}\n\n`,
    );
    await events.cancel();
  });

  test("of an event has each of its ticket types, at once and after each change, until its reader goes away", async () => {
    const { tickets, path } = await threeOnSale();
    const events = await openStream(path);
    await events.until(() => events.messages.length === 3);
    await expectSockets(tickets, 1);
    await hold(await newPerson(), tickets[1], 3);
    await events.until(says(17));
    await hold(await newPerson(), tickets[2], 3);
    await events.until(says(27));
    const seen = events.messages.map(({ ticket, available }) => `${ticket} ${available}`);
    const initial = [`${tickets[0]} 10`, `${tickets[1]} 20`, `${tickets[2]} 30`];
    expect(seen.slice(0, 3).toSorted()).toEqual(initial.toSorted());
    expect(seen.slice(3)).toEqual([`${tickets[1]} 17`, `${tickets[2]} 27`]);
    await events.cancel();
    await expectSockets(tickets, 0);
  });

  test("of an event without ticket types is open and empty, and is no WebSocket", async () => {
    const path = `/events/${await createEvent(await newPerson("organizer"))}/live`;
    const events = await openStream(path);
    expect(await events.until((text) => text !== "")).toBe("retry: 3000\n\n");
    await events.cancel();
    expect(await socketStatus(path, {})).toBe("400 /problems/no-websocket");
  });

  test.each([
    ["hibernates", (ticketId: string) => evictDurableObject(objectOf(ticketId))],
    ["dies", () => abortAllDurableObjects()],
  ])("goes on though an object %s, and misses nothing", async (_what, forget) => {
    const { tickets, path } = await threeOnSale();
    const events = await openStream(path);
    await events.until(() => events.messages.length === 3);
    const buyer = await newPerson();
    for (const available of [9, 8]) {
      await forget(tickets[0]);
      await hold(buyer, tickets[0]);
      await events.until(says(available));
    }
    const seqs = events.messages.filter(({ ticket }) => ticket === tickets[0]).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
    await expectSockets(tickets, 1);
    await events.cancel();
    await expectSockets(tickets, 0);
  });
});

describe("a stream of several events", () => {
  test("has the ticket types of all of them, once, and leaves out what is no event that the caller may see", async () => {
    const [one, two, draft] = [await threeOnSale(), await putOnSale({ capacity: 7 }), await putOnSale()];
    await call("PATCH", `/events/${draft.eventId}`, { token: draft.organizer.token, body: { status: "draft" } });
    const listed = [one.eventId, newId(), two.eventId, draft.eventId, "x", "", two.eventId];
    const watched = [...one.tickets, two.ticketId];
    const ticketsIn = (events: Events) => events.messages.map(({ ticket }) => ticket).toSorted();
    const events = await openStream(`/live?events=${listed.join(",")}`);
    await events.until(() => events.messages.length === 4);
    expect(ticketsIn(events)).toEqual(watched.toSorted());
    await hold(await newPerson(), two.ticketId, 3);
    await events.until(says(4));
    await expectSockets([draft.ticketId], 0);
    const own = await openStream(`/live?events=${listed.join(",")}`, { token: draft.organizer.token });
    await own.until(() => own.messages.length === 5);
    expect(ticketsIn(own)).toEqual([...watched, draft.ticketId].toSorted());
    await events.cancel();
    await own.cancel();
    await expectSockets(watched, 0);
  });

  test("is refused like that of one event where nothing is left of it, and where it is too much", async () => {
    const { organizer, eventId } = await putOnSale();
    for (let tickets = 1; tickets < 51; tickets++) await addTicket(organizer, eventId);
    const other = await putOnSale();
    const refused = async (events: string) => {
      const { status, body } = await call("GET", `/live?events=${events}`);
      return `${status} ${body.errors?.[0]?.message ?? body.type}`;
    };
    expect(await refused(`${newId()},x`)).toBe("404 /problems/not-found");
    expect(await refused(Array.from({ length: 51 }, newId).join())).toBe("422 must be at most 50 ids");
    expect((await call("GET", `/live?events=${eventId},${other.eventId}`)).status).toBe(200);
    for (let tickets = 1; tickets < 50; tickets++) await addTicket(other.organizer, other.eventId);
    expect(await refused(`${eventId},${other.eventId}`)).toBe("422 have more than 100 ticket types in all");
    expect(await socketStatus(`/live?events=${eventId}`, {})).toBe("400 /problems/no-websocket");
  });
});

test("a draft is watched by those who manage it, and not by another site's page with their cookie", async () => {
  const { organizer, eventId, ticketId } = await putOnSale();
  await call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { status: "draft" } });
  const bearer = ({ token }: Person) => ({ authorization: `Bearer ${token}` });
  const cookie = `__Host-session=${organizer.token}`;
  const path = `/tickets/${ticketId}/live`;
  const foreign: Record<string, string>[] = [
    {},
    bearer(await newPerson()),
    { cookie, origin: "https://evil.test" },
    { cookie, origin: "null" },
    { cookie, "sec-fetch-site": "same-site" },
  ];
  for (const headers of foreign) expect(await socketStatus(path, headers)).toBe("404 /problems/not-found");
  await expectSockets([ticketId], 0);
  for (const headers of [bearer(organizer), { cookie }, { cookie, origin: ORIGIN }]) {
    expect(await socketStatus(path, headers)).toBe("101");
  }
});

test("an object whose version has no fetch yet is unavailable, which is no fault of the service", async () => {
  const { ticketId, eventId } = await putOnSale();
  // What workerd says of a class without `fetch`.
  const fetch = async () => Promise.reject(new Error("Handler does not export a fetch() function."));
  const settings = { TICKET_TYPES: { getByName: () => ({ fetch }) } as unknown as Env["TICKET_TYPES"] };
  for (const path of [`/tickets/${ticketId}/live`, `/events/${eventId}/live`]) {
    const response = await askToWatch(path, { settings });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  }
});

test.each([
  ["a WebSocket", { upgrade: "WebSocket" }, 101, [null, null, null]],
  ["a stream", {}, 200, ["text/event-stream", "no-store, no-transform", "no"]],
])("%s has the headers of every reply, and a stream those that keep proxies from holding it back", async (...row) => {
  const [, headers, status, own] = row;
  const { ticketId } = await putOnSale();
  const response = await askToWatch(`/tickets/${ticketId}/live`, { headers });
  response.webSocket?.accept();
  await response.body?.cancel();
  expect(response.status).toBe(status);
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  const names = ["content-type", "cache-control", "x-accel-buffering"];
  expect(names.map((name) => response.headers.get(name))).toEqual(own);
});

test("HEAD opens nothing, even if it asks for a WebSocket", async () => {
  const { tickets, path } = await threeOnSale();
  for (const asked of [path, `/tickets/${tickets[0]}/live`]) {
    for (const headers of [{}, UPGRADE]) {
      const { status, text, headers: sent } = await call("HEAD", asked, { headers, settings: {} });
      expect([status, text, sent.get("content-type")]).toEqual([200, "", "text/event-stream"]);
    }
  }
  await expectSockets(tickets, 0);
});
