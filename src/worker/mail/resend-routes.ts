// For buyers whose confirmation is lost: it is mailed to them again, to their account's address.
// Who manages the event may have it done for them, and for the customers of its counter.

import { ORDER_ID_PATTERN, ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { ReservationState } from "../../domain/stock.ts";
import { emailKeyOf } from "../accounts/email.ts";
import { accountById } from "../accounts/queries.ts";
import type { Session } from "../auth/sessions.ts";
import { entry } from "../catalogue/actors.ts";
import { actorOf, managedEvent } from "../catalogue/routes.ts";
import { findEventOrder } from "../counter/sales.ts";
import { SalePath } from "../counter/schemas.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { isMailWithinLimits } from "../http/limits.ts";
import { problem, refuse } from "../http/problems.ts";
import { emptyReply, REPLAYED } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { findOrder } from "../orders/lookup.ts";
import { OrderPath } from "../orders/schemas.ts";
import { findReservation } from "../reservations/lookup.ts";
import { ReservationPath } from "../reservations/schemas.ts";
import { mailerOf } from "./mailer.ts";
import { type Bought, isOwed, mailAgain, oweAgain } from "./resending.ts";

const REPLIES = [
  {
    status: 202,
    description: "It is mailed to the address that the account has, with the codes of its passes",
    schema: null,
  },
] as const;
const PROBLEMS = ["mail-unavailable", "nothing-paid", "already-refunded", "slow-down"] as const;

export const createOrderMail = route({
  operationId: "createOrderMail",
  access: "session",
  tag: "Orders",
  summary: "Have the confirmation of an order mailed again, with its passes",
  takesIdempotencyKey: true,
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: REPLIES,
  problems: PROBLEMS,
  async handle({ request, path, session, idempotencyKey, env }) {
    const order = await findOrder(env, path.id, session.accountId);
    if (order === null) return problem("not-found");
    const bought = { id: order.id, ticketTypeId: order.items[0]?.ticketTypeId ?? "" };
    return whyNot(env, order.state) ?? mailIt(env, request, session, bought, idempotencyKey);
  },
});

export const createReservationMail = route({
  operationId: "createReservationMail",
  access: "session",
  tag: "Reservations",
  summary: "Have the confirmation of a reservation that was bought alone mailed again, with its passes",
  takesIdempotencyKey: true,
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: REPLIES,
  problems: ["part-of-order", ...PROBLEMS],
  async handle({ request, path, session, idempotencyKey, env }) {
    const found = await findReservation(env, path.id, session.accountId);
    if (!found.ok) return problem("not-found");
    const { id, orderId = null, state } = found.reservation;
    if (orderId !== null) return refuse({ type: "part_of_order", orderId });
    const bought = { id, ticketTypeId: ticketTypeIdOf(id) };
    return whyNot(env, state) ?? mailIt(env, request, session, bought, idempotencyKey);
  },
});

/** To nobody but whom it was for: nobody hands tickets to another address in this way. */
export const createEventOrderMail = route({
  operationId: "createEventOrderMail",
  access: "manager",
  scope: "orders:write",
  tag: "Organisers",
  summary: "Have the confirmation of an order of an event mailed again, to its buyer or to the counter's customer",
  takesIdempotencyKey: true,
  pathParameters: SalePath,
  examples: { path: { id: EXAMPLES.event, order: EXAMPLES.counterOrder } },
  replies: [
    {
      status: 202,
      description: "It is mailed to the address of the buyer's account, or of the customer",
      schema: null,
    },
  ],
  problems: ["no-address", ...PROBLEMS],
  async handle({ request, path, session, idempotencyKey, env }) {
    const event = await managedEvent(env, path.id, session);
    const found = await findEventOrder(env, event, path.order);
    if (found === null) return problem("not-found");
    const { id, accountId, state, items, counter = null } = found.order;
    const refused = whyNot(env, state);
    if (refused !== null) return refused;
    const isOfCounter = accountId === event.id;
    const email = isOfCounter ? counter?.customerEmail : found.buyer?.email;
    if (email == null) return problem("no-address");
    const nowMs = Date.now();
    const bought = { id, ticketTypeId: items[0]?.ticketTypeId ?? "" };
    const asked = { to: isOfCounter ? null : accountId, by: session.accountId };
    const mail = mailAgain(bought, asked, idempotencyKey, nowMs);
    if (await isOwed(env.DB, mail)) return emptyReply(202, idempotencyKey === null ? {} : REPLAYED);
    const object = { type: ORDER_ID_PATTERN.test(id) ? "order" : "reservation", id } as const;
    const audited = entry(actorOf(session, request), "order.mail", object, event.id, undefined);
    const isWithin = await isMailWithinLimits(env, request, emailKeyOf(email) ?? id);
    return isWithin && (await oweAgain(env, mail, bought, nowMs, audited)) ? emptyReply(202) : problem("slow-down");
  },
});

function whyNot(env: Env, state: ReservationState): Response | null {
  if (state === "refunded") return problem("already-refunded");
  if (state !== "confirmed") return problem("nothing-paid");
  return mailerOf(env) === null ? problem("mail-unavailable") : null;
}

/** A replay counts nowhere. */
async function mailIt(
  env: Env,
  request: Request,
  { accountId }: Session,
  bought: Bought,
  idempotencyKey: string | null,
): Promise<Response> {
  const nowMs = Date.now();
  const mail = mailAgain(bought, { to: accountId, by: accountId }, idempotencyKey, nowMs);
  if (await isOwed(env.DB, mail)) return emptyReply(202, idempotencyKey === null ? {} : REPLAYED);
  const account = await accountById(env.DB, accountId);
  if (account === null) return problem("token-invalid");
  const isWithin = await isMailWithinLimits(env, request, emailKeyOf(account.email) ?? account.id);
  return isWithin && (await oweAgain(env, mail, bought, nowMs, null)) ? emptyReply(202) : problem("slow-down");
}
