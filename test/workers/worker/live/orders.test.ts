// The live stream of an order: its owner follows it to its end over either way, and nobody else.

import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Order } from "../../../../src/durable/order/order.ts";
import { newId, newLongId, orderIdFrom } from "../../../../src/platform/ids.ts";
import { signLiveTicket } from "../../../../src/worker/auth/tokens.ts";
import { orderIdFor } from "../../../../src/worker/objects/orders.ts";
import { orderObject, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { type Body, call, newPerson, timeless, until } from "../../../support/service.ts";
import { askToWatch, openStream, socketStatus, watch } from "../../../support/watching.ts";

const UPGRADE = { upgrade: "websocket" };
const SHOP = { origin: "https://shop.test" };
const REFUSED = "401 /problems/live-ticket-refused";
const CARD_DECLINED = "pm_card_visa_chargeDeclined";
const FREE = { price: { amount: 0, currency: "EUR" } };
const DECLINED = { code: "card_declined", message: "The card was declined." };

afterEach(() => {
  vi.useRealTimers();
});

type ShownOrder = Body<"GET /orders/{id}">;

/** A buyer with an order of two ticket types. */
async function ordered(ticket: Record<string, unknown> = {}) {
  const sale = await twoTypes(ticket, ticket);
  const buyer = await newPerson();
  const { id } = (await placeOrder(buyer, [sale.stalls, 2], [sale.parking, 1])).body;
  const shown = `/orders/${id}`;
  const release = () => call("DELETE", shown, { token: buyer.token });
  return { ...sale, buyer, token: buyer.token, id, shown, path: `${shown}/live`, release };
}

type Scene = Awaited<ReturnType<typeof ordered>>;

/** `held`, with a payment `held pending`, with a cancel that waits `held pending, to cancel`. */
function stateOf({ state, payment, cancel_requested: isToCancel }: ShownOrder): string {
  return `${payment === null ? state : `${state} ${payment.state}`}${isToCancel ? ", to cancel" : ""}`;
}

async function seenBy(asked: Promise<Response>): Promise<[status: number, text: string]> {
  const response = await asked;
  return [response.status, await response.text()];
}

async function expectSockets(orderId: string, wanted: number): Promise<void> {
  const sockets = () => runInDurableObject(orderObject(orderId), (_, state) => state.getWebSockets().length);
  await until(sockets, (count) => count === wanted);
}

/** The order's deadline is near, and the object's memory is new: only the alarm runs. */
async function expireByAlarm(id: string): Promise<void> {
  await runInDurableObject(orderObject(id), (_, { storage }) => {
    storage.sql.exec("UPDATE orders SET expires_at_ms = ?", Date.now() + 1_500);
    return storage.setAlarm(Date.now() + 1_500);
  });
  await evictDurableObject(orderObject(id));
}

async function settleAsDeclined(id: string): Promise<void> {
  const [payment] = await runInDurableObject(orderObject(id), (_, { storage }) =>
    storage.sql.exec("SELECT id FROM payments").toArray(),
  );
  const outcome = { state: "failed", failure: DECLINED } as const;
  await orderObject(id).settle([{ paymentId: String(payment?.id), outcome }]);
}

describe("an order is followed to its end over both ways", () => {
  type Act = (scene: Scene, reached: (state: string) => Promise<unknown>) => Promise<unknown>;

  test.each<[name: string, act: Act, states: string[]]>([
    ["a payment", ({ buyer, id }) => payOrder(buyer, id), ["held", "held pending", "confirmed succeeded"]],
    [
      "a payment that fails, and the next one",
      async ({ buyer, id }, reached) => {
        await payOrder(buyer, id, CARD_DECLINED);
        await reached("held failed");
        await payOrder(buyer, id);
      },
      ["held", "held pending", "held failed", "held pending", "confirmed succeeded"],
    ],
    ["an order that is let go", ({ release }) => release(), ["held", "cancelled"]],
    [
      "a cancel that waits for a payment",
      async ({ buyer, id, release }) => {
        await payOrder(buyer, id, "pm_sandbox_slow_600s");
        expect((await release()).status).toBe(202);
        await settleAsDeclined(id);
      },
      ["held", "held pending", "held pending, to cancel", "cancelled failed"],
    ],
    ["an order that expires, by the alarm alone", ({ id }) => expireByAlarm(id), ["held", "expired"]],
    [
      "an event that is called off",
      ({ eventId, organizer }) =>
        call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { status: "cancelled" } }),
      ["held", "cancelled"],
    ],
    [
      "a payment of an order whose object hibernates in between",
      async ({ buyer, id }, reached) => {
        await evictDurableObject(orderObject(id));
        await payOrder(buyer, id, CARD_DECLINED);
        await reached("held failed");
        await evictDurableObject(orderObject(id));
        await payOrder(buyer, id);
      },
      ["held", "held pending", "held failed", "held pending", "confirmed succeeded"],
    ],
  ])(
    "%s",
    async (_name, act, states) => {
      const scene = await ordered();
      const { id, path, shown, token } = scene;
      const reconnect = (lastId: string) => askToWatch(path, { token, headers: { "last-event-id": lastId } });
      const watcher = await watch<ShownOrder>(path, { token });
      const events = await openStream<ShownOrder>(path, { token });
      await watcher.until(() => true);
      await events.until((text) => text.includes("data"));
      const show = async () => timeless((await call("GET", shown, { token })).text.trim());
      expect(watcher.texts.map(timeless)).toEqual([await show()]);
      await act(scene, (state) => watcher.until((message) => stateOf(message) === state));
      expect(await watcher.closed).toBe(1000);
      expect(watcher.messages.map(stateOf)).toEqual(states);
      expect(watcher.texts.at(-1)).toBe(await show());
      expect(await events.toEnd()).toMatch(/^retry: 3000\n\nid: held\nevent: order\ndata: \{"id":/);
      // A slow reader of a stream may miss what is between, never the last.
      expect(events.messages.at(-1)).toEqual(watcher.messages.at(-1));
      await expectSockets(id, 0);
      const lastId = states.at(-1)?.replace(" ", ":") ?? "";
      expect(events.text).toContain(`id: ${lastId}\n`);
      expect(await seenBy(reconnect(lastId))).toEqual([204, ""]);
      // The connection broke before the last message came.
      expect(await seenBy(reconnect("held"))).toEqual([200, expect.stringContaining(`id: ${lastId}\n`)]);
    },
    60_000,
  );

  test.each<[end: string, end: (scene: Scene) => Promise<unknown>]>([
    ["cancelled", ({ release }) => release()],
    ["confirmed succeeded", ({ buyer, id }) => payOrder(buyer, id)],
    [
      "cancelled",
      async ({ id, release }) => {
        await release();
        // The object forgets it long after its end. D1 does not.
        await runInDurableObject(orderObject(id), (_, { storage }) => storage.deleteAll());
        await evictDurableObject(orderObject(id));
      },
    ],
  ])("one that is %s already comes as it is shown, and that is all", async (state, end) => {
    const scene = await ordered(FREE);
    const { path, shown, token } = scene;
    await end(scene);
    const { text } = await call("GET", shown, { token });
    expect(stateOf(JSON.parse(text))).toBe(state);
    const watcher = await watch<ShownOrder>(path, { token });
    expect(await watcher.closed).toBe(1000);
    expect(watcher.texts).toEqual([text.trim()]);
    const events = await openStream(path, { token });
    const id = state.replace(" ", ":");
    expect(await events.toEnd()).toBe(`retry: 3000\n\nid: ${id}\nevent: order\ndata: ${text.trim()}\n\n`);
    expect(await seenBy(askToWatch(path, { token, headers: { "last-event-id": id } }))).toEqual([204, ""]);
  });
});

