// What an organiser does at the counter: sells, marks as paid, cancels. The order's object decides;
// the audit log in D1 has the request first, as for every change by an organiser.

import type * as z from "zod";
import { ORDER_ID_PATTERN } from "../../domain/id-forms.ts";
import type { OrderRefusal, OrderView } from "../../domain/order.ts";
import { DAY_MS } from "../../domain/units.ts";
import type {
  CancelOrderResult,
  FindOrderResult,
  NewOrder,
  NewOrderResult,
  PayOrderResult,
} from "../../durable/order/protocol.ts";
import { derivedId, hashOf, newPaymentId, newReservationId } from "../../platform/ids.ts";
import { audit } from "../audit/queries.ts";
import { type Actor, entry } from "../catalogue/actors.ts";
import type { EventRow, TicketTypeRow } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { callNamedOrder, callOrder, orderIdFor } from "../objects/orders.ts";
import { type AboutSale, viewOfSale } from "./presenters.ts";
import { salesWithIds } from "./queries.ts";
import type { NewEventOrder, NewEventPayment } from "./schemas.ts";

export const MAX_AWAITED_MS = 30 * DAY_MS;
const USUALLY_AWAITED_MS = 14 * DAY_MS;

export type SaleFault =
  | { readonly type: "draft" }
  | { readonly type: "not_of_event" | "other_currency"; readonly item: number }
  | { readonly type: "not_awaited" | "too_early" | "too_late" | "beyond_event" };

/** What no object can tell: which tickets are the event's, and how long a transfer is awaited. */
export function faultInSale(
  { items, method, pay_until }: z.output<typeof NewEventOrder>,
  event: EventRow,
  ticketTypes: readonly TicketTypeRow[],
  nowMs: number,
): SaleFault | null {
  if (event.status === "draft") return { type: "draft" };
  const byId = new Map(ticketTypes.map((ticketType) => [ticketType.id, ticketType]));
  const known = items.map(({ ticket }) => byId.get(ticket));
  const other = known.indexOf(undefined);
  if (other >= 0) return { type: "not_of_event", item: other };
  const otherCurrency = known.findIndex((one) => one?.currency !== known[0]?.currency);
  if (otherCurrency >= 0) return { type: "other_currency", item: otherCurrency };
  if (pay_until === undefined) return null;
  if (method !== "transfer") return { type: "not_awaited" };
  const untilMs = Date.parse(pay_until);
  if (untilMs <= nowMs) return { type: "too_early" };
  if (untilMs > nowMs + MAX_AWAITED_MS) return { type: "too_late" };
  return untilMs > event.endsAtMs ? { type: "beyond_event" } : null;
}

/** `onlyAsReplay`: the request has a fault by now, and may have been carried out before it had. */
export async function sell(
  env: Env,
  actor: Actor,
  event: EventRow,
  idempotencyKey: string | null,
  wanted: z.output<typeof NewEventOrder>,
  onlyAsReplay: boolean,
): Promise<NewOrderResult> {
  const order = orderOf(env, actor, event, idempotencyKey, wanted);
  const { items, method, pay_until } = wanted;
  const object = { type: "order", id: order.orderId } as const;
  // Neither the customer nor the codes: a reader of the log need not know them.
  const lines = items.map(({ ticket, price, quantity }) => ({ ticket, price, quantity }));
  const create = (onlyAsReplay: boolean) =>
    callOrder(env, order.orderId, (one) => one.create({ ...order, onlyAsReplay }));
  if (idempotencyKey !== null) {
    // What was carried out is on the log already.
    const earlier = await create(true);
    if (earlier.ok || onlyAsReplay) return earlier;
  }
  await audit(env.DB, entry(actor, "order.sell", object, event.id, { method, pay_until, items: lines }));
  const result = await create(false);
  if (!result.ok) {
    await audit(env.DB, entry(actor, "order.sell-refused", object, event.id, { refusal: result.refusal.type }));
  }
  return result;
}

