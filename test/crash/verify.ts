// What must be true at rest: of the answers, the objects, D1, and the provider's ledger.

import { ticketTypeIdOf } from "../../src/platform/ids.ts";
import { groupAttempts, problemOf, sameRequests } from "./histories.ts";
import type { Body, Call, Counters, EndState, ReservationRow } from "./record.ts";

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
};

function reservationsAreThere({ calls, shown }: EndState): string[] {
  return calls.flatMap(({ request, outcome, body }) => {
    if (request.type !== "reserve" || outcome !== "succeeded" || body === null) return [];
    const now = shown.get(body.id);
    if (now === undefined) return [`${body.id} was acknowledged and is not there`];
    // What is confirmed has no deadline any more.
    const hasDeadline = now.expires_at !== null;
    const text = ({ ticket, quantity, unit_price, created_at, expires_at }: Body) =>
      [ticket, quantity, unit_price.amount, created_at, hasDeadline && expires_at].join();
    return text(now) === text(body) ? [] : [`${body.id} was acknowledged as ${text(body)} and is ${text(now)}`];
  });
}

function cancelsAreCancelled({ calls, shown }: EndState): string[] {
  return calls.flatMap(({ request, status }) => {
    if (request.type !== "cancel" || status !== 204) return [];
    const state = shown.get(request.reservation)?.state;
    return state === "cancelled" ? [] : [`${request.reservation} was acknowledged as cancelled and is ${state}`];
  });
}

function paymentsHaveAnOutcome({ calls, shown }: EndState): string[] {
  return calls.flatMap(({ request, outcome }) => {
    if (request.type !== "pay" || outcome !== "succeeded") return [];
    const state = shown.get(request.reservation)?.payment?.state ?? "none";
    if (["succeeded", "failed", "refunded"].includes(state)) return [];
    return [`${request.reservation}: the acknowledged payment's outcome is ${state}`];
  });
}