test("its watchers hear the end when its object forgets it, and no socket is left", async () => {
  const { id, path, token, buyer } = await ordered();
  await payOrder(buyer, id, "pm_sandbox_slow_600s");
  const watcher = await watch<ShownOrder>(path, { token });
  await watcher.until(() => true);
  // As after a refusal that nobody waits for any more.
  await runInDurableObject(orderObject(id), (_, { storage }) => {
    storage.sql.exec("DELETE FROM payments");
    storage.sql.exec("UPDATE items SET phase = 'released'");
    storage.sql.exec("UPDATE orders SET phase = 'refused'");
  });
  await evictDurableObject(orderObject(id));
  await orderObject(id).wake();
  expect(await watcher.closed).toBe(1000);
  await expectSockets(id, 0);
  expect(await runInDurableObject(orderObject(id), (_, { storage }) => [...storage.kv.list()])).toEqual([]);
});

describe("an order is watched by nobody but its owner", () => {
  test("others can't tell it from one that does not exist, over either way", async () => {
    const { organizer, path, id } = await ordered();
    const unknown = `/orders/${orderIdFor(env, newId(), "POST /orders", null)}/live`;
    for (const { token } of [await newPerson(), await newPerson("admin"), organizer]) {
      for (const headers of [{}, UPGRADE]) {
        const replies = [path, unknown].map(async (asked) => {
          const response = await askToWatch(asked, { token, headers });
          return [response.status, timeless(await response.text()).replaceAll(asked, "…")];
        });
        const [seen, wanted] = await Promise.all(replies);
        expect(seen?.[0]).toBe(404);
        expect(seen).toEqual(wanted);
      }
    }
    await expectSockets(id, 0);
    expect((await askToWatch(path)).status).toBe(401);
  });

  test("no other site's page opens a socket with their cookie", async () => {
    const { path, token } = await ordered();
    const cookie = `__Host-session=${token}`;
    expect(await socketStatus(path, { cookie, ...SHOP })).toBe("403 /problems/cross-site-request");
    expect(await socketStatus(path, { cookie })).toBe("101");
  });
});

