// Letting people in, and what else happens to a pass at a door.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { PassView } from "../../domain/pass.ts";
import type { Session } from "../auth/sessions.ts";
import { ticketTypeWithEvent } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { isBatchWithinLimit } from "../http/limits.ts";
import { ProblemError, problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { type Door, doorOf, forgetDoor } from "./access.ts";
import { areOfDoor, type CheckInResult, checkIn, decide, findPass, readScans, type Scan } from "./check-ins.ts";
import { presentCheckIn, presentCheckInOfBatch } from "./presenters.ts";
import { CheckIn, CheckIns, GoingOut, MAX_BATCH_BYTES, NewCheckIn, NewCheckIns, PassPath, Undoing } from "./schemas.ts";

// A key is of one request: who tries the examples in turn sends each with another one.
const KEYS = {
  scan: "0b5b1a52-6a3c-4a55-9d5e-6a7f0c7e2a11",
  pass: "3f0d7c58-1f0e-4c0b-8a53-54b0d3f0c9e2",
  out: "7c1f3e0a-92f4-4a8e-b0a6-0d7a3b1e5c44",
  undoing: "c9a4e6d2-5b7b-4f3d-9e1c-8f2b6a0d7e31",
};
const DECIDED = "Decided: `result` says what, also where nobody is let in";

export const createCheckIn = route({
  operationId: "createCheckIn",
  access: "session",
  scope: "check-ins:write",
  tag: "Door",
  summary: "Let a person in with a pass: for the crew of the event",
  limits: ["LIMIT_SCAN"],
  body: NewCheckIn,
  examples: {
    bodies: {
      "A scan": { event: EXAMPLES.event, code: "TO1:…", gate: "North", key: KEYS.scan },
      "A lost code": { event: EXAMPLES.event, pass: EXAMPLES.pass, gate: "North", key: KEYS.pass },
    },
  },
  replies: [{ status: 200, description: DECIDED, schema: CheckIn }],
  problems: ["not-found", "idempotency-key-reused"],
  async handle({ body, session, env }) {
    const { code, pass, gate, key, direction = "in" } = body;
    const atMs = momentOf(body.at);
    const by = session.accountId;
    if (pass === undefined) {
      const scan = { code: code ?? "", gate, atMs, behindMs: 0, key, direction };
      const { door, results } = await checkInAt(env, body.event, session, [scan]);
      return answer(results[0], door, key);
    }
    const door = await requireDoor(env, body.event, session);
    const found = door.ticketTypes.has(ticketTypeIdOf(pass)) ? await findPass(env, pass) : null;
    if (found === null) return answer({ ok: false, refusal: { type: "unknown" }, pass: null }, door, key);
    const { generation } = found;
    return answer(await decide(env, { type: direction, passId: pass, generation, gate, atMs, key, by }), door, key);
  },
});

export const createCheckIns = route({
  operationId: "createCheckIns",
  access: "session",
  scope: "check-ins:write",
  tag: "Door",
  summary: "Bring in the scans of a device that was offline: the first one in time counts",
  limits: ["LIMIT_SCAN"],
  maxBodyBytes: MAX_BATCH_BYTES,
  body: NewCheckIns,
  examples: {
    bodies: {
      "One scan": {
        event: EXAMPLES.event,
        scans: [{ code: "TO1:…", gate: "North", at: "2027-08-14T19:31:07Z", key: KEYS.scan }],
      },
    },
  },
  replies: [{ status: 200, description: "Each is decided on its own", schema: CheckIns }],
  problems: ["not-found"],
  async handle({ body, session, env }) {
    if (!(await isBatchWithinLimit(env, session, body.scans.length))) return problem("slow-down");
    const sentAtMs = momentOf(body.sent_at);
    const behindMs = sentAtMs === null ? 0 : Date.now() - sentAtMs;
    const scans = body.scans.map(({ at, direction = "in", ...scan }) => {
      return { ...scan, atMs: momentOf(at), behindMs, direction };
    });
    const { door, results } = await checkInAt(env, body.event, session, scans);
    const presented = results.map((result, index) => presentCheckInOfBatch(result, door, scans[index]?.key ?? ""));
    return reply(200, { results: presented });
  },
});

export const undoCheckIn = route({
  operationId: "undoCheckIn",
  access: "session",
  scope: "check-ins:write",
  tag: "Door",
  summary: "Take a check-in back: for the managers of the event",
  limits: ["LIMIT_SCAN"],
  pathParameters: PassPath,
  body: Undoing,
  examples: { path: { pass: EXAMPLES.pass }, bodies: { "The last one": { key: KEYS.undoing } } },
  replies: [{ status: 200, description: DECIDED, schema: CheckIn }],
  problems: ["wrong-role", "idempotency-key-reused"],
  async handle({ path, body, session, env }) {
    const { door, pass } = await requirePass(env, path.pass, session);
    if (!door.isManaged) return problem("wrong-role");
    const { key, check_in: checkInKey = null } = body;
    const result = await decide(env, { type: "undo", passId: pass.id, checkInKey, key, by: session.accountId });
    return answer(result, door, key);
  },
});

export const goOut = route({
  operationId: "goOut",
  access: "session",
  scope: "check-ins:write",
  tag: "Door",
  summary: "Note that a person goes out who may come in again with the same pass",
  limits: ["LIMIT_SCAN"],
  pathParameters: PassPath,
  body: GoingOut,
  examples: {
    path: { pass: EXAMPLES.pass },
    bodies: { "By the north gate": { gate: "North", key: KEYS.out } },
  },
  replies: [{ status: 200, description: DECIDED, schema: CheckIn }],
  problems: ["idempotency-key-reused"],
  async handle({ path, body, session, env }) {
    const { door, pass } = await requirePass(env, path.pass, session);
    const { gate, key } = body;
    const out = { gate, key, generation: pass.generation, atMs: momentOf(body.at), by: session.accountId };
    return answer(await decide(env, { type: "out", passId: pass.id, ...out }), door, key);
  },
});

/** The door of an event, for its crew; to everybody else the event is not there. */
export async function requireDoor(env: Env, eventId: string, session: Session): Promise<Door> {
  const door = await doorOf(env, eventId, session);
  if (door === null) throw new ProblemError("not-found");
  return door;
}

async function checkInAt(env: Env, eventId: string, session: Session, scans: readonly Scan[]) {
  let door = await requireDoor(env, eventId, session);
  const read = await readScans(env, scans);
  if (!areOfDoor(read, door)) {
    forgetDoor(eventId);
    door = await requireDoor(env, eventId, session);
  }
  return { door, results: await checkIn(env, door, session.accountId, read) };
}

async function requirePass(env: Env, passId: string, session: Session): Promise<{ door: Door; pass: PassView }> {
  const found = await ticketTypeWithEvent(env.DB, ticketTypeIdOf(passId));
  if (found === null) throw new ProblemError("not-found");
  const door = await requireDoor(env, found.event.id, session);
  const pass = await findPass(env, passId);
  if (pass === null) throw new ProblemError("not-found");
  return { door, pass };
}

function answer(result: CheckInResult | undefined, door: Door, key: string): Response {
  if (result === undefined) throw new Error("a scan has no result");
  const presented = presentCheckIn(result, door, key);
  return presented === null ? problem("idempotency-key-reused") : reply(200, presented);
}

function momentOf(at: string | undefined): number | null {
  return at === undefined ? null : Date.parse(at);
}