function nothingIsOversold({ tickets, shown, counted, projected, rows }: EndState): string[] {
  return tickets.flatMap(({ id, capacity }) => {
    const own = [...shown.values()].filter(({ ticket }) => ticket === id);
    const shownTaken = sum(own.filter(({ state }) => state === "held" || state === "confirmed"));
    const ownRows = [...rows.values()].filter((row) => row.ticket_type_id === id);
    const rowsHeld = sum(ownRows.filter(({ state }) => state === "held"));
    const rowsSold = sum(ownRows.filter(({ state }) => state === "confirmed"));
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
function oneChargePerPayment({ calls, ledger, rows }: EndState): string[] {
  const asked = groupAttempts(calls).flatMap(({ request, answered }) => {
    const isCharged = request.type === "pay" && answered?.outcome !== "refused";
    return isCharged ? [`${request.reservation} with ${request.method}`] : [];
  });
  const charges = ledger.filter(({ kind }) => kind === "charge");
  const repeated = [...Map.groupBy(charges, (row) => `${row.reservation_id} with ${row.method}`)]
    .filter(([what, own]) => own.length > asked.filter((other) => other === what).length)
    .map(([what]) => `${what}: more charges than requests`);
  const wrong = charges.flatMap(({ reservation_id, amount_minor }) => {
    const row = rows.get(reservation_id);
    const total = (row?.quantity ?? 0) * (row?.unit_price_minor ?? 0);
    return amount_minor === total ? [] : [`${reservation_id}: charged ${amount_minor}, not ${total}`];
  });
  return [...repeated, ...wrong];
}

function paidOrRefunded({ shown, ledger }: EndState): string[] {
  const moved = Map.groupBy(ledger, (row) => row.reservation_id);
  const lost = [...moved.keys()].filter((id) => !shown.has(id)).map((id) => `${id}: charged, and is not there`);
  const wrong = [...shown.values()].flatMap(({ id, state, quantity, unit_price }) => {
    const own = moved.get(id) ?? [];
    const paid = own.filter(({ kind, decline_code }) => kind === "charge" && decline_code === null);
    const givenBack = own.filter(({ kind }) => kind === "refund");
    const strange = givenBack.filter((it) => !paid.some((row) => row.idempotency_key === it.idempotency_key));
    const kept = paid.length - givenBack.length;
    const due = state === "confirmed" && quantity * unit_price.amount > 0 ? 1 : 0;
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

export function nothingIsStuck({ shown, rows }: EndState): string[] {
  const isOpen = (state: string, payment: string | null) =>
    state === "held" || payment === "pending" || payment === "refund_due";
  const objects = [...shown.values()].map(({ id, state, payment }) => [id, state, payment?.state ?? null] as const);
  const copies = [...rows.values()].map((row) => [`${row.id} in D1`, row.state, row.payment_state] as const);
  const open = [...objects, ...copies].filter(([, state, payment]) => isOpen(state, payment));
  return open.map(([what, state, payment]) => `${what} is still ${state}, ${payment}`);
}

export function d1EqualsObjects({ shown, rows }: EndState): string[] {
  return [...new Set([...shown.keys(), ...rows.keys()])].flatMap((id) => {
    const [object, copy] = [shown.get(id), rows.get(id)];
    const text = [object && textOfBody(object), copy && textOfRow(copy)];
    return text[0] === text[1] ? [] : [`${id} is ${text[0]} in the object, and ${text[1]} in D1`];
  });
}

function textOfBody({ ticket, quantity, unit_price, state, payment, created_at, expires_at }: Body): string {
  const times = [Date.parse(created_at), expires_at === null ? null : Date.parse(expires_at)];
  return [ticket, quantity, unit_price.amount, state, payment?.state, ...times].join();
}

function textOfRow(row: ReservationRow): string {
  const what = [row.ticket_type_id, row.quantity, row.unit_price_minor, row.state, row.payment_state];
  return [...what, row.created_at_ms, row.state === "confirmed" ? null : row.expires_at_ms].join();
}

function noDifferences({ differences }: EndState): string[] {
  return differences.map((difference) => JSON.stringify(difference));
}

/** All successes of a key are one, and no call that came after one of them is refused. */
function oneSuccessPerKey({ calls }: EndState): string[] {
  return sameRequests(calls).flatMap((group) => {
    const successes = group.filter(({ outcome }) => outcome === "succeeded");
    // The time that is left, and names, are those of the moment.
    const now = { expires_in: null, ticket_type: null, event: null };
    const replies = [
      ...new Set(successes.map(({ status, body }) => `${status} ${JSON.stringify({ ...body, ...now })}`)),
    ];
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

const EXPECTED = ["sold_out", "payment_in_progress", "already_confirmed", "already_cancelled", "reservation_expired"];

function noAnswerIsUnexpected({ calls, changes }: EndState): string[] {
  const expectedOf = ({ request, endMs }: Call): readonly string[] => {
    const id = request.type === "reserve" ? request.ticket : ticketTypeIdOf(request.reservation);
    const change = changes.find(({ ticket }) => ticket.id === id);
    if (change === undefined || endMs < change.startMs) return EXPECTED;
    if (change.type === "call_off")
      return [...EXPECTED, request.type === "reserve" ? "not_on_sale" : "event_cancelled"];
    // A request that was killed leaves it off sale, until the sweep comes round.
    const gone = change.outcome === "refused" ? ["not_on_sale"] : ["not_on_sale", "not_found"];
    return request.type === "reserve" ? [...EXPECTED, ...gone] : EXPECTED;
  };
  return calls.flatMap((call) => {
    const { request, outcome, status, body } = call;
    const isExpected = outcome === "refused" ? expectedOf(call).includes(problemOf(body)) : status !== 500;
    return isExpected ? [] : [`${JSON.stringify(request)} was answered ${status} ${JSON.stringify(body)}`];
  });
}

function sum(own: readonly { readonly quantity: number }[]): number {
  return own.reduce((total, { quantity }) => total + quantity, 0);
}

function taken(counters: Counters | undefined): number {
  return counters === undefined ? Number.NaN : counters.held + counters.sold;
}
