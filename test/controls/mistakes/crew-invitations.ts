// Invitations to a crew: who gets a part by a link, how often, and what ends it.

import { type Mistake, unit, workers } from "../mistake.ts";

const CAUGHT = [workers("worker/accounts/crew-invitations")];
const DOMAIN = [unit("domain/crew-invitations")];

export const CREW_INVITATIONS: readonly Mistake[] = [
  {
    name: "an invitation is good for all who accept it at once",
    breaks: [8],
    file: "src/worker/crew/accepting.ts",
    find: "const mayJoin = sql`accepted_by IS NULL",
    replace: "const mayJoin = sql`true",
    caughtBy: CAUGHT,
  },
  {
    name: "an invitation that somebody has accepted is open to others",
    breaks: [8],
    file: "src/domain/crew-invitations.ts",
    find: "if (invitation.acceptedBy !== null || nowMs",
    replace: "if (nowMs",
    caughtBy: DOMAIN,
  },
  {
    name: "whose part was taken away comes back by the old link",
    breaks: [8],
    file: "src/domain/crew-invitations.ts",
    find: "invitation.acceptedBy === accountId && isInCrew",
    replace: "invitation.acceptedBy === accountId",
    caughtBy: DOMAIN,
  },
  {
    name: "a member who opens somebody else's invitation uses it up",
    breaks: [10],
    file: "src/domain/crew-invitations.ts",
    find: "if (isInCrew || accountId === event.organizerId)",
    replace: "if (accountId === event.organizerId)",
    caughtBy: [...DOMAIN, ...CAUGHT],
  },
  {
    name: "the link of an earlier mail opens an invitation that was renewed",
    breaks: [8],
    file: "src/worker/crew/invitations.ts",
    find: "set: { ...anew, tokenHash: null,",
    replace: "set: { ...anew,",
    caughtBy: CAUGHT,
  },
  {
    name: "a former organiser's invitation makes managers after the event was handed over",
    breaks: [8],
    file: "src/worker/catalogue/withdrawal-queries.ts",
    find: "endManagersInvitations(db, id, isHandedOver)",
    replace: "endManagersInvitations(db, id, sql`false`)",
    caughtBy: CAUGHT,
  },
  {
    name: "an address is mailed invitations without end",
    breaks: [10],
    file: "src/worker/crew/invitations.ts",
    find: "MAILS_AN_HOUR = 5;",
    replace: "MAILS_AN_HOUR = 5_000;",
    caughtBy: CAUGHT,
  },
  {
    name: "an invitation stays when the account that has proven its address is erased",
    breaks: [8],
    file: "src/worker/crew/invitations.ts",
    find: ".where(or(eq(crewInvitations.acceptedBy, accountId), isProven));",
    replace: ".where(or(eq(crewInvitations.acceptedBy, accountId), and(isProven, sql`false`)));",
    caughtBy: CAUGHT,
  },
];
