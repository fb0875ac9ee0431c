// What must be true at rest: of the answers, the objects, D1, and the provider's ledger.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import { groupAttempts, problemOf, sameRequests } from "./attempts.ts";
import type { Body, Call, Counters, EndOfSale, EndState, Request, ReservationRow } from "./record.ts";
import { ORDER_CHECKS, stuckOrders } from "./verify-orders.ts";
import { PASS_CHECKS } from "./verify-passes.ts";
import { isSold, isTaken, isWhole, REFUND_CHECKS, stillTaken, stuckRefunds } from "./verify-refunds.ts";

export const CHECKS: Readonly<Record<string, (end: EndState) => string[]>> = {
  "acknowledged reservations are there": reservationsAreThere,
  "acknowledged cancels are cancelled": cancelsAreCancelled,
  "acknowledged payments have an outcome": paymentsHaveAnOutcome,
  "nothing is oversold": nothingIsOversold,
  "one charge per payment": oneChargePerPayment,
  "paid or refunded, never both": paidOrRefunded,
  "nothing that was held is deleted": nothingHeldIsDeleted,
  "nothing is stuck": nothingIsStuck,
  "D1 equals the objects": d1EqualsObjects,
  "the service finds no difference itself": noDifferences,
  "a repeated key has one effect": oneSuccessPerKey,
  "no answer is unexpected": noAnswerIsUnexpected,
  ...ORDER_CHECKS,
  ...REFUND_CHECKS,
  ...PASS_CHECKS,
};

function reservationsAreThere({ calls, shown }: EndState): string[] {
  return calls.flatMap(({ request, outcome, body }) => {
    if (request.type !== "reserve" || outcome !== "succeeded" || body === null) return [];
    const now = shown.get(body.id);
    if (now === undefined) return [`${body.id} was acknowledged and is not there`];
    // What is confirmed has no deadline any more.
    const hasDeadline = now.expires_at !== null;
    const text = ({ ticket, price, code, quantity, unit_price, created_at, expires_at }: Body) =>
      [ticket, price, code, quantity, unit_price.amount, created_at, hasDeadline && expires_at].join();
    return text(now) === text(body) ? [] : [`${body.id} was acknowledged as ${text(body)} and is ${text(now)}`];
  });
}

function cancelsAreCancelled({ calls, shown }: EndState): string[] {
  return calls.flatMap(({ request, status }) => {
    if (request.type !== "cancel" || request.of !== "reservations" || (status !== 204 && status !== 200)) return [];
    const state = shown.get(request.id)?.state;
    const wanted = status === 204 ? "cancelled" : "refunded";
    return state === wanted ? [] : [`${request.id} was acknowledged as ${wanted} and is ${state}`];
  });
}

function paymentsHaveAnOutcome({ calls, shown }: EndState): string[] {
  return calls.flatMap(({ request, outcome }) => {
    if (request.type !== "pay" || request.of !== "reservations" || outcome !== "succeeded") return [];
    const state = shown.get(request.id)?.payment?.state ?? "none";
    if (["succeeded", "failed", "refunded"].includes(state)) return [];
    return [`${request.id}: the acknowledged payment's outcome is ${state}`];
  });
}

function nothingIsOversold(end: EndState): string[] {
  const { tickets, shown, counted, projected, rows } = end;
  return tickets.flatMap(({ id, capacity }) => {
    const own = [...shown.values()].filter(({ ticket }) => ticket === id);
    const shownTaken = sum(own.filter(isTaken).map((body) => stillTaken(end, body)));
    const ownRows = [...rows.values()].filter((row) => row.ticket_type_id === id);
    const rowsHeld = sum(ownRows.filter(({ state }) => state === "held"));
    const sold = ownRows.filter(isSold);
    const rowsSold = sum(sold) - sold.reduce((total, { restocked }) => total + restocked, 0);
    const numbers = { shown: shownTaken, rows: rowsHeld + rowsSold, counted: taken(counted.get(id)) };
    const over = Object.entries(numbers).filter(([, number]) => !(number <= capacity));
    const unlike = Object.entries({ counted: counted.get(id), projected: projected.get(id) }).filter(
      ([, counters]) => counters?.held !== rowsHeld || counters.sold !== rowsSold || counters.capacity !== capacity,
    );
    return [
      ...over.map(([where, number]) => `${id}: ${number} of ${capacity} are taken (${where})`),
      ...unlike.map(([where, it]) => `${id}: ${JSON.stringify(it)} (${where}), but rows: ${rowsHeld} and ${rowsSold}`),
    ];
  });
}

