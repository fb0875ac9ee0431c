// A state that an earlier version of the object wrote opens in the newest: each reservation is what
// it was, and goes on.

import { afterEach, expect, test, vi } from "vitest";
import { project } from "../../../../src/durable/ticket-type/projection.ts";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import objectV1 from "../../../fixtures/object-v1.sql?raw";
import objectV2 from "../../../fixtures/object-v2.sql?raw";
import objectV3 from "../../../fixtures/object-v3.sql?raw";
import objectV5 from "../../../fixtures/object-v5.sql?raw";
import objectV6 from "../../../fixtures/object-v6.sql?raw";
import { CARD, cancel, pay, reservationOf, settled } from "../../../support/faults/acts.ts";
import { disorderIn, outcomeOf } from "../../../support/faults/outcome.ts";
import { MINUTE_MS } from "../../../support/faults/process.ts";
import { type Act, listTicketType, type Process } from "../../../support/faults/world.ts";
import { fromFile, makeState, type OldState, putBack, toFile } from "../../../support/old-states.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/**
 * One of each released version. Where a new migration is released, keep the state of the version
 * before it.
 */
const OLD_STATES: readonly [version: string, state: () => Promise<OldState>][] = [
  ["version 1", async () => fromFile(objectV1)],
  ["version 2", async () => fromFile(objectV2)],
  ["version 3", async () => fromFile(objectV3)],
  ["version 5", async () => fromFile(objectV5)],
  ["version 6", async () => fromFile(objectV6)],
  ["version 7, as the present one without what came after", async () => beforeOrders(await makeState())],
  ["version 8, likewise", async () => beforeActions(await makeState())],
  ["version 9, likewise", async () => beforeTerms(await makeState())],
  ["version 10, likewise", async () => beforeRefunds(await makeState())],
  ["version 11, likewise", async () => beforeCallingOff(await makeState())],
  ["version 12, likewise", async () => beforeDoors(await makeState())],
  ["version 13, likewise", async () => beforeReferences(await makeState())],
  ["version 14, likewise", async () => beforePasses(await makeState())],
  ["version 16, likewise", async () => beforeLateRefunds(await makeState())],
  ["the present version", async () => fromFile(toFile(await makeState()))],
];

/** A state without the columns of version 8: reservations alone, which no order had. */
function beforeOrders(state: OldState): OldState {
  const back = "ALTER TABLE reservations DROP COLUMN order_id; UPDATE schema_version SET version = 7;";
  return withSql(beforeActions(state), back);
}

/** A state without the column of version 9: nobody had to confirm anything at the bank. */
function beforeActions(state: OldState): OldState {
  return withSql(beforeTerms(state), "ALTER TABLE payments DROP COLUMN action; UPDATE schema_version SET version = 8;");
}

/** A state without the columns of version 10: no event had terms. */
function beforeTerms(state: OldState): OldState {
  return withSql(
    beforeRefunds(state),
    `ALTER TABLE ticket_type DROP COLUMN terms_version; ALTER TABLE reservations DROP COLUMN accepted_terms;
     UPDATE schema_version SET version = 9;`,
  );
}

/** A state without the tables and columns of version 11: nothing had been refunded. */
function beforeRefunds(state: OldState): OldState {
  const columns = ["reservations DROP COLUMN given_back", "reservations DROP COLUMN restocked"];
  const others = ["reservations DROP COLUMN refunds", "ticket_type DROP COLUMN refundable_until_ms"];
  const back = [...columns, ...others].map((change) => `ALTER TABLE ${change};`).join(" ");
  const undone = `${back} DROP TABLE refund_messages; UPDATE schema_version SET version = 10;`;
  return withSql(beforeCallingOff(state), undone);
}

/** A state without the column of version 12: no event was called off with refunds. */
function beforeCallingOff(state: OldState): OldState {
  const back = "ALTER TABLE ticket_type DROP COLUMN refunding; UPDATE schema_version SET version = 11;";
  return withSql(beforeDoors(state), back);
}

/** A state without the columns of version 13: nobody was let in anywhere. */
function beforeDoors(state: OldState): OldState {
  const columns = ["event_starts_ms", "doors_open_at_ms", "reentry"];
  const back = columns.map((column) => `ALTER TABLE ticket_type DROP COLUMN ${column};`).join(" ");
  return withSql(beforeReferences(state), `${back} UPDATE schema_version SET version = 12;`);
}

/** A state without the column of version 14: no payment has the provider's own id. */
function beforeReferences(state: OldState): OldState {
  const back = "ALTER TABLE payments DROP COLUMN reference; UPDATE schema_version SET version = 13;";
  return withSql(beforePasses(state), back);
}

/** A state without the tables of version 15: nothing had happened to any pass. */
function beforePasses(state: OldState): OldState {
  return withSql(
    beforeLateRefunds(state),
    `DROP TABLE passes; DROP TABLE pass_requests; DROP INDEX reservations_given_back;
     UPDATE schema_version SET version = 14;`,
  );
}

/** A state as version 16 wrote it: what late payments had charged was no refund. */
function beforeLateRefunds(state: OldState): OldState {
  return withSql(
    state,
    `UPDATE payments SET (dispatch_at_ms, dispatches) =
       (SELECT dispatch_at_ms, dispatches FROM refund_messages WHERE ref = payments.id) WHERE state = 'refund_due';
     DELETE FROM refund_messages; UPDATE reservations SET refunds = NULL; UPDATE schema_version SET version = 16;`,
  );
}

function withSql(state: OldState, sql: string): OldState {
  return { ...state, sql: `${state.sql}\n${sql}` };
}

