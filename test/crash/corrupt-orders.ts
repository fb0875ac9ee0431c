// Lies about how orders ended: each changes a true end in one respect, everywhere that it shows, so
// that the check that is named beside it must reject it.

import type { Body, EndState, LedgerRow } from "./record.ts";
import { stillTaken } from "./verify-refunds.ts";

export interface OrderLie {
  /** One of `CHECKS`. */
  readonly check: string;
  /** Every way to tell it about a true end; none where that has no room for it. */
  readonly tell: (end: EndState) => EndState[];
}

export const ORDER_LIES: Readonly<Record<string, OrderLie>> = {
  "half an order was let go": { check: "no order is half", tell: halfLetGo },
  "half an order was sold": { check: "no order is half", tell: halfSold },
  "an acknowledged order is not there": { check: "acknowledged orders are there", tell: missing },
  "a cancelled order was sold": { check: "acknowledged ends of orders stand", tell: soldThoughCancelled },
  "an order was charged twice": { check: "orders are paid for once, or not", tell: chargedTwice },
  "an order was charged too little": { check: "orders are paid for once, or not", tell: chargedLess },
  "an order was sold and not charged": { check: "orders are paid for once, or not", tell: notCharged },
  "an order was charged and not sold": { check: "orders are paid for once, or not", tell: chargedThoughOver },
  "a price is oversold": { check: "no price or code is oversold", tell: pricePassed },
  "something cost less than its price": { check: "prices are as they were offered", tell: cheaper },
  "a total is not the sum of its items": { check: "prices are as they were offered", tell: wrongTotal },
  "an order is not in its buyer's list": { check: "the buyers' lists agree", tell: notListed },
  "a list shows an order as it was": { check: "the buyers' lists agree", tell: listedAsHeld },
  "D1 has an order as it was": { check: "D1 equals the objects of orders", tell: copiedAsHeld },
};

const LET_GO = { state: "cancelled", payment: { state: "failed" } };
const SOLD = { state: "confirmed", payment: { state: "succeeded" }, expires_at: null };
const HELD = { state: "held", payment: null };

function halfLetGo(end: EndState): EndState[] {
  return partsOf(end, "confirmed").map(({ id }) => withReservation(end, id, LET_GO));
}

function halfSold(end: EndState): EndState[] {
  return [...partsOf(end, "cancelled"), ...partsOf(end, "expired")].map(({ id }) => withReservation(end, id, SOLD));
}

function missing(end: EndState): EndState[] {
  return ordersIn(end).flatMap(({ id, items = [] }) => {
    const gone = new Set([id, ...items.map(({ reservation }) => reservation)]);
    const isAcknowledged = end.calls.some(({ outcome, body, request }) => {
      return request.type === "order" && outcome === "succeeded" && body?.id === id;
    });
    if (!isAcknowledged) return [];
    const without = <T>(all: ReadonlyMap<string, T>) => new Map([...all].filter(([key]) => !gone.has(key)));
    return [
      {
        ...end,
        shown: without(end.shown),
        rows: without(end.rows),
        shownOrders: without(end.shownOrders),
        orderRows: without(end.orderRows),
        listed: end.listed.filter(({ body }) => !gone.has(body.id)),
        ledger: end.ledger.filter((row) => row.reservation_id !== id),
      },
    ];
  });
}

function soldThoughCancelled(end: EndState): EndState[] {
  const cancelled = end.calls.flatMap(({ request, status }) =>
    request.type === "cancel" && request.of === "orders" && status === 204 ? [request.id] : [],
  );
  return ordersIn(end).flatMap(({ id }) => (cancelled.includes(id) ? [withOrder(end, id, SOLD)] : []));
}

function chargedTwice(end: EndState): EndState[] {
  return chargesOf(end).map((row) => withCharge(end, row, [row, { ...row, idempotency_key: "another payment" }]));
}

function chargedLess(end: EndState): EndState[] {
  return chargesOf(end).map((row) => withCharge(end, row, [{ ...row, amount_minor: row.amount_minor - 1 }]));
}

function notCharged(end: EndState): EndState[] {
  return chargesOf(end).map((row) => withCharge(end, row, []));
}

