// What tests of objects share: the clock, and a look into an object's storage and its copy in D1.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { Store } from "../../src/durable/ticket-type/store.ts";
import { objectOf, pendingNamed, savePayment } from "./service.ts";

/** The service's clock stands still in each test; alarms keep to the platform's own. */
export function stopClock(atMs?: number): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], ...(atMs === undefined ? {} : { now: atMs }) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** `id`: of a ticket type or of one of its reservations. */
export function alarmOf(id: string): Promise<number | null> {
  return runInDurableObject(objectOf(id), (_, { storage }) => storage.getAlarm());
}

export function sqlIn(id: string, query: string, ...bindings: SqlStorageValue[]) {
  return runInDurableObject(objectOf(id), (_, { storage }) => storage.sql.exec(query, ...bindings).toArray());
}

/** A payment as the object keeps it: pending unless told otherwise, and sent at `dispatchAtMs`. */
export function putPayment(
  reservationId: string,
  unlike: { id: string } & Partial<ReturnType<typeof pendingNamed>>,
  dispatchAtMs: number | null,
) {
  const payment = { ...pendingNamed(unlike.id), ...unlike };
  return runInDurableObject(objectOf(reservationId), (_, { storage }) =>
    savePayment(new Store(storage.sql), reservationId, payment, dispatchAtMs),
  );
}

export function copyInD1(reservationId: string) {
  return env.DB.prepare("SELECT state FROM reservations WHERE id = ?").bind(reservationId).first<{ state: string }>();
}
