// Passes in the object that owns them: who sees them, passing them on, going in once, and being
// revoked in the commit of a refund.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { PassReader } from "../../../../src/domain/pass.ts";
import type { DoorRequest, DoorResult } from "../../../../src/durable/ticket-type/pass-protocol.ts";
import { newId, newPaymentId, newReservationId } from "../../../../src/platform/ids.ts";
import { refundRequest } from "../../../support/faults/acts.ts";
import { objectOf, putOnSale } from "../../../support/service.ts";

const WAIT = { timeout: 10_000, interval: 50 };

const ADA: PassReader = { accountId: "ada", emailKey: "ada@x" };
const BOB: PassReader = { accountId: "bob", emailKey: "bob@x" };

/** Ada's tickets, paid for. */
async function bought(quantity = 3) {
  const { ticketId } = await putOnSale({ price: { amount: 4500, currency: "EUR" } });
  const object = objectOf(ticketId);
  const reservationId = newReservationId(ticketId);
  const paymentId = newPaymentId();
  const { accountId } = ADA;
  await object.reserve([{ reservationId, accountId, quantity, idempotencyKey: null }]);
  await object.pay({ reservationId, accountId, paymentId, key: "k", method: "pm_card_visa" });
  await object.settle([{ paymentId, outcome: { state: "succeeded" } }]);
  return { ticketId, object, reservationId, passId: `${reservationId}-1` };
}

const scan = (passId: string, gate: string, more: Partial<DoorRequest> = {}): DoorRequest => ({
  ...{ type: "in", passId, gate, key: newId(), by: "crew", generation: 0, atMs: null },
  ...(more as object),
});

const said = (result: DoorResult | undefined) => (result?.ok ? result.outcome.type : result?.refusal.type);

test("a confirmed reservation has its passes without a row for any; a hold has none", async () => {
  const { object, ticketId, reservationId } = await bought();
  const held = newReservationId(ticketId);
  await object.reserve([{ reservationId: held, accountId: "ada", quantity: 2, idempotencyKey: null }]);
  const passes = await object.passes({ reservationIds: [reservationId, held] }, ADA);
  expect(passes.map(({ id, state, isHolder }) => [id, state, isHolder])).toEqual(
    [1, 2, 3].map((number) => [`${reservationId}-${number}`, "valid", true]),
  );
  expect(await object.passes({ reservationIds: [reservationId] }, BOB)).toEqual([]);
  expect(await object.passes({ passIds: [`${reservationId}-4`, `${held}-1`, "nonsense"] }, null)).toEqual([]);
  expect(await object.doorChanges(0)).toMatchObject({ passes: [], cursor: 0, more: false });
});

test("64 gates at the same moment let a pass in once", async () => {
  const { object, passId } = await bought();
  const results = await Promise.all(
    Array.from({ length: 64 }, async (_, gate) => (await object.checkIn([scan(passId, `gate ${gate}`)]))[0]),
  );
  expect(results.filter((result) => result?.ok)).toHaveLength(1);
  expect(results.filter((result) => said(result) === "already_admitted")).toHaveLength(63);
  const winner = results.find((result) => result?.ok);
  const gates = new Set(
    results.flatMap((result) => (result?.ok === false && "gate" in result.refusal ? result.refusal.gate : [])),
  );
  expect([...gates]).toEqual([winner?.pass?.admission?.gate]);
  expect(await object.doorChanges(0)).toMatchObject({ counts: { admitted: 1, inside: 1 } });
});

test("a lost reply asked again with its key is the same answer, also a refusal, also after an undo", async () => {
  const { object, passId } = await bought();
  const [first, second] = [scan(passId, "A"), scan(passId, "B")];
  const answers = await object.checkIn([first, second]);
  expect(answers.map(said)).toEqual(["admitted", "already_admitted"]);
  await object.checkIn([{ type: "undo", passId, key: newId(), by: "boss", checkInKey: first.key }]);
  await evictDurableObject(object);
  const again = await object.checkIn([first, second]);
  expect(again.map(said)).toEqual(["admitted", "already_admitted"]);
  expect(again.map(({ isReplay }) => isReplay)).toEqual([true, true]);
  // Neither had an effect: the pass is still to be used.
  expect((await object.checkIn([scan(passId, "C")])).map(said)).toEqual(["admitted"]);
  const other = { ...second, gate: "D" } as DoorRequest;
  expect((await object.checkIn([other])).map(said)).toEqual(["idempotency_key_reused"]);
});

test("a refund revokes in its commit: the highest number that nobody went in with, and never lets it in", async () => {
  const { object, reservationId } = await bought();
  await object.checkIn([scan(`${reservationId}-3`, "A")]);
  await object.refund({ reservationId, request: refundRequest("one", reservationId, 1) });
  const states = async () => {
    return (await object.passes({ reservationIds: [reservationId] }, ADA)).map(({ state }) => state);
  };
  expect(await states()).toEqual(["valid", "revoked", "admitted"]);
  expect((await object.checkIn([scan(`${reservationId}-2`, "A")])).map(said)).toEqual(["revoked"]);
  await object.refund({ reservationId, request: refundRequest("all", reservationId, "all") });
  expect(await states()).toEqual(["revoked", "revoked", "revoked"]);
  const { passes = [], counts } = (await object.doorChanges(0)) ?? {};
  expect(passes.map(({ number, admission }) => [number, admission?.gate])).toEqual([
    [2, undefined],
    [1, undefined],
    [3, "A"],
  ]);
  expect(counts).toEqual({ admitted: 1, inside: 1, gates: [{ gate: "A", admitted: 1 }] });
});

