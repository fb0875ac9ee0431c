// When an order's object has something to do, and when it may forget the order.

import { describe, expect, test } from "vitest";
import { deadlineOf, forgetAtMs, hasStepsToDrive } from "../../../../src/durable/order/schedule.ts";
import { order } from "../../domain/order-text.ts";
import { DEADLINE } from "../../domain/reservation-text.ts";

const CREATED = DEADLINE - 900_000;
const RETENTION = 1_000_000;

test.each([
  ["reserving, items reserving", CREATED + 15_000],
  ["held, items held", DEADLINE],
  ["beginning, items beginning, p1 pending", DEADLINE],
  ["charging, items begun, p1 pending", null],
  ["preparing, items begun, p1 pending", null],
  ["confirmed, items confirmed, p1 succeeded", null],
  ["cancelled, items released", null],
])("%s: it ends by itself at %s", (situation, atMs) => {
  expect(deadlineOf(order(situation))).toBe(atMs);
});

test.each([
  ["reserving, items reserving", false],
  ["refused, items held", true],
  ["refused, items released", false],
  ["charging, items begun, p1 pending", false],
  ["confirmed, items prepared, p1 succeeded", true],
])("%s: the object drives it: %s", (situation, drives) => {
  expect(hasStepsToDrive(order(situation))).toBe(drives);
});

describe("an order is forgotten", () => {
  test.each([
    ["refused, items released", true, CREATED],
    ["refused, items held", true, null],
    ["cancelled, items released", true, DEADLINE + RETENTION],
    ["expired, items released, p1 failed", true, DEADLINE + RETENTION],
    ["cancelled, items released", false, null],
    ["cancelled, items held", true, null],
    ["cancelled, items released, p1 refund_due", true, null],
    ["confirmed, items confirmed, p1 succeeded", true, null],
    ["held, items held", true, null],
  ])("%s, in D1: %s: at %s", (situation, isProjected, atMs) => {
    expect(forgetAtMs(order(situation), isProjected, RETENTION)).toBe(atMs);
  });
});
