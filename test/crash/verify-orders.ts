// What must be true of orders at rest: none is half, and each was paid for once or not at all.

import type { Body, EndOfSale, EndState, OrderRow } from "./record.ts";
import { isSold, isTaken, isWhole, stillTaken } from "./verify-refunds.ts";

export const ORDER_CHECKS: Readonly<Record<string, (end: EndState) => string[]>> = {
  "acknowledged orders are there": ordersAreThere,
  "acknowledged ends of orders stand": endsStand,
  "no order is half": noOrderIsHalf,
  "orders are paid for once, or not": paidOnceOrNot,
  "prices are as they were offered": pricesAreAsOffered,
  "no price or code is oversold": noCapIsPassed,
  "the buyers' lists agree": listsAgree,
  "D1 equals the objects of orders": d1EqualsOrders,
};

function ordersAreThere({ calls, shownOrders }: EndState): string[] {
  return calls.flatMap(({ request, outcome, body }) => {
    if (request.type !== "order" || outcome !== "succeeded" || body === null) return [];
    const now = shownOrders.get(body.id);
    if (now === undefined) return [`${body.id} was acknowledged and is not there`];
    const hasDeadline = now.expires_at !== null;
    const text = ({ items = [], total, created_at, expires_at }: Body) =>
      JSON.stringify([items.map(whatWasBought), total.amount, created_at, hasDeadline && expires_at]);
    return text(now) === text(body) ? [] : [`${body.id} was acknowledged as ${text(body)} and is ${text(now)}`];
  });
}

function whatWasBought({ reservation, ticket, price, code, quantity, unit_price }: NonNullable<Body["items"]>[number]) {
  return [reservation, ticket, price, code, quantity, unit_price.amount];
}

/** A cancel, a payment's outcome, and every end that a look has seen. */
function endsStand({ calls, shownOrders }: EndState): string[] {
  return calls.flatMap(({ request, status, outcome, body }) => {
    if (!("of" in request) || request.of !== "orders" || outcome !== "succeeded") return [];
    const { state, payment } = shownOrders.get(request.id) ?? { state: "not there", payment: null };
    const wrong = (what: string) => [`${request.id}: ${what}, and is ${state} with payment ${payment?.state}`];
    switch (request.type) {
      case "cancel":
        if (status === 200 && state !== "refunded") return wrong("was given back");
        return status === 204 && state !== "cancelled" ? wrong("was cancelled") : [];
      case "pay":
        return ["succeeded", "failed", "refunded"].includes(payment?.state ?? "") ? [] : wrong("was paid");
      default:
        if (body?.state === "held" || (body?.state === "confirmed" && state === "refunded")) return [];
        return body?.state === state ? [] : wrong(`was shown as ${body?.state}`);
    }
  });
}

/** Its reservations are all confirmed, or all let go, and so is what an earlier attempt held. */
function noOrderIsHalf({ shown, shownOrders }: EndState): string[] {
  const parts = Map.groupBy(
    [...shown.values()].filter(({ order }) => typeof order === "string"),
    ({ order }) => order ?? "",
  );
  const missing = [...shownOrders.values()].flatMap(({ id, items = [] }) =>
    items.filter(({ reservation }) => !shown.has(reservation)).map((item) => `${id}: ${item.reservation} is not there`),
  );
  const half = [...parts].flatMap(([id, reservations]) => {
    const order = shownOrders.get(id);
    const ids = (order?.items ?? []).map(({ reservation }) => reservation);
    return reservations
      .filter((one) => isSold(one) !== (order !== undefined && isSold(order) && ids.includes(one.id)))
      .map((one) => `order ${id} is ${order?.state ?? "not there"}, and its ${one.id} is ${one.state}`);
  });
  // All of it was given back, or something is left.
  const unlike = [...shownOrders.values()].filter(({ id, state }) => {
    const isGivenBack = (parts.get(id) ?? []).filter(isSold).every((one) => one.state === "refunded");
    return isSold({ state }) && (state === "refunded") !== isGivenBack;
  });
  return [...missing, ...half, ...unlike.map(({ id, state }) => `order ${id} is ${state}, and not what is in it`)];
}

/** Kept: the total of a confirmed order, once. Of any other nothing. */
function paidOnceOrNot({ shownOrders, ledger }: EndState): string[] {
  const moved = Map.groupBy(ledger.filter(isWhole), (row) => row.reservation_id);
  return [...shownOrders.values()].flatMap(({ id, state, total, payment }) => {
    const own = moved.get(id) ?? [];
    const paid = own.filter(({ kind, decline_code }) => kind === "charge" && decline_code === null);
    const returned = own.filter(({ kind }) => kind === "refund");
    const kept = sum(paid) - sum(returned);
    const due = isSold({ state }) ? total.amount : 0;
    const isOnce = paid.length - returned.length === (due > 0 ? 1 : 0) && kept === due;
    const strange = returned.filter((it) => !paid.some((row) => row.idempotency_key === it.idempotency_key));
    const hasPaid = payment?.state === "succeeded";
    return [
      ...(isOnce ? [] : [`order ${id} is ${state}, and ${kept} of ${total.amount} was kept in ${paid.length} charges`]),
      ...strange.map((row) => `order ${id}: a refund of ${row.idempotency_key}, which was not charged`),
      ...(hasPaid === isSold({ state }) ? [] : [`order ${id} is ${state}, and its payment ${payment?.state}`]),
    ];
  });
}