test("what an older version gave back without knowing passes is revoked when the object next starts", async () => {
  const { object, reservationId } = await bought();
  await runInDurableObject(object, (_, { storage }) => {
    storage.sql.exec("UPDATE reservations SET given_back = 2 WHERE id = ?", reservationId);
  });
  await evictDurableObject(object);
  const passes = await object.passes({ reservationIds: [reservationId] }, null);
  expect(passes.map(({ state }) => state)).toEqual(["valid", "revoked", "revoked"]);
});

test("passing one on gives it to an address: its buyer still sees it, and only the new code goes in", async () => {
  const { object, passId } = await bought();
  const request = { passId, reader: ADA, email: "Bob@x", emailKey: "bob@x", key: "k1" };
  const results = [await object.passOn(request), await object.passOn(request)];
  expect(results).toMatchObject([
    { ok: true, isReplay: false, pass: { generation: 1, holderEmail: "Bob@x", isHolder: false } },
    { ok: true, isReplay: true, pass: { generation: 1, holderEmail: "Bob@x", isHolder: false } },
  ]);
  expect(await object.passOn({ ...request, emailKey: "eve@x" })).toMatchObject({
    refusal: { type: "idempotency_key_reused" },
  });
  expect(await object.passOn({ ...request, key: "k2" })).toMatchObject({ refusal: { type: "pass_unknown" } });
  expect(await object.passes({ emailKey: "bob@x" }, BOB)).toMatchObject([{ id: passId, isHolder: true }]);
  const named = { passId, name: "Bob" };
  expect(await object.namePass({ ...named, reader: ADA })).toMatchObject({ refusal: { type: "pass_unknown" } });
  expect(await object.namePass({ ...named, reader: BOB })).toMatchObject({ ok: true, pass: { holderName: "Bob" } });
  expect((await object.checkIn([scan(passId, "A"), scan(passId, "A", { generation: 1 })])).map(said)).toEqual([
    "revoked",
    "admitted",
  ]);
  expect(await object.namePass({ ...named, reader: BOB, name: "Rob" })).toMatchObject({
    refusal: { type: "pass_admitted" },
  });
});

test("gates read on from a cursor: each pass once, as it is now", async () => {
  const { object, reservationId } = await bought();
  const [one, two] = [`${reservationId}-1`, `${reservationId}-2`];
  await object.checkIn([scan(one, "A"), scan(two, "B")]);
  const first = await object.doorChanges(0);
  expect(first?.passes.map(({ id, state }) => [id, state])).toEqual([
    [one, "admitted"],
    [two, "admitted"],
  ]);
  await object.checkIn([{ type: "undo", passId: one, key: newId(), by: "boss", checkInKey: null }]);
  const next = await object.doorChanges(first?.cursor ?? 0);
  expect(next).toMatchObject({ passes: [{ id: one, state: "valid" }], counts: { admitted: 1, inside: 1 } });
  expect(await object.doorChanges(next?.cursor ?? 0)).toMatchObject({ passes: [], cursor: next?.cursor });
  // Of another life of the object: everything is new.
  expect((await object.doorChanges(1_000_000))?.passes).toHaveLength(2);
});

test("what was scanned offline counts from when it was scanned: the first in time, once", async () => {
  const { object, passId } = await bought();
  const now = Date.now();
  const live = scan(passId, "A");
  await object.checkIn([live]);
  const offline = [now - 50_000, now - 60_000, now - 55_000].map((atMs) => scan(passId, "B", { atMs } as object));
  const results = await object.checkIn(offline);
  expect(results.map(said)).toEqual(["admitted", "admitted", "already_admitted"]);
  expect(results[1]).toMatchObject({
    outcome: { admission: { atMs: now - 60_000 }, displaced: { key: offline[0]?.key } },
  });
  expect(await object.doorChanges(0)).toMatchObject({
    counts: { admitted: 1, inside: 1, gates: [{ gate: "B", admitted: 1 }] },
  });
});

test("an object that was put back to before an admission, and lets the pass in anew, has D1 copy that", async () => {
  const { object, ticketId, passId, reservationId } = await bought();
  const admittedInD1 = async (gate: string) => {
    const query = "SELECT gate, admitted_at_ms AS atMs FROM passes WHERE reservation_id = ?1";
    const row = await env.DB.prepare(query).bind(reservationId).first<{ gate: string; atMs: number }>();
    expect(row?.gate).toBe(gate);
  };
  await object.checkIn([scan(passId, "North")]);
  await vi.waitFor(() => admittedInD1("North"), WAIT);
  await evictDurableObject(object);
  await runInDurableObject(objectOf(ticketId), (_instance, { storage }) => {
    storage.sql.exec("DELETE FROM pass_requests");
    storage.sql.exec("DELETE FROM passes");
  });
  await evictDurableObject(objectOf(ticketId));
  expect(said((await objectOf(ticketId).checkIn([scan(passId, "South")]))[0])).toBe("admitted");
  await vi.waitFor(() => admittedInD1("South"), WAIT);
});
