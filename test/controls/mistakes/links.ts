// Links in mails: what opens an account, once, and to whom.

import { type Mistake, unit, workers } from "../mistake.ts";

const CAUGHT = [workers("worker/links/links")];

export const LINKS: readonly Mistake[] = [
  {
    name: "a link is good for two who use it at once",
    breaks: [8],
    file: "src/worker/links/queries.ts",
    find: "isNull(linkTokens.usedAtMs), isAsRead,",
    replace: "isAsRead,",
    caughtBy: CAUGHT,
  },
  {
    name: "a link is good for any purpose",
    breaks: [8],
    file: "src/domain/links.ts",
    find: "|| link.purpose !== purpose)",
    replace: ")",
    caughtBy: [unit("domain/links")],
  },
  {
    name: "an old mailbox still opens the account",
    breaks: [8],
    file: "src/domain/links.ts",
    find: 'return { type: isOfAddress && !owner.isGuest ? "reset" : "refused" };',
    replace: 'return { type: owner.isGuest ? "refused" : "reset" };',
    caughtBy: [unit("domain/links")],
  },
  {
    name: "an address that a thief asked for survives a new password",
    breaks: [8],
    file: "src/worker/links/queries.ts",
    find: ".set({ pendingEmail: null })",
    replace: ".set({ pendingEmail: sql`pending_email` })",
    caughtBy: CAUGHT,
  },
  {
    name: "the sessions of a stranger who made a guest's account go on after the proof",
    breaks: [8],
    file: "src/domain/links.ts",
    find: "endsOtherSessions: !isProven",
    replace: "endsOtherSessions: false",
    caughtBy: [unit("domain/links"), ...CAUGHT],
  },
  {
    name: "a link leads wherever its address says",
    breaks: [8],
    file: "src/worker/links/wanted.ts",
    find: "` : TICKETS;",
    replace: "` : (id ?? TICKETS);",
    caughtBy: [workers("worker/links/pages")],
  },
  {
    name: "opening a link uses it",
    breaks: [10],
    file: "src/worker/links/page-routes.ts",
    find: 'return opened === null ? refused(request, "link-refused") : asked(opened, null);',
    replace:
      'return opened === null ? refused(request, "link-refused") : use({ request, env, params, url: new URL(request.url) }, opened, {});',
    caughtBy: [workers("worker/links/pages")],
  },
  {
    name: "asking for a link does less for an address that nobody has",
    breaks: [8],
    file: "src/worker/links/owing.ts",
    find: "const isOwed = (await areFew",
    replace: "if (accountId === null) return;\n  const isOwed = (await areFew",
    caughtBy: CAUGHT,
  },
  {
    name: "a link goes to the address as somebody has typed it",
    breaks: [8],
    file: "src/worker/links/mails.ts",
    find: "const to = emailKeyOf(account.pendingEmail ?? account.email);",
    replace: "const to = account.pendingEmail ?? account.email;",
    caughtBy: CAUGHT,
  },
];
