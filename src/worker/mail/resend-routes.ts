// For buyers whose confirmation is lost: it is mailed to them again, to their account's address.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { ReservationState } from "../../domain/stock.ts";
import { emailKeyOf } from "../accounts/email.ts";
import { accountById } from "../accounts/queries.ts";
import type { Session } from "../auth/sessions.ts";
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
  const mail = mailAgain(bought, accountId, idempotencyKey, nowMs);
  if (await isOwed(env.DB, mail)) return emptyReply(202, idempotencyKey === null ? {} : REPLAYED);
  const account = await accountById(env.DB, accountId);
  if (account === null) return problem("token-invalid");
  const isWithin = await isMailWithinLimits(env, request, emailKeyOf(account.email) ?? account.id);
  return isWithin && (await oweAgain(env, mail, bought, nowMs)) ? emptyReply(202) : problem("slow-down");
}
