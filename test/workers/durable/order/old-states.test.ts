// Orders and their ticket types, as an earlier version wrote them, open in the newest: each order
// is what it was, and comes to its end.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { newId, orderNameOf } from "../../../../src/platform/ids.ts";
import objectsV1 from "../../../fixtures/object-orders-v1.sql?raw";
import callsOfV1 from "../../../fixtures/rpc-orders-v1.json";
import { stopClock } from "../../../support/objects.ts";
import { dump } from "../../../support/old-states.ts";
import { orderObject, stockOf } from "../../../support/orders.ts";
import { objectOf } from "../../../support/service.ts";

const AT_MS = Date.UTC(2040, 0, 1);
const HOLD_MS = 900_000;
const STALLS = "0123456789abcdef";
const PARKING = "fedcba9876543210";

/** What each order was: its state, and its payment's. */
const WAS = {
  held: ["held", null],
  charging: ["held", "pending"],
  confirmed: ["confirmed", "succeeded"],
  refunding: ["cancelled", "refund_due"],
  forgotten: ["held", null],
  failing: ["held", "pending"],
} as const;
type Name = keyof typeof WAS;
const NAMES = Object.keys(WAS) as Name[];
// The code is good for five of them at once, and one lets it go.
const BEFORE: readonly Name[] = ["refunding", ...NAMES.filter((name) => name !== "refunding")];

/** The recorded name of the order's object. */
function nameOf(name: Name): string {
  return orderNameOf(`rder00000000000${NAMES.indexOf(name)}chek`);
}

const TICKET_TYPES = [STALLS, PARKING];
const OBJECTS = [...TICKET_TYPES, ...NAMES.map(nameOf)];

/** The same once the held one is paid, the forgotten one is not, and charges had their outcomes. */
const COMES_TO: Readonly<Record<Name, readonly [state: string, payment: string | null]>> = {
  held: ["confirmed", "succeeded"],
  charging: ["confirmed", "succeeded"],
  confirmed: ["confirmed", "succeeded"],
  refunding: ["cancelled", "refunded"],
  forgotten: ["expired", null],
  failing: ["expired", "failed"],
};

const FAILED = { state: "failed", failure: { code: "card_declined", message: "Declined." } } as const;
const LINES = [
  { ticketTypeId: STALLS, priceId: STALLS, code: null, quantity: 2 },
  { ticketTypeId: STALLS, priceId: "cccccccccccccccc", code: null, quantity: 1 },
  { ticketTypeId: STALLS, priceId: null, code: "LANTERN", quantity: 1 },
  { ticketTypeId: PARKING, priceId: null, code: null, quantity: 1 },
];

stopClock(AT_MS);

/** The objects of one test. Their ids are not the recorded ones, which `OBJECTS` has. */
class Objects {
  readonly #ids = new Map(OBJECTS.map((recorded) => [recorded, newId()]));