function chargedThoughOver(end: EndState): EndState[] {
  return ordersIn(end)
    .filter(({ state, total }) => (state === "cancelled" || state === "expired") && total.amount > 0)
    .map(({ id, total }) => {
      const charge = { kind: "charge", method: "pm_card_visa", decline_code: null } as const;
      const row = { ...charge, idempotency_key: "extra", reservation_id: id, amount_minor: total.amount };
      return { ...end, ledger: [...end.ledger, row] };
    });
}

/** The counters agree. */
function pricePassed(end: EndState): EndState[] {
  return end.tickets.flatMap(({ id: ticket, prices }) =>
    prices.flatMap(({ id: price, capacity, code }) => {
      const own = [...end.shown.values()].filter((one) => one.price === price && one.state === "confirmed");
      const most = capacity ?? code?.uses ?? null;
      const [sold] = own;
      if (most === null || sold === undefined) return [];
      // What was given back of them is on sale again.
      const taken = own.map((body) => stillTaken(end, body)).reduce((sum, { quantity }) => sum + quantity, 0);
      const quantity = sold.quantity + most - taken + 1;
      const moved = quantity - sold.quantity;
      const counts = (counters: EndState["counted"]) =>
        new Map(
          [...counters].map(([id, known]) => {
            if (id !== ticket) return [id, known] as const;
            const all = known.prices.map((one) => (one.id === price ? { ...one, sold: one.sold + moved } : one));
            return [id, { ...known, sold: known.sold + moved, prices: all }] as const;
          }),
        );
      const lie = withReservation(end, sold.id, { quantity });
      return [{ ...lie, counted: counts(end.counted), projected: counts(end.projected) }];
    }),
  );
}

function cheaper(end: EndState): EndState[] {
  return [...end.shown.values()]
    .filter(({ order }) => order !== null)
    .map(({ id, unit_price }) =>
      withReservation(end, id, { unit_price: { ...unit_price, amount: unit_price.amount - 1 } }),
    );
}

function wrongTotal(end: EndState): EndState[] {
  return ordersIn(end).map(({ id, total }) => withOrder(end, id, { total: { ...total, amount: total.amount + 1 } }));
}

function notListed(end: EndState): EndState[] {
  return ordersIn(end).map(({ id }) => ({ ...end, listed: end.listed.filter(({ body }) => body.id !== id) }));
}

function listedAsHeld(end: EndState): EndState[] {
  return ordersIn(end).map(({ id }) => ({ ...end, listed: listedWith(end, id, HELD) }));
}

function copiedAsHeld(end: EndState): EndState[] {
  return [...end.orderRows.values()].map((row) => {
    return { ...end, orderRows: new Map(end.orderRows).set(row.id, { ...row, state: "held" }) };
  });
}

function ordersIn({ shownOrders }: EndState): Body[] {
  return [...shownOrders.values()];
}

/** Reservations of orders that ended so. */
function partsOf({ shown, shownOrders }: EndState, state: string): Body[] {
  return [...shown.values()].filter(({ order }) => shownOrders.get(order ?? "")?.state === state);
}

/** What confirmed orders were charged. */
function chargesOf({ ledger, shownOrders }: EndState): LedgerRow[] {
  return ledger.filter(
    ({ kind, reservation_id, decline_code }) =>
      kind === "charge" && decline_code === null && shownOrders.get(reservation_id)?.state === "confirmed",
  );
}

function withCharge(end: EndState, charge: LedgerRow, rows: readonly LedgerRow[]): EndState {
  return { ...end, ledger: end.ledger.flatMap((row) => (row === charge ? rows : [row])) };
}

function withReservation(end: EndState, id: string, change: Partial<Body>): EndState {
  const body = end.shown.get(id);
  if (body === undefined) throw new Error(`${id} is not there`);
  return { ...end, shown: new Map(end.shown).set(id, { ...body, ...change }), listed: listedWith(end, id, change) };
}

function withOrder(end: EndState, id: string, change: Partial<Body>): EndState {
  const body = end.shownOrders.get(id);
  if (body === undefined) throw new Error(`${id} is not there`);
  const shownOrders = new Map(end.shownOrders).set(id, { ...body, ...change });
  return { ...end, shownOrders, listed: listedWith(end, id, change) };
}

function listedWith({ listed }: EndState, id: string, change: Partial<Body>): EndState["listed"] {
  return listed.map((one) => (one.body.id === id ? { ...one, body: { ...one.body, ...change } } : one));
}
