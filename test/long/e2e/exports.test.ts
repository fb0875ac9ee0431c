// The files of an event with 100,000 tickets, for a reader who takes their time.

import { readdirSync, readFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EVENT, fill, ORGANISER } from "../../../bench/sales.ts";
import { accessToken } from "../../../src/worker/auth/tokens.ts";
import { SESSION_SECRET, type Service } from "../../crash/service.ts";
import { startService, useFolder } from "../../support/built-service.ts";

/** With 1.7 tickets that are sold each, on average. */
const RESERVATIONS = 60_000;
const PAUSE_EVERY = 4;
const PAUSE_MS = 200;
/** What one isolate may have in all: the file alone is as large as a quarter of it. */
const MEMORY_BYTES = 128 * 1024 * 1024;
const HAS_PROC = process.platform === "linux";

const folder = useFolder("exports");
let service: Service;
let token: string;

beforeAll(async () => {
  service = await startService(folder.path, 900);
  await fill(service, RESERVATIONS, Date.now());
  token = await accessToken({ SESSION_SECRET }, ORGANISER);
}, 600_000);
afterAll(() => service?.kill());

test("the list of attendees comes whole, and is never whole in memory", { timeout: 900_000 }, async () => {
  await slowly("/sales");
  const beforeBytes = residentBytes();
  if (HAS_PROC) expect(beforeBytes).toBeGreaterThan(0);
  const { text, pauses, mostBytes } = await slowly("/attendees.csv");
  const [sold] = await service.query<{ passes: number }>(
    "SELECT sum(quantity) AS passes FROM reservations WHERE state = 'confirmed'",
  );
  const lines = text.split("\r\n").slice(1, -1);
  expect(lines.length).toBeGreaterThan(100_000);
  expect(lines).toHaveLength(sold?.passes ?? 0);
  expect(new Set(lines.map((line) => line.split(",").at(-2))).size).toBe(lines.length);
  expect(pauses).toBeGreaterThan(10);
  const moreBytes = mostBytes - beforeBytes;
  console.log(`${lines.length} lines, ${text.length} bytes; ${moreBytes} bytes of memory more than before`);
  if (HAS_PROC) expect(moreBytes).toBeLessThan(MEMORY_BYTES);
});

test("so does the list of orders", { timeout: 900_000 }, async () => {
  const { text } = await slowly("/orders.csv");
  const [made] = await service.query<{ orders: number }>("SELECT count(*) AS orders FROM event_orders");
  const ids = text
    .split("\r\n")
    .slice(1, -1)
    .map((line) => line.split(",")[0]);
  expect(ids.length).toBeGreaterThan(10_000);
  expect(new Set(ids).size).toBe(made?.orders);
});

test("a reader who leaves ends the reading, and others are served meanwhile", { timeout: 120_000 }, async () => {
  const response = await open("/attendees.csv");
  response.once("readable", () => response.read());
  const other = await open("/sales");
  expect(other.statusCode).toBe(200);
  other.resume();
  response.destroy();
  const after = await open("/attendees?limit=10");
  expect(after.statusCode).toBe(200);
  after.resume();
});

/** Reads a reply with pauses in which nothing is taken. */
async function slowly(path: string): Promise<{ text: string; pauses: number; mostBytes: number }> {
  const response = await open(path);
  expect(response.statusCode).toBe(200);
  const parts: Buffer[] = [];
  let [pauses, mostBytes] = [0, 0];
  for await (const part of response) {
    parts.push(part as Buffer);
    if (parts.length % PAUSE_EVERY !== 0) continue;
    await sleep(PAUSE_MS);
    pauses += 1;
    mostBytes = Math.max(mostBytes, residentBytes());
  }
  return { text: Buffer.concat(parts).toString("utf8"), pauses, mostBytes };
}

function open(path: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    get(`${service.url}/events/${EVENT}${path}`, { headers }, resolve).on("error", reject);
  });
}

/** What workerd of this service keeps in memory; 0 where nobody can say. */
function residentBytes(): number {
  if (!HAS_PROC) return 0;
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const server = processes.find((id) => fileOf(id, "cmdline").includes(folder.path));
  const children = processes
    .map((id) => fileOf(id, "status"))
    .filter((status) => status.includes(`PPid:\t${server}\n`));
  return Math.max(0, ...children.map((status) => Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024));
}

/** Empty where the process has ended meanwhile. */
function fileOf(id: string, name: string): string {
  try {
    return readFileSync(`/proc/${id}/${name}`, "utf8");
  } catch {
    return "";
  }
}
