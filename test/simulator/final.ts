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
  const [event] = d1.sqlite.all("SELECT announced_version < status_version AS isUnannounced FROM events");
  if (ticketType !== null && event?.isUnannounced === 1) left.push("the event is not announced");
  // A shrunk plan may never open the object: then it has no tables to compare with.
  if (plan.hasCache && ticketType !== null) left.push(...differsInCache(stage));
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
  checkCopies(stage);
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

/** D1 has each row as the object has it. What the object has dropped may still be there. */
function checkCopies({ world, storage, d1 }: Stage): void {
  if (world.mirror.ticketType === null) return;
  const copies = new Map(d1.sqlite.all("SELECT * FROM reservations").map((row) => [String(row.id), row]));
  for (const original of storage.sqlite.all("SELECT * FROM reservations")) {
    const copy = copies.get(String(original.id));
    const wrong = copy === undefined ? "missing" : difference(original, copy, RESERVATION_COLUMNS);
    if (wrong !== null) world.broken(`promise 9: ${original.id} in D1: ${wrong}`);
    const payment = world.mirror.reservations.get(String(original.id))?.payments ?? [];
    const isUnsettled = payment.some(({ state }) => state === "pending" || state === "refund_due");
    if (copy !== undefined && (copy.unsettled === 1) !== isUnsettled)
      world.broken(`promise 9: ${original.id} in D1 is unsettled`);
    const paid = payment.find(({ state }) => state === "succeeded");
    if (paid !== undefined && copy?.payment_state !== "succeeded")
      world.broken(`promise 9: ${original.id} in D1 is not paid`);
  }
  for (const { id, state, version } of world.mirror.gone.values()) {
    const copy = copies.get(id);
    if (copy?.state !== state || copy.version !== version)
      world.broken(`promise 9: D1 has lost ${id}, which was ${state}`);
  }
  const [original] = storage.sqlite.all("SELECT * FROM ticket_type");
  const [copy] = d1.sqlite.all("SELECT * FROM ticket_types");
  if (original === undefined || copy === undefined) return;
  const [event = {}] = d1.sqlite.all("SELECT status AS event_status, ends_at_ms AS event_ends_ms FROM events");
  const misunderstood = difference(event, original, ["event_status", "event_ends_ms"]);
  if (misunderstood !== null) world.broken(`promise 13: the object's ${misunderstood}`);
  const wrong = difference(original, copy, TICKET_TYPE_COLUMNS);
  if (wrong !== null) world.broken(`promise 9: the ticket type in D1: ${wrong}`);
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
