// Whether the service is alive, and what it can reach.

import * as z from "zod";
import { availabilityCache } from "../../platform/availability/cache.ts";
import { isMigrated } from "../../platform/d1/migrated.ts";
import { settingsOf } from "../../platform/settings.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { mailerOf } from "../mail/mailer.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { paymentProvider } from "../payments/select-provider.ts";

// Monitors give up after a few seconds. Before that, the reply must name what hangs.
const PROBE_TIMEOUT_MS = 2_000;
// The id of an object that is never configured: it responds, and stores nothing.
const PROBE_ID = "0000000000000000";

const Reach = z.enum(["ok", "unreachable", "not_configured"]);
const Database = z
  .enum([...Reach.options, "not_migrated"])
  .meta({ description: "`not_migrated`: it answers, and has no tables or those of an older version" });
const Keys = z.enum(["ok", "not_configured"]).meta({
  description:
    "`not_configured`: nobody can sign in (`SESSION_SECRET`), passes have no codes (`PASS_KEYS`), or invented ids are looked up in the database (`ID_SECRET`)",
});
const Mail = z.enum(["ok", "not_configured"]).meta({
  description: "`not_configured`: no mail is sent, because `MAIL_FROM`, `PUBLIC_URL` or the binding `EMAIL` is missing",
});
const Health = z
  .strictObject({
    status: z.literal("alive"),
    reaches: z.strictObject({
      database: Database,
      objects: Reach,
      cache: Reach,
      payments: Reach,
      mail: Mail,
      keys: Keys,
    }),
  })
  .meta({ id: "Health" });
type Reach = z.output<typeof Reach>;

export const getHealth = route({
  operationId: "getHealth",
  access: "anyone",
  tag: "Service",
  summary: "Check the service and its dependencies",
  replies: [{ status: 200, description: "The service is alive", schema: Health }],
  async handle({ env }) {
    const [database, objects, cache] = await Promise.all([
      probeDatabase(env.DB),
      probe(callTicketType(env, PROBE_ID, (object) => object.describe())),
      probeCache(env),
    ]);
    const payments = paymentProvider(env) === null ? "not_configured" : "ok";
    const mail = mailerOf(env) === null ? "not_configured" : "ok";
    return reply(200, { status: "alive", reaches: { database, objects, cache, payments, mail, keys: probeKeys(env) } });
  },
});

async function probeDatabase(d1: D1Database): Promise<z.output<typeof Database>> {
  const migrated = isMigrated(d1);
  const reach = await probe(migrated);
  return reach === "ok" && !(await migrated) ? "not_migrated" : reach;
}

function probeKeys(env: Env): z.output<typeof Keys> {
  const settings = settingsOf(env);
  const areThere = settings.hasSessionSecrets && settings.hasPassKeys && settings.idSecret !== null;
  return areThere ? "ok" : "not_configured";
}

async function probe(question: Promise<unknown>): Promise<Reach> {
  try {
    await timeout(PROBE_TIMEOUT_MS, question);
    return "ok";
  } catch {
    return "unreachable";
  }
}

async function probeCache(env: Env): Promise<Reach> {
  const answers = await availabilityCache(env).answers();
  if (answers === null) return "not_configured";
  return answers ? "ok" : "unreachable";
}
