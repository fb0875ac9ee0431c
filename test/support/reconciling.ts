// Reconciles as the script does: part by part, to the end.

import { expect } from "vitest";
import type { Env } from "../../src/worker/env.ts";
import { type Body, call, type Person } from "./service.ts";

/** Reconciles part by part, to the end. `kinds`: what was found, and whether it was repaired. */
export async function reconcile({ token }: Person, settings: Partial<Env> = {}) {
  const checked = { tickets: 0, reservations: 0, orders: 0 };
  const differences: unknown[] = [];
  const kinds: string[] = [];
  const reservations: (string | null)[] = [];
  const money: Body<"POST /reconcile">["money"] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query: string = cursor === "" ? "" : `?cursor=${cursor}`;
    const { status, body } = await call("POST", `/reconcile${query}`, { token, settings });
    expect(status).toBe(200);
    checked.tickets += body.checked.tickets;
    checked.reservations += body.checked.reservations;
    checked.orders += body.checked.orders;
    differences.push(...body.differences);
    reservations.push(...body.differences.map(({ reservation }) => reservation));
    money.push(...body.money);
    kinds.push(...body.differences.map(({ kind, repaired }) => `${kind}${repaired ? ", repaired" : ""}`));
    // The script relies on it to come to an end.
    if (body.next !== null) expect(orderOf(body.next) > orderOf(cursor)).toBe(true);
    cursor = body.next;
  }
  // What is left may be about money.
  if (kinds.every((kind) => kind.endsWith("repaired"))) {
    for (const { here, at_provider } of money) expect(here).toEqual(at_provider);
  }
  return { checked, differences, kinds, reservations, money };
}

/** The id of a ticket type, as a cursor, is after all of its reservations. */
function orderOf(cursor: string): string {
  return cursor === "" || cursor.includes("-") ? cursor : `${cursor}-~`;
}