/** Its account is the event: who sells there changes, and no buyer's limit or list counts it. */
function orderOf(
  env: Env,
  { accountId }: Actor,
  event: EventRow,
  idempotencyKey: string | null,
  wanted: z.output<typeof NewEventOrder>,
): NewOrder {
  const { items, method, pay_until, customer, note } = wanted;
  const isAwaited = method === "transfer";
  const latestMs = Math.min(Date.now() + USUALLY_AWAITED_MS, event.endsAtMs);
  return {
    orderId: orderIdFor(env, accountId, `POST /events/${event.id}/orders`, idempotencyKey),
    accountId: event.id,
    requestId: newPaymentId(),
    request: hashOf(JSON.stringify(wanted)),
    items: items.map(({ ticket, quantity, price: priceId = null, code = null }) => {
      return { reservationId: newReservationId(ticket), ticketTypeId: ticket, priceId, code, quantity };
    }),
    counter: {
      eventId: event.id,
      method,
      takenAs: null,
      takenBy: null,
      soldBy: accountId,
      paymentId: isAwaited ? null : newPaymentId(),
      payUntilMs: isAwaited ? (pay_until === undefined ? latestMs : Date.parse(pay_until)) : null,
      customerName: customer?.name ?? null,
      customerEmail: customer?.email ?? null,
      note: note ?? null,
    },
  };
}

/** Money that was awaited has come. */
export async function markPaid(
  env: Env,
  actor: Actor,
  event: EventRow,
  orderId: string,
  idempotencyKey: string | null,
  { method }: z.output<typeof NewEventPayment>,
): Promise<PayOrderResult> {
  const { accountId } = actor;
  const paymentId = newPaymentId();
  // A key is its sender's: two accounts that use the same one do not mean the same request.
  const key = idempotencyKey === null ? paymentId : derivedId(accountId, "payment", idempotencyKey);
  const request = { accountId: event.id, paymentId, key, method, taken: { as: method, by: accountId } };
  return recorded(env, actor, event, orderId, { action: "order.pay", details: { method } }, () =>
    callNamedOrder<PayOrderResult>(env, orderId, UNKNOWN, (one) => one.pay(request)),
  );
}

export function cancelSale(env: Env, actor: Actor, event: EventRow, orderId: string): Promise<CancelOrderResult> {
  return recorded(env, actor, event, orderId, { action: "order.cancel" }, () =>
    callNamedOrder<CancelOrderResult>(env, orderId, UNKNOWN, (one) => one.cancel(event.id)),
  );
}

/** No bank asks back what the counter took. */
export const OF_COUNTER: AboutSale = { buyer: null, isDisputed: false };

export interface FoundSale extends AboutSale {
  readonly order: OrderView;
}

/**
 * The order as the event's organiser may see it: what the counter sold, or what a buyer made, also
 * alone. Null if the event has nothing of it.
 */
export async function findEventOrder(env: Env, event: EventRow, saleId: string): Promise<FoundSale | null> {
  const isOrder = ORDER_ID_PATTERN.test(saleId);
  const found = isOrder ? await askFor(env, saleId, event.id) : UNKNOWN;
  if (found.ok) return { order: found.order, ...OF_COUNTER };
  const [row] = await salesWithIds(env.DB, event.id, [saleId]);
  if (row === undefined) return null;
  const { buyer, isDisputed } = row;
  const buyers = "order" in row ? await askFor(env, saleId, row.order.accountId) : UNKNOWN;
  return { order: buyers.ok ? buyers.order : viewOfSale(row, Date.now()), buyer, isDisputed };
}

type Refused = { readonly ok: false; readonly refusal: OrderRefusal | "unavailable" };

const UNKNOWN = { ok: false, refusal: "order_unknown" } as const;

/** An order that is not the counter's gets no entry: nothing was done to it. */
async function recorded<Result extends { readonly ok: true } | Refused>(
  env: Env,
  actor: Actor,
  event: EventRow,
  orderId: string,
  { action, details }: { readonly action: "order.pay" | "order.cancel"; readonly details?: unknown },
  carryOut: () => Promise<Result>,
): Promise<Result | typeof UNKNOWN> {
  const found = await askFor(env, orderId, event.id);
  if (!found.ok) return UNKNOWN;
  const object = { type: "order", id: orderId } as const;
  await audit(env.DB, entry(actor, action, object, event.id, details));
  const result = await carryOut();
  if (!result.ok) {
    await audit(env.DB, entry(actor, `${action}-refused`, object, event.id, { refusal: result.refusal }));
  }
  return result;
}

function askFor(env: Env, orderId: string, accountId: string): Promise<FindOrderResult> {
  return callNamedOrder<FindOrderResult>(env, orderId, UNKNOWN, (one) => one.find(accountId));
}
