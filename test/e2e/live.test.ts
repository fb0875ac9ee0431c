// Watching over real connections: what comes, how soon, and that whoever goes away makes room.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, client } from "../../scripts/lib/client.ts";
import { chance } from "../crash/random.ts";
import { openSale } from "../crash/sale.ts";
import { buildWorker, Service } from "../crash/service.ts";

const HOLD_SECONDS = 60;
const LONGEST_MS = 120_000;
const HAS_CURL = spawnSync("curl", ["--version"]).status === 0;

let folder: string;
let service: Service;
let buyer: Client;
let token: string;
let ticketId: string;
let eventId: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ticket-overlord-live-"));
  const script = await buildWorker(join(folder, "worker"));
  const settings = { MAX_WATCHERS: "1" };
  service = await Service.create(join(folder, "service"), script, HOLD_SECONDS, chance(Date.now()), {
    variables: settings,
  });
  await service.startNew();
  const sale = await openSale(service, 1, 0, chance(1));
  token = sale.buyers[0]?.token ?? "";
  buyer = client(service.url, token);
  ticketId = sale.tickets[0]?.id ?? "";
  eventId = (await buyer<{ event: string }>("GET", `/tickets/${ticketId}`)).body.event;
}, LONGEST_MS);
afterAll(async () => {
  await service.kill();
  rmSync(folder, { recursive: true, force: true });
});

interface Watching {
  /** What came so far. */
  readonly text: () => string;
  leave(): void;
}

/** As a browser does. */
function socket(path: string): Watching {
  const texts: string[] = [];
  const opened = new WebSocket(service.url.replace("http", "ws") + path);
  opened.addEventListener("message", ({ data }) => texts.push(String(data)));
  return { text: () => texts.join("\n"), leave: () => opened.close() };
}

function stream(path: string, headers: Record<string, string> = {}): Watching {
  const stop = new AbortController();
  let text = "";
  const read = async () => {
    const response = await fetch(service.url + path, { headers, signal: stop.signal });
    if (response.body === null) return;
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) text += part;
    text += "(the end)";
  };
  read().catch(() => {});
  return { text: () => text, leave: () => stop.abort() };
}

function curl(path: string): Watching {
  const child = spawn("curl", ["-sN", service.url + path], { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.on("data", (part) => (text += part));
  return { text: () => text, leave: () => child.kill("SIGKILL") };
}

/** Whether there is room, without taking it. */
async function ask(path: string): Promise<Response> {
  return fetch(service.url + path, { method: "HEAD" });
}

function isFree(path: string, withinMs: number): Promise<void> {
  return expect.poll(async () => (await ask(path)).status, { timeout: withinMs, interval: 200 }).toBe(200);
}

async function reserve(): Promise<string> {
  const held = await buyer<{ id: string }>("POST", "/reservations", { ticket: ticketId, quantity: 1 });
  expect(held.status).toBe(201);
  return held.body.id;
}

async function available(): Promise<number> {
  return (await buyer<{ available: number }>("GET", `/tickets/${ticketId}`)).body.available;
}

const ofTicket = () => `/tickets/${ticketId}/live`;
const ofEvent = () => `/events/${eventId}/live`;
const WAYS: readonly [way: string, watch: (path: string) => Watching, path: () => string][] = [
  ["a WebSocket", socket, ofTicket],
  ["a stream of a ticket type", stream, ofTicket],
  ["a stream of an event", stream, ofEvent],
  ...(HAS_CURL ? [["curl -N", curl, ofEvent] satisfies (typeof WAYS)[number]] : []),
];

describe.each(WAYS)("%s", (_way, watch, path) => {
  const says = (left: number) => `"available":${left}}`;

  test("tells what there is, and within half a second what changes", { timeout: 60_000 }, async () => {
    const watching = watch(path());
    let left = await available();
    await expect.poll(watching.text, { timeout: 5_000 }).toContain(says(left));
    const tookMs: number[] = [];
    for (let round = 0; round < 10; round++) {
      const startedAtMs = performance.now();
      await reserve();
      left -= 1;
      await expect.poll(watching.text, { timeout: 5_000, interval: 5 }).toContain(says(left));
      tookMs.push(performance.now() - startedAtMs);
    }
    expect(Math.max(...tookMs), "ms from asking to seeing").toBeLessThan(500);
    watching.leave();
    await reserve();
    await isFree(path(), 5_000);
  });

  test("is refused with a hint where too many watch, and who leaves makes room", { timeout: 60_000 }, async () => {
    await isFree(path(), 5_000);
    const watching = watch(path());
    await expect.poll(watching.text, { timeout: 5_000 }).toContain(ticketId);
    const refused = await fetch(service.url + path());
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "60"]);
    const poll = path().replace("/live", "");
    expect(await refused.json()).toMatchObject({ type: "/problems/too-many-watchers", poll });
    watching.leave();
    await reserve();
    await isFree(path(), 5_000);
  });
});

test("a stream is to the byte what the standard says", async () => {
  await isFree(ofTicket(), 5_000);
  const [left, capacity] = [await available(), 60];
  const watching = stream(ofTicket());
  await expect.poll(watching.text, { timeout: 5_000 }).toContain("data");
  expect(watching.text().replace(/"seq":\d+/, '"seq":1')).toBe(
    `retry: 3000\n\nevent: availability\ndata: {"ticket":"${ticketId}","seq":1,"capacity":${capacity},"available":${left}}\n\n`,
  );
  // Nobody is there to be told: it shows when the next sign of life is sent.
  watching.leave();
  await isFree(ofTicket(), 20_000);
});

test("a buyer's own reservation is watched to its end, which ends the stream", async () => {
  const id = await reserve();
  const watching = stream(`/reservations/${id}/live`, { authorization: `Bearer ${token}` });
  await expect.poll(watching.text, { timeout: 5_000 }).toContain('"state":"held"');
  await buyer("POST", `/reservations/${id}/payment`, { payment_method: "pm_card_visa" });
  await expect.poll(watching.text, { timeout: 15_000 }).toContain("(the end)");
  const states = [...watching.text().matchAll(/"state":"(\w+)"/g)].map(([, state]) => state);
  expect(states).toEqual(["held", "held", "pending", "confirmed", "succeeded"]);
});

test("a buyer's page that is loaded anew over and over is let in each time", { timeout: 60_000 }, async () => {
  const id = await reserve();
  for (let load = 0; load < 25; load++) {
    const watching = stream(`/reservations/${id}/live`, { authorization: `Bearer ${token}` });
    await expect.poll(watching.text, { timeout: 5_000, interval: 5 }).toContain('"state":"held"');
    watching.leave();
  }
});
