// An event's crew, and the door.

import { type Mistake, workers } from "../mistake.ts";

const CREW = [workers("worker/accounts/crew")];
const DOORS = [workers("worker/door/check-ins", "worker/door/devices")];

export const DOOR: readonly Mistake[] = [
  {
    name: "a manager of one event manages every event",
    breaks: [8],
    file: "src/worker/auth/organiser.ts",
    find: '(await partIn(env.DB, event.id, caller.accountId)) === "manager"',
    replace: '(await partIn(env.DB, event.id, caller.accountId)) !== "scanner"',
    caughtBy: CREW,
  },
  {
    name: "managers call events off",
    breaks: [8],
    file: "src/worker/catalogue/routes.ts",
    find: "if (callsOff(event, body.status) && !owns(event, session))",
    replace: "if (callsOff(event, body.status) && !owns(event, session) && body.status === undefined)",
    caughtBy: CREW,
  },
  {
    name: "managers stay when an event is handed over",
    breaks: [8],
    file: "src/worker/crew/queries.ts",
    find: `(\${crew.part} = 'manager' OR`,
    replace: `(\${crew.part} = 'former' OR`,
    caughtBy: CREW,
  },
  {
    name: "an account that is being deleted keeps its parts",
    breaks: [8],
    file: "src/worker/accounts/deletion.ts",
    find: "endPartsOf(db, accountId, isClosed),",
    replace: 'endPartsOf(db, "", isClosed),',
    caughtBy: CREW,
  },
  {
    name: "scanners take check-ins back",
    breaks: [8],
    file: "src/worker/door/routes.ts",
    find: "if (!door.isManaged) return",
    replace: "if (door.isManaged && session.accountId === door.event.id) return",
    caughtBy: DOORS,
  },
  {
    name: "a pass of another event is let in",
    breaks: [12],
    file: "src/worker/door/check-ins.ts",
    find: "const isOfEvent = claim !== null && door.ticketTypes.has(ticketTypeIdOf(claim.passId));",
    replace: "const isOfEvent = claim !== null && door.ticketTypes.size > 0;",
    caughtBy: DOORS,
  },
  {
    name: "each code is taken for one of the first generation",
    breaks: [12],
    file: "src/worker/door/check-ins.ts",
    find: "return { type: direction, passId, generation, gate, atMs, key, by };",
    replace: "return { type: direction, passId, generation: generation * 0, gate, atMs, key, by };",
    caughtBy: DOORS,
  },
  {
    name: "a scanner whose part is gone is remembered",
    breaks: [8],
    file: "src/worker/door/access.ts",
    find: "kept.delete(keyOf(eventId, accountId));",
    replace: 'kept.delete(keyOf(eventId, ""));',
    caughtBy: DOORS,
  },
  {
    name: "a device never hears of more than its first page",
    breaks: [12],
    file: "src/worker/door/bundle.ts",
    find: 'cursor.set(group[index] ?? "", change.cursor);',
    replace: 'cursor.set(group[index] ?? "", 0);',
    caughtBy: DOORS,
  },
];
