// Watching over real connections: what comes in which order, and that who leaves makes room.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Client, client } from "../../scripts/lib/client.ts";
import { openSale } from "../crash/sale.ts";
import type { Service } from "../crash/service.ts";
import { startService, useFolder } from "../support/built-service.ts";
import { byCurl, bySocket, byStream, type Follower, HAS_CURL } from "../support/followers.ts";
import { Prng } from "../support/prng.ts";

const HOLD_SECONDS = 900;
// A client that left in silence is noticed after 15 s. The machine may be busy.
const MAX_TRIES = 300;
// Without an answer clients give up after 3 s at the earliest.
const ANSWER_MS = 2_000;

const folder = useFolder("live");
let service: Service;
let buyer: Client;
let token: string;
let ticketId: string;
let ticketPath: string;
let eventPath: string;
let watchers: Follower[] = [];

beforeAll(async () => {
  service = await startService(folder.path, HOLD_SECONDS, { variables: { MAX_WATCHERS: "1" } });
  const sale = await openSale(service, 1, 0, new Prng(1));
  token = sale.buyers[0]?.token ?? "";
  buyer = client(service.url, token);
  ticketId = sale.tickets[0]?.id ?? "";
  ticketPath = `/tickets/${ticketId}`;
  eventPath = `/events/${(await buyer<{ event: string }>("GET", ticketPath)).body.event}`;
});
afterEach(async () => {
  // A test that failed must not keep the only place from the next one. A message that can't be sent
  // shows at once that its receiver has left.
  for (const watcher of watchers) watcher.leave();
  watchers = [];
  await reserve();
});
afterAll(() => service.kill());

/** Watches, and tries again while there is no room. When it returns the first message has come. */
async function enter(way: typeof byStream, path: string): Promise<Follower> {
  for (let tries = 1; ; tries++) {
    const watcher = way(service.url + path);
    watchers.push(watcher);
    const isDecided = () => watcher.hasEnded || watcher.text.includes(`"ticket":"${ticketId}"`);
    await expect.poll(isDecided, { interval: 5 }).toBe(true);
    if (!watcher.hasEnded) return watcher;
    if (tries === MAX_TRIES) throw new Error(`there is no room: ${watcher.text}`);
    await sleep(200);
  }
}

/** As the newest message says. `GET /tickets/{id}` may be a moment behind it. */
function availableIn(watcher: Follower): number {
  const messages = watcher.text.matchAll(/"ticket":"(\w+)","seq":\d+,"capacity":\d+,"available":(\d+),/g);
  return Number([...messages].findLast(([, id]) => id === ticketId)?.[2]);
}

async function reserve(): Promise<string> {
  const held = await buyer<{ id: string }>("POST", "/reservations", { ticket: ticketId, price: ticketId, quantity: 1 });
  expect(held.status).toBe(201);
  return held.body.id;
}

test.each<[name: string, way: typeof byStream, path: () => string]>([
  ["a WebSocket", bySocket, () => ticketPath],
  ["a stream of a ticket type", byStream, () => ticketPath],
  ["a stream of an event", byStream, () => eventPath],
  ...(HAS_CURL ? [["curl -N", byCurl, () => eventPath] satisfies [string, typeof byStream, () => string]] : []),
])("%s shows each change, refuses a second watcher, and makes room when it is left", async (_name, way, path) => {
  const live = `${path()}/live`;
  const watcher = await enter(way, live);
  const first = availableIn(watcher);
  for (let held = 1; held <= 5; held++) {
    await reserve();
    await expect.poll(() => availableIn(watcher), { interval: 5 }).toBe(first - held);
  }
  const refused = await fetch(service.url + live);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "60"]);
  expect(await refused.json()).toMatchObject({ type: "/problems/too-many-watchers", poll: path() });
  watcher.leave();
  await reserve();
  await enter(way, live);
});

test("a stream that is left in silence makes room, too", async () => {
  const watcher = await enter(byStream, `${ticketPath}/live`);
  watcher.leave();
  await enter(byStream, `${ticketPath}/live`);
});

test("a buyer's page that is loaded over and over is let in each time, and the last one sees the end", async () => {
  const id = await reserve();
  const load = () => byStream(`${service.url}/reservations/${id}/live`, { authorization: `Bearer ${token}` });
  const state = (watcher: Follower) => watcher.text.match(/.*"state":"(\w+)"/)?.[1];
  for (let loads = 0; loads < 25; loads++) {
    const watcher = load();
    await expect.poll(() => state(watcher), { interval: 5 }).toBe("held");
    watcher.leave();
  }
  const watcher = load();
  await buyer("POST", `/reservations/${id}/payment`, { payment_method: "pm_card_visa" });
  await expect.poll(() => watcher.hasEnded).toBe(true);
  const states = watcher.text.match(/"state":"\w+"/g);
  expect(states?.slice(-2)).toEqual(['"state":"confirmed"', '"state":"succeeded"']);
});

test.each<[how: string, sent: [code?: number, reason?: string], code: number]>([
  ["without a code", [], 1005],
  ["normally", [1000, "enough"], 1000],
  ["with a code of its own", [4000, "later"], 4000],
])("a client that closes its socket %s gets the Close frame back at once", async (_how, sent, code) => {
  const watcher = await enter(bySocket, `${ticketPath}/live`);
  watcher.leave(...sent);
  const leftAtMs = performance.now();
  await expect.poll(() => watcher.hasEnded, { interval: 5 }).toBe(true);
  expect(performance.now() - leftAtMs).toBeLessThan(ANSWER_MS);
  expect(watcher.closeCode).toBe(code);
});
