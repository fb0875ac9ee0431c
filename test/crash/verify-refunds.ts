// What must be true at rest of what was given back: what was asked for, once, and at the provider.

import { isRefundId, isUnderWay, type RefundState } from "../../src/domain/refund.ts";
import type { Body, EndOfSale, EndState, GivenBack, LedgerRow } from "./record.ts";

export const REFUND_CHECKS: Readonly<Record<string, (end: EndState) => string[]>> = {
  "acknowledged refunds are there": refundsAreThere,
  "what buyers gave back is there": buyersRefundsAreThere,
  "what was called off with refunds is given back, and nothing else": calledOffIsGivenBack,
  "what was given back is counted, and is on sale again where it was said": countsOfGivenBack,
  "the provider gave back what was asked for, once": refundsAreMade,
  "of what was given back whole all money is": wholeIsGivenBack,
  "no more is given back than was paid": neverMoreThanPaid,
  "no refusal of a refund is unexpected": noRefusalIsUnexpected,
};

/** The reason of refunds that nobody asked for: their event was called off. */
export const CALLED_OFF_REASON = "The event was called off.";

/** All that a payment took, or what went back of it as a whole because it came too late. */
export function isWhole({ idempotency_key: key }: LedgerRow): boolean {
  return !isRefundId(key);
}

export function isSold({ state }: { readonly state: string }): boolean {
  return state === "confirmed" || state === "refunded";
}

export function isTaken(one: { readonly state: string }): boolean {
  return one.state === "held" || isSold(one);
}

/** Without the tickets that are on sale again. */
export function stillTaken(end: Pick<EndOfSale, "shown" | "shownOrders">, body: Body): { readonly quantity: number } {
  return { quantity: body.quantity - ticketsGivenBack(end, body, ({ restock }) => restock) };
}

/** All of them, with those of orders. */
export function refundsIn({ shown, shownOrders }: Pick<EndOfSale, "shown" | "shownOrders">): readonly GivenBack[] {
  return boughtIn({ shown, shownOrders }).flatMap(({ refunds = [] }) => refunds);
}

/** What was bought alone, and orders: what has refunds of its own. */
export function boughtIn({ shown, shownOrders }: Pick<EndOfSale, "shown" | "shownOrders">): readonly Body[] {
  return [...[...shown.values()].filter(({ order }) => order === null), ...shownOrders.values()];
}

function ticketsGivenBack(
  { shownOrders }: Pick<EndOfSale, "shownOrders">,
  { id, order, refunds = [] }: Body,
  counts: (refund: GivenBack) => boolean = () => true,
): number {
  const own = typeof order === "string" ? (shownOrders.get(order)?.refunds ?? []) : refunds;
  const items = own.filter(counts).flatMap((refund) => refund.items);
  return items.reduce((sum, { reservation, quantity }) => sum + (reservation === id ? quantity : 0), 0);
}

export function stuckRefunds(end: EndOfSale): string[] {
  const open = refundsIn(end).filter(({ state }) => isUnderWay({ state: state as RefundState }));
  return [...open.map(({ id, state }) => `refund ${id} is still ${state}`), ...leftOfCalledOff(end)];
}

function leftOfCalledOff({ shown, changes }: EndOfSale): string[] {
  const off = refundingTypes({ changes });
  const left = [...shown.values()].filter(({ ticket, state }) => off.has(ticket) && state === "confirmed");
  return left.map(({ id }) => `${id} is confirmed, and its event was called off with refunds`);
}

function refundingTypes({ changes }: Pick<EndState, "changes">): ReadonlySet<string> {
  return new Set(changes.filter(({ isRefunding }) => isRefunding).map(({ ticket }) => ticket.id));
}

/** Not what a payment had charged that came too late: that is a whole. */
function askedFor({ refunds = [] }: Body): readonly GivenBack[] {
  return refunds.filter(({ requested_by: by }) => by !== "service");
}

function isOfCallingOff({ reason }: GivenBack): boolean {
  return reason === CALLED_OFF_REASON;
}

function organisersRefunds(bought: Body): readonly GivenBack[] {
  return askedFor(bought).filter((refund) => refund.requested_by === "organizer" && !isOfCallingOff(refund));
}