/** No more charges than requests that were not refused, each of the whole amount. */
function oneChargePerPayment({ calls, ledger, rows, shownOrders }: EndState): string[] {
  const asked = groupAttempts(calls).flatMap(({ request, answered }) => {
    const isCharged = request.type === "pay" && answered?.outcome !== "refused";
    return isCharged ? [`${request.id} with ${request.method}`] : [];
  });
  const charges = ledger.filter(({ kind }) => kind === "charge");
  const repeated = [...Map.groupBy(charges, (row) => `${row.reservation_id} with ${row.method}`)]
    .filter(([what, own]) => own.length > asked.filter((other) => other === what).length)
    .map(([what]) => `${what}: more charges than requests`);
  const wrong = charges.flatMap(({ reservation_id, amount_minor }) => {
    const row = rows.get(reservation_id);
    const order = shownOrders.get(reservation_id);
    const total = order?.total.amount ?? (row?.quantity ?? 0) * (row?.unit_price_minor ?? 0);
    return amount_minor === total ? [] : [`${reservation_id}: charged ${amount_minor}, not ${total}`];
  });
  return [...repeated, ...wrong];
}

function paidOrRefunded({ shown, shownOrders, ledger }: EndState): string[] {
  const moved = Map.groupBy(ledger.filter(isWhole), (row) => row.reservation_id);
  const isThere = (id: string) => shown.has(id) || shownOrders.has(id);
  const lost = [...moved.keys()].filter((id) => !isThere(id)).map((id) => `${id}: charged, and is not there`);
  const wrong = [...shown.values()].flatMap(({ id, order, state, total }) => {
    const own = moved.get(id) ?? [];
    const paid = own.filter(({ kind, decline_code }) => kind === "charge" && decline_code === null);
    const givenBack = own.filter(({ kind }) => kind === "refund");
    const strange = givenBack.filter((it) => !paid.some((row) => row.idempotency_key === it.idempotency_key));
    const kept = paid.length - givenBack.length;
    // An order is charged as a whole.
    const due = order === null && isSold({ state }) && total.amount > 0 ? 1 : 0;
    return [
      ...(kept === due ? [] : [`${id} is ${state} and has ${kept} charges that were kept`]),
      ...strange.map((row) => `${id}: a refund of ${row.idempotency_key}, which was not charged`),
    ];
  });
  return [...lost, ...wrong];
}

/** Whoever was refused was so because of a hold, and each has an answer. */
function nothingHeldIsDeleted({ changes, deleted, shown, rows }: EndState): string[] {
  const isHeld = (id: string) =>
    [...shown.values()].some(({ ticket }) => ticket === id) ||
    [...rows.values()].some((row) => row.ticket_type_id === id);
  const lost = deleted.filter(({ id }) => isHeld(id)).map(({ id }) => `${id} is deleted, and was held`);
  const asked = new Map(changes.filter(({ type }) => type === "delete").map((change) => [change.ticket.id, change]));
  const unasked = deleted.filter(({ id }) => asked.get(id)?.outcome !== "done").map(({ id }) => `${id} is not there`);
  const wrong = changes.flatMap(({ type, ticket: { id }, outcome }) => {
    const isDeleted = deleted.some((ticket) => ticket.id === id);
    if (outcome === "unknown" || (type === "call_off" && outcome === "refused"))
      return [`${type} of ${id}: ${outcome}`];
    if (type === "delete" && outcome === "done" && !isDeleted) return [`${id} was deleted, and is there`];
    return outcome === "refused" && !isHeld(id) ? [`${id} was not deleted, and nobody held it`] : [];
  });
  return [...lost, ...unasked, ...wrong];
}

export function nothingIsStuck(end: EndOfSale): string[] {
  const { shown, rows } = end;
  const isOpen = (state: string, payment: string | null) =>
    state === "held" || payment === "pending" || payment === "refund_due";
  const objects = [...shown.values()].map(({ id, state, payment }) => [id, state, payment?.state ?? null] as const);
  const copies = [...rows.values()].map((row) => [`${row.id} in D1`, row.state, row.payment_state] as const);
  const open = [...objects, ...copies].filter(([, state, payment]) => isOpen(state, payment));
  return [
    ...open.map(([what, state, payment]) => `${what} is still ${state}, ${payment}`),
    ...stuckOrders(end),
    ...stuckRefunds(end),
  ];
}

