// What devices at the door read: the bundle that lets them decide without a network, and how many
// went in.

import * as z from "zod";
import { PASS_STATES } from "../../domain/pass.ts";
import { iso, isoOrNull } from "../../platform/wire.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id, IdPath, Instant, PassId, ReservationId } from "../http/fields.ts";
import { areSocketsWithinLimit } from "../http/limits.ts";
import { problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { eventsOf, isUpgrade, noWebSocket, stream } from "../live/routes.ts";
import { openSocket } from "../objects/ticket-types.ts";
import { publicPassKeys } from "../passes/pass-keys.ts";
import type { Door } from "./access.ts";
import { DOOR_CURSOR_PATTERN, newAtDoor, readCursor, writeCursor } from "./bundle.ts";
import { presentFoundPass } from "./presenters.ts";
import { requireDoor } from "./routes.ts";
import { FoundPass } from "./schemas.ts";
import { findPasses } from "./search.ts";
import { MAX_FOUND } from "./search-queries.ts";

const DoorQuery = z.strictObject({
  after: z
    .string()
    .max(3_200)
    .regex(DOOR_CURSOR_PATTERN, "not a cursor of a door")
    .optional()
    .meta({ description: "The `cursor` of the last reply: only what is new since then" }),
});
const SearchQuery = z.strictObject({
  q: z.string().trim().min(2).max(254).meta({
    description:
      "Part of the name of a holder, of the counter's customer or of the account that bought, with or without accents, or the whole e-mail address of who bought or was passed a pass, or the id of an order, a reservation or a pass",
  }),
});
const DoorBundle = z
  .strictObject({
    event: z.strictObject({
      id: Id,
      name: z.string(),
      timezone: z.string(),
      starts_at: Instant,
      ends_at: Instant,
      doors_open_at: Instant.nullable(),
      reentry: z.boolean(),
      status: z.enum(["draft", "published", "cancelled"]),
    }),
    keys: z
      .array(
        z.strictObject({
          kty: z.literal("OKP"),
          crv: z.literal("Ed25519"),
          x: z.string(),
          alg: z.string(),
          use: z.string(),
          kid: z.string(),
        }),
      )
      .meta({ description: "JWKs that verify the codes of passes. A code has the `kid` of its key" }),
    tickets: z
      .array(
        z.strictObject({
          id: Id,
          name: z.string(),
          sold: z.int().min(0).meta({ description: "How many may come, at most a few seconds old" }),
        }),
      )
      .meta({ description: "Of all ticket types of the event: a code of another one is of another event" }),
    passes: z
      .array(
        z.strictObject({
          id: PassId,
          state: z.enum(PASS_STATES),
          generation: z.int().min(0).max(255).meta({ description: "A code of a lower one is revoked" }),
          outside: z.boolean(),
          at: Instant.nullable().meta({ description: "When it went in" }),
          gate: z.string().nullable(),
        }),
      )
      .meta({ description: "Passes that something happened to. Any other with a good code is valid" }),
    disputed: z
      .array(ReservationId)
      .meta({ description: "Reservations whose payment their buyers dispute at the bank. Their passes stay valid" }),
    may_undo: z.boolean().meta({ description: "Whether the account may take check-ins back" }),
    cursor: z.string(),
    more: z.boolean().meta({ description: "Whether to ask again at once with the `cursor`" }),
  })
  .meta({ id: "DoorBundle" });

const DoorCounts = z
  .strictObject({
    ticket: Id,
    seq: z.int().min(0).meta({ description: "Grows with each change of a pass" }),
    admitted: z.int().min(0),
    inside: z.int().min(0).meta({ description: "Those who went in and have not gone out" }),
    gates: z.array(z.strictObject({ gate: z.string(), admitted: z.int().min(0) })),
  })
  .meta({ id: "DoorCounts" });

export const getDoor = route({
  operationId: "getDoor",
  access: "session",
  scope: "check-ins:read",
  tag: "Door",
  summary: "Get what a device needs to let people in without a network, or what is new of it",
  pathParameters: IdPath,
  query: DoorQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [{ status: 200, description: "A page of it", schema: DoorBundle }],
  async handle({ path, query, session, env }) {
    const door = await requireDoor(env, path.id, session);
    const after = query.after === undefined ? new Map<string, number>() : readCursor(query.after);
    const { passes, cursor, more } = await newAtDoor(env, door, after);
    const keys = await publicPassKeys(env);
    const shown = passes.map(({ id, state, generation, admission, outSinceMs }) => {
      const { atMs = null, gate = null } = admission ?? {};
      return { id, state, generation, outside: outSinceMs !== null, at: isoOrNull(atMs), gate };
    });
    return reply(200, { ...presentDoor(door), keys, passes: shown, cursor: writeCursor(cursor), more });
  },
});

export const listDoorPasses = route({
  operationId: "listDoorPasses",
  access: "session",
  scope: "check-ins:read",
  tag: "Door",
  summary: "Find passes of the event for a person who has lost their code",
  limits: ["LIMIT_SCAN"],
  pathParameters: IdPath,
  query: SearchQuery,
  examples: { path: { id: EXAMPLES.event }, query: { q: "Lovelace" } },
  replies: [{ status: 200, description: `At most ${MAX_FOUND}`, schema: FoundPass.array() }],
  async handle({ path, query, session, env }) {
    const door = await requireDoor(env, path.id, session);
    return reply(
      200,
      (await findPasses(env, door, query.q)).map((found) => presentFoundPass(found, door)),
    );
  },
});

export const watchDoor = route({
  operationId: "watchDoor",
  access: "session",
  tag: "Door",
  summary: "Watch how many went in, by ticket type and gate",
  limits: ["LIMIT_LIVE"],
  pathParameters: IdPath,
  examples: { path: { id: EXAMPLES.event } },
  replies: [eventsOf("A `door` event for each ticket type at once, and another after each change", DoorCounts)],
  problems: ["no-websocket", "too-many-watchers"],
  async handle({ request, path, session, env }) {
    if (isUpgrade(request)) return noWebSocket();
    const door = await requireDoor(env, path.id, session);
    const ids = [...door.ticketTypes.keys()];
    if (!(await areSocketsWithinLimit(env, request, Math.max(0, ids.length - 1)))) return problem("slow-down");
    const asked = { reservation: null, network: null, isDoor: true };
    const sources = ids.map((id) => () => openSocket(env, id, asked));
    return stream(DOOR_EVENTS, sources, `/events/${path.id}/door`);
  },
});

const DOOR_EVENTS = {
  name: "door",
  idOf: (data: string) => {
    const { ticket, seq }: { ticket: string; seq: number } = JSON.parse(data);
    return `${ticket}-${seq}`;
  },
};

function presentDoor({ event, isManaged, ticketTypes, disputed }: Door) {
  const { id, name, timezone, reentry, status, startsAtMs, endsAtMs, doorsOpenAtMs } = event;
  const times = { starts_at: iso(startsAtMs), ends_at: iso(endsAtMs), doors_open_at: isoOrNull(doorsOpenAtMs) };
  return {
    event: { id, name, timezone, ...times, reentry, status },
    tickets: [...ticketTypes.values()].map(({ id, name, sold }) => ({ id, name, sold })),
    disputed: [...disputed],
    may_undo: isManaged,
  };
}
