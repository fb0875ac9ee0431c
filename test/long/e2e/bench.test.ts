// A taste of each scenario of the bench. Times beside other tests say nothing: only that it works.

import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { cold } from "../../../bench/cold.ts";
import { redis, watchers } from "../../../bench/disturbance.ts";
import { expiry } from "../../../bench/expiry.ts";
import { lists } from "../../../bench/lists.ts";
import { loadGenerator } from "../../../bench/load.ts";
import { object } from "../../../bench/object.ts";
import { orders } from "../../../bench/orders.ts";
import { pay } from "../../../bench/pay.ts";
import { postgresVersion } from "../../../bench/peers/postgres.ts";
import { reads } from "../../../bench/reads.ts";
import { markdown, type Report } from "../../../bench/report.ts";
import { reserve } from "../../../bench/reserve.ts";
import { sales } from "../../../bench/sales.ts";
import { extraVersion, PEERS } from "../../../scripts/lib/extra-packages.ts";
import { useFolder } from "../../support/built-service.ts";
import { withRedis } from "../../support/with-redis.ts";

const folder = useFolder("bench");

// How far a scenario has come.
beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());

/** As it is printed, where each cell has something in it. */
function printed(report: Report): string {
  const text = markdown(report, "npm run bench");
  expect(text).not.toContain("NaN");
  expect(text).not.toContain("undefined");
  return text;
}

test("lists: of a catalogue twice as large, each with as many rows", async () => {
  const report = await lists(join(folder.path, "lists"), [100, 200], 1);
  expect(report.rows.length).toBeGreaterThan(30);
  expect(printed(report)).toContain("| GET /reservations, deep | 10 |");
  expect(report.rows.filter(([, rows]) => rows === "0").map(([name]) => name)).toEqual([
    "q: two words that never meet",
    "available, q: a word of sold out events",
    "from, to, q: a word that is not there then",
  ]);
});

test("sales: of an event that has sold twice as much, each with as many rows", async () => {
  const report = await sales(join(folder.path, "sales"), [1_000, 2_000], 1);
  expect(report.rows).toHaveLength(10);
  expect(report.rows.filter(([, rows]) => rows === "0")).toEqual([]);
  expect(printed(report)).toContain("| orders, deep |");
});

test("object: batches of each size, with few reservations there and with many", async () => {
  const some = { small: 100, large: 1_000, sizes: [10, 100], rounds: 1, perTurn: 50 };
  const report = await object(join(folder.path, "object"), { ...some });
  expect(report.rows.map(([size]) => size)).toEqual(["10", "100"]);
  expect(report.wrong).toEqual([]);
  expect(printed(report)).toContain("| batches of | 100 there, µs | 1000 there, µs |");
});

withRedis("redis", () => {
  test("well, hanging, and none", async () => {
    const report = await redis(join(folder.path, "redis"), { rounds: 2, seconds: 0.3 });
    expect(report.rows).toHaveLength(4);
    expect(printed(report)).toContain("| with Redis hanging |");
  });
});

test("watchers: all of them receive each change", async () => {
  const some = { watchers: 20, rounds: 2, seconds: 0.3, changes: 2 };
  const report = await watchers(join(folder.path, "watchers"), { ...some });
  expect(report.rows).toHaveLength(3);
  expect(printed(report)).toContain("20 watchers of the last one received single changes");
});

const turns = { rounds: 1, seconds: 0.3 };
// Nothing is installed for a test.
const hasPeer = postgresVersion() !== null && extraVersion(PEERS, "fastify") !== null;
const peers = hasPeer ? [{ processes: 2, pool: 2 }] : [];

// At once, because most of the time they wait.
describe.skipIf(loadGenerator() === null)("a load, and the records after it", { concurrent: true }, () => {
  test("reserve", async () => {
    const report = await reserve(folder.path, { tickets: 1, peers, ...turns });
    const sides = ["a plain 200", "ceiling", "ours", ...(hasPeer ? ["peer"] : [])];
    expect(report.rows.map(([name]) => name?.split(",")[0])).toEqual(sides);
    expect(report.wrong).toEqual([]);
    printed(report);
  });

  test("pay: all are confirmed", async () => {
    const report = await pay(folder.path, 50, 1);
    expect(report.wrong).toEqual([]);
    printed(report);
  });

  test("orders: all are confirmed", async () => {
    const report = await orders(folder.path, { orders: 20, rounds: 1, peers });
    expect(report.rows.map(([name]) => name?.split(",")[0])).toEqual(["ours", ...(hasPeer ? ["peer"] : [])]);
    expect(report.wrong).toEqual([]);
    printed(report);
  });

  test("reads", async () => {
    expect(printed(await reads(folder.path, turns))).toContain("| GET /tickets/{id} |");
  });

  test("expiry: all are over", async () => {
    const report = await expiry(folder.path, { holds: 500, holdSeconds: 10, seconds: 1, rounds: 1 });
    expect(report.wrong).toEqual([]);
    expect(printed(report)).toContain("| while they expire |");
  });

  test("cold", async () => {
    expect(printed(await cold(folder.path, 1))).toContain("KiB gzipped");
  });
});