  renamed(text: string): string {
    return [...this.#ids].reduce((renamed, [recorded, ours]) => renamed.replaceAll(recorded, ours), text);
  }

  recorded(text: string): string {
    return [...this.#ids].reduce((renamed, [recorded, ours]) => renamed.replaceAll(ours, recorded), text);
  }

  ticketType(recorded: string) {
    return objectOf(this.renamed(recorded));
  }

  order(name: Name) {
    return orderObject(this.renamed(nameOf(name)));
  }

  /** A ticket type's or an order's. */
  object(recorded: string): DurableObjectStub {
    const id = this.renamed(recorded);
    return TICKET_TYPES.includes(recorded) ? objectOf(id) : orderObject(id);
  }

  pay(name: Name) {
    const request = { accountId: "ada", paymentId: `${name} 1`, key: name, method: "pm_sandbox_slow_3600s" };
    return this.order(name).pay(request);
  }

  todo(name: Name) {
    return this.order(name).instructions([`${name} 1`]);
  }

  /** Settles its payment, and waits for its ticket types. */
  async settle(name: Name, outcome: typeof FAILED | { readonly state: "succeeded" | "refunded" }): Promise<void> {
    const results = await this.order(name).settle([{ paymentId: `${name} 1`, outcome }]);
    expect(results).toMatchObject([{ ok: true }]);
    await this.order(name).wake();
  }

  /** Of each order and its payment. */
  async states() {
    const found = await Promise.all(NAMES.map((name) => this.order(name).find("ada")));
    const states = found.map((one) => (one.ok ? [one.order.state, one.order.payment?.state ?? null] : null));
    return Object.fromEntries(NAMES.map((name, index) => [name, states[index]]));
  }

  stock() {
    return stockOf(this.renamed(STALLS), this.renamed(PARKING));
  }
}

/** As today's code writes them. */
async function makeStates(): Promise<string> {
  const objects = new Objects();
  // They put both ticket types on sale, at several prices and with a code.
  for (const [id, method, args] of JSON.parse(objects.renamed(JSON.stringify(callsOfV1.slice(0, 3))))) {
    await (objectOf(id) as unknown as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
  }
  for (const name of BEFORE) await begin(objects, name);
  const dumps = OBJECTS.map(async (recorded) => {
    const sql = await runInDurableObject(objects.object(recorded), (_, { storage }) => dump(storage.sql));
    return `-- object ${recorded}\n${objects.recorded(sql)}\n`;
  });
  return (await Promise.all(dumps)).join("");
}

/** Brings an order to where it was. */
async function begin(objects: Objects, name: Name): Promise<void> {
  const items = LINES.map((line, index) => ({ ...line, reservationId: `${line.ticketTypeId}-${name}${index}` }));
  const request = { orderId: `${nameOf(name)}chek`, accountId: "ada", requestId: name, request: name, items };
  const made = await objects.order(name).create(JSON.parse(objects.renamed(JSON.stringify(request))));
  expect(made).toMatchObject({ ok: true });
  if (name === "held" || name === "forgotten") return;
  expect(await objects.pay(name)).toMatchObject({ ok: true });
  if (name === "confirmed") await objects.settle(name, { state: "succeeded" });
  if (name !== "refunding") return;
  await objects.settle(name, FAILED);
  await objects.order(name).cancel("ada");
  await objects.settle(name, { state: "succeeded" });
}

/** Objects with these tables, which have been put away since. */
async function putBack(text: string): Promise<Objects> {
  const objects = new Objects();
  const parts = text.split(/^-- object (\w+)$/m);
  for (const [index, recorded] of parts.entries()) {
    if (index % 2 === 0) continue;
    const stub = objects.object(recorded);
    const sql = objects.renamed(parts[index + 1] ?? "");
    await runInDurableObject(stub, (_, { storage }) => void storage.sql.exec(sql));
    await evictDurableObject(stub);
  }
  return objects;
}

/** Where a new migration of an order is released, keep the states of the version before it. */
test.each<[version: string, states: () => Promise<string>]>([
  ["version 1", async () => objectsV1],
  ["the present version", makeStates],
])("%s", async (_version, states) => {
  const objects = await putBack(await states());
  expect(await objects.states()).toEqual(WAS);
  expect(await objects.stock()).toEqual([
    { held: 16, sold: 4 },
    { held: 4, sold: 1 },
  ]);

  expect(await objects.pay("held")).toMatchObject({ ok: true, isReplay: false });
  expect(await objects.todo("held")).toMatchObject([{ todo: "charge", charge: { amountMinor: 14500 } }]);
  await objects.settle("held", { state: "succeeded" });
  expect(await objects.pay("charging")).toMatchObject({ ok: true, payment: { state: "pending" } });
  expect(await objects.todo("charging")).toMatchObject([{ todo: "charge", sinceMs: AT_MS }]);
  await objects.settle("charging", { state: "succeeded" });
  await objects.settle("confirmed", { state: "succeeded" });
  expect(await objects.todo("refunding")).toMatchObject([{ todo: "refund", charge: { amountMinor: 14500 } }]);
  await objects.settle("refunding", { state: "refunded" });
  vi.setSystemTime(AT_MS + HOLD_MS);
  await objects.order("forgotten").wake();
  await objects.settle("failing", FAILED);

  expect(await objects.states()).toEqual(COMES_TO);
  expect(await objects.stock()).toEqual([
    { held: 0, sold: 12 },
    { held: 0, sold: 3 },
  ]);
});
