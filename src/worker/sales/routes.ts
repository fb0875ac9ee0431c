// What an event sells, as it happens and over time, for its organiser.

import { intervalsIn, lengthOf } from "../../domain/days.ts";
import { DAY_MS } from "../../domain/units.ts";
import { ticketTypesOf } from "../catalogue/queries.ts";
import { managedEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { invalid } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { presentSales } from "./presenters.ts";
import { firstSale, salesIn, salesOfAllTime } from "./queries.ts";
import { EventSales, SalesQuery } from "./schemas.ts";

/** Four days of quarters of an hour, sixteen of hours, a year and more of days. */
const MOST_INTERVALS = 400;
const USUAL_INTERVALS = 30;

export const getEventSales = route({
  operationId: "getEventSales",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "Show what an event has sold at each price, in all and over time",
  pathParameters: IdPath,
  query: SalesQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [{ status: 200, description: "The sales", schema: EventSales }],
  async handle({ path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const { interval } = query;
    const usualMs = USUAL_INTERVALS * (interval === "day" ? DAY_MS : lengthOf(interval));
    const toMs = query.to === undefined ? Date.now() : Date.parse(query.to);
    const fromMs = query.from === undefined ? Math.max(0, toMs - usualMs) : Date.parse(query.from);
    if (fromMs > toMs) return invalid("from", "must not be after to");
    const intervals = intervalsIn(event.timezone, interval, fromMs, toMs, MOST_INTERVALS);
    if (intervals === null) return invalid("interval", `is too short: there would be more than ${MOST_INTERVALS}`);
    const [ticketTypes, sums, points, firstSaleMs] = await Promise.all([
      ticketTypesOf(env.DB, event.id),
      salesOfAllTime(env.DB, event.id),
      salesIn(env.DB, event.id, intervals),
      firstSale(env.DB, event.id),
    ]);
    return reply(200, presentSales(event, ticketTypes, interval, intervals, sums, points, firstSaleMs));
  },
});
