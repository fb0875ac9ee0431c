// A short crash history: the built worker, killed while buyers use it. Longer: `npm run crash`.

import { beforeAll, expect, inject, test } from "vitest";
import { playHistory, type Report } from "../../crash/run.ts";
import { checkEndLies, checkLies } from "../../crash/summary.ts";
import { useFolder } from "../../support/built-service.ts";
import { Prng } from "../../support/prng.ts";

const KILLS = 3;
const LIES = 15;
// Half a minute as a rule; what is stuck is waited for, and then named.
const LONGEST_MS = 180_000;

const folder = useFolder("crash");
let report: Report;
beforeAll(async () => {
  const seed = Date.now() % 1_000_000;
  report = await playHistory({ kills: KILLS, seed, script: inject("worker"), folder: folder.path });
}, LONGEST_MS);

test("whatever was acknowledged is still so, nothing is oversold, charged twice or stuck, and D1 agrees", () => {
  expect(report.problems).toEqual([]);
});

test("the history of each ticket type is linearizable", () => {
  expect(report.verdicts.filter(({ type }) => type !== "linearizable")).toEqual([]);
});

test("buyers met what they came for", () => {
  expect(report.kills).toBe(KILLS);
  expect(report.reservations.confirmed).toBeGreaterThan(0);
  const succeeded = (call: string) => report.calls[`${call} succeeded`] ?? 0;
  for (const call of ["reserve", "order", "show"]) expect(succeeded(call), call).toBeGreaterThan(KILLS);
  expect(succeeded("pay") + succeeded("pay order")).toBeGreaterThan(KILLS);
});

test("lies about how its orders and passes ended are rejected", () => {
  const { counts, missed } = checkEndLies([report.end], new Prng(report.seed));
  expect(missed.map(({ kind }) => kind)).toEqual([]);
  expect(Object.keys(counts).length).toBeGreaterThan(0);
});

test("lies about this history are rejected", () => {
  const { missed } = checkLies(report.histories, LIES, new Prng(report.seed));
  const isGivenUp = ({ verdict }: { readonly verdict: string }) => verdict === "undecided";
  expect(missed.filter((lie) => !isGivenUp(lie))).toEqual([]);
  // A search that is given up takes no lie for the truth, and is rare.
  expect(missed.filter(isGivenUp).length).toBeLessThan(LIES / 5);
});
