// A double of Stripe: its HTTP and its state, as far as the service uses them. It differs from
// Stripe in this: it keeps everything in memory, knows no accounts, customers or balances, charges
// no fees, takes any amount of up to eight digits (of rupiahs twelve), settles all but 3-D Secure
// at once, and lists what is new without any lag. `ctoken_…` names the same cards as `pm_card_…`.
// Its search is as `search.ts` says. Like Stripe it shows the ten newest refunds of a charge that
// is expanded, and sends its endpoint only what operators are told to subscribe to.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { BROKEN, KEY_IN_USE, KEY_REUSED, NO_KEY, StripeFault, TOO_MANY } from "./faults.ts";
import { type Form, parseForm, textAt, textsAt } from "./forms.ts";
import { Notices } from "./notices.ts";
import { type Dispute, type Intent, newId, Records } from "./records.ts";
import { SearchIndex } from "./search.ts";

/** What goes wrong with the next call that it fits. */
export type Trouble =
  /** The connection ends before anything was done, or after it. */
  | "lost before"
  | "lost after"
  /** 500, which is kept with the request's key; `after`: although all was done. */
  | "broken before"
  | "broken after"
  /** No reply for as long as the test runs. */
  | "hangs";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly status: number;
  readonly isReplay: boolean;
}

interface Kept {
  readonly request: string;
  readonly status: number;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly isReplay: boolean;
}

const ROUTE = /^\/v1\/(payment_intents|refunds|disputes)(?:\/(?!search$)(\w+))?(?:\/(cancel|search))?$/;

/** The newest. A charge that is expanded has no more of them, as with Stripe. */
const REFUNDS_IN_CHARGE = 10;

const INTENT_PARAMETERS = new Set([
  "allowed_payment_method_types",
  "amount",
  "confirm",
  "confirmation_token",
  "currency",
  "metadata",
  "payment_method",
  "use_stripe_sdk",
]);

