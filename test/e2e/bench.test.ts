// A taste of each scenario of the bench, so that it goes on working. What it is for is `npm run bench`: times of a machine
// that runs tests beside it say nothing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lists } from "../../bench/lists.ts";
import { object } from "../../bench/object.ts";
import { redis } from "../../bench/redis.ts";
import { markdown, type Report } from "../../bench/report.ts";
import { watchers } from "../../bench/watchers.ts";
import { withRedis } from "../support/with-redis.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ticket-overlord-bench-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const onProgress = () => {};

/** As it is printed, where each cell has something in it. */
function printed(report: Report): string {
  const text = markdown(report, "npm run bench");
  expect(text).not.toContain("NaN");
  expect(text).not.toContain("undefined");
  return text;
}

test("lists: of a catalogue twice as large, each with as many rows", async () => {
  const report = await lists(join(folder, "lists"), { events: [100, 200], rounds: 1, onProgress });
  expect(report.rows.length).toBeGreaterThan(30);
  expect(printed(report)).toContain("| GET /reservations, deep | 10 |");
  expect(report.rows.filter(([, rows]) => rows === "0").map(([name]) => name)).toEqual([
    "q: two words that never meet",
    "available, q: a word of sold out events",
    "from, to, q: a word that is not there then",
  ]);
});

test("object: batches of each size, with few reservations there and with many", async () => {
  const some = { small: 100, large: 1_000, sizes: [10, 100], rounds: 1, perTurn: 50 };
  const report = await object(join(folder, "object"), { ...some, onProgress });
  expect(report.rows.map(([size]) => size)).toEqual(["10", "100"]);
  expect(printed(report)).toContain("With 100, 100 and 1000 reservations in one object");
});

withRedis("redis", () => {
  test("well, hanging, and none", async () => {
    const report = await redis(join(folder, "redis"), { rounds: 2, turnMs: 300, onProgress });
    expect(report.rows).toHaveLength(4);
    expect(printed(report)).toContain("| with Redis hanging |");
  });
});

test("watchers: all of them hear of each change", async () => {
  const some = { watchers: 20, rounds: 2, turnMs: 300, changes: 2 };
  const report = await watchers(join(folder, "watchers"), { ...some, onProgress });
  expect(report.rows).toHaveLength(3);
  expect(printed(report)).toContain("20 watchers of the last one heard of single changes");
});
