// A short run of the fuzzer. The long form is `npm run fuzz`.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Service } from "../../crash/service.ts";
import { fuzz, HOLD_SECONDS, type Report, SETTINGS } from "../../fuzz/run.ts";
import { linesOf } from "../../fuzz/summary.ts";
import { startService, useFolder } from "../../support/built-service.ts";

const REQUESTS = 2_500;
const AT_ONCE = 12;
// Usually a quarter of a minute. On a busy machine fewer requests are sent.
const LONGEST_RUN_MS = 60_000;
const LEAST_REQUESTS = 500;
// Of a thousand requests usually 18 to 43 make an order, and 14 to 18 begin to pay one.
const LEAST_GOOD_IN_A_THOUSAND = 5;
const LONGEST_MS = 120_000;

const folder = useFolder("fuzz");
let service: Service;
let report: Report;
const seed = Date.now() % 1_000_000;
beforeAll(async () => {
  service = await startService(folder.path, HOLD_SECONDS, { variables: SETTINGS, hasPages: true, isOffline: true });
  report = await fuzz(service, { requests: REQUESTS, seed, atOnce: AT_ONCE, longestMs: LONGEST_RUN_MS });
}, LONGEST_MS);
afterAll(() => service.kill());

test("no reply is an error of the service, or none that the description allows, or tells of another", () => {
  expect(report.found, [`seed ${seed}`, ...linesOf(report, service.log())].join("\n")).toEqual([]);
});

test("the requests came to something", () => {
  const { sent, coverage, description } = report;
  expect(sent).toBeGreaterThan(LEAST_REQUESTS);
  const missed = coverage.neverGood(description);
  // What is costly is rare, and may not come in a run that is short.
  expect(missed.length, missed.join()).toBeLessThan(description.operations.length / 4);
  for (const name of [
    "GET /events",
    "POST /events",
    "POST /events/{id}/tickets",
    "POST /reservations",
    "GET /reservations",
    "POST /tickets/{id}/prices",
    "POST /tickets/{id}/prices/{price}/codes",
  ])
    expect(coverage.good(name), name).toBeGreaterThan(0);
});

test("orders and their payments go well often enough to find what comes after", () => {
  const { coverage, sent } = report;
  for (const name of ["POST /orders", "POST /orders/{id}/payment"])
    expect((coverage.good(name) / sent) * 1_000, name).toBeGreaterThan(LEAST_GOOD_IN_A_THOUSAND);
});
