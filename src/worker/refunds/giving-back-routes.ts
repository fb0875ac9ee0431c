// What a buyer gives back: what is confirmed is given back by the request that cancels a hold.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { OrderRefundResult } from "../../durable/order/protocol.ts";
import type { RefundResult } from "../../durable/ticket-type/protocol.ts";
import { presentRefund } from "../../platform/wire.ts";
import { type AuditEntry, audit } from "../audit/queries.ts";
import type { Session } from "../auth/sessions.ts";
import { ticketTypeWithEvent } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { problem } from "../http/problems.ts";
import { refuseRefund } from "../http/refund-problems.ts";
import { reply } from "../http/replies.ts";
import { callOrder } from "../objects/orders.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { findOrder } from "../orders/lookup.ts";
import { findReservation } from "../reservations/lookup.ts";
import { Refund } from "./schemas.ts";

export const GIVEN_BACK = {
  status: 200,
  description: "It was confirmed, and all that was left of it is given back: this is what comes back",
  schema: Refund,
} as const;

export async function giveBackReservation(env: Env, request: Request, session: Session, id: string): Promise<Response> {
  const { accountId } = session;
  const found = await findReservation(env, id, accountId);
  if (!found.ok) return problem("not-found");
  const { currency, ticketTypeId } = found.reservation;
  const give = () =>
    callTicketType(env, ticketTypeIdOf(id), (object): Promise<RefundResult> => object.giveBack(id, accountId));
  return carryOut(env, request, session, { type: "reservation", id }, ticketTypeId, currency, give);
}

export async function giveBackOrder(env: Env, request: Request, session: Session, id: string): Promise<Response> {
  const { accountId } = session;
  const order = await findOrder(env, id, accountId);
  if (order === null) return problem("not-found");
  const give = () => callOrder(env, id, (object): Promise<OrderRefundResult> => object.giveBack(accountId));
  const ticketTypeId = order.items[0]?.ticketTypeId ?? "";
  return carryOut(env, request, session, { type: "order", id }, ticketTypeId, order.currency, give);
}

async function carryOut(
  env: Env,
  request: Request,
  { accountId }: Session,
  object: AuditEntry["object"],
  ticketTypeId: string,
  currency: string,
  give: () => Promise<RefundResult | OrderRefundResult>,
): Promise<Response> {
  // All of an order has one organiser, who finds it in the first item's event.
  const event = (await ticketTypeWithEvent(env.DB, ticketTypeId))?.event;
  const isOpen = event !== undefined && event.refundableUntilMs !== null && Date.now() < event.refundableUntilMs;
  const address = addressOf(request);
  const about = { action: "refund.give-back", actorId: accountId, object, address } as const;
  const entry = event === undefined ? about : { ...about, eventId: event.id };
  // Before it is done. The object decides, and may know more than D1.
  if (isOpen) await audit(env.DB, entry);
  const result = await give();
  if (!result.ok) return refuseRefund(result.refusal, currency);
  if (!isOpen && !result.isReplay) await audit(env.DB, entry);
  return reply(200, presentRefund(result.refund, currency, "online"));
}
