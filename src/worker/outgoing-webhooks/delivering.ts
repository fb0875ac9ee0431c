// Sends what is due to one receiver: one delivery after the other, in their order, and in one
// invocation at a time. Dying between two steps loses none; what was sent and not recorded comes
// twice, with the same `webhook-id`.

import { MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import type { AttemptError } from "../../domain/webhooks.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";
import { type DueDelivery, endLease, nextDue, type Outcome, recordAttempt, takeLease } from "./delivery-queries.ts";
import { nameRefusal, type Resolver } from "./dns.ts";
import { presentBody } from "./presenters.ts";
import { headersOf } from "./signature.ts";
import { urlRefusal } from "./target.ts";

/** Tests put receivers and names of their own in its place. */
export interface Network {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly resolve: Resolver;
}

const REPLY_TIMEOUT_MS = 15 * SECOND_MS;
/** No attempt begins after this; the next message goes on. */
const TURN_MS = 45 * SECOND_MS;
/** Longer than a turn with its last attempt. After a death the next turn begins then. */
const LEASE_MS = 2 * MINUTE_MS;
/** Then the receiver is down, and the rest stays due. */
const FAILURES_IN_A_ROW = 3;

/** Whether more may be due now. Rejects only where D1 can't be reached. */
export async function deliverTo(env: Env, webhookId: string, network: Network): Promise<boolean> {
  const startedAtMs = Date.now();
  const untilMs = startedAtMs + LEASE_MS;
  if (!(await takeLease(env.DB, webhookId, startedAtMs, untilMs))) return false;
  try {
    return await deliverDue(env, webhookId, network, startedAtMs + TURN_MS);
  } finally {
    await endLease(env.DB, webhookId, untilMs);
  }
}

async function deliverDue(env: Env, webhookId: string, network: Network, endMs: number): Promise<boolean> {
  for (let failures = 0; failures < FAILURES_IN_A_ROW; ) {
    if (Date.now() > endMs) return true;
    const due = await nextDue(env.DB, webhookId, Date.now());
    if (due === null) return false;
    const outcome = await attempt(env, due, network);
    await recordAttempt(env.DB, due, outcome, Date.now());
    failures = outcome.error === null ? 0 : failures + 1;
  }
  return false;
}

/** Never rejects. */
async function attempt(env: Env, due: DueDelivery, network: Network): Promise<Outcome> {
  const startedAtMs = Date.now();
  const refusal = await refusalNow(env, due.webhook.url, network.resolve);
  const outcome = refusal === null ? await send(due, network) : { status: null, error: refusal };
  log(outcome.error === null ? "info" : "warn", "webhook", {
    webhook: due.webhook.id,
    number: due.delivery.number,
    attempt: due.delivery.attempts + 1,
    status: outcome.status,
    code: outcome.error,
    duration_ms: Date.now() - startedAtMs,
  });
  return outcome;
}

/** A URL that was allowed when it was subscribed may lead elsewhere by now. */
async function refusalNow(env: Env, url: string, resolve: Resolver): Promise<AttemptError | null> {
  const settings = settingsOf(env);
  if (urlRefusal(settings, url) !== null) return "url_not_allowed";
  if (settings.allowsLocalWebhooks) return null;
  try {
    return await nameRefusal(new URL(url).hostname, resolve);
  } catch (fault) {
    log("warn", "names not resolved", errorFields(fault));
    return "name_not_resolved";
  }
}

async function send(due: DueDelivery, network: Network): Promise<Outcome> {
  try {
    const response = await network.fetch(requestFor(due, Date.now()));
    // Nobody needs to know what it says, and it may have no end.
    await response.body?.cancel();
    return { status: response.status, error: errorOf(response.status) };
  } catch (fault) {
    const isLate = fault instanceof Error && /^(TimeoutError|AbortError)$/.test(fault.name);
    return { status: null, error: isLate ? "timeout" : "not_reached" };
  }
}

/** A redirect is a reply like any other: to follow it would be to call what nobody has checked. */
function requestFor({ webhook, delivery }: DueDelivery, nowMs: number): Request {
  const body = presentBody(delivery);
  const id = `msg_${webhook.id}_${delivery.number}`;
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

function errorOf(status: number): AttemptError | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? "redirected" : "refused";
}
