// Mails: that none is lost, none comes twice without need, and none says what it must not.

import { type Mistake, unit, workers } from "../mistake.ts";

export const MAIL: readonly Mistake[] = [
  {
    name: "two messages of one mail send it twice",
    breaks: [7],
    file: "src/worker/mail/queries.ts",
    find: "dueMs: nowMs + CLAIM_MS }",
    replace: "dueMs: nowMs }",
    caughtBy: [workers("worker/mail/sending")],
  },
  {
    name: "a mail is ended before it is sent, and lost with its process",
    breaks: [3],
    file: "src/worker/mail/queries.ts",
    find: "dueMs: nowMs + CLAIM_MS }",
    replace: "dueMs: null }",
    caughtBy: [workers("worker/mail/sending")],
  },
  {
    name: "an attempt that was given up on ends what another one sends",
    breaks: [3],
    file: "src/worker/mail/queries.ts",
    find: `eq(mails.state, "due"), eq(mails.attempts, attempts)`,
    replace: `eq(mails.state, "due"), lte(mails.attempts, attempts + 1)`,
    caughtBy: [workers("worker/mail/sending")],
  },
  {
    name: "a mail is given up on where the mail service is down",
    breaks: [3],
    file: "src/worker/mail/mailer.ts",
    find: "TOO_MANY_RECIPIENTS|",
    replace: "TOO_MANY_RECIPIENTS|INTERNAL_SERVER_ERROR|",
    caughtBy: [workers("worker/mail/sending")],
  },
  {
    name: "an address is in the log, in an error's message",
    breaks: [8],
    file: "src/worker/mail/mailer.ts",
    find: `const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";`,
    replace: `const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  if (fault instanceof Error) return fault.message;`,
    caughtBy: [workers("worker/mail/sending")],
  },
  {
    name: "the parts of an order are mailed beside it",
    breaks: [7],
    file: "src/durable/ticket-type/projection.ts",
    find: "if (orderId !== null) return [];",
    replace: "",
    caughtBy: [workers("worker/mail/owing")],
  },
  {
    name: "an update mails what was sold before",
    breaks: [7],
    file: "src/durable/shared/mail-news.ts",
    find: ">= (SELECT since_ms FROM mail_start)",
    replace: ">= 0",
    caughtBy: [workers("worker/mail/owing")],
  },
  {
    name: "a restored copy mails old news",
    breaks: [7],
    file: "src/durable/shared/mail-news.ts",
    find: "return news.filter(({ atMs }) => atMs > nowMs - NEWS_MS);",
    replace: "return news.filter(({ atMs }) => atMs <= nowMs);",
    caughtBy: [unit("durable/shared/mail-news")],
  },
  {
    name: "what people typed is HTML in a mail",
    breaks: [8],
    file: "src/worker/mail/templates/html.ts",
    find: `return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");`,
    replace: "return String(value);",
    caughtBy: [unit("worker/mail/templates")],
  },
];
