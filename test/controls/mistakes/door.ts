// An event's crew, and the door.

import { type Mistake, workers } from "../mistake.ts";

const CREW = [workers("worker/accounts/crew")];

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
];
