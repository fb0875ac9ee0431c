// What must hold once nothing goes wrong any more and everything has had its time.

import type { Price } from "../../src/domain/price.ts";
import { isUnderWay } from "../../src/domain/refund.ts";
import { isSold } from "../../src/domain/stock.ts";
import { refundColumns } from "../../src/platform/refund-text.ts";
import type { D1 } from "./d1.ts";
import { hasPending, type MirroredPayment, type MirroredReservation, type MirroredTicketType } from "./mirror.ts";
import type { ObjectStorage } from "./object-storage.ts";
import { checkOrdersAtRest, unfinishedOrders } from "./order-final.ts";
import { isLookOverdue, paymentFault, refundFaultsAtRest, wrongMark } from "./refund-oracle.ts";
import type { Row } from "./sqlite.ts";
import type { Stage } from "./stage.ts";
import type { SimulatedTicketType } from "./ticket-types.ts";

const RESERVATION_COLUMNS =
  "account_id order_id quantity price_id code accepted_terms unit_price_minor currency state created_at_ms expires_at_ms version given_back restocked refunds late_refunds".split(
    " ",
  );
const TICKET_TYPE_COLUMNS =
  "capacity held sold on_sale price_minor currency max_per_buyer sales_start_ms sales_end_ms version".split(" ");
const PASS_KEY = ["reservation_id", "number"];
const PASS_COLUMNS =
  "generation holder_name holder_email email_key revoked_at_ms admitted_at_ms gate out_since_ms version".split(" ");
const EVENT = `
  SELECT status AS event_status, ends_at_ms AS event_ends_ms, status = 'published' AS on_sale,
    terms_version, refundable_until_ms, doors_open_at_ms, reentry, announced_version < status_version AS isUnannounced, withdrawn_since_ms IS NOT NULL AS isWithdrawn,
    refunding AS isRefunding, status = 'cancelled' AND cancellation ->> 'refund' AS isRefunded
  FROM events`;
const EVENT_FACTS =
  "event_status event_ends_ms on_sale terms_version refundable_until_ms doors_open_at_ms reentry".split(" ");
const CACHED = ["capacity", "held", "sold", "version"];

/** What is still to be done, in words; empty where everything is at rest. */
export function unfinished(stage: Stage): string[] {
  const { queue, d1, ticketTypes, provider } = stage;
  const left = ticketTypes.all.flatMap((ticketType) => unfinishedOf(stage, ticketType));
  left.push(...unfinishedOrders(stage));
  const [event] = d1.sqlite.all(EVENT);
  if (event?.isUnannounced === 1) left.push("the event is not announced");
  if (event?.isRefunding === 1) left.push("the event's refunds are not finished");
  if (event?.isRefunded === 1) left.push(...keptOfCalledOff(stage));
  if (event?.isWithdrawn === 1) left.push("the event is off sale for a request that has ended");
  if (d1.sqlite.all("SELECT 1 FROM retiring_ticket_types").length > 0) left.push("a ticket type is being deleted");
  // An object does not know by itself that it, or D1, was restored: the sweep finds out.
  if (d1.restores + ticketTypes.restores() > 0) left.push(...wrongCopies(stage));
  left.push(...provider.disputes.unread(d1));
  if (queue.size > 0) left.push(`${queue.size} messages are in the queue`);
  return left;
}

/** Whatever was sold, and whenever: its buyers were promised their money. */
function keptOfCalledOff({ world }: Stage): string[] {
  const kept = world.reservations().filter(({ state }) => state === "confirmed");
  return kept.map(({ id }) => `${id} is confirmed, and its event was called off with refunds`);
}

function unfinishedOf(stage: Stage, { id: ticketTypeId, mirror, storage }: SimulatedTicketType): string[] {
  const { timeline } = stage.world;
  const left: string[] = [];
  for (const reservation of mirror.reservations.values()) {
    const { id, state, expiresAtMs, version, projectedVersion } = reservation;
    if (hasPending(reservation)) left.push(`${id} has a pending payment`);
    if (state === "held") left.push(`${id} is held${timeline.wallMs < expiresAtMs ? "" : " past its deadline"}`);
    if (reservation.refunds.some((refund) => isLookOverdue(refund, timeline.wallMs)))
      left.push(`a refund of ${id} is unseen`);
    if (reservation.refunds.some(isUnderWay)) left.push(`${id} has a refund under way`);
    if (projectedVersion < version) left.push(`${id} is not in D1`);
  }
  const { ticketType } = mirror;
  if (ticketType !== null && storage.sqlite.all("SELECT 1 FROM passes WHERE projected_version < version").length > 0)
    left.push(`passes of ${ticketTypeId} are not in D1`);
  if (ticketType !== null && ticketType.projectedVersion < ticketType.version)
    left.push(`${ticketTypeId} is not in D1`);
  // A shrunk plan may never open the object: then it has no tables to compare with.
  // In a cache, what an object has lost stays for 15 minutes at most.
  if (stage.plan.hasCache && ticketType !== null && storage.restores === 0) {
    left.push(...differsInCache(stage, storage));
  }
  if (storage.alarmAtMs !== null) left.push(`an alarm of ${ticketTypeId} is set`);
  return left;
}

