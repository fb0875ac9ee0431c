// Sends what is due to one receiver: one delivery after the other, in their order, and one
// invocation at a time. Dying between two steps loses none; what was sent and not recorded comes
// twice, with the same `webhook-id`.

import { MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";
import { type DeliveryRow, dueDeliveries, endTurn, type Outcome, recordAttempt, takeTurn } from "./delivery-queries.ts";
import { nameRefusal, type Resolver } from "./dns.ts";
import { presentBody } from "./presenters.ts";
import type { WebhookRow } from "./queries.ts";
import { headersOf } from "./signature.ts";
import { targetRefusal } from "./target.ts";

/** What a delivery needs of the world. Tests put receivers and names of their own in its place. */
export interface World {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly resolve: Resolver;
}

const REPLY_TIMEOUT_MS = 15 * SECOND_MS;
/** No new attempt begins after this; the next message goes on. */
const TURN_MS = 45 * SECOND_MS;
/** Longer than a turn with its last attempt. After a death the next turn begins then. */
const LEASE_MS = 2 * MINUTE_MS;
const READ_AT_ONCE = 20;
/** A receiver that is down is left alone: the others of the turn stay due. */
const FAILURES_IN_A_ROW = 3;

/** Whether something may still be due. Rejects only where D1 can't be reached. */
export async function deliverTo(env: Env, webhookId: string, world: World): Promise<boolean> {
  const startedAtMs = Date.now();
  const webhook = await takeTurn(env.DB, webhookId, startedAtMs, LEASE_MS);
  if (webhook === null) return false;
  let failures = 0;
  try {
    for (;;) {
      const due = await dueDeliveries(env.DB, webhookId, Date.now(), READ_AT_ONCE);
      if (due.length === 0) return false;
      for (const row of due) {
        if (failures === FAILURES_IN_A_ROW) return false;
        if (Date.now() - startedAtMs > TURN_MS) return true;
        const outcome = await attempt(env, webhook, row, world);
        await recordAttempt(env.DB, row, outcome, Date.now());
        failures = outcome.isAccepted ? 0 : failures + 1;
        if (outcome.status === 410) return false;
      }
    }
  } finally {
    await endTurn(env.DB, webhook);
  }
}

/** Never rejects. */
async function attempt(env: Env, webhook: WebhookRow, row: DeliveryRow, world: World): Promise<Outcome> {
  const startedAtMs = Date.now();
  const outcome = await tried(env, webhook, row, world);
  log(outcome.isAccepted ? "info" : "warn", "webhook", {
    webhook: row.webhookId,
    number: row.number,
    attempt: row.attempts + 1,
    status: outcome.status,
    code: outcome.error,
    duration_ms: Date.now() - startedAtMs,
  });
  return outcome;
}

async function tried(env: Env, webhook: WebhookRow, row: DeliveryRow, world: World): Promise<Outcome> {
  const refusal = await refusalNow(env, webhook.url, world.resolve);
  if (refusal !== null) return { isAccepted: false, status: null, error: refusal };
  try {
    const response = await world.fetch(requestFor(webhook, row, Date.now()));
    // Nobody needs to know what it says, and it may have no end.
    await response.body?.cancel();
    const isAccepted = response.status >= 200 && response.status < 300;
    return { isAccepted, status: response.status, error: isAccepted ? null : codeOf(response.status) };
  } catch (fault) {
    const isLate = fault instanceof Error && /^(TimeoutError|AbortError)$/.test(fault.name);
    return { isAccepted: false, status: null, error: isLate ? "timeout" : "not_reached" };
  }
}

/** A URL that was allowed once may lead elsewhere by now. */
async function refusalNow(env: Env, url: string, resolve: Resolver): Promise<string | null> {
  const { publicUrl, allowsLocalWebhooks } = settingsOf(env);
  if (allowsLocalWebhooks) return null;
  const ownHost = publicUrl === null ? null : new URL(publicUrl).hostname;
  const refused = targetRefusal(url, ownHost);
  if (refused !== null) return refused;
  try {
    return await nameRefusal(new URL(url).hostname, resolve);
  } catch (fault) {
    log("warn", "names not resolved", errorFields(fault));
    return "name_not_resolved";
  }
}

/** A redirect is a reply like any other: following it would call what nobody has looked at. */
function requestFor(webhook: WebhookRow, row: DeliveryRow, nowMs: number): Request {
  const body = presentBody(row);
  const id = `msg_${row.webhookId}_${row.number}`;
  const { secret, previousSecret, previousUntilMs } = webhook;
  const secrets = [secret, ...(previousSecret !== null && nowMs < (previousUntilMs ?? 0) ? [previousSecret] : [])];
  return new Request(webhook.url, {
    method: "POST",
    redirect: "manual",
    body,
    signal: AbortSignal.timeout(REPLY_TIMEOUT_MS),
    headers: {
      ...headersOf({ id, atSeconds: Math.floor(nowMs / SECOND_MS), body }, secrets),
      "content-type": "application/json",
      "user-agent": "ticket-overlord",
    },
  });
}

function codeOf(status: number): string {
  return status >= 300 && status < 400 ? "redirected" : "refused";
}
