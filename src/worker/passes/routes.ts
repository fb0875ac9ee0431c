// Passes of what is confirmed: their holders see, name and pass them on.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { type PassReader, passIdOf } from "../../domain/pass.ts";
import type { PassResult } from "../../durable/ticket-type/pass-protocol.ts";
import { newLongId } from "../../platform/ids.ts";
import { emailKeyOf } from "../accounts/email.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Page } from "../http/fields.ts";
import { PASS_PROBLEMS, refusePass } from "../http/pass-problems.ts";
import { problem } from "../http/problems.ts";
import { keyedReply, page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { callNamedTicketType } from "../objects/ticket-types.ts";
import { findOrder } from "../orders/lookup.ts";
import { OrderPath } from "../orders/schemas.ts";
import { findReservation } from "../reservations/lookup.ts";
import { ReservationPath } from "../reservations/schemas.ts";
import { type Bought, passesAfter, passesStillOf, passWithId, readerOf } from "./lookup.ts";
import { presentPasses } from "./presenters.ts";
import { cursorOf, passedOnTo } from "./queries.ts";
import { Pass, PassChange, PassingOn, PassPath } from "./schemas.ts";

const UNKNOWN: PassResult = { ok: false, refusal: { type: "pass_unknown" } };

export const listReservationPasses = route({
  operationId: "listReservationPasses",
  access: "session",
  tag: "Passes",
  summary: "List the passes of a reservation; none before it is confirmed",
  pathParameters: ReservationPath,
  query: Page,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [pageReply(Pass, "/reservations/…/passes")],
  async handle({ request, path, query, session, env }) {
    const bought = await boughtAlone(env, path.id, session.accountId);
    if (bought === null) return problem("not-found");
    return passPage(request, env, bought, query, await readerOf(env, session));
  },
});

export const listOrderPasses = route({
  operationId: "listOrderPasses",
  access: "session",
  tag: "Passes",
  summary: "List the passes of an order, item by item; none before it is confirmed",
  pathParameters: OrderPath,
  query: Page,
  examples: { path: { id: EXAMPLES.order } },
  replies: [pageReply(Pass, "/orders/…/passes")],
  async handle({ request, path, query, session, env }) {
    const bought = await boughtInOrder(env, path.id, session.accountId);
    if (bought === null) return problem("not-found");
    return passPage(request, env, bought, query, await readerOf(env, session));
  },
});

/** An address that the account has not proven has none: whose it is, nobody knows. */
export const listPasses = route({
  operationId: "listPasses",
  access: "session",
  tag: "Passes",
  summary: "List the passes that others have passed on to your verified address, the newest first",
  query: Page,
  examples: {},
  replies: [pageReply(Pass, "/passes")],
  async handle({ request, query: { limit, cursor }, session, env }) {
    const rows = await passedOnTo(env.DB, session.accountId, limit + 1, cursor ?? null);
    const passes = await passesStillOf(env, rows.slice(0, limit), session);
    const shown = new Map((await presentPasses(env, passes)).map((pass) => [pass.id, pass]));
    return page(request, rows, limit, (row) => shown.get(passIdOf(row)) ?? null, cursorOf);
  },
});

export const getPass = route({
  operationId: "getPass",
  access: "session",
  tag: "Passes",
  summary: "Show a pass, with its code for its holder",
  pathParameters: PassPath,
  examples: { path: { id: EXAMPLES.pass } },
  replies: [{ status: 200, description: "The pass", schema: Pass }],
  async handle({ path, session, env }) {
    const pass = await passWithId(env, path.id, await readerOf(env, session));
    if (pass === null) return problem("not-found");
    const [shown] = await presentPasses(env, [pass]);
    return reply(200, shown);
  },
});

export const updatePass = route({
  operationId: "updatePass",
  access: "session",
  tag: "Passes",
  summary: "Say who goes in with a pass, until the doors open",
  pathParameters: PassPath,
  body: PassChange,
  examples: { path: { id: EXAMPLES.pass }, bodies: { "A name": { holder_name: "Ada Lovelace" } } },
  replies: [{ status: 200, description: "The pass", schema: Pass }],
  problems: [...PASS_PROBLEMS, "names-closed"],
  async handle({ path, body, session, env }) {
    const named = { passId: path.id, reader: await readerOf(env, session), name: body.holder_name };
    const result = await callNamedTicketType(env, ticketTypeIdOf(path.id), UNKNOWN, (object) => object.namePass(named));
    if (!result.ok) return refusePass(result.refusal);
    const [shown] = await presentPasses(env, [result.pass]);
    return reply(200, shown);
  },
});

/** The address has it from then on, with a new code: the code of before is revoked. */
export const passOn = route({
  operationId: "passOn",
  access: "session",
  tag: "Passes",
  summary: "Pass a pass on to somebody else, by e-mail",
  pathParameters: PassPath,
  takesIdempotencyKey: true,
  limits: ["LIMIT_PASS_ON"],
  body: PassingOn,
  examples: { path: { id: EXAMPLES.pass }, bodies: { "To a friend": { email: "ada@example.com" } } },
  replies: [
    {
      status: 201,
      description: "The pass, as it was left. Its code is the new holder's",
      schema: Pass,
      headers: { Location: "/passes/…" },
    },
  ],
  problems: [...PASS_PROBLEMS, "passed-on-too-often"],
  async handle({ path, body, session, idempotencyKey, env }) {
    const { email } = body;
    // Whatever is accepted as an address has a key.
    const asked = { email, emailKey: emailKeyOf(email) ?? email, key: idempotencyKey ?? newLongId() };
    const wanted = { passId: path.id, reader: await readerOf(env, session), ...asked };
    const result = await callNamedTicketType(env, ticketTypeIdOf(path.id), UNKNOWN, (object) => object.passOn(wanted));
    if (!result.ok) return refusePass(result.refusal);
    const [shown] = await presentPasses(env, [result.pass]);
    return keyedReply(201, shown, { location: `/passes/${path.id}` }, result.isReplay);
  },
});

/** Null where it is not theirs. */
export async function boughtAlone(env: Env, id: string, accountId: string): Promise<Bought[] | null> {
  const found = await findReservation(env, id, accountId);
  return found.ok ? [{ reservationId: id, quantity: found.reservation.quantity }] : null;
}

export async function boughtInOrder(env: Env, id: string, accountId: string): Promise<Bought[] | null> {
  const order = await findOrder(env, id, accountId);
  return order?.items.map(({ reservationId, quantity }) => ({ reservationId, quantity })) ?? null;
}

/** `reader`: null sees all of them, without their codes. The cursor has how many came before. */
export async function passPage(
  request: Request,
  env: Env,
  bought: readonly Bought[],
  { limit, cursor = null }: { limit: number; cursor?: { atMs: number } | null | undefined },
  reader: PassReader | null,
): Promise<Response> {
  const shownBefore = Math.max(0, cursor?.atMs ?? 0);
  const passes = await passesAfter(env, bought, reader, shownBefore, limit + 1);
  const shown = await presentPasses(env, passes);
  const cursorOf = ({ id }: { readonly id: string }) => ({ atMs: shownBefore + limit, id });
  return page(request, shown, limit, (pass) => pass, cursorOf);
}
