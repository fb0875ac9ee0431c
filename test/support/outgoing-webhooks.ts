// Subscriptions, receivers that behave as a test says, and what they are owed.

import { env } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { expect } from "vitest";
import type { WebhookType } from "../../src/domain/webhooks.ts";
import { newId } from "../../src/platform/ids.ts";
import type { Env } from "../../src/worker/env.ts";
import type { Network } from "../../src/worker/outgoing-webhooks/delivering.ts";
import { rowsOf, sql } from "./records.ts";
import { call, type Person } from "./service.ts";

export interface Subscription {
  readonly id: string;
  readonly secret: string;
  readonly url: string;
}

export async function subscribe(
  { token }: Person,
  types: readonly WebhookType[] = ["order.confirmed", "reservation.confirmed", "refund.succeeded"],
  url = `https://${newId()}.example.com/`,
): Promise<Subscription> {
  const { status, body } = await call("POST", "/me/webhooks", { token, anyBody: { url, types } });
  expect(status).toBe(201);
  return body as unknown as Subscription;
}

/** A call that a receiver got. */
export interface Received {
  readonly url: string;
  readonly id: string;
  readonly body: { readonly type: string; readonly number: number; readonly data: Record<string, unknown> };
  readonly text: string;
  readonly headers: Headers;
}

export type Answering = (received: Received, calls: number) => Response | Promise<Response>;

/** Receivers reply with `answer`, and names have public addresses. */
export function networkOf(
  answer: Answering = () => new Response(null, { status: 204 }),
  addresses = ["93.184.216.34"],
) {
  const received: Received[] = [];
  const network: Network = {
    async fetch(request) {
      const text = await request.text();
      const one = {
        ...{ url: request.url, id: request.headers.get("webhook-id") ?? "", body: JSON.parse(text), text },
        headers: request.headers,
      };
      received.push(one);
      return answer(one, received.length);
    },
    resolve: async () => addresses,
  };
  return { network, received };
}

/** The tests' environment without its queue: nothing is sent unless a test sends it. */
export function unsent(changes: Partial<Env> = {}): Env {
  return { ...(env as Env), WEBHOOKS: { sendBatch: async () => {} } as unknown as Env["WEBHOOKS"], ...changes };
}

/** Owes deliveries past the service, which would send them through the queue at once. */
export async function owe({ id }: Subscription, count: number, atMs = Date.now() - 1): Promise<void> {
  for (let one = 0; one < count; one += 1) {
    await sql(
      `INSERT INTO webhook_deliveries (webhook_id, number, type, subject, data, created_at_ms, due_since_ms, due_ms)
       SELECT id, last_number + 1, 'test', 'test.' || (last_number + 1), '{}', ?, ?, ? FROM webhooks WHERE id = ?`,
      ...[atMs, atMs, atMs, id],
    );
  }
}

export interface Owed extends Record<string, unknown> {
  readonly number: number;
  readonly type: string;
  readonly subject: string;
  readonly state: string;
  readonly data: string;
  readonly attempts: number;
  readonly due_ms: number | null;
}

/** What a subscription was owed. Throws unless it is numbered from 1 on without gaps. */
export async function owedTo({ id }: Pick<Subscription, "id">): Promise<Owed[]> {
  const rows = (await rowsOf("SELECT * FROM webhook_deliveries WHERE webhook_id = ? ORDER BY number", id)) as Owed[];
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_row, index) => index + 1));
  expect(await rowsOf("SELECT last_number FROM webhooks WHERE id = ?", id)).toEqual([{ last_number: rows.length }]);
  return rows;
}

/**
 * As a receiver verifies it, by the text of the standard. The secrets that its signatures are of.
 */
export function signedBy({ headers, text }: Received, ...secrets: readonly string[]): string[] {
  const signed = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${text}`;
  const signatures = (headers.get("webhook-signature") ?? "").split(" ");
  return signatures.map((signature) => {
    const by = secrets.find((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
      return signature === `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
    });
    return by ?? "nobody";
  });
}