/** Each request has one refund, as it was asked for, and nobody gets what nobody asked for. */
function refundsAreThere(end: EndState): string[] {
  return boughtIn(end).flatMap((bought) => {
    const { id } = bought;
    const made = organisersRefunds(bought);
    const asked = end.refunds.filter((request) => request.id === id);
    const acknowledged = asked.filter(({ outcome }) => outcome === "done").length;
    const isRight = made.length >= acknowledged && made.length <= asked.length;
    const [first] = asked;
    const otherwise = made.filter(({ restock, items }) => {
      const isMoney = items.length === 0;
      return restock !== first?.wanted.restock || isMoney !== (first.wanted.what === "money");
    });
    return [
      ...(isRight ? [] : [`${made.length} refunds of ${id}: ${acknowledged} were acknowledged of ${asked.length}`]),
      ...otherwise.map((refund) => `refund ${refund.id} is not as it was asked for`),
    ];
  });
}

/** One for all that was left, on sale again, where the event's organiser lets buyers do that. */
function buyersRefundsAreThere(end: EndState): string[] {
  const refundable = new Set(end.tickets.filter(({ isRefundable }) => isRefundable).map(({ id }) => id));
  return boughtIn(end).flatMap((bought) => {
    const { id, ticket, items = [{ ticket }] } = bought;
    const made = askedFor(bought).filter((refund) => refund.requested_by === "buyer");
    const asked = end.calls.filter((call) => call.request.type === "cancel" && call.request.id === id);
    const isAcknowledged = asked.some(({ status }) => status === 200);
    const mayBe =
      asked.some(({ outcome }) => outcome !== "refused") && items.every((item) => refundable.has(item.ticket));
    const isRight = made.length <= Number(mayBe) && made.length >= Number(isAcknowledged);
    return [
      ...(isRight
        ? []
        : [`${id} has ${made.length} refunds of its buyer's, ${isAcknowledged ? "1" : "0"} acknowledged`]),
      ...made.filter(({ restock }) => !restock).map((refund) => `refund ${refund.id} is not on sale again`),
      ...(made.length > 0 && bought.state !== "refunded" ? [`${id} was given back and is ${bought.state}`] : []),
    ];
  });
}

function calledOffIsGivenBack(end: EndState): string[] {
  const off = refundingTypes(end);
  const strange = boughtIn(end).flatMap((bought) => {
    const { ticket, items = [{ ticket, reservation: bought.id }] } = bought;
    const made = askedFor(bought).filter(isOfCallingOff);
    const named = made.flatMap((refund) => refund.items.map(({ reservation }) => reservation));
    const allowed = new Set(items.filter((item) => off.has(item.ticket)).map(({ reservation }) => reservation));
    return [
      ...named.filter((id) => !allowed.has(id)).map((id) => `${id} was given back, and its event is not called off so`),
      ...(new Set(named).size === named.length ? [] : [`${bought.id} was given back twice by a calling-off`]),
      ...made.filter(({ restock }) => restock).map((refund) => `refund ${refund.id} is on sale again`),
    ];
  });
  return [...leftOfCalledOff(end), ...strange];
}

/** By its reservation as by its refunds; D1's copy has how many of them are on sale again. */
function countsOfGivenBack(end: EndState): string[] {
  return [...end.shown.values()].flatMap((body) => {
    const wanted = [ticketsGivenBack(end, body), body.quantity - stillTaken(end, body).quantity];
    const row = end.rows.get(body.id);
    const found = [body.refunded_quantity ?? 0, row?.restocked ?? 0];
    return wanted.join() === found.join()
      ? []
      : [`${body.id} has ${found} given back and restocked, and not ${wanted}`];
  });
}

function refundsAreMade(end: EndState): string[] {
  const parts = end.ledger.filter((row) => !isWhole(row));
  const refunds = boughtIn(end).flatMap(askedFor);
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

function wholeIsGivenBack(end: EndState): string[] {
  const parts = end.ledger.filter((row) => !isWhole(row));
  return boughtIn(end).flatMap(({ id, state, total }) => {
    const back = parts.reduce((sum, row) => sum + (row.reservation_id === id ? row.amount_minor : 0), 0);
    return state !== "refunded" || back === total.amount ? [] : [`${id}: ${back} of ${total.amount} was given back`];
  });
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

/** Only where somebody else has given it back is nothing left, or where it costs nothing. */
function noRefusalIsUnexpected(end: EndState): string[] {
  const bought = new Map(boughtIn(end).map((one) => [one.id, one]));
  return end.refusedRefunds.flatMap(({ id, problem }) => {
    const now = bought.get(id);
    const isGone = now?.state === "refunded" || now?.total.amount === 0;
    const isExpected = problem === "nothing_paid" || (problem === "refund_exceeds" && isGone);
    return isExpected ? [] : [`a refund of ${id}, which is ${now?.state}, was refused: ${problem}`];
  });
}
