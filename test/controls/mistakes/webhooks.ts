// Webhooks: what is owed and numbered, where it may go, and how it is signed and tried again.

import { type Mistake, unit, workers } from "../mistake.ts";

const TRIGGERS = "migrations/0048_webhooks.sql";
const LATE_REFUNDS = "migrations/0052_late_refund_webhooks.sql";
const DELIVERING = "src/worker/outgoing-webhooks/delivering.ts";
const DELIVERIES = "src/worker/outgoing-webhooks/delivery-queries.ts";
const TARGET = unit("worker/outgoing-webhooks/target");
const SIGNATURE = unit("worker/outgoing-webhooks/signature");
const SENT = workers("worker/outgoing-webhooks/delivering");
const OWED = workers("worker/outgoing-webhooks/owing");
const SUBSCRIBED = workers("worker/outgoing-webhooks/routes");

export const WEBHOOKS: readonly Mistake[] = [
  {
    name: "a webhook's signature leaves out the time, so an old delivery can be sent again by anybody",
    breaks: [8],
    file: "src/worker/outgoing-webhooks/signature.ts",
    find: "{atSeconds}.",
    replace: '{""}.',
    caughtBy: [SIGNATURE],
  },
  {
    name: "after a rotation a webhook is signed by the new secret alone",
    breaks: [3],
    file: DELIVERING,
    find: "previousSecret !== null && nowMs < (previousUntilMs ?? 0)",
    replace: "previousSecret !== null && nowMs < 0",
    caughtBy: [SENT],
  },
  {
    name: "a webhook follows a redirect to wherever it leads",
    breaks: [8],
    file: DELIVERING,
    find: 'redirect: "manual"',
    replace: 'redirect: "follow"',
    caughtBy: [SENT],
  },
  {
    name: "a webhook's name is looked up when it is subscribed, and never again",
    breaks: [8],
    file: DELIVERING,
    find: "return await nameRefusal(new URL(url).hostname, resolve);",
    replace: "return null;",
    caughtBy: [SENT],
  },
  {
    name: "a webhook's name is public if one of its addresses is",
    breaks: [8],
    file: "src/worker/outgoing-webhooks/dns.ts",
    find: "addresses.every(isPublicAddress)",
    replace: "addresses.some(isPublicAddress)",
    caughtBy: [TARGET],
  },
  {
    name: "a webhook may go to a private address that is written as one of IPv6",
    breaks: [8],
    file: "src/worker/outgoing-webhooks/target.ts",
    find: 'if (v6?.startsWith("001") !== true) return false;',
    replace: "if (v6 === null) return false;",
    caughtBy: [TARGET],
  },
  {
    name: "two invocations send a webhook's deliveries at once",
    breaks: [4],
    file: DELIVERIES,
    find: ", lte(webhooks.leaseUntilMs, nowMs)))\n    .returning",
    replace: "))\n    .returning",
    caughtBy: [SENT],
  },
  {
    name: "a webhook's deliveries are sent from the newest on",
    breaks: [3],
    file: DELIVERIES,
    find: ".orderBy(asc(webhookDeliveries.dueMs), asc(webhookDeliveries.number))",
    replace: ".orderBy(desc(webhookDeliveries.number))",
    caughtBy: [SENT],
  },
  {
    name: "a webhook's delivery is given up after its second attempt",
    breaks: [3],
    file: "src/domain/webhooks.ts",
    find: "if (nowMs >= endMs) return null;",
    replace: "if (nowMs >= endMs || attempts > 1) return null;",
    caughtBy: [unit("domain/webhooks")],
  },
  {
    name: "a replay of a webhook leaves out the number that it begins with",
    breaks: [3],
    file: DELIVERIES,
    find: "gte(webhookDeliveries.number, from)",
    replace: "gte(webhookDeliveries.number, from + 1)",
    caughtBy: [SENT],
  },
  {
    name: "what becomes of a webhook's attempt undoes a replay that came meanwhile",
    breaks: [3],
    file: DELIVERIES,
    find: "    eq(webhookDeliveries.dueSinceMs, delivery.dueSinceMs),\n",
    replace: "",
    caughtBy: [SENT],
  },
  {
    name: "a webhook whose receiver accepts other deliveries is disabled for one that it does not",
    breaks: [3],
    file: DELIVERIES,
    find: "error === null ? null : sql`coalesce(",
    replace: "sql`coalesce(",
    caughtBy: [SENT],
  },
  {
    name: "the owner of a webhook that was disabled is not told",
    breaks: [10],
    file: DELIVERIES,
    find: "sql`changes() > 0`",
    replace: "sql`changes() > 1`",
    caughtBy: [workers("worker/outgoing-webhooks/mails")],
  },
  {
    name: "the numbers of a webhook's deliveries have gaps",
    breaks: [3],
    file: TRIGGERS,
    find: "`last_number` + 1, NEW.`type`",
    replace: "`last_number` + 2, NEW.`type`",
    caughtBy: [OWED],
  },
  {
    name: "a number is given to two of a webhook's deliveries",
    breaks: [3],
    file: TRIGGERS,
    find: "SET `last_number` = NEW.`number`",
    replace: "SET `last_number` = NEW.`number` - 1",
    caughtBy: [OWED],
  },
  {
    name: "a copy that is written again is owed to a webhook again",
    breaks: [7],
    file: TRIGGERS,
    find: "`subject` = NEW.`type` || ':' || NEW.`about`)",
    replace: "`subject` = NEW.`type`)",
    caughtBy: [OWED],
  },
  {
    name: "every organiser's webhooks hear of everybody's events",
    breaks: [8],
    file: TRIGGERS,
    find: "JOIN `webhooks` ON `account_id` = `organizer_id`",
    replace: "JOIN `webhooks` ON true",
    caughtBy: [OWED],
  },
  {
    name: "a webhook hears of an order's late refund only if its copy is new",
    breaks: [3],
    file: LATE_REFUNDS,
    find: "AFTER UPDATE OF `late_refunds` ON `orders`\nWHEN NEW.`late_refunds` IS NOT OLD.`late_refunds`",
    replace: "AFTER UPDATE OF `late_refunds` ON `orders`\nWHEN NEW.`late_refunds` IS OLD.`late_refunds`",
    caughtBy: [OWED, workers("worker/refunds/late-refunds")],
  },
  {
    name: "a webhook hears of a late refund before the money is given back",
    breaks: [5],
    file: LATE_REFUNDS,
    find: "`refund`.`value` ->> 'state' = 'succeeded'",
    replace: "`refund`.`value` ->> 'state' <> 'failed'",
    caughtBy: [OWED, workers("worker/refunds/late-refunds")],
  },
  {
    name: "a webhook takes a late refund for one of a sale",
    breaks: [5],
    file: LATE_REFUNDS,
    find: "json('true')",
    replace: "json('false')",
    caughtBy: [OWED, workers("worker/refunds/late-refunds")],
  },
  {
    name: "the list of webhooks shows their secrets",
    breaks: [8],
    file: "src/worker/outgoing-webhooks/routes.ts",
    find: "(await webhooksOf(env.DB, session.accountId)).map(presentWebhook)",
    replace: "(await webhooksOf(env.DB, session.accountId)).map(presentMade)",
    caughtBy: [SUBSCRIBED],
  },
  {
    name: "two requests at once make more webhooks than an account may have",
    breaks: [10],
    file: "src/worker/outgoing-webhooks/queries.ts",
    find: "(SELECT COUNT(*) FROM webhooks WHERE",
    replace: "0 * (SELECT COUNT(*) FROM webhooks WHERE",
    caughtBy: [SUBSCRIBED],
  },
];
