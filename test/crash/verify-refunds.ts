// What must be true at rest of what was given back: what was asked for, once, and at the provider.

import { isRefundId, isUnderWay, type RefundState } from "../../src/domain/refund.ts";
import type { Body, EndOfSale, EndState, GivenBack, LedgerRow } from "./record.ts";

export const REFUND_CHECKS: Readonly<Record<string, (end: EndState) => string[]>> = {
  "acknowledged refunds are there": refundsAreThere,
  "the provider gave back what was asked for, once": refundsAreMade,
  "no more is given back than was paid": neverMoreThanPaid,
};

/** All that a payment took, or what went back of it as a whole because it came too late. */
export function isWhole({ idempotency_key: key }: LedgerRow): boolean {
  return !isRefundId(key);
}

/** With the tickets alone that were not given back: all of those are on sale again. */
export function stillTaken(body: Body): { readonly quantity: number } {
  return { quantity: body.quantity - (body.refunded_quantity ?? 0) };
}

export function stuckRefunds({ shown, shownOrders }: EndOfSale): string[] {
  const refunds = [...shown.values(), ...shownOrders.values()].flatMap((bought) => bought.refunds ?? []);
  const open = refunds.filter(({ state }) => isUnderWay({ state: state as RefundState }));
  return open.map(({ id, state }) => `refund ${id} is still ${state}`);
}

/** Not what a payment had charged that came too late: that is a whole. */
function askedFor({ refunds = [] }: Body): readonly GivenBack[] {
  return refunds.filter(({ requested_by: by }) => by !== "service");
}

/** Each request has one refund, and nobody gets what nobody asked for. */
function refundsAreThere({ refunds, shown, shownOrders }: EndState): string[] {
  return [...shown.values(), ...shownOrders.values()].flatMap((bought) => {
    const { id } = bought;
    const made = askedFor(bought);
    const asked = refunds.filter((request) => request.id === id);
    const acknowledged = asked.filter(({ outcome }) => outcome === "done").length;
    const isRight = made.length >= acknowledged && made.length <= asked.length;
    return isRight ? [] : [`${made.length} refunds of ${id}: ${acknowledged} were acknowledged of ${asked.length}`];
  });
}

function refundsAreMade({ shown, shownOrders, ledger }: EndState): string[] {
  const parts = ledger.filter((row) => !isWhole(row));
  const refunds = [...shown.values(), ...shownOrders.values()].flatMap(askedFor);
  // Of a free ticket no money goes back.
  const wrong = refunds.flatMap(({ id, amount, state }) => {
    const made = parts.filter((row) => row.idempotency_key === id).map((row) => row.amount_minor);
    const wanted = amount.amount === 0 ? [] : [amount.amount];
    const isRight = state === "succeeded" && made.join() === wanted.join();
    return isRight
      ? []
      : [`refund ${id} of ${amount.amount} is ${state}, and the provider made ${made.join() || "none"}`];
  });
  const known = new Set(refunds.map(({ id }) => id));
  const strange = parts.filter((row) => !known.has(row.idempotency_key));
  return [...wrong, ...strange.map((row) => `${row.idempotency_key} was given back, and nobody asked for it`)];
}

function neverMoreThanPaid({ ledger }: EndState): string[] {
  const moved = Map.groupBy(ledger, (row) => row.reservation_id);
  return [...moved].flatMap(([id, rows]) => {
    const sum = (kind: LedgerRow["kind"]) =>
      rows
        .filter((row) => row.kind === kind && row.decline_code === null)
        .reduce((total, row) => total + row.amount_minor, 0);
    const [paid, back] = [sum("charge"), sum("refund")];
    return back <= paid ? [] : [`${id}: ${back} was given back of ${paid}`];
  });
}
