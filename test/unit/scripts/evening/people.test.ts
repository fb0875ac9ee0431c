// The plan of an evening: the same people for the same seed, and somebody for all that can be done.

import { expect, test } from "vitest";
import { planEvening } from "../../../../scripts/lib/evening/people.ts";
import { plannedTypes } from "../../../../scripts/lib/evening/programme.ts";

test("the same seed makes the same people, and another one makes others", () => {
  const plan = planEvening(7, 300, 160, "tag");
  expect(planEvening(7, 300, 160, "tag")).toEqual(plan);
  expect(planEvening(8, 300, 160, "tag").people).not.toEqual(plan.people);
});

test("800 places are three ticket types, and any hall is divided without a remainder", () => {
  expect(plannedTypes(800).map(({ name, capacity }) => [name, capacity])).toEqual([
    ["Stalls", 500],
    ["Balcony", 250],
    ["Boxes", 50],
  ]);
  for (const places of [40, 41, 99, 801, 5_000]) {
    const capacities = plannedTypes(places).map(({ capacity }) => capacity);
    expect(capacities.reduce((sum, capacity) => sum + capacity)).toBe(places);
    expect(Math.min(...capacities)).toBeGreaterThan(0);
  }
});

test("40 places absent and 40 copies of 800; everybody has a name, an address and a network of their own", () => {
  const { people, absent, copies } = planEvening(1, 1_500, 800, "tag");
  expect([absent, copies]).toEqual([40, 40]);
  for (const of of ["email", "username", "address"] as const)
    expect(new Set(people.map((person) => person[of])).size).toBe(1_500);
  expect(people.every(({ email }) => email.endsWith("@tag.example"))).toBe(true);
});

test.each([1, 2, 3])("seed %i: however few come, somebody does each thing, and one disputes a payment", (seed) => {
  const { people } = planEvening(seed, 30, 40, "tag");
  const done = people.filter(({ arrivesAfterMs, temper }) => arrivesAfterMs === 0 && temper === "pays");
  const deeds = ["gives_back", "refunded_whole", "refunded_part", "refunded_money", "passes_on", "asks_for_mail"];
  expect(done.map(({ afterwards }) => afterwards)).toEqual(expect.arrayContaining(deeds));
  expect(people.filter(({ cards }) => cards.includes("pm_card_createDispute"))).toHaveLength(1);
  expect(people.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["account", "upgrades", "guest"]));
});

test("of 1,500 many have cards that fail, need the bank or are slow, and some never pay", () => {
  const { people } = planEvening(1, 1_500, 800, "tag");
  const share = (isSo: (person: (typeof people)[number]) => boolean) => people.filter(isSo).length / people.length;
  expect(share(({ cards }) => cards[0]?.includes("Declined") === true)).toBeGreaterThan(0.05);
  expect(share(({ cards }) => /authentication|threeDSecure/.test(cards[0] ?? ""))).toBeGreaterThan(0.08);
  expect(share(({ cards }) => cards[0]?.startsWith("pm_sandbox_slow") === true)).toBeGreaterThan(0.02);
  expect(share(({ temper }) => temper !== "pays")).toBeGreaterThan(0.08);
  expect(share(({ waitsForMs }) => waitsForMs > 0)).toBeGreaterThan(0.2);
});
