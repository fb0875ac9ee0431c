// Payments that begin at the same moment: they share a commit, and nothing else.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { KeyStore } from "../../../../src/durable/ticket-type/key-store.ts";
import type { PaymentMessage, PayRequest, PayResult } from "../../../../src/durable/ticket-type/protocol.ts";
import { Store } from "../../../../src/durable/ticket-type/store.ts";
import { TicketType } from "../../../../src/durable/ticket-type/ticket-type.ts";
import { newReservationId } from "../../../../src/platform/ids.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { objectOf, putOnSale } from "../../../support/service.ts";

interface Scene {
  readonly object: TicketType;
  readonly storage: DurableObjectStorage;
  /** What the queue was told, call by call. */
  readonly sent: string[][];
  /** A request to pay for a reservation of its own. */
  readonly held: (more?: Partial<PayRequest>) => Promise<PayRequest>;
}

async function scene(play: (scene: Scene) => Promise<void>, unit = 4_500): Promise<void> {
  const { ticketId } = await putOnSale({ capacity: 1_000, price: { amount: unit, currency: "EUR" } });
  await runInDurableObject(objectOf(ticketId), async (_, state) => {
    const sent: string[][] = [];
    const sendBatch = async (messages: { body: PaymentMessage }[]) =>
      void sent.push(messages.map(({ body }) => body.paymentId));
    const object = new TicketType(state, { ...env, PAYMENTS: { sendBatch } } as unknown as Env);
    await state.blockConcurrencyWhile(async () => {});
    let number = 0;
    const held = async (more: Partial<PayRequest> = {}) => {
      number += 1;
      const [reservationId, accountId] = [newReservationId(ticketId), `buyer-${number}`];
      await object.reserve([{ reservationId, accountId, quantity: 1, idempotencyKey: null }]);
      const paid = { paymentId: `payment-${number}`, key: `key-${number}`, method: "pm_card_visa" };
      return { reservationId, accountId, ...paid, ...more };
    };
    await play({ object, storage: state.storage, sent, held });
  });
}

/** `pending`, or why not. */
function said(result: PayResult): string {
  return result.ok ? result.payment.state : result.refusal;
}

const rowOf = (storage: DurableObjectStorage, paymentId: string) =>
  storage.sql
    .exec<{ sent: number; again: number }>(
      "SELECT dispatches AS sent, dispatch_at_ms - since_ms AS again FROM payments WHERE id = ?",
      paymentId,
    )
    .toArray();

test("each gets its own answer, and the queue is told of those that began, once, with the next time planned", async () => {
  await scene(async ({ object, storage, sent, held }) => {
    const [first, second, third] = [await held(), await held(), await held({ idempotencyKey: "mine" })];
    const requests = [
      first,
      { ...second, accountId: "somebody else" },
      second,
      { ...second, paymentId: "again" },
      { ...second, paymentId: "another", key: "another" },
      { ...third, method: null },
      { ...third, paymentId: "after all" },
    ];
    expect((await Promise.all(requests.map((request) => object.pay(request)))).map(said)).toEqual([
      "pending",
      "reservation_unknown",
      "pending",
      "pending",
      "payment_in_progress",
      "payment_method_required",
      // A refusal is not kept: its key is decided anew.
      "pending",
    ]);
    await vi.waitUntil(() => sent.flat().length >= 3, 30_000);
    expect(sent.flat().toSorted()).toEqual(["after all", "payment-1", "payment-2"]);
    for (const id of sent.flat()) expect(rowOf(storage, id)).toEqual([{ sent: 1, again: 10_000 }]);
    expect(await object.describe()).toMatchObject({ held: 3, sold: 0 });
  });
});

test("free tickets are confirmed at once, and nobody is told", async () => {
  await scene(async ({ object, storage, sent, held }) => {
    const requests = await Promise.all([held({ method: null }), held({ method: null })]);
    const [first] = requests;
    if (first === undefined) throw new Error("there is one");
    const answers = await Promise.all([...requests, { ...first, key: "another" }].map((one) => object.pay(one)));
    expect(answers.map(said)).toEqual(["succeeded", "succeeded", "already_confirmed"]);
    expect(await object.describe()).toMatchObject({ held: 0, sold: 2 });
    expect(rowOf(storage, first.paymentId)).toEqual([{ sent: 0, again: null }]);
    await object.alarm();
    expect(sent).toEqual([]);
  }, 0);
});

describe("what can't be written", () => {
  test("fails alone, and the queue is not told of it", async () => {
    await scene(async ({ object, storage, sent, held }) => {
      const requests = [await held(), await held({ idempotencyKey: "poison" }), await held()];
      const save = vi.spyOn(KeyStore.prototype, "save").mockImplementation((records) => {
        if (records.length > 0) throw new Error("the disk is full");
      });
      // The first one begins by itself; the others come meanwhile.
      const answers = await Promise.allSettled([await held(), ...requests].map((request) => object.pay(request)));
      save.mockRestore();
      expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
      await vi.waitUntil(() => sent.flat().length >= 3, 30_000);
      await object.alarm();
      expect(sent.flat().toSorted()).toEqual(["payment-1", "payment-3", "payment-4"]);
      expect(rowOf(storage, "payment-2")).toEqual([]);
      expect((await object.pay(requests[1] as PayRequest)).ok).toBe(true);
    });
  });

  test("at the end of the transaction takes the whole of it back, in memory as well", async () => {
    await scene(async ({ object, storage, sent, held }) => {
      const [first, second] = [await held(), await held()];
      await object.pay(first);
      const failure = { code: "card_declined", message: "Declined." };
      await object.cancel(first.reservationId, first.accountId);
      await object.settle([{ paymentId: first.paymentId, outcome: { state: "failed", failure } }]);
      await object.change({ capacity: 1 });
      await object.pay(second);
      await vi.waitUntil(() => sent.length === 2, 30_000);
      const save = vi.spyOn(Store.prototype, "saveStock").mockImplementation(() => {
        throw new Error("the disk is full");
      });
      // The first has paid after all, and there is nothing left for it: the queue is to be told of
      // a refund.
      const outcome = { state: "succeeded" } as const;
      const outcomes = [first, second].map(({ paymentId }) => ({ paymentId, outcome }));
      await expect(object.settle(outcomes)).rejects.toThrow("the disk is full");
      save.mockRestore();
      await object.alarm();
      expect(sent).toEqual([["payment-1"], ["payment-2"]]);
      expect(await object.describe()).toMatchObject({ held: 1, sold: 0 });
      expect(rowOf(storage, "payment-1")).toEqual([{ sent: 0, again: null }]);
      await object.settle(outcomes);
      await vi.waitUntil(() => sent.length === 3, 30_000);
      expect(sent).toEqual([["payment-1"], ["payment-2"], ["payment-1"]]);
    });
  });
});