export class StripeDouble {
  readonly secretKey = "sk_test_onlyfortests00000000";
  readonly publishableKey = "pk_test_onlyfortests00000000";
  readonly webhookSecret = "whsec_onlyfortests00000000";
  readonly journal: Call[] = [];
  readonly notices = new Notices(this.webhookSecret, "2026-10-28.endive");
  readonly search = new SearchIndex(() => this.nowMs);
  readonly records = new Records(
    () => this.nowMs,
    (type, about) => {
      this.notices.add(type, about, this.nowMs);
      if (about.object === "payment_intent") this.search.add(about);
    },
  );
  /** Calls a second; null: any number. */
  callsPerSecond: number | null = null;
  latencyMs = 0;
  readonly #kept = new Map<string, Kept>();
  readonly #inProgress = new Set<string>();
  readonly #troubles: { readonly trouble: Trouble; readonly fits: RegExp }[] = [];
  readonly #recent: number[] = [];
  #aheadMs = 0;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<StripeDouble> {
    const double = new StripeDouble();
    double.#server.listen(0, "127.0.0.1");
    await once(double.#server, "listening");
    return double;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  get nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  /** What a service that is to use it is configured with. */
  get settings() {
    return {
      PAYMENT_PROVIDER: "stripe",
      STRIPE_SECRET_KEY: this.secretKey,
      STRIPE_PUBLISHABLE_KEY: this.publishableKey,
      STRIPE_WEBHOOK_SECRET: this.webhookSecret,
      STRIPE_API_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
    };
  }

  /** `fits`: of the call's method and path. Each trouble comes once, in order. */
  trouble(trouble: Trouble, fits = /^POST /): void {
    this.#troubles.push({ trouble, fits });
  }

  /** As a day later: it has forgotten all keys. */
  passADay(): void {
    this.#aheadMs += 25 * 60 * 60 * 1_000;
    this.#kept.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://stripe.test");
    const body = await text(request);
    const name = `${request.method} ${url.pathname}`;
    const trouble = this.#takeTrouble(name);
    if (trouble === "hangs") return;
    if (trouble === "lost before") return void response.destroy();
    const key = request.headers["idempotency-key"]?.toString() ?? null;
    const reply = await this.#reply(request, url, body, key, trouble);
    const { status, isReplay } = reply;
    this.journal.push({ method: request.method ?? "", path: url.pathname, key, status, isReplay });
    if (trouble === "lost after") return void response.destroy();
    const headers = { "content-type": "application/json", "request-id": newId("req") };
    response.writeHead(status, isReplay ? { ...headers, "idempotent-replayed": "true" } : headers).end(reply.body);
  }

  async #reply(
    request: IncomingMessage,
    url: URL,
    body: string,
    key: string | null,
    trouble: Trouble | null,
  ): Promise<Reply> {
    try {
      if (request.headers.authorization !== `Bearer ${this.secretKey}`) throw NO_KEY;
      if (this.#isTooMany()) throw TOO_MANY;
      const method = request.method ?? "";
      if (method !== "POST" || key === null) {
        await sleep(this.latencyMs);
        return this.#fresh(method, url, body, trouble);
      }
      const asked = `${url.pathname} ${body}`;
      const kept = this.#kept.get(key);
      if (kept !== undefined && kept.request !== asked) throw KEY_REUSED;
      if (kept !== undefined) return { ...kept, isReplay: true };
      if (this.#inProgress.has(key)) throw KEY_IN_USE;
      this.#inProgress.add(key);
      try {
        await sleep(this.latencyMs);
        const reply = this.#fresh(method, url, body, trouble);
        this.#kept.set(key, { request: asked, status: reply.status, body: reply.body });
        return reply;
      } finally {
        this.#inProgress.delete(key);
      }
    } catch (fault) {
      if (!(fault instanceof StripeFault)) throw fault;
      return { status: fault.status, body: JSON.stringify({ error: fault.body }), isReplay: false };
    }
  }

  /** Carries a call out. What fails is a reply as well, and is kept with the key. */
  #fresh(method: string, url: URL, body: string, trouble: Trouble | null): Reply {
    try {
      if (trouble === "broken before") throw BROKEN;
      const result = this.#act(method, url, parseForm(body));
      if (trouble === "broken after") throw BROKEN;
      return { status: 200, body: JSON.stringify(result), isReplay: false };
    } catch (fault) {
      if (!(fault instanceof StripeFault) || !fault.isKept) throw fault;
      return { status: fault.status, body: JSON.stringify({ error: fault.body }), isReplay: false };
    }
  }

  #act(method: string, url: URL, form: Form): unknown {
    const [, resource, id, action] = ROUTE.exec(url.pathname) ?? [];
    const { intents, refunds, disputes } = this.records;
    switch (`${method} ${resource}${id === undefined ? "" : "/id"}${action === undefined ? "" : `/${action}`}`) {
      case "POST payment_intents":
        return this.#createIntent(form);
      case "GET payment_intents":
        return list(url, [...intents.values()], (intent) => this.#withRefunds(intent));
      case "GET payment_intents/search":
        return this.search.find(url);
      case "GET payment_intents/id":
        return this.records.intent(id ?? "");
      case "POST payment_intents/id/cancel":
        return this.records.cancel(id ?? "", textAt(form, "cancellation_reason"));
      case "POST refunds":
        return this.#createRefund(form);
      case "GET refunds":
        return list(url, [...refunds.values()], (refund) => refund);
      case "GET refunds/id":
        return refunds.get(id ?? "") ?? raise(StripeFault.missing("refund", id ?? ""));
      case "GET disputes":
        return list(url, [...disputes.values()], (dispute) => this.#withIntent(dispute));
      case "GET disputes/id":
        return this.#withIntent(disputes.get(id ?? "") ?? raise(StripeFault.missing("dispute", id ?? "")));
      default:
        throw StripeFault.missing("route", `${method} ${url.pathname}`);
    }
  }

  #createIntent(form: Form): unknown {
    const unknown = Object.keys(form).find((name) => !INTENT_PARAMETERS.has(name));
    if (unknown !== undefined) {
      throw StripeFault.invalid("parameter_unknown", `Received unknown parameter: ${unknown}`, unknown);
    }
    const amount = Number(textAt(form, "amount"));
    const currency = textAt(form, "currency") ?? "";
    const most = currency === "idr" ? 999_999_999_999 : 99_999_999;
    const method = textAt(form, "payment_method") ?? textAt(form, "confirmation_token") ?? "";
    if (!Number.isSafeInteger(amount) || amount < 1 || amount > most) {
      throw StripeFault.invalid("parameter_invalid_integer", "Invalid amount", "amount");
    }
    if (!/^[a-z]{3}$/.test(currency))
      throw StripeFault.invalid("parameter_invalid_string", "Invalid currency", "currency");
    if (textAt(form, "confirm") !== "true") throw new Error("the double confirms each intent at once");
    const intent = this.records.create({
      amount,
      currency,
      metadata: textsAt(form, "metadata"),
      payment_method: method,
      isForSdk: textAt(form, "use_stripe_sdk") === "true",
      allowed_payment_method_types: Object.values(textsAt(form, "allowed_payment_method_types")),
    });
    const { last_payment_error: error } = intent;
    if (error !== null) throw new StripeFault(402, { ...error, payment_intent: intent }, true);
    return intent;
  }

  /** `expand[]=data.latest_charge.refunds` */
  #withRefunds(intent: Intent): unknown {
    if (intent.latest_charge === null) return intent;
    const all = [...this.records.refunds.values()].filter(({ payment_intent }) => payment_intent === intent.id);
    const data = all.reverse().slice(0, REFUNDS_IN_CHARGE);
    const refunds = { object: "list", data, has_more: all.length > data.length };
    return { ...intent, latest_charge: { id: intent.latest_charge, object: "charge", refunds } };
  }

