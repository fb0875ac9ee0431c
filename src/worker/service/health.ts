// The service about itself: is it alive, and what can it reach.

import type * as z from "zod";
import { availabilityCache } from "../../platform/availability/cache.ts";
import { within } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { paymentProvider } from "../payments/provider.ts";
import { Health } from "./schemas.ts";

// Monitors give up after a few seconds; an answer that names what hangs is worth more than none.
const PROBE_TIMEOUT_MS = 2_000;
// An object that nobody configures: it answers, and stores nothing.
const PROBE_ID = "0000000000000000";

type Reach = z.output<typeof Health>["reaches"]["database"];

export const checkHealth = route({
  operationId: "checkHealth",
  access: "anyone",
  tag: "Service",
  summary: "Check that the service is alive, and what it can reach",
  replies: [{ status: 200, description: "The service is alive", schema: Health }],
  async handle({ env }) {
    const [database, objects, cache] = await Promise.all([
      probe(env.DB.prepare("SELECT 1").first()),
      probe(callTicketType(env, PROBE_ID, (object) => object.describe())),
      probeCache(env),
    ]);
    const payments = paymentProvider(env) === null ? "not_configured" : "ok";
    return reply(200, { status: "alive", reaches: { database, objects, cache, payments } });
  },
});

async function probe(question: Promise<unknown>): Promise<Reach> {
  const answered = question.then(
    () => true,
    () => false,
  );
  return (await within(PROBE_TIMEOUT_MS, answered)) ? "ok" : "unreachable";
}

async function probeCache(env: Env): Promise<Reach> {
  const answers = await availabilityCache(env).answers();
  if (answers === null) return "not_configured";
  return answers ? "ok" : "unreachable";
}