test("fifty pages of its owner may watch it, also after its object hibernated", async () => {
  const { id, path, token } = await ordered();
  const watchers = await Promise.all(Array.from({ length: 50 }, () => watch<ShownOrder>(path, { token })));
  await evictDurableObject(orderObject(id));
  for (const headers of [{}, UPGRADE]) {
    const refused = await askToWatch(path, { token, headers });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "60"]);
    expect(await refused.json()).toMatchObject({ type: "/problems/too-many-watchers", poll: `/orders/${id}` });
  }
  watchers[0]?.socket.close();
  await expectSockets(id, 49);
  await watch(path, { token });
});

test("a watcher that sends anything is closed, also by an object that hibernated", async () => {
  const { id, path, token } = await ordered();
  const watcher = await watch<ShownOrder>(path, { token });
  await watcher.until(() => true);
  await evictDurableObject(orderObject(id));
  watcher.socket.send("hello");
  expect(await watcher.closed).toBe(1008);
});

describe.each([
  ["an order's object", async () => {}],
  [
    "an order's object that hibernated",
    async (id: string) => {
      // One that has gone by itself, on a busy machine, can't be evicted.
      await orderObject(id).audit();
      await evictDurableObject(orderObject(id));
    },
  ],
])("%s", (_name, prepare) => {
  test("answers a ping, and does not run for it", async () => {
    const { id, path, token } = await ordered();
    const handler = vi.spyOn(Order.prototype, "webSocketMessage");
    const watcher = await watch<ShownOrder>(path, { token });
    await watcher.until(() => true);
    await prepare(id);
    watcher.socket.send("ping");
    await vi.waitUntil(() => watcher.texts.at(-1) === "pong", 30_000);
    expect(handler).not.toHaveBeenCalled();
  });
});