export function d1EqualsObjects({ shown, rows }: EndOfSale): string[] {
  return [...new Set([...shown.keys(), ...rows.keys()])].flatMap((id) => {
    const [object, copy] = [shown.get(id), rows.get(id)];
    const text = [object && textOfBody(object), copy && textOfRow(copy)];
    return text[0] === text[1] ? [] : [`${id} is ${text[0]} in the object, and ${text[1]} in D1`];
  });
}

function textOfBody(body: Body): string {
  const { ticket, price, code, quantity, unit_price, order, state, payment, created_at, expires_at } = body;
  const { refunded_quantity: givenBack } = body;
  const times = [Date.parse(created_at), expires_at === null ? null : Date.parse(expires_at)];
  return [ticket, price, code, quantity, unit_price.amount, order, givenBack, state, payment?.state, ...times].join();
}

function textOfRow(row: ReservationRow): string {
  const { ticket_type_id: ticket, price_id: price, code, quantity, unit_price_minor } = row;
  const what = [ticket, price ?? ticket, code, quantity, unit_price_minor, row.order_id, row.given_back];
  return [...what, row.state, row.payment_state, row.created_at_ms, isSold(row) ? null : row.expires_at_ms].join();
}

function noDifferences({ differences }: EndState): string[] {
  return differences.map((difference) => JSON.stringify(difference));
}

/** All successes of a key are one, and no call that came after one of them is refused. */
function oneSuccessPerKey({ calls }: EndState): string[] {
  return sameRequests(calls).flatMap((group) => {
    const successes = group.filter(({ outcome }) => outcome === "succeeded");
    const replies = [...new Set(successes.map(({ status, body }) => `${status} ${textWithoutNow(body)}`))];
    const late = group.filter(
      ({ outcome, startMs }) => outcome === "refused" && successes.some(({ endMs }) => endMs < startMs),
    );
    const request = JSON.stringify(group[0]?.request);
    return [
      ...(replies.length > 1 ? [`${request} succeeded with ${replies.join(" and ")}`] : []),
      ...late.map(({ status }) => `${request} was refused with ${status} after it had succeeded`),
    ];
  });
}

/** The time that is left, and names, are those of the moment. */
function textWithoutNow(body: Body | null): string {
  const now = { expires_in: null, ticket_type: null, event: null };
  const items = body?.items?.map((item) => ({ ...item, ...now }));
  return JSON.stringify({ ...body, ...now, ...(items === undefined ? {} : { items }) });
}

const EXPECTED = [
  ...["sold_out", "code_used_up", "payment_in_progress", "already_confirmed", "already_cancelled"],
  ...["already_refunded", "reservation_expired"],
];

function noAnswerIsUnexpected({ calls, changes, shownOrders }: EndState): string[] {
  const expectedOf = ({ request, endMs }: Call): readonly string[] => {
    const tickets = ticketsOf(request, shownOrders);
    const isNew = request.type === "reserve" || request.type === "order";
    const started = changes.filter(({ ticket, startMs }) => tickets.includes(ticket.id) && endMs >= startMs);
    const more = started.flatMap(({ type, outcome }) => {
      if (type === "call_off") return isNew ? ["not_on_sale"] : ["event_cancelled"];
      // A request that was killed leaves it off sale, until the sweep comes round.
      if (!isNew) return [];
      return outcome === "refused" ? ["not_on_sale"] : ["not_on_sale", "not_found"];
    });
    return [...EXPECTED, ...more];
  };
  return calls.flatMap((call) => {
    const { request, outcome, status, body } = call;
    const isExpected = outcome === "refused" ? expectedOf(call).includes(problemOf(body)) : status !== 500;
    return isExpected ? [] : [`${JSON.stringify(request)} was answered ${status} ${JSON.stringify(body)}`];
  });
}

function ticketsOf(request: Request, shownOrders: EndState["shownOrders"]): string[] {
  if (request.type === "reserve") return [request.ticket];
  if (request.type === "order") return request.items.map(({ ticket }) => ticket);
  if (request.of === "reservations") return [ticketTypeIdOf(request.id)];
  return (shownOrders.get(request.id)?.items ?? []).map(({ ticket }) => ticket);
}

function sum(own: readonly { readonly quantity: number }[]): number {
  return own.reduce((total, { quantity }) => total + quantity, 0);
}

function taken(counters: Counters | undefined): number {
  return counters === undefined ? Number.NaN : counters.held + counters.sold;
}
