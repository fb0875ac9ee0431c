// The money of an event: what its organiser sees, and what reconciling holds it against.

import { type Mistake, unit, workers } from "../mistake.ts";

export const TAKINGS: readonly Mistake[] = [
  {
    name: "a refund that failed counts as given back",
    breaks: [5],
    file: "migrations/0045_sales.sql",
    find: "iif(`refund`.`value` ->> 'state' = 'succeeded', `sign` * (`refund`",
    replace: "iif(`refund`.`value` ->> 'state' IN ('succeeded', 'failed'), `sign` * (`refund`",
    caughtBy: [unit("platform/d1/sales"), workers("worker/takings/takings")],
  },
  {
    name: "a refund of an order counts whole for each of its items",
    breaks: [5],
    file: "migrations/0045_sales.sql",
    find: "'succeeded', `sign` * (`share`.`value` ->> 'amountMinor')",
    replace: "'succeeded', `sign` * (`refund`.`value` ->> 'amountMinor')",
    caughtBy: [workers("worker/takings/takings")],
  },
  {
    name: "a dispute of an order counts whole for each of its events",
    breaks: [5],
    file: "src/domain/takings.ts",
    find: "const ofEvent = shares.filter(({ reservationId }) => isOfEvent(reservationId));",
    replace: "const ofEvent = shares.filter(({ reservationId }) => isOfEvent(reservationId) || items.length > 1);",
    caughtBy: [unit("domain/takings"), workers("worker/takings/takings")],
  },
  {
    name: "a late payment, whose money goes back, counts as taken",
    breaks: [5],
    file: "migrations/0045_sales.sql",
    find: "SELECT 1) WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded')",
    replace: "SELECT 1) WHERE iif(`sign` < 0, OLD.`state`, NEW.`state`) IN ('confirmed', 'refunded', 'cancelled')",
    caughtBy: [unit("platform/d1/sales"), workers("worker/takings/takings")],
  },
  {
    name: "reconciling takes any record of a dispute for right",
    breaks: [5],
    file: "src/worker/reconciliation/dispute-differences.ts",
    find: "row.currency === currency && row.state === state",
    replace: "row.currency === currency",
    caughtBy: [unit("worker/reconciliation/dispute-differences"), workers("worker/payments/disputes")],
  },
  {
    name: "a dispute that reconciling finds is not recorded",
    breaks: [9],
    file: "src/worker/reconciliation/repair.ts",
    find: "await recordDisputes(env.DB, disputes);",
    replace: "void recordDisputes; void disputes;",
    caughtBy: [workers("worker/payments/disputes")],
  },
];
