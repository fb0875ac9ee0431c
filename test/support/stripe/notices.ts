// Signed notices, as Stripe's webhooks bring them. A test can hold, drop, double and reorder them.

import { createHmac } from "node:crypto";
import { NOTICE_TYPES } from "../../../src/worker/payments/stripe/notices.ts";
import { newId } from "./records.ts";

export interface Notice {
  readonly type: string;
  readonly body: string;
}

/** `sent`: at once. `held`: until `release`. `dropped`: never. `doubled`: each one twice. */
export type NoticeMode = "sent" | "held" | "dropped" | "doubled";

export class Notices {
  mode: NoticeMode = "dropped";
  /** Where they go. */
  url: string | null = null;
  /** The status of each reply. */
  readonly replies: number[] = [];
  readonly #secret: string;
  readonly #apiVersion: string;
  readonly #held: Notice[] = [];
  readonly #underWay = new Set<Promise<void>>();

  constructor(secret: string, apiVersion: string) {
    this.#secret = secret;
    this.#apiVersion = apiVersion;
  }

  /** Sends what the endpoint is to be sent, and nothing else. */
  add(type: string, about: object, nowMs: number): void {
    if (!NOTICE_TYPES.includes(type)) return;
    const created = Math.floor(nowMs / 1_000);
    // What it is about is as it was at this moment, however late it comes.
    const body = JSON.stringify({
      id: newId("evt"),
      object: "event",
      api_version: this.#apiVersion,
      created,
      data: { object: about },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    });
    const notice = { type, body };
    if (this.mode === "held") this.#held.push(notice);
    if (this.mode === "sent" || this.mode === "doubled") this.#start(notice);
    if (this.mode === "doubled") this.#start(notice);
  }

  /** Sends what was held back, in the order that `reorder` makes of it. */
  async release(reorder: (held: Notice[]) => Notice[] = (held) => held): Promise<void> {
    for (const notice of reorder(this.#held.splice(0))) await this.send(notice);
  }

  /** `signedAtMs`: the time in the signature. Returns the status of the reply. */
  async send({ body }: Pick<Notice, "body">, signedAtMs = Date.now(), secret = this.#secret): Promise<number> {
    if (this.url === null) throw new Error("notices have nowhere to go");
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "stripe-signature": signature(body, secret, signedAtMs),
    };
    const { status } = await fetch(this.url, { method: "POST", headers, body });
    this.replies.push(status);
    return status;
  }

  /** Resolves once all that were sent have a reply. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #start(notice: Notice): void {
    const sending = this.send(notice)
      .then(() => {})
      .catch(() => {})
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }
}

export function signature(body: string, secret: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1_000);
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}
