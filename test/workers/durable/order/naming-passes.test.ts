// An order whose refund names passes asks its ticket types first. Other refunds may come meanwhile.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { RefundRequest } from "../../../../src/domain/refund.ts";
import { Order, type OrderEnv } from "../../../../src/durable/order/order.ts";
import type { Participant } from "../../../../src/durable/ticket-type/order-protocol.ts";
import { orderObject, outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { newPerson, objectOf } from "../../../support/service.ts";

async function sold() {
  const { stalls } = await twoTypes({ max_per_buyer: null });
  const buyer = await newPerson();
  const { id } = (await placeOrder(buyer, [stalls, 3])).body;
  await payOrder(buyer, id);
  const reservationId = (await outcomeOf(buyer, id)).body.items[0]?.reservation ?? "";
  const states = async () => {
    const passes = await objectOf(stalls).passes({ reservationIds: [reservationId] }, null);
    return passes.map(({ state }) => state);
  };
  return { id, reservationId, states };
}

function asked(key: string, reservationId: string, passes?: readonly number[]): RefundRequest {
  const items = [{ reservationId, quantity: passes?.length ?? 1, passes }];
  return { key, request: key, requestedBy: "organizer", restock: false, reason: "", items, amountMinor: null };
}

/** The order's object. Something happens before it reads what its ticket types answer. */
async function withAnswers(
  orderId: string,
  meanwhile: (order: Order) => Promise<unknown>,
  play: (order: Order) => Promise<void>,
): Promise<void> {
  await runInDurableObject(orderObject(orderId), async (_, state) => {
    const made: { order?: Order } = {};
    const participant = (id: string): Participant => ({
      holdForOrder: async (...parameters) => objectOf(id).holdForOrder(...parameters),
      takeOrderSteps: async (...parameters) => objectOf(id).takeOrderSteps(...parameters),
      refundableUntil: async (ids) => objectOf(id).refundableUntil(ids),
      eventEndsMs: async () => objectOf(id).eventEndsMs(),
      refundedPasses: async (ids) => {
        const answer = await objectOf(id).refundedPasses(ids);
        if (made.order !== undefined) await meanwhile(made.order);
        return answer;
      },
    });
    made.order = new Order(state, { ...env, TICKET_TYPES: { getByName: participant } } as OrderEnv);
    await state.blockConcurrencyWhile(async () => {});
    await play(made.order);
  });
}

test("one that came in between may have taken the pass: nothing is given back, and the request is repeated", async () => {
  const { id, reservationId, states } = await sold();
  let other: Promise<unknown> | null = null;
  const meanwhile = (order: Order) => (other ??= order.refund(asked("first", reservationId)));
  await withAnswers(id, meanwhile, async (order) => {
    const request = asked("second", reservationId, [3]);
    expect(await order.refundPasses(request)).toEqual({ ok: false, refusal: { type: "unavailable" } });
    expect(await states()).toEqual(["valid", "valid", "revoked"]);
    expect(await order.refundPasses(request)).toMatchObject({ ok: false, refusal: { type: "refund_pass_revoked" } });
    expect(await order.refundPasses(asked("third", reservationId, [1]))).toMatchObject({ ok: true });
    expect(await states()).toEqual(["revoked", "valid", "revoked"]);
  });
});

test("a ticket type that does not answer refuses nothing and gives nothing back", async () => {
  const { id, reservationId, states } = await sold();
  await withAnswers(
    id,
    () => Promise.reject(new Error("broken")),
    async (order) => {
      const refused = await order.refundPasses(asked("one", reservationId, [1]));
      expect(refused).toEqual({ ok: false, refusal: { type: "unavailable" } });
      expect(await states()).toEqual(["valid", "valid", "valid"]);
    },
  );
});

test("a step that comes again, to a ticket type that has forgotten, revokes the same passes", async () => {
  const { id, reservationId, states } = await sold();
  await orderObject(id).refundPasses(asked("one", reservationId, [1]));
  await orderObject(id).refund(asked("two", reservationId));
  expect(await states()).toEqual(["revoked", "valid", "revoked"]);
  const ticketTypeId = reservationId.split("-")[0] ?? "";
  await runInDurableObject(objectOf(ticketTypeId), (_, { storage }) => {
    storage.sql.exec("UPDATE reservations SET given_back = 0, restocked = 0");
    storage.sql.exec("UPDATE passes SET revoked_at_ms = NULL");
  });
  await orderObject(id).forgotten([{ reservationId, givenBack: 0 }]);
  await orderObject(id).wake();
  expect(await states()).toEqual(["revoked", "valid", "revoked"]);
});
