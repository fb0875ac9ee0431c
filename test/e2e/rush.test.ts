// Many buyers at once for long enough that V8 compiles what they run through: requests that wait
// for one another's call must go on where they belong then, too. With `new Promise` in wake.ts some
// dozens are answered 500 within seconds, until a canary tells of it; without the canary most of
// them are. Tests inside workerd can't see it: nobody is woken there.

import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { client } from "../../scripts/lib/client.ts";
import { chance } from "../crash/random.ts";
import { openSale, type Sale } from "../crash/sale.ts";
import { buildWorker, Service } from "../crash/service.ts";

const HOLD_SECONDS = 900;
const BUYERS = 64;
const RUSH_MS = 8_000;
/** One of so many goes away before the answer is there. */
const LEAVES = 16;
const CAPACITY = 1_000_000;
const LONGEST_MS = 120_000;

let folder: string;
let service: Service;
let sale: Sale;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ticket-overlord-rush-"));
  const script = await buildWorker(join(folder, "worker"));
  const [settings, random] = [{ isDirect: true }, chance(Date.now())];
  service = await Service.create(join(folder, "service"), script, HOLD_SECONDS, random, settings);
  await service.startNew();
  sale = await openSale(service, BUYERS, 0, random);
}, LONGEST_MS);
afterAll(async () => {
  await service.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function ticketWithRoom(): Promise<string> {
  const organiser = client(service.url, sale.organiserToken);
  const { body } = await organiser<{ event: string }>("GET", `/tickets/${sale.tickets[0]?.id}`);
  const price = { amount: 4_500, currency: "EUR" };
  const ticket = { name: "For everybody", capacity: CAPACITY, max_per_buyer: null, price };
  const added = await organiser<{ id: string }>("POST", `/events/${body.event}/tickets`, ticket);
  expect(added.status).toBe(201);
  return added.body.id;
}

test("everybody who stays is answered with tickets of their own, however many go away", {
  timeout: LONGEST_MS,
}, async () => {
  const ticket = await ticketWithRoom();
  const agent = new Agent({ keepAlive: true, maxSockets: BUYERS });
  const { hostname, port } = new URL(service.url);
  const body = JSON.stringify({ ticket, quantity: 1 });
  const told = new Map<string, number>();
  const ids = new Set<string>();
  let left = 0;

  const buy = (token: string, leaves: boolean): Promise<void> =>
    new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const asked = ask({ hostname, port, agent, method: "POST", path: "/reservations", headers }, (response) => {
        let text = "";
        response.on("data", (part) => (text += part));
        response.on("end", () => {
          told.set(`${response.statusCode}`, (told.get(`${response.statusCode}`) ?? 0) + 1);
          if (response.statusCode === 201) ids.add(JSON.parse(text).id);
          resolve();
        });
      });
      asked.on("error", (fault) => {
        if (leaves) left += 1;
        else told.set(fault.message, (told.get(fault.message) ?? 0) + 1);
        resolve();
      });
      asked.end(body);
      if (leaves) setTimeout(() => asked.destroy(), 1 + (ids.size % 5));
    });

  const untilMs = performance.now() + RUSH_MS;
  let number = 0;
  await Promise.all(
    sale.buyers.map(async ({ token }) => {
      while (performance.now() < untilMs) {
        number += 1;
        await buy(token, number % LEAVES === 0);
      }
    }),
  );
  agent.destroy();

  const answered = told.get("201") ?? 0;
  expect([...told]).toEqual([["201", answered]]);
  expect(ids.size).toBe(answered);
  // As many as it takes for the code to be compiled, on any machine that these tests run on.
  expect(answered).toBeGreaterThan(2_000);
  expect(left).toBeGreaterThan(20);
  const reader = client(service.url);
  const taken = async () => {
    const { body } = await reader<{ available: number }>("GET", `/tickets/${ticket}`);
    return CAPACITY - body.available;
  };
  // Availability is a moment old, and what came last is copied after all that came before.
  await expect.poll(taken, { timeout: 30_000, interval: 500 }).toBeGreaterThanOrEqual(answered);
  expect(await taken()).toBeLessThanOrEqual(answered + left);
  // No request was woken in another's place.
  expect(service.log()).not.toMatch(/"level\\*":\\*"error/);
});
