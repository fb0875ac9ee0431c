// Lies about what was given back: each changes a true end in one respect, everywhere that it shows,
// so that the check that is named beside it must reject it.

import type { OrderLie } from "./corrupt-orders.ts";
import type { Body, EndState, GivenBack, LedgerRow } from "./record.ts";
import { boughtIn, CALLED_OFF_REASON, isWhole } from "./verify-refunds.ts";

const MADE = "the provider gave back what was asked for, once";
const CALLED_OFF = "what was called off with refunds is given back, and nothing else";

export const REFUND_LIES: Readonly<Record<string, OrderLie>> = {
  "a refund was carried out twice": { check: MADE, tell: (end) => withRows(end, (row) => [row, again(row)]) },
  "a refund was not carried out": { check: MADE, tell: (end) => withRows(end, () => []) },
  "a refund was of less than it says": { check: MADE, tell: (end) => withRows(end, (row) => [less(row)]) },
  "some money was kept of what was given back whole": {
    check: "of what was given back whole all money is",
    tell: moneyKept,
  },
  "an acknowledged refund is not there": { check: "acknowledged refunds are there", tell: missing },
  "a refund put tickets on sale that it was not to": {
    check: "acknowledged refunds are there",
    tell: (end) => withRefunds(end, isOrganisers, (refund) => [{ ...refund, restock: !refund.restock }]),
  },
  "the copy has other tickets on sale again": {
    check: "what was given back is counted, and is on sale again where it was said",
    tell: restockedInCopy,
  },
  "what a buyer gave back is not there": {
    check: "what buyers gave back is there",
    tell: (end) => withRefunds(end, isBuyers, () => []),
  },
  "what a buyer gave back was given back twice": {
    check: "what buyers gave back is there",
    tell: (end) => withRefunds(end, isBuyers, (refund) => [refund, refund]),
  },
  "a buyer gave back what buyers may not": { check: "what buyers gave back is there", tell: notRefundable },
  "something that was sold of a called-off event is not given back": { check: CALLED_OFF, tell: keptThoughOff },
  "a calling-off gave something back twice": {
    check: CALLED_OFF,
    tell: (end) => withRefunds(end, isOfCallingOff, (refund) => [refund, refund]),
  },
  "a calling-off put tickets on sale again": {
    check: CALLED_OFF,
    tell: (end) => withRefunds(end, isOfCallingOff, (refund) => [{ ...refund, restock: true }]),
  },
  "a calling-off without refunds gave something back": { check: CALLED_OFF, tell: offWithoutRefunds },
};

function isBuyers({ requested_by }: GivenBack): boolean {
  return requested_by === "buyer";
}

function isOfCallingOff({ reason }: GivenBack): boolean {
  return reason === CALLED_OFF_REASON;
}

function isOrganisers(refund: GivenBack): boolean {
  return refund.requested_by === "organizer" && !isOfCallingOff(refund);
}

function again(row: LedgerRow): LedgerRow {
  return { ...row, idempotency_key: `${row.idempotency_key}.2` };
}

function less(row: LedgerRow): LedgerRow {
  return { ...row, amount_minor: row.amount_minor - 1 };
}

function refundRows({ ledger }: EndState): LedgerRow[] {
  return ledger.filter((row) => row.kind === "refund" && !isWhole(row));
}

/** Of each refund at the provider one lie. */
function withRows(end: EndState, lie: (row: LedgerRow) => LedgerRow[]): EndState[] {
  return refundRows(end).map((row) => {
    return { ...end, ledger: end.ledger.flatMap((one) => (one === row ? lie(row) : [one])) };
  });
}

/** Of each refund of this kind one lie. */
function withRefunds(
  end: EndState,
  isMeant: (refund: GivenBack) => boolean,
  lie: (refund: GivenBack) => GivenBack[],
): EndState[] {
  return boughtIn(end).flatMap((bought) =>
    (bought.refunds ?? []).filter(isMeant).map((refund) => {
      const refunds = (bought.refunds ?? []).flatMap((one) => (one === refund ? lie(refund) : [one]));
      return withBought(end, bought, { refunds });
    }),
  );
}

function withBought(end: EndState, bought: Body, change: Partial<Body>): EndState {
  const isOrder = end.shownOrders.has(bought.id);
  const all = new Map(isOrder ? end.shownOrders : end.shown).set(bought.id, { ...bought, ...change });
  return isOrder ? { ...end, shownOrders: all } : { ...end, shown: all };
}

/** Everywhere it is said to be so much less. */
function moneyKept(end: EndState): EndState[] {
  const whole = boughtIn(end).filter(({ state }) => state === "refunded");
  return whole.flatMap((bought) => {
    const row = refundRows(end).find((one) => one.reservation_id === bought.id);
    if (row === undefined) return [];
    const refunds = (bought.refunds ?? []).map((refund) =>
      refund.id === row.idempotency_key
        ? { ...refund, amount: { ...refund.amount, amount: refund.amount.amount - 1 } }
        : refund,
    );
    const ledger = end.ledger.map((one) => (one === row ? less(row) : one));
    return [{ ...withBought(end, bought, { refunds }), ledger }];
  });
}

function missing(end: EndState): EndState[] {
  const acknowledged = end.refunds.filter(({ outcome }) => outcome === "done").map(({ id }) => id);
  return withRefunds(end, isOrganisers, () => []).filter((_lie, index) => {
    const owners = boughtIn(end).flatMap(({ id, refunds = [] }) => refunds.filter(isOrganisers).map(() => id));
    return acknowledged.includes(owners[index] ?? "");
  });
}

function restockedInCopy(end: EndState): EndState[] {
  const given = [...end.rows.values()].filter((row) => row.given_back > 0);
  return given.map((row) => {
    const restocked = row.given_back - row.restocked;
    const lie = { ...row, restocked: restocked === row.restocked ? restocked + 1 : restocked };
    return { ...end, rows: new Map(end.rows).set(row.id, lie) };
  });
}

function notRefundable(end: EndState): EndState[] {
  return boughtIn(end)
    .filter(({ refunds = [] }) => refunds.some(isBuyers))
    .map(({ ticket, items = [{ ticket }] }) => {
      const meant = new Set(items.map((item) => item.ticket));
      return { ...end, tickets: end.tickets.map((one) => (meant.has(one.id) ? { ...one, isRefundable: false } : one)) };
    });
}

function keptThoughOff(end: EndState): EndState[] {
  const off = new Set(end.changes.filter(({ isRefunding }) => isRefunding).map(({ ticket }) => ticket.id));
  const given = [...end.shown.values()].filter(({ ticket, state }) => off.has(ticket) && state === "refunded");
  return given.map((body) => {
    return { ...end, shown: new Map(end.shown).set(body.id, { ...body, state: "confirmed", refunds: [] }) };
  });
}

/** As if nobody had asked for refunds. */
function offWithoutRefunds(end: EndState): EndState[] {
  const isGivenBack = boughtIn(end).some(({ refunds = [] }) => refunds.some(isOfCallingOff));
  return isGivenBack ? [{ ...end, changes: end.changes.map((change) => ({ ...change, isRefunding: false })) }] : [];
}
