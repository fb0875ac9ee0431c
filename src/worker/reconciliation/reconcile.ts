// Compares objects with D1 and with the payment provider's ledger, and repairs wrong copies.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { ticketTypesOfOrganizer } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { paymentProvider } from "../payments/select-provider.ts";
import { compare, compareTwice, RESERVATIONS_PER_REQUEST } from "./compare.ts";
import { ORDERS_PER_PART } from "./compare-orders.ts";
import { type Finding, finding, isSameFinding } from "./differences.ts";
import { byCurrency, type MoneySums } from "./money.ts";
import { repair, republish } from "./repair.ts";
import { orNull } from "./unreachable.ts";

export interface Difference extends Finding {
  readonly ticketTypeId: string;
  /** This request has removed it. */
  readonly repaired: boolean;
}

interface Checked {
  readonly tickets: number;
  readonly reservations: number;
  readonly orders: number;
}

interface Reconciliation {
  readonly checked: Checked;
  readonly differences: readonly Difference[];
  /** Of what was compared, for each currency: by the objects, and by the payment provider. */
  readonly money: readonly MoneySums[];
  /** The cursor of the next part: the last id that was compared. Null after the last part. */
  readonly next: string | null;
}

const TICKET_TYPES_PER_REQUEST = 10;

/**
 * Reconciles the next part of an organiser's ticket types, or of all where `organizerId` is null.
 * `cursor` is the id of a ticket type or of a reservation: the part begins after it.
 */
export async function reconcile(env: Env, organizerId: string | null, cursor: string): Promise<Reconciliation> {
  const startedId = ticketTypeIdOf(cursor);
  const isInside = cursor !== startedId;
  const rows = await ticketTypesOfOrganizer(env.DB, organizerId, startedId, isInside, TICKET_TYPES_PER_REQUEST);
  const differences: Difference[] = [];
  const checked = { tickets: 0, reservations: 0, orders: 0 };
  const all: MoneySums[] = [];
  const endedAt = (next: string | null) => ({ checked, differences, money: byCurrency(all), next });
  for (const [index, { id }] of rows.entries()) {
    const after = isInside && id === startedId ? cursor : "";
    const limit = RESERVATIONS_PER_REQUEST - checked.reservations;
    const part = await orNull(reconcileTicketType(env, id, after, limit));
    const isLast = index === rows.length - 1 && rows.length < TICKET_TYPES_PER_REQUEST;
    if (part === null) {
      differences.push({ ...finding("ticket_unreachable", null, null), ticketTypeId: id, repaired: false });
      // A request that waits for an object that hangs waits for one of them.
      return endedAt(isLast ? null : id);
    }
    checked.tickets += 1;
    checked.reservations += part.reservations;
    checked.orders += part.orders;
    differences.push(...part.differences);
    all.push(...part.money);
    if (part.nextId !== null) return endedAt(part.nextId);
    const isEnough = checked.reservations >= RESERVATIONS_PER_REQUEST || checked.orders >= ORDERS_PER_PART;
    if (isEnough && !isLast) return endedAt(id);
  }
  const isDone = rows.length < TICKET_TYPES_PER_REQUEST;
  return endedAt(isDone ? null : (rows.at(-1)?.id ?? null));
}

/** `nextId`: the last reservation that was compared; null after the last one. */
async function reconcileTicketType(env: Env, ticketTypeId: string, after: string, limit: number) {
  const count = after === "";
  const scope = { env, provider: paymentProvider(env), withOrders: true };
  const first = await compareTwice(scope, ticketTypeId, { count, after, limit });
  const { reservations, orders, nextId, lasting, ids, orderIds } = first;
  if (lasting.length === 0) {
    return { reservations, orders, differences: [], money: [...first.money.values()].flat(), nextId };
  }
  await repair(env, ticketTypeId, lasting);
  const { findings: left, money: repairedMoney } = await compare(scope, ticketTypeId, { count, ids, orderIds });
  const differences = lasting.map((found) => {
    return { ...found, ticketTypeId, repaired: !left.some((other) => isSameFinding(other, found)) };
  });
  const money = new Map([...first.money, ...repairedMoney]);
  return { reservations, orders, differences, money: [...money.values()].flat(), nextId };
}

/**
 * Compares copies with their object and publishes again what differs, and no more: it deletes no
 * copy and moves no money. `unknown`: copies of what the object has no record of.
 */
export async function repairCopies(env: Env, ticketTypeId: string, after: string) {
  const question = { count: false, after, limit: RESERVATIONS_PER_REQUEST };
  const scope = { env, provider: null, withOrders: false };
  const { nextId, lasting } = await compareTwice(scope, ticketTypeId, question);
  await republish(env, ticketTypeId, lasting);
  const unknown = lasting.filter(({ kind }) => kind === "reservation_not_known" || kind === "pass_not_known").length;
  return { nextId, published: lasting.length - unknown, unknown };
}