test("its messages have the names that were there before D1 was out of reach", async () => {
  const { path, token, release } = await ordered();
  const watcher = await watch<ShownOrder>(path, { token });
  await watcher.until(() => true);
  const blind = await watch<ShownOrder>(path, { token, settings: { DB: brokenDatabase() } });
  await blind.until(() => true);
  await release();
  for (const { closed } of [watcher, blind]) expect(await closed).toBe(1000);
  const names = [...watcher.messages, ...blind.messages].map(({ items }) =>
    items.map((item) => item.ticket_type?.name),
  );
  expect(names).toEqual(Array(4).fill(["Stalls", "Parking"]));
});

describe("a live ticket", () => {
  const urlFor = async ({ token }: { readonly token: string }, id: string) =>
    (await call("POST", `/orders/${id}/live-ticket`, { token, headers: SHOP })).body.url;
  const statusOf = async (url: string) => {
    const response = await askToWatch(url, { headers: SHOP });
    if (response.status !== 200) return `${response.status} ${JSON.parse(await response.text()).type}`;
    await response.body?.cancel();
    return "200";
  };

  test("lets a page of another origin follow the order to its end, over either way", async () => {
    const { buyer, id, release } = await ordered();
    const events = await openStream<ShownOrder>(await urlFor(buyer, id), { headers: SHOP });
    const socket = await watch<ShownOrder>(await urlFor(buyer, id), { headers: SHOP });
    await release();
    await events.toEnd();
    expect(await socket.closed).toBe(1000);
    expect([events, socket].map(({ messages }) => messages.at(-1)?.state)).toEqual(["cancelled", "cancelled"]);
  });

  test.each<[when: string, between: (id: string) => unknown]>([
    ["at once", () => {}],
    ["after the object hibernated", (id) => evictDurableObject(orderObject(id))],
    ["after the object died", () => abortAllDurableObjects()],
  ])("is good for one use: again %s it opens nothing", async (_when, between) => {
    const { buyer, id } = await ordered();
    const url = await urlFor(buyer, id);
    expect(await statusOf(url)).toBe("200");
    await between(id);
    expect(await statusOf(url)).toBe(REFUSED);
    expect(await socketStatus(url, SHOP)).toBe(REFUSED);
  });

  test("opens what it was made for, and nothing else", async () => {
    const { buyer, id, path } = await ordered();
    const [first] = (await call("GET", "/reservations", { token: buyer.token })).list;
    const made = await call("POST", `/reservations/${first?.id}/live-ticket`, { token: buyer.token });
    expect(await statusOf(`${path}?ticket=${made.body.ticket}`)).toBe(REFUSED);
    const url = await urlFor(buyer, id);
    const { ticket } = { ticket: url.split("ticket=")[1] };
    expect(await statusOf(`/reservations/${first?.id}/live?ticket=${ticket}`)).toBe(REFUSED);
    const other = (await placeOrder(buyer, [first?.ticket ?? "", 1])).body.id;
    expect(await statusOf(`/orders/${other}/live?ticket=${ticket}`)).toBe(REFUSED);
    expect(await statusOf(url)).toBe("200");
  });

  test("is made for its owner alone, and for an order that its object knows", async () => {
    const { buyer, id, path, release } = await ordered();
    const stranger = await newPerson();
    const ask = (token: string, of = id) => call("POST", `/orders/${of}/live-ticket`, { token });
    expect((await ask(stranger.token)).status).toBe(404);
    expect((await ask(buyer.token, orderIdFrom(newId(), ""))).status).toBe(404);
    const opens = { type: "order", id } as const;
    const { text } = await signLiveTicket(env, { sessionId: newLongId(), accountId: stranger.accountId, opens });
    expect(await statusOf(`${path}?ticket=${text}`)).toBe("404 /problems/not-found");
    const url = await urlFor(buyer, id);
    await release();
    await runInDurableObject(orderObject(id), (_, { storage }) => storage.deleteAll());
    await evictDurableObject(orderObject(id));
    expect((await ask(buyer.token)).status).toBe(404);
    expect(await statusOf(url)).toBe(REFUSED);
  });
});