  /** `expand[]=payment_intent` */
  #withIntent(dispute: Dispute): unknown {
    return { ...dispute, payment_intent: this.records.intent(dispute.payment_intent) };
  }

  #createRefund(form: Form): unknown {
    const amount = textAt(form, "amount");
    const intentId = textAt(form, "payment_intent") ?? "";
    return this.records.refund(
      intentId,
      amount === null ? null : Number(amount),
      textsAt(form, "metadata"),
      textAt(form, "reason"),
    );
  }

  #takeTrouble(name: string): Trouble | null {
    const index = this.#troubles.findIndex(({ fits }) => fits.test(name));
    return index === -1 ? null : (this.#troubles.splice(index, 1)[0]?.trouble ?? null);
  }

  #isTooMany(): boolean {
    if (this.callsPerSecond === null) return false;
    const nowMs = Date.now();
    while (this.#recent[0] !== undefined && this.#recent[0] <= nowMs - 1_000) this.#recent.shift();
    if (this.#recent.length >= this.callsPerSecond) return true;
    this.#recent.push(nowMs);
    return false;
  }
}

/** Newest first, in pages. */
function list<One extends { readonly id: string; readonly created: number }>(
  url: URL,
  all: readonly One[],
  expanded: (one: One) => unknown,
): unknown {
  const form = parseForm(url.search.slice(1));
  const limit = Number(textAt(form, "limit") ?? "10");
  const from = Number(textAt(form, "created", "gte") ?? "0");
  const to = Number(textAt(form, "created", "lte") ?? "Infinity");
  const of = textAt(form, "payment_intent");
  const after = textAt(form, "starting_after");
  const isExpanded = Object.keys(textsAt(form, "expand")).length > 0;
  const found = all
    .filter(({ created }) => created >= from && created <= to)
    .filter((one) => of === null || ("payment_intent" in one && one.payment_intent === of))
    .reverse();
  const start = after === null ? 0 : found.findIndex(({ id }) => id === after) + 1;
  return {
    object: "list",
    url: url.pathname,
    has_more: start + limit < found.length,
    data: found.slice(start, start + limit).map(isExpanded ? expanded : (one) => one),
  };
}

function raise(fault: StripeFault): never {
  throw fault;
}
