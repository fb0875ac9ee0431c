// Compares the orders of a part of a ticket type: each with all of its reservations, with D1 and,
// by what it is to have been charged, with the payment provider. An order is compared where its
// first reservation is; elsewhere only whether it knows what says to be part of it.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { OrderAudit } from "../../durable/order/protocol.ts";
import type { AuditedReservation, AuditPage } from "../../durable/ticket-type/protocol.ts";
import type { Env } from "../env.ts";
import type { OrderRow } from "../orders/queries.ts";
import { type Charged, type Finding, finding } from "./differences.ts";
import {
  chargedForOrder,
  claimFindings,
  orderCopyFindings,
  orderFindings,
  type Reservations,
} from "./order-differences.ts";
import { orderCopiesToCompare, orderCopiesWithIds } from "./order-queries.ts";
import { endedAfterMs, type Question, rangeOf } from "./part.ts";
import { askOrder, askTicketType, orNull } from "./unreachable.ts";

// One call each, up to three times.
export const ORDERS_PER_PART = 100;

interface Orders {
  readonly findings: readonly Finding[];
  readonly charged: readonly Charged[];
  readonly unknown: readonly Pick<Charged, "id" | "about">[];
  readonly compared: number;
  readonly nextId: string | null;
}

/** The audit of an order that answered: null where there is none. */
interface Answer {
  readonly audit: OrderAudit | null;
}

/** The page up to the reservation where its orders would be too many for a request. */
export function firstOrders(page: AuditPage): AuditPage {
  const orders = new Set<string>();
  const end = page.reservations.findIndex(({ copy: { orderId } }) => {
    if (orderId !== null) orders.add(orderId);
    return orders.size > ORDERS_PER_PART;
  });
  return end < 0 ? page : { ...page, reservations: page.reservations.slice(0, end), more: true };
}

export async function compareOrders(
  env: Env,
  ticketTypeId: string,
  question: Question,
  page: AuditPage,
): Promise<Orders> {
  const asked = "ids" in question ? question.orderIds : [];
  const range = rangeOf(ticketTypeId, "ids" in question ? "" : question.after, page);
  const copies = await copiesOf(env, question, range);
  const named = page.reservations.flatMap(({ copy }) => copy.orderId ?? []);
  const answers = await auditsOf(env, [...new Set([...named, ...copies.map(({ id }) => id), ...asked])]);
  const isOwn = ({ order: { id, items } }: OrderAudit) => {
    const first = items[0]?.reservationId ?? "";
    return asked.includes(id) || (first > range.afterId && first <= range.toId);
  };
  const own = [...answers.values()].flatMap((answer) => (answer?.audit && isOwn(answer.audit) ? [answer.audit] : []));
  const ownIds = own.map(({ order }) => order.id);
  const [rows, reservations] = await Promise.all([orderCopiesWithIds(env.DB, ownIds), reservationsOf(env, own, page)]);
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const unknown = copies.filter(({ id }) => answers.get(id)?.audit === null);
  return {
    findings: [
      ...[...answers].flatMap(([id, answer]) => (answer === null ? [unreachable(id)] : [])),
      ...own.flatMap((audit) => orderCopyFindings(audit, rowOf.get(audit.order.id) ?? null)),
      ...own.flatMap(({ order }) => orderFindings(order, reservations)),
      ...unknown.map((row) => finding("order_not_known", null, row, { orderId: row.id })),
      ...page.reservations.flatMap((reservation) => claimOf(reservation, answers)),
    ],
    charged: own.flatMap(({ order }) => chargedForOrder(order) ?? []),
    unknown: unknown.map(({ id }) => ({ id, about: { orderId: id } })),
    compared: own.length,
    nextId: asked.length === 0 && copies.length === ORDERS_PER_PART ? firstReservationOf(copies.at(-1)) : null,
  };
}

/** Copies whose first reservation is in the part, or of the orders that are looked at again. */
function copiesOf(env: Env, question: Question, range: ReturnType<typeof rangeOf>): Promise<OrderRow[]> {
  if ("ids" in question) return orderCopiesWithIds(env.DB, question.orderIds);
  return orderCopiesToCompare(env.DB, range, endedAfterMs(), ORDERS_PER_PART);
}

/** Side by side. Null for one that is out of reach. */
async function auditsOf(env: Env, ids: readonly string[]): Promise<Map<string, Answer | null>> {
  const answers = await Promise.all(
    ids.map(async (id): Promise<[string, Answer | null]> => {
      const answer = askOrder(env, id, async (object) => ({ audit: await object.audit() }));
      return [id, await orNull(answer)];
    }),
  );
  return new Map(answers);
}

/** Of these orders, as their ticket types have them. What can't be reached is left out. */
async function reservationsOf(env: Env, audits: readonly OrderAudit[], page: AuditPage): Promise<Reservations> {
  const known = new Map<string, AuditedReservation | null>(page.reservations.map((one) => [one.copy.id, one]));
  const wanted = audits
    .flatMap(({ order }) => order.items.map(({ reservationId }) => reservationId))
    .filter((id) => !known.has(id));
  const byTicketType = Map.groupBy(wanted, ticketTypeIdOf);
  await Promise.all(
    [...byTicketType].map(async ([id, ids]) => {
      const found = await orNull(
        askTicketType(env, id, async (object) => ({ page: await object.audit({ count: false, ids }) })),
      );
      // It is reported when its own turn comes.
      if (found === null) return;
      const byId = new Map(found.page?.reservations.map((one) => [one.copy.id, one]));
      for (const reservationId of ids) known.set(reservationId, byId.get(reservationId) ?? null);
    }),
  );
  return known;
}

function claimOf(reservation: AuditedReservation, answers: ReadonlyMap<string, Answer | null>): Finding[] {
  const { orderId } = reservation.copy;
  const answer = orderId === null ? null : (answers.get(orderId) ?? null);
  return orderId === null || answer === null ? [] : claimFindings(answer.audit?.order ?? null, orderId, reservation);
}

function unreachable(orderId: string): Finding {
  return finding("order_unreachable", null, null, { orderId });
}

function firstReservationOf(row: OrderRow | undefined): string | null {
  const items: { readonly reservationId: string }[] = JSON.parse(row?.items ?? "[]");
  return items[0]?.reservationId ?? null;
}
