// An event's crew, and the door.

import { type Mistake, workers } from "../mistake.ts";

const CREW = [workers("worker/accounts/crew")];
const DOORS = [workers("worker/door/check-ins", "worker/door/devices")];
const ACCESS = [workers("worker/door/access")];
const LIMITED = [workers("worker/http/rate-limits")];

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
    find: "doors.set(keyOf(eventId, accountId), forgotten());",
    replace: 'doors.set(keyOf(eventId, ""), forgotten());',
    caughtBy: DOORS,
  },
  {
    name: "a reading of the door that was under way brings a part back",
    breaks: [8],
    file: "src/worker/door/access.ts",
    find: "  if (doors.get(key) !== before) return door;\n",
    replace: "  void before;\n",
    caughtBy: ACCESS,
  },
  {
    name: "what was read of a door counts for good while people scan",
    breaks: [8],
    file: "src/worker/door/access.ts",
    find: "if (known === undefined || ageMs >= KEPT_MS)",
    replace: "if (known === undefined || known.value === null)",
    caughtBy: ACCESS,
  },
  {
    name: "a batch of scans counts as one",
    breaks: [8],
    file: "src/worker/http/limits.ts",
    find: "Math.ceil(scans / SCANS_PER_COUNT) - 1",
    replace: "Math.ceil(scans / SCANS_PER_COUNT / 1_000) - 1",
    caughtBy: LIMITED,
  },
  {
    name: "scans are counted over all accounts",
    breaks: [8],
    file: "src/worker/http/limits.ts",
    find: 'LIMIT_SCAN: "account",',
    replace: 'LIMIT_SCAN: "address",',
    caughtBy: LIMITED,
  },
  {
    name: "what the counter sold is not found at the door",
    breaks: [8],
    file: "src/worker/door/search-queries.ts",
    find: `WHERE \${orders.accountId} = \${eventId} AND`,
    replace: `WHERE \${orders.accountId} != \${eventId} AND`,
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