function sum(rows: readonly { readonly amount_minor: number }[]): number {
  return rows.reduce((total, { amount_minor }) => total + amount_minor, 0);
}

/** What each thing cost is what its price said, and an order's total is the sum of its items. */
function pricesAreAsOffered({ tickets, shown, shownOrders }: EndState): string[] {
  const amounts = new Map(tickets.flatMap(({ prices }) => prices.map(({ id, amountMinor }) => [id, amountMinor])));
  const wrong = [...shown.values()]
    .filter(({ price, unit_price }) => amounts.get(price) !== unit_price.amount)
    .map(({ id, price, unit_price }) => `${id} costs ${unit_price.amount}, and its price ${amounts.get(price)}`);
  const sums = [...shownOrders.values()].flatMap(({ id, items = [], total }) => {
    const added = items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price.amount, 0);
    return added === total.amount ? [] : [`order ${id} costs ${total.amount}, and its items ${added}`];
  });
  return [...wrong, ...sums];
}

/** By what the objects show, by their counters, and by the counters in D1. */
function noCapIsPassed(end: EndState): string[] {
  const { tickets, shown, counted, projected } = end;
  return tickets.flatMap((ticket) => {
    const taken = [...shown.values()].filter((one) => one.ticket === ticket.id && isTaken(one));
    return ticket.prices.flatMap(({ id, capacity, code }) => {
      const own = taken.filter(({ price }) => price === id);
      const number = own.map((body) => stillTaken(end, body)).reduce((sum, { quantity }) => sum + quantity, 0);
      const most = Math.min(capacity ?? ticket.capacity, code?.uses ?? ticket.capacity);
      const unlike = Object.entries({ counted, projected }).flatMap(([where, counters]) => {
        const price = counters.get(ticket.id)?.prices.find((one) => one.id === id);
        const counts = price === undefined ? Number.NaN : price.held + price.sold;
        return counts === number ? [] : [`${counts} (${where}) are taken at price ${id}, but reservations: ${number}`];
      });
      return [...(number <= most ? [] : [`${number} of ${most} are taken at price ${id}`]), ...unlike];
    });
  });
}

/** Each thing is in its buyer's list, as its object shows it, and nothing else is. */
function listsAgree({ listed, shown, shownOrders, buyerOf }: EndState): string[] {
  const expected = { reservations: shown, orders: shownOrders };
  return Object.entries(expected).flatMap(([of, objects]) => {
    const own = listed.filter((one) => one.of === of);
    const inLists = new Map(own.map((one) => [one.body.id, one]));
    const twice = own.length === inLists.size ? [] : [`${of} are listed twice`];
    const wrong = [...new Set([...objects.keys(), ...inLists.keys()])].flatMap((id) => {
      const entry = inLists.get(id);
      const [there, here] = [objects.get(id), entry?.body];
      const isSame = textOf(there) === textOf(here) && entry?.buyer === buyerOf.get(id);
      return isSame ? [] : [`${id} is listed as ${textOf(here)} to ${entry?.buyer}, and is ${textOf(there)}`];
    });
    return [...twice, ...wrong];
  });
}

function textOf(body: Body | undefined): string {
  if (body === undefined) return "missing";
  const { state, payment, total, created_at, items = [] } = body;
  return JSON.stringify([state, payment?.state ?? null, total.amount, created_at, items.map(whatWasBought)]);
}

function d1EqualsOrders({ shownOrders, orderRows }: EndState): string[] {
  const textOfBody = ({ state, payment, created_at }: Body) =>
    [state, payment?.state ?? null, Date.parse(created_at)].join();
  const textOfRow = ({ state, payment_state, created_at_ms }: OrderRow) => [state, payment_state, created_at_ms].join();
  return [...new Set([...shownOrders.keys(), ...orderRows.keys()])].flatMap((id) => {
    const [object, copy] = [shownOrders.get(id), orderRows.get(id)];
    const [there, here] = [object && textOfBody(object), copy && textOfRow(copy)];
    return there === here ? [] : [`order ${id} is ${there} in the object, and ${here} in D1`];
  });
}

/** Orders whose objects or copies have something left to do. */
export function stuckOrders({ shownOrders, orderRows }: EndOfSale): string[] {
  const objects = [...shownOrders.values()].map(
    ({ id, state, payment }) => [id, state, payment?.state ?? null] as const,
  );
  const copies = [...orderRows.values()].map((row) => [`${row.id} in D1`, row.state, row.payment_state] as const);
  const open = [...objects, ...copies].filter(
    ([, state, payment]) => state === "held" || payment === "pending" || payment === "refund_due",
  );
  const unfinished = [...orderRows.values()].filter((row) => row.unfinished === 1);
  return [
    ...open.map(([what, state, payment]) => `order ${what} is still ${state}, ${payment}`),
    ...unfinished.map(({ id }) => `order ${id} has something left to do`),
  ];
}
