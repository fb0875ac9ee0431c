// A route that does all of `POST /check-ins` but decide.

import { ticketTypeIdOf } from "../src/domain/id-forms.ts";
import { requireDoor } from "../src/worker/door/routes.ts";
import { CheckIn, NewCheckIn } from "../src/worker/door/schemas.ts";
import { reply } from "../src/worker/http/replies.ts";
import { route } from "../src/worker/http/route.ts";
import { callTicketType } from "../src/worker/objects/ticket-types.ts";
import { verifyPassCode } from "../src/worker/passes/pass-keys.ts";
import { ROUTES } from "../src/worker/routes.ts";
import { DOOR_CEILING } from "./paths.ts";

/** An object with a method that does nothing. */
interface Idle {
  nothing(requests: readonly unknown[]): Promise<readonly unknown[]>;
}

const ceiling = route({
  operationId: "measureDoorCeiling",
  access: "session",
  tag: "Door",
  summary: "Let nobody in",
  body: NewCheckIn,
  replies: [{ status: 200, description: "Nothing", schema: CheckIn }],
  async handle({ body, session, env }) {
    const door = await requireDoor(env, body.event, session);
    const claim = await verifyPassCode(env, body.code ?? "");
    if (claim === null) throw new Error("the code is not good");
    const request = { ...claim, gate: body.gate, key: body.key, by: session.accountId, atMs: null, type: "in" };
    const id = ticketTypeIdOf(claim.passId);
    await callTicketType(env, id, (object) => (object as unknown as Idle).nothing([request]));
    const at = new Date().toISOString();
    const ticket = { id, name: door.ticketTypes.get(id)?.name ?? "" };
    const [reservation = ""] = /^.*(?=-\d+$)/.exec(claim.passId) ?? [];
    const pass = {
      id: claim.passId,
      state: "admitted",
      outside: false,
      holder: null,
      ticket,
      reservation,
      order: null,
    };
    const nothing = { displaced: null, doors_open_at: null };
    const admitted = { result: "admitted", key: body.key, at, gate: body.gate, ...nothing };
    return reply(200, { ...admitted, pass: { ...pass, price: { id: null, name: "" } } });
  },
});

/** The router reads the table when it is first loaded: this must have been loaded before. */
export const addedAtDoor = Object.keys(Object.assign(ROUTES, { [`POST ${DOOR_CEILING}`]: ceiling })).length;
