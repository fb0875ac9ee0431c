// An order as it begins: nothing is held, and what is to be held is on record. Pure.

import type { Order } from "../../domain/order.ts";
import type { NewOrder } from "./protocol.ts";
import type { StoredOrder } from "./store.ts";

/** `refused`: an earlier attempt in the same object, of which something may still be held. */
export function newOrder(request: NewOrder, refused: Order | null, nowMs: number): StoredOrder {
  const unreleased = (refused?.items ?? []).filter(({ phase }) => phase !== "released");
  const order: Order = {
    id: request.orderId,
    accountId: request.accountId,
    counter: request.counter ?? null,
    phase: "reserving",
    cancelRequested: false,
    currency: null,
    createdAtMs: nowMs,
    expiresAtMs: null,
    // Above that of an order of the same id that was forgotten: D1 keeps the copy of that.
    version: nowMs,
    items: request.items.map((item) => ({
      ...item,
      acceptedTerms: item.acceptedTerms ?? null,
      priceName: "",
      unitPriceMinor: 0,
      phase: "reserving",
      paymentId: null,
      givenBack: 0,
      restocked: 0,
      takenBack: 0,
    })),
    leftovers: [...(refused?.leftovers ?? []), ...unreleased.map(({ reservationId }) => reservationId)],
    payments: [],
    refunds: [],
  };
  return { order, request: request.request, requestId: request.requestId, projectedVersion: 0 };
}