/** What each buyer's reservation was: its state, its payment's, its price. */
const WAS: Readonly<Record<string, [state: string, payment: string | null, unitPriceMinor: number]>> = {
  abe: ["held", null, 4500],
  ada: ["held", null, 4500],
  amy: ["held", null, 4500],
  bea: ["held", "pending", 4500],
  bob: ["held", "pending", 4500],
  cal: ["held", "pending", 4500],
  cyd: ["held", "pending", 4500],
  dan: ["held", "pending", 4500],
  dot: ["held", "pending", 4500],
  eve: ["confirmed", "succeeded", 4500],
  fay: ["cancelled", null, 4500],
  gus: ["expired", null, 4500],
  hal: ["held", "failed", 4500],
  ida: ["confirmed", "succeeded", 4500],
  jon: ["cancelled", "refunded", 4500],
  kim: ["confirmed", "succeeded", 0],
  lou: ["cancelled", "refund_due", 4500],
  zoe: ["held", null, 4500],
};

/**
 * What each comes to, once those who hold tickets have paid, cancelled, or let their time go by.
 */
const COMES_TO: readonly string[] = [
  "abe expired",
  "ada confirmed, a1 succeeded",
  "amy cancelled",
  "bea confirmed, b1 succeeded",
  "bob expired, b2 failed",
  "cal confirmed, c1 succeeded",
  "cyd cancelled, c2 failed",
  "dan confirmed, d1 succeeded",
  "dot expired, d2 failed",
  "eve confirmed, e1 succeeded",
  "fay cancelled",
  "gus expired",
  "hal confirmed, h1 failed, h2 succeeded",
  "ida confirmed, i1 refunded, i2 succeeded, i1-r1 succeeded",
  "jon cancelled, j1 refunded, j1-r1 succeeded",
  "kim confirmed, k1 succeeded",
  "lou cancelled, l1 refunded, l1-r1 succeeded",
  "zoe expired",
];

/**
 * The charges and refunds that were still to be made. Those from before are in nobody's ledger
 * here.
 */
const LEDGER = [
  ...["a1 charge", "b1 charge", "b2 declined", "c1 charge", "c2 declined", "d1 charge", "d2 declined"],
  ...["h2 charge", "i1 refund", "l1 refund"],
];

/** D1 as it was then: the ticket type, and those copies that it had acknowledged. */
async function withCopies({ state: { storage }, env }: Process): Promise<void> {
  const store = new Store(storage.sql);
  const ticketType = store.ticketType();
  if (ticketType === null) throw new Error("the state has no ticket type");
  const ids = storage.sql
    .exec<{ id: string }>("SELECT id FROM reservations WHERE projected_version = version")
    .toArray();
  const copied = ids.map(({ id }) => store.reservation(id)).filter((one) => one !== null);
  await listTicketType({ ...ticketType, version: 0 });
  await project(env.DB, { ...ticketType, version: 1 }, copied, []);
}

async function isWhatItWas(process: Process): Promise<void> {
  for (const [buyer, [state, payment, unitPriceMinor]] of Object.entries(WAS)) {
    const found = await process.call((object) => object.find(reservationOf(process, buyer), buyer));
    if (!found.ok) throw new Error(`${buyer}'s reservation is gone`);
    const { reservation } = found;
    expect({ buyer, ...reservation, payment: reservation.payment?.state ?? null }).toMatchObject({
      ...{ buyer, accountId: buyer, quantity: 2, state, payment, unitPriceMinor, currency: "EUR" },
    });
    const stranger = await process.call((object) => object.find(reservationOf(process, buyer), "a stranger"));
    expect(stranger).toEqual({ ok: false, refusal: "reservation_unknown" });
  }
  expect(await process.call((object) => object.describe())).toMatchObject({ capacity: 100, held: 22, sold: 6 });
}

/** A key that was used then is known now, whatever became of its reservation. */
async function keysReplay(process: Process): Promise<void> {
  const { ticketTypeId } = process.world;
  for (const buyer of ["ada", "eve", "fay", "gus", "zoe"]) {
    const again = { reservationId: `${ticketTypeId}-another`, accountId: buyer, idempotencyKey: `${buyer}'s key` };
    const results = await process.call((object) =>
      object.reserve([
        { ...again, quantity: 2 },
        { ...again, quantity: 3 },
      ]),
    );
    expect(results).toMatchObject([
      { ok: true, reservation: { id: reservationOf(process, buyer), state: "held", quantity: 2, payment: null } },
      { ok: false, refusal: { type: "idempotency_key_reused" } },
    ]);
  }
  const paidTwice = { reservationId: reservationOf(process, "eve"), accountId: "eve", paymentId: "another", key: "e1" };
  const replayed = await process.call((object) => object.pay({ ...paidTwice, method: CARD }));
  expect(replayed).toMatchObject({ ok: true, payment: { state: "pending" } });
}

test.each(OLD_STATES)("%s", async (_version, state) => {
  const world = await putBack(await state());
  const goOn: readonly Act[] = [
    keysReplay,
    ...[pay("ada", "a1", CARD), settled("a1"), cancel("amy"), pay("hal", "h2", CARD), settled("h2")],
    (process) => process.passTo(Date.now() + 180 * MINUTE_MS),
  ];
  const begin: Act = async (process) => {
    await withCopies(process);
    await isWhatItWas(process);
  };
  await world.live(begin, goOn, async (process) => {
    const { reservations, held, sold, ledger } = await outcomeOf(process);
    expect(reservations).toEqual(COMES_TO);
    expect({ held, sold, ledger }).toEqual({ held: 0, sold: 16, ledger: LEDGER });
    expect(await disorderIn(process)).toEqual([]);
  });
});
