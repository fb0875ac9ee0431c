// One's own reservation, watched to its end: by WebSocket and as a stream, and by nobody else.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { Broadcast } from "../../../../src/durable/ticket-type/broadcast.ts";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import { newReservationId } from "../../../../src/platform/ids.ts";
import {
  type Body,
  call,
  hold,
  newPerson,
  ORIGIN,
  objectOf,
  type Person,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";
import { askToWatch, Events, told, type Watching, watch, watchersOf } from "../../../support/watching.ts";

async function held(ticket: Record<string, unknown> = {}) {
  const sale = await putOnSale(ticket);
  const buyer = await newPerson();
  const { id } = (await hold(buyer, sale.ticketId)).body;
  return { ...sale, buyer, id, path: `/reservations/${id}/live` };
}

async function watchOwn(path: string, { token }: Person): Promise<Watching> {
  const watching = await watch(path, { token });
  await told(watching, () => true);
  return watching;
}

/** `held`, or with a payment `held pending`. */
function stateOf({ state, payment }: Body<"GET /reservations/{id}">): string {
  return payment === null ? state : `${state} ${payment.state}`;
}

function isIn(state: string): (last: Body<"GET /reservations/{id}">) => boolean {
  return (last) => stateOf(last) === state;
}

function states(watching: Watching): string[] {
  return watching.texts.map((text) => stateOf(JSON.parse(text)));
}

test("a payment is followed to its end, word for word as the reservation is shown", async () => {
  const { buyer, id, path } = await held();
  const watching = await watchOwn(path, buyer);
  const show = async () => (await call("GET", `/reservations/${id}`, { token: buyer.token })).body;
  expect(JSON.parse(watching.texts[0] ?? "")).toEqual(await show());
  await pay(buyer, id);
  expect(await watching.closed).toMatchObject({ code: 1000 });
  expect(states(watching)).toEqual(["held", "held pending", "confirmed succeeded"]);
  expect(JSON.parse(watching.texts.at(-1) ?? "")).toEqual(await show());
  expect(
    await until(
      () => watchersOf(id),
      (count) => count === 0,
    ),
  ).toBe(0);
}, 20_000);

test("a payment that fails is told, and the next one is followed too", async () => {
  const { buyer, id, path } = await held();
  const watching = await watchOwn(path, buyer);
  await pay(buyer, id, "pm_card_visa_chargeDeclined");
  await told(watching, isIn("held failed"));
  expect(JSON.parse(watching.texts.at(-1) ?? "").payment.error.code).toBe("card_declined");
  await pay(buyer, id);
  await watching.closed;
  expect(states(watching)).toEqual(["held", "held pending", "held failed", "held pending", "confirmed succeeded"]);
}, 30_000);

test("its end is told at its deadline, by the alarm alone", async () => {
  const { buyer, id, path } = await held();
  const watching = await watchOwn(path, buyer);
  await runInDurableObject(objectOf(id), (_, { storage }) => {
    storage.sql.exec("UPDATE reservations SET expires_at_ms = ?", Date.now() + 700);
    return storage.setAlarm(Date.now() + 700);
  });
  const deadlineMs = performance.now() + 700;
  expect(await watching.closed).toMatchObject({ code: 1000 });
  expect(states(watching)).toEqual(["held", "expired"]);
  expect((watching.atMs.at(-1) ?? 0) - deadlineMs).toBeLessThan(500);
});

test("a hold that is let go is told", async () => {
  const { buyer, id, path } = await held();
  const watching = await watchOwn(path, buyer);
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  expect(await watching.closed).toMatchObject({ code: 1000 });
  expect(states(watching)).toEqual(["held", "cancelled"]);
});

test("a socket that is broken keeps nothing from the owner's others", async () => {
  const { buyer, id, path } = await held();
  await watchOwn(path, buyer);
  const sound = await watchOwn(path, buyer);
  await runInDurableObject(objectOf(id), (_, state) => {
    const fail = () => {
      throw new Error("broken");
    };
    // The first to be told.
    Object.defineProperty(state.getWebSockets(id)[0], "close", { value: fail });
  });
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  await told(sound, isIn("cancelled"));
  expect(states(sound)).toEqual(["held", "cancelled"]);
});

test("a deletion that waits for a payment is told when that has failed", async () => {
  const { buyer, id, path } = await held();
  const watching = await watchOwn(path, buyer);
  await pay(buyer, id, "pm_card_visa_chargeDeclined");
  expect((await call("DELETE", `/reservations/${id}`, { token: buyer.token })).status).toBe(202);
  await watching.closed;
  expect(states(watching)).toEqual(["held", "held pending", "held pending", "cancelled failed"]);
}, 20_000);

test("an object that hibernates meanwhile still knows who watches what", async () => {
  const { buyer, id, path, ticketId } = await held();
  const [watching, other] = [await watchOwn(path, buyer), await newPerson()];
  await evictDurableObject(objectOf(id));
  await hold(other, ticketId);
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  await watching.closed;
  // Nothing of another's.
  expect(states(watching)).toEqual(["held", "cancelled"]);
});

test.each(["cancelled", "confirmed succeeded"])("what is %s already is told so, and that is all", async (end) => {
  const { buyer, id, path } = await held({ price: { amount: 0, currency: "EUR" } });
  if (end === "cancelled") await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  else await pay(buyer, id);
  const watching = await watch(path, { token: buyer.token });
  expect(await watching.closed).toMatchObject({ code: 1000 });
  expect(states(watching)).toEqual([end]);
  const events = new Events(await askToWatch(path, { token: buyer.token }));
  await events.toEnd();
  expect(events.data<Body<"GET /reservations/{id}">>().map(stateOf)).toEqual([end]);
});

test.each([
  ["while it was watched", false],
  ["before anybody came", true],
])(
  "what has ended %s is not looked for any more: a long sale does not remember all who watched",
  async (_when, first) => {
    const { id } = await held();
    const asked = await runInDurableObject(objectOf(id), (_, state) => {
      const store = new Store(state.storage.sql);
      const [ticketType, reservation] = [store.ticketType(), store.reservation(id)];
      if (ticketType === null || reservation === null) throw new Error("there is nothing to watch");
      const ended = { ...reservation, state: "cancelled" } as const;
      const live = new Broadcast(state, 1);
      live.watchReservation(ticketType, first ? ended : reservation);
      if (!first) live.committed(ticketType, false, [ended]);
      const looks = vi.spyOn(state, "getWebSockets");
      live.committed(ticketType, false, [ended]);
      return looks.mock.calls.length;
    });
    expect(asked).toBe(0);
  },
);

test("what its object has forgotten long after its end is told from the copy", async () => {
  const { buyer, id, path } = await held();
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  await runInDurableObject(objectOf(id), (_, { storage }) => void storage.sql.exec("DELETE FROM reservations"));
  const shown = await call("GET", `/reservations/${id}`, { token: buyer.token });
  const watching = await watch(path, { token: buyer.token });
  expect(await watching.closed).toMatchObject({ code: 1000 });
  expect(watching.texts.map((text) => JSON.parse(text))).toEqual([shown.body]);
  const events = new Events(await askToWatch(path, { token: buyer.token }));
  expect(await events.toEnd()).toBe(`retry: 3000\n\nevent: reservation\ndata: ${shown.text.trim()}\n\n`);
});

test("as a stream it is the same, and the stream ends with it", async () => {
  const { buyer, id, path } = await held();
  const events = new Events(await askToWatch(path, { token: buyer.token }));
  await events.until((text) => text.includes("held"));
  await call("DELETE", `/reservations/${id}`, { token: buyer.token });
  await events.toEnd();
  expect(events.data<Body<"GET /reservations/{id}">>().map(stateOf)).toEqual(["held", "cancelled"]);
  expect(events.text).toMatch(/^retry: 3000\n\nevent: reservation\ndata: \{"id":/);
});

test("nobody else watches it, over either way, and nobody can tell that it is there", async () => {
  const { organizer, path, id, ticketId } = await held();
  for (const stranger of [await newPerson(), await newPerson("admin"), organizer]) {
    for (const headers of [{}, { upgrade: "websocket" }]) {
      const replies = [path, `/reservations/${newReservationId(ticketId)}/live`].map(async (asked) => {
        const response = await askToWatch(asked, { token: stranger.token, headers });
        const told = [...response.headers].filter(([name]) => name !== "x-request-id");
        return { status: response.status, told, text: await response.text() };
      });
      const [another, unknown] = await Promise.all(replies);
      expect(another?.status).toBe(404);
      expect(another).toEqual(unknown);
    }
  }
  expect((await askToWatch(path, { headers: { upgrade: "websocket" } })).status).toBe(401);
  expect(await watchersOf(id)).toBe(0);
});

test("another site's page can't open it with its visitor's cookie; the service's own pages can", async () => {
  const { buyer, path, id } = await held();
  const cookie = `__Host-session=${buyer.token}`;
  const ask = async (headers: Record<string, string>) => {
    const response = await askToWatch(path, { headers: { upgrade: "websocket", ...headers } });
    response.webSocket?.accept();
    return response.status === 101 ? 101 : `${response.status} ${JSON.parse(await response.text()).type}`;
  };
  for (const from of [
    { origin: "https://evil.test" },
    { origin: "https://shop.test" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: ORIGIN },
  ] as Record<string, string>[]) {
    expect(await ask({ cookie, ...from })).toBe("403 /problems/cross-site-request");
  }
  expect(await watchersOf(id)).toBe(0);
  expect(await ask({ cookie })).toBe(101);
  expect(await ask({ cookie, origin: ORIGIN })).toBe(101);
  expect(await ask({ cookie, "sec-fetch-site": "same-origin" })).toBe(101);
  // No browser adds a token by itself.
  expect(await ask({ authorization: `Bearer ${buyer.token}`, origin: "https://shop.test" })).toBe(101);
});

test("fifty sockets of one reservation are enough, and take no place of another's or of the ticket type's", async () => {
  const { buyer, path, ticketId } = await held();
  const { token } = buyer;
  for (let n = 0; n < 50; n++) await watch(path, { token });
  for (const headers of [{}, { upgrade: "websocket" }]) {
    const response = await askToWatch(path, { token, headers });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "60"]);
    const problem = { type: "/problems/too-many-watchers", poll: path.replace("/live", "") };
    expect(await response.json()).toMatchObject(problem);
  }
  const other = await newPerson();
  const another = (await hold(other, ticketId)).body.id;
  await watchOwn(`/reservations/${another}/live`, other);
  await watch(`/tickets/${ticketId}/live`);
});