/** Promises 4, 5 and 9, exactly. */
export function checkAtRest(stage: Stage): void {
  const { world, provider } = stage;
  const paymentIds = new Set(checkOrdersAtRest(stage));
  const gone = [...world.mirrors.values()].flatMap((mirror) => [...mirror.gone.values()]);
  for (const reservation of [...world.reservations(), ...gone]) {
    for (const payment of reservation.payments) {
      paymentIds.add(payment.id);
      checkPayment(stage, payment, reservation);
    }
    const { storage } = stage.ticketTypes.of(reservation.id.slice(0, 16));
    const faults = storage.restores > 0 ? [] : refundFaultsAtRest(provider, reservation.refunds, world.timeline.wallMs);
    for (const what of faults) world.broken(`promise 5: ${what}`);
  }
  for (const { paymentId, kind } of provider.movements) {
    if (!paymentIds.has(paymentId)) world.broken(`promise 4: a ${kind} for ${paymentId}, which nobody knows`);
  }
  for (const wrong of wrongCopies(stage)) world.broken(`promise 9: ${wrong}`);
  checkTerms(stage);
  for (const ticketType of stage.ticketTypes.all) checkCatalogue(stage, ticketType);
}

/** Accepted terms are kept, whatever the event requires by now. A restored D1 may lack them. */
function checkTerms({ world, d1 }: Stage): void {
  if (d1.restores > 0) return;
  const known = new Set(d1.sqlite.all("SELECT version FROM terms_versions").map(({ version }) => version));
  for (const { id, acceptedTerms } of world.reservations()) {
    const isKnown = acceptedTerms === null || known.has(acceptedTerms);
    if (!isKnown) world.broken(`promise 3: the terms that ${id} is held under are gone`);
  }
}

function checkPayment({ world, provider }: Stage, payment: MirroredPayment, reservation: MirroredReservation): void {
  const { id, state, dispatchAtMs } = payment;
  if (dispatchAtMs !== null) world.broken(`payment ${id} is ${state} and still to be sent`);
  if (state === "succeeded" && !isSold(reservation.state)) {
    world.broken(`promise 5: payment ${id} is kept, and its reservation is ${reservation.state}`);
  }
  // An order charges for all of its reservations at once.
  if (reservation.unitPriceMinor === 0 || reservation.orderId !== null) return;
  const wrong = paymentFault(provider, payment, reservation.refunds);
  if (wrong !== null) world.broken(`promise 4: ${wrong}`);
}

/** D1 has each row as its object has it, and else only what the object has dropped or lost. */
function wrongCopies({ world, ticketTypes, d1 }: Stage): string[] {
  const copies = new Map(d1.sqlite.all("SELECT * FROM reservations").map((row) => [String(row.id), row]));
  const wrong = ticketTypes.all.flatMap((ticketType) => wrongCopiesOf(ticketType, copies, d1));
  wrong.push(...ticketTypes.all.flatMap((ticketType) => wrongPassesOf(ticketType, d1)));
  const lost = [...world.mirrors.values()].flatMap((mirror) => [...mirror.lost]);
  for (const id of copies.keys()) if (!lost.includes(id)) wrong.push(`${id} is in D1 alone`);
  return wrong;
}

/** Takes what it compares out of `copies`. */
function wrongCopiesOf({ id, mirror, storage }: SimulatedTicketType, copies: Map<string, Row>, d1: D1): string[] {
  const wrong: string[] = [];
  const originals = mirror.ticketType === null ? [] : storage.sqlite.all("SELECT * FROM reservations");
  for (const original of originals) {
    const id = String(original.id);
    const mirrored = mirror.reservations.get(id);
    const isRefunding = (mirrored?.refunds ?? []).some(isUnderWay);
    const { refunds, lateRefunds: late_refunds } = refundColumns(mirrored?.refunds ?? []);
    const copy = copies.get(id);
    const found =
      wrongCopy({ ...original, refunds, late_refunds }, copy, mirrored?.payments ?? [], isRefunding) ??
      wrongMark(mirrored?.refunds ?? [], copy);
    if (found !== null) wrong.push(`${id} in D1 ${found}`);
    copies.delete(id);
  }
  for (const { id, state, version } of mirror.gone.values()) {
    const copy = copies.get(id);
    copies.delete(id);
    // After a restore, an object may drop after ten days what no sweep has compared.
    if (d1.restores + storage.restores > 0 || (copy?.state === state && copy.version === version)) continue;
    wrong.push(`D1 has lost ${id}, which was ${state}`);
  }
  if (mirror.ticketType === null) return wrong;
  const [original] = storage.sqlite.all("SELECT * FROM ticket_type");
  const [copy] = d1.sqlite.all("SELECT * FROM ticket_types WHERE id = ?", [id]);
  if (original === undefined || copy === undefined) return wrong;
  const found = difference(original, copy, TICKET_TYPE_COLUMNS) ?? wrongPrices(mirror.ticketType, copy);
  if (found !== null) wrong.push(`ticket type ${id} in D1: ${found}`);
  return wrong;
}

