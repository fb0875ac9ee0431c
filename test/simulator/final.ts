// What must hold once nothing goes wrong any more and everything has had its time.

import { hasPending, type MirroredPayment, type MirroredReservation } from "./mirror.ts";
import type { Row } from "./sqlite.ts";
import type { Stage } from "./stage.ts";

// Charges and refunds of a payment, by its state.
const LEDGER: Readonly<Record<string, string>> = { succeeded: "1/0", refunded: "1/1", failed: "0/0" };
const RESERVATION_COLUMNS =
  "account_id quantity unit_price_minor currency state created_at_ms expires_at_ms version".split(" ");
const TICKET_TYPE_COLUMNS =
  "capacity held sold on_sale price_minor currency max_per_buyer sales_start_ms sales_end_ms version".split(" ");
const EVENT = `
  SELECT status AS event_status, ends_at_ms AS event_ends_ms, status = 'published' AS on_sale,
    announced_version < status_version AS isUnannounced, withdrawn_since_ms IS NOT NULL AS isWithdrawn
  FROM events`;
const CACHED = ["capacity", "held", "sold", "version"];

/** What is still to be done, in words; empty where everything is at rest. */
export function unfinished(stage: Stage): string[] {
  const { plan, storage, queue, d1 } = stage;
  const { mirror, timeline } = stage.world;
  const left: string[] = [];
  for (const reservation of mirror.reservations.values()) {
    const { id, state, expiresAtMs, version, projectedVersion } = reservation;
    if (hasPending(reservation)) left.push(`${id} has a pending payment`);
    if (state === "held") left.push(`${id} is held${timeline.wallMs < expiresAtMs ? "" : " past its deadline"}`);
    if (reservation.payments.some((payment) => payment.state === "refund_due")) left.push(`${id} has a refund due`);
    if (projectedVersion < version) left.push(`${id} is not in D1`);
  }
  const { ticketType } = mirror;
  if (ticketType !== null && ticketType.projectedVersion < ticketType.version)
    left.push("the ticket type is not in D1");
  const [event] = d1.sqlite.all(EVENT);
  if (ticketType !== null && event?.isUnannounced === 1) left.push("the event is not announced");
  if (event?.isWithdrawn === 1) left.push("the event is off sale for a request that has ended");
  if (d1.sqlite.all("SELECT 1 FROM retiring_ticket_types").length > 0) left.push("the ticket type is being deleted");
  // An object does not know by itself that it, or D1, was restored: the sweep finds out.
  if (d1.restores + storage.restores > 0) left.push(...wrongCopies(stage));
  // A shrunk plan may never open the object: then it has no tables to compare with.
  // In a cache, what an object has lost stays for 15 minutes at most.
  if (plan.hasCache && ticketType !== null && storage.restores === 0) left.push(...differsInCache(stage));
  if (storage.alarmAtMs !== null) left.push("an alarm is set");
  if (queue.size > 0) left.push(`${queue.size} messages are in the queue`);
  return left;
}

/** Promises 4, 5 and 9, exactly. */
export function checkAtRest(stage: Stage): void {
  const { world, provider } = stage;
  const paymentIds = new Set<string>();
  for (const reservation of [...world.mirror.reservations.values(), ...world.mirror.gone.values()]) {
    for (const payment of reservation.payments) {
      paymentIds.add(payment.id);
      checkPayment(stage, payment, reservation);
    }
  }
  for (const { paymentId, kind } of provider.movements) {
    if (!paymentIds.has(paymentId)) world.broken(`promise 4: a ${kind} for ${paymentId}, which nobody knows`);
  }
  for (const wrong of wrongCopies(stage)) world.broken(`promise 9: ${wrong}`);
  checkCatalogue(stage);
}

