// Prices of a ticket type, and the codes that open them: what their organiser does, and whether a
// buyer's code is one.

import type { ListedCode, OpenedResult, TicketTypeState } from "../../durable/ticket-type/protocol.ts";
import { ServiceError } from "../../platform/errors.ts";
import { presentPrice } from "../catalogue/presenters.ts";
import { actorOf, managedTicketType } from "../catalogue/routes.ts";
import { NewPrice, PriceChange, TicketPrice } from "../catalogue/schemas.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { isWithinLimits } from "../http/limits.ts";
import { problem, refuse, refuseIf } from "../http/problems.ts";
import { emptyReply, keyedReply, page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { callNamedTicketType, callTicketType } from "../objects/ticket-types.ts";
import { notChargeable } from "../payments/price-check.ts";
import * as changes from "./changes.ts";
import { Code, CodeCheck, CodesQuery, MAX_CODES_BYTES, NewCodes, OpenedPrices, PricePath } from "./schemas.ts";

const FIRST_PRICE = { id: EXAMPLES.ticketType, price: EXAMPLES.ticketType };

export const createPrice = route({
  operationId: "createPrice",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Add a price to a ticket type",
  takesIdempotencyKey: true,
  pathParameters: IdPath,
  body: NewPrice,
  examples: {
    path: { id: EXAMPLES.ticketType },
    bodies: { "Early bird": { name: "Early bird", price: { amount: 3500, currency: "EUR" }, capacity: 100 } },
  },
  replies: [{ status: 201, description: "The price", schema: TicketPrice, headers: { Location: "/tickets/…" } }],
  problems: ["too-many-prices", "other-currency"],
  precheck: ({ body, env }) => refuseIf(notChargeable(env, body)),
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const { ticketType } = await managedTicketType(env, path.id, session);
    const result = await changes.createPrice(env, actorOf(session, request), idempotencyKey, ticketType, body);
    if (!result.ok) return refuse(result.refusal);
    const price = present(result.ticketType, result.priceId);
    return keyedReply(201, price, { location: `/tickets/${path.id}` }, result.isReplay);
  },
});

export const updatePrice = route({
  operationId: "updatePrice",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Change a price, or take it off sale. Existing holds keep what it was",
  pathParameters: PricePath,
  body: PriceChange,
  examples: { path: FIRST_PRICE, bodies: { "Another cap": { capacity: 50 } } },
  replies: [{ status: 200, description: "The price", schema: TicketPrice }],
  problems: ["capacity-below-committed", "other-currency"],
  precheck: ({ body, env }) => refuseIf(notChargeable(env, body)),
  async handle({ request, path, body, session, env }) {
    const { ticketType } = await managedTicketType(env, path.id, session);
    const result = await changes.updatePrice(env, actorOf(session, request), ticketType, path.price, body);
    if (!result.ok) return refuse(result.refusal);
    return reply(200, present(result.ticketType, path.price));
  },
});

export const deletePrice = route({
  operationId: "deletePrice",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Delete a price that nobody ever held tickets at, with its codes",
  pathParameters: PricePath,
  examples: { path: { id: EXAMPLES.unsoldPrice.ticketType, price: EXAMPLES.unsoldPrice.id } },
  replies: [{ status: 204, description: "Deleted", schema: null }],
  problems: ["price-in-use"],
  async handle({ request, path, session, env }) {
    const { ticketType } = await managedTicketType(env, path.id, session);
    const result = await changes.deletePrice(env, actorOf(session, request), ticketType, path.price);
    return result.ok ? emptyReply(204) : refuse(result.refusal);
  },
});

export const createCodes = route({
  operationId: "createCodes",
  access: "manager",
  scope: "events:write",
  tag: "Organisers",
  summary: "Make codes that open a price: your own, or random ones",
  takesIdempotencyKey: true,
  maxBodyBytes: MAX_CODES_BYTES,
  pathParameters: PricePath,
  body: NewCodes,
  examples: { path: FIRST_PRICE, bodies: { "Two codes of ours": { codes: ["PRESS 2027", "FRIENDS"], uses: 10 } } },
  replies: [
    {
      status: 201,
      description: "All codes of the request",
      schema: Code.array(),
      headers: { Location: "/tickets/…/prices/…/codes" },
    },
  ],
  problems: ["too-many-codes", "code-exists"],
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const { ticketType } = await managedTicketType(env, path.id, session);
    const actor = actorOf(session, request);
    const result = await changes.createCodes(env, actor, idempotencyKey, ticketType, path.price, body);
    if (!result.ok) return refuse(result.refusal);
    const location = `/tickets/${path.id}/prices/${path.price}/codes`;
    return keyedReply(201, result.codes.map(presentCode), { location }, false);
  },
});

export const listCodes = route({
  operationId: "listCodes",
  access: "manager",
  scope: "events:read",
  tag: "Organisers",
  summary: "List the codes of a price, with how often each was used",
  pathParameters: PricePath,
  examples: { path: FIRST_PRICE },
  query: CodesQuery,
  replies: [pageReply(Code, "/tickets/…/prices/…/codes", "One page, in the order in which they were made")],
  async handle({ request, path, query, session, env }) {
    const { ticketType } = await managedTicketType(env, path.id, session);
    const after = query.cursor?.atMs ?? 0;
    const result = await callTicketType(env, ticketType.id, (object) =>
      object.codesOf(path.price, after, query.limit + 1),
    );
    if (!result.ok) return refuse(result.refusal);
    const cursorOf = ({ seq }: ListedCode) => ({ atMs: seq, id: path.price });
    return page(request, result.codes, query.limit, presentCode, cursorOf);
  },
});

export const createCodeCheck = route({
  operationId: "createCodeCheck",
  access: "anyone",
  scope: "events:read",
  tag: "Events",
  summary: "Ask which prices a code opens. Nothing is reserved",
  limits: ["LIMIT_CODE_ADDRESS"],
  pathParameters: IdPath,
  body: CodeCheck,
  examples: { path: { id: EXAMPLES.ticketType }, bodies: { "A code": { code: "PRESS 2027" } } },
  replies: [{ status: 200, description: "What it opens", schema: OpenedPrices }],
  problems: ["code-refused", "code-used-up"],
  async handle({ request, path, body, session, env }) {
    // Each may be a guess, as with a reservation.
    if (session !== null && !(await isWithinLimits(env, request, ["LIMIT_CODE"], session))) return problem("slow-down");
    const unknown: OpenedResult = { ok: false, refusal: { type: "ticket_unknown" } };
    const result = await callNamedTicketType(env, path.id, unknown, (object) => object.pricesOpenedBy(body.code));
    return result.ok ? reply(200, { prices: result.priceIds }) : refuse(result.refusal);
  },
});

function present(ticketType: TicketTypeState, priceId: string) {
  const price = ticketType.prices.find(({ id }) => id === priceId);
  if (price === undefined) throw new ServiceError("the object's reply lacks the price");
  return presentPrice(price, ticketType, Date.now(), true);
}

function presentCode({ code, maxUses, uses }: ListedCode) {
  return { code, max_uses: maxUses, uses };
}