/** D1 may also have what a restored object has forgotten. */
function wrongPassesOf({ id, mirror, storage }: SimulatedTicketType, d1: D1): string[] {
  const originals = mirror.ticketType === null ? [] : storage.sqlite.all("SELECT * FROM passes");
  const copies = d1.sqlite.all("SELECT * FROM passes WHERE ticket_type_id = ?", [id]);
  const wrong = originals.flatMap((original) => {
    const name = `pass ${original.reservation_id}-${original.number}`;
    const copy = copies.find((row) => PASS_KEY.every((column) => row[column] === original[column]));
    if (copy === undefined) return [`${name} is not in D1`];
    const found = difference(original, copy, PASS_COLUMNS);
    return found === null ? [] : [`${name} in D1: ${found}`];
  });
  const isTooMany = copies.length > originals.length && storage.restores === 0;
  return isTooMany ? [...wrong, `D1 has ${copies.length} passes of ${id} instead of ${originals.length}`] : wrong;
}

/** D1 has the prices in one column, and their counters. */
function wrongPrices({ prices }: MirroredTicketType, copy: Row): string | null {
  const copies = JSON.parse(String(copy.prices)) as Price[];
  const wrong = prices.find((price, index) => {
    const copied = copies[index];
    const columns = [copied?.id, copied?.amountMinor, copied?.capacity, copied?.held, copied?.sold];
    return [price.id, price.amountMinor, price.capacity, price.held, price.sold].join() !== columns.join();
  });
  return wrong === undefined && copies.length === prices.length ? null : `its prices are ${copy.prices}`;
}

function wrongCopy(
  original: Row,
  copy: Row | undefined,
  payments: readonly MirroredPayment[],
  isRefunding: boolean,
): string | null {
  if (copy === undefined) return "is missing";
  const found = difference(original, copy, RESERVATION_COLUMNS);
  if (found !== null) return `has a wrong column: ${found}`;
  const isUnsettled = isRefunding || payments.some(({ state }) => state === "pending" || state === "refund_due");
  if ((copy.unsettled === 1) !== isUnsettled) return "is unsettled";
  const isPaid = payments.some(({ state }) => state === "succeeded");
  return isPaid && copy.payment_state !== "succeeded" ? "is not paid" : null;
}

/** Either it is listed and sells as D1 says, or it is deleted, and nothing of it is left. */
function checkCatalogue({ world, d1 }: Stage, { id, mirror, storage }: SimulatedTicketType): void {
  const [original] = mirror.ticketType === null ? [] : storage.sqlite.all("SELECT * FROM ticket_type");
  const [event] = d1.sqlite.all(EVENT);
  const isListed = d1.sqlite.all("SELECT 1 FROM ticket_types WHERE id = ?", [id]).length > 0;
  if (original === undefined) {
    // A restored D1 may list it again: operations.md says to delete it once more.
    const isLeft = mirror.isDeleted && isListed && d1.restores === 0;
    if (isLeft) world.broken(`promise 3: ticket type ${id} is deleted, and listed`);
    return;
  }
  if (event === undefined || !isListed) {
    world.broken(`promise 3: ticket type ${id} sells, and is not listed`);
    return;
  }
  const misunderstood = difference(event, original, EVENT_FACTS);
  if (misunderstood !== null) world.broken(`promise 13: the object's ${misunderstood}`);
}

/** A lost alarm leaves the cache behind until somebody asks the object; readers have D1's copy. */
function differsInCache({ cache }: Stage, storage: ObjectStorage): string[] {
  return storage.sqlite.all("SELECT * FROM ticket_type").flatMap((original) => {
    const kept = cache.kept.get(`availability:${original.id}`);
    const wrong = kept === undefined ? "it is missing" : difference(original, { ...kept }, CACHED);
    return wrong === null ? [] : [`ticket type ${original.id} is not in the cache: ${wrong}`];
  });
}

function difference(original: Row, copy: Row, columns: readonly string[]): string | null {
  const column = columns.find((column) => original[column] !== copy[column]);
  return column === undefined ? null : `${column} is ${copy[column]} instead of ${original[column]}`;
}