function checkPayment({ world, provider }: Stage, payment: MirroredPayment, reservation: MirroredReservation): void {
  const { id, state, dispatchAtMs } = payment;
  if (dispatchAtMs !== null) world.broken(`payment ${id} is ${state} and still to be sent`);
  if (state === "succeeded" && reservation.state !== "confirmed") {
    world.broken(`promise 5: payment ${id} is kept, and its reservation is ${reservation.state}`);
  }
  if (reservation.unitPriceMinor === 0) return;
  const charges = provider.chargesOf(id).length;
  const refunds = provider.refundsOf(id).length;
  if (`${charges}/${refunds}` !== LEDGER[state]) {
    world.broken(`promise 4: payment ${id} is ${state} with ${charges} charges and ${refunds} refunds`);
  }
}

/** D1 has each row as the object has it, and else only what the object has dropped or lost. */
function wrongCopies({ world, storage, d1 }: Stage): string[] {
  const { mirror } = world;
  if (mirror.ticketType === null) return [];
  const wrong: string[] = [];
  const copies = new Map(d1.sqlite.all("SELECT * FROM reservations").map((row) => [String(row.id), row]));
  for (const original of storage.sqlite.all("SELECT * FROM reservations")) {
    const id = String(original.id);
    const found = wrongCopy(original, copies.get(id), mirror.reservations.get(id)?.payments ?? []);
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
  for (const id of copies.keys()) if (!mirror.lost.has(id)) wrong.push(`${id} is in D1 alone`);
  const [original] = storage.sqlite.all("SELECT * FROM ticket_type");
  const [copy] = d1.sqlite.all("SELECT * FROM ticket_types");
  const found = original === undefined || copy === undefined ? null : difference(original, copy, TICKET_TYPE_COLUMNS);
  if (found !== null) wrong.push(`the ticket type in D1: ${found}`);
  return wrong;
}

function wrongCopy(original: Row, copy: Row | undefined, payments: readonly MirroredPayment[]): string | null {
  if (copy === undefined) return "is missing";
  const found = difference(original, copy, RESERVATION_COLUMNS);
  if (found !== null) return `has a wrong column: ${found}`;
  const isUnsettled = payments.some(({ state }) => state === "pending" || state === "refund_due");
  if ((copy.unsettled === 1) !== isUnsettled) return "is unsettled";
  const isPaid = payments.some(({ state }) => state === "succeeded");
  return isPaid && copy.payment_state !== "succeeded" ? "is not paid" : null;
}

/** Either it is listed and sells as D1 says, or it is deleted, and nothing of it is left. */
function checkCatalogue({ world, storage, d1 }: Stage): void {
  const [original] = storage.sqlite
    .all("SELECT name FROM sqlite_master WHERE name = 'ticket_type'")
    .flatMap(() => storage.sqlite.all("SELECT * FROM ticket_type"));
  const [event] = d1.sqlite.all(EVENT);
  const isListed = d1.sqlite.all("SELECT 1 FROM ticket_types").length > 0;
  if (original === undefined) {
    // A restored D1 may list it again: operations.md says to delete it once more.
    const isLeft = world.mirror.isDeleted && isListed && d1.restores === 0;
    if (isLeft) world.broken("promise 3: the ticket type is deleted, and listed");
    return;
  }
  if (event === undefined || !isListed) {
    world.broken("promise 3: the ticket type sells, and is not listed");
    return;
  }
  const misunderstood = difference(event, original, ["event_status", "event_ends_ms", "on_sale"]);
  if (misunderstood !== null) world.broken(`promise 13: the object's ${misunderstood}`);
}

/** A lost alarm leaves the cache behind until somebody asks the object; readers have D1's copy. */
function differsInCache({ storage, cache }: Stage): string[] {
  return storage.sqlite.all("SELECT * FROM ticket_type").flatMap((original) => {
    const kept = cache.kept.get(`availability:${original.id}`);
    const wrong = kept === undefined ? "it is missing" : difference(original, { ...kept }, CACHED);
    return wrong === null ? [] : [`the ticket type is not in the cache: ${wrong}`];
  });
}

function difference(original: Row, copy: Row, columns: readonly string[]): string | null {
  const column = columns.find((column) => original[column] !== copy[column]);
  return column === undefined ? null : `${column} is ${copy[column]} instead of ${original[column]}`;
}
