// A route that does all of `POST /reservations` but decide: one call a request can't be faster.

import { newReservationId } from "../src/platform/ids.ts";
import { NAMELESS, presentReservation } from "../src/platform/wire.ts";
import { reply } from "../src/worker/http/replies.ts";
import { route } from "../src/worker/http/route.ts";
import { callTicketType } from "../src/worker/objects/ticket-types.ts";
import { holdTickets } from "../src/worker/reservations/routes.ts";
import { NewReservation } from "../src/worker/reservations/schemas.ts";
import { ROUTES } from "../src/worker/routes.ts";
import { CEILING } from "./paths.ts";

/** An object with a method that does nothing. */
interface Idle {
  nothing(requests: readonly unknown[]): Promise<readonly unknown[]>;
}

const {
  body: _body,
  query: _query,
  pathParameters: _path,
  examples: _examples,
  answer: _answer,
  ...declaration
} = holdTickets;

const ceiling = route({
  ...declaration,
  operationId: "measureCeiling",
  access: "session",
  body: NewReservation,
  async handle({ body, session, env }) {
    const id = newReservationId(body.ticket);
    const request = { reservationId: id, accountId: session.accountId, quantity: body.quantity, idempotencyKey: null };
    await callTicketType(env, body.ticket, (object) => (object as unknown as Idle).nothing([request]));
    const nowMs = Date.now();
    const view = {
      id,
      ticketTypeId: body.ticket,
      accountId: session.accountId,
      quantity: body.quantity,
      unitPriceMinor: 2_500,
      currency: "EUR",
      state: "held",
      payment: null,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + 900_000,
    } as const;
    const reservation = presentReservation(view, NAMELESS, nowMs);
    return reply(201, reservation, { location: `/reservations/${reservation.id}` });
  },
});

/** The router reads the table when it is first loaded: this must have been loaded before. */
export const added = Object.keys(Object.assign(ROUTES, { [`POST ${CEILING}`]: ceiling })).length;
