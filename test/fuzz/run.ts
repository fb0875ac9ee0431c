// One run: people send requests, replies are judged, and what they say goes into later requests.

import { Agent } from "node:http";
import { PASS_KEYS, SESSION_SECRET, type Service } from "../crash/service.ts";
import { mix, Prng } from "../support/prng.ts";
import { freshWallet } from "../support/wallet.ts";
import { askedBy, check, type Exchange, type Finding, type Laws, operationFor, pathnameOf, textOf } from "./check.ts";
import { Coverage } from "./coverage.ts";
import { type Description, type Operation, readDescription } from "./description.ts";
import { asCurl, type Reply, send } from "./http.ts";
import { Known } from "./known.ts";
import { type Asked, Marks } from "./marks.ts";
import { keepToken, People } from "./people.ts";
import { type Planned, Requests } from "./requests.ts";
import { isRecord, json } from "./schema.ts";
import { Shelf } from "./shelf.ts";

export interface Plan {
  readonly requests: number;
  readonly seed: number;
  /** How many requests are under way at any time. */
  readonly atOnce: number;
  /** When the run ends, though not all is sent. */
  readonly longestMs: number;
  readonly onProgress?: (sent: number, findings: number) => void;
  /** Ends the run early, as its time does. */
  readonly stop?: AbortSignal;
}

export interface Found extends Finding {
  readonly number: number;
  readonly who: string;
  /** A line that sends the request again. */
  readonly request: string;
  readonly reply: string;
}

export type Report = Awaited<ReturnType<typeof fuzz>>;

/** Settings of the service under the fuzzer, over those of wrangler.toml. */
export const ORIGIN = "https://shop.test";
export const SETTINGS = {
  RATE_LIMITS: "off",
  ALLOWED_ORIGINS: ORIGIN,
  MAIL_FROM: "Tickets <tickets@shop.test>",
  PUBLIC_URL: ORIGIN,
  ...freshWallet(),
};
/** Holds end while the run goes on. */
export const HOLD_SECONDS = 30;
const RESTORE_EVERY = 1_000;
const API_KEYS = "/me/api-keys";
const WEBHOOKS = /^\/me\/webhooks\b/;
const LONGEST_SHOWN = 2_000;
const AROUND = 400;

export async function fuzz(service: Service, plan: Plan) {
  const description = readDescription(await (await fetch(`${service.url}/openapi.json`)).json());
  return new Run(service, plan, description).play();
}

class Run {
  readonly #plan: Plan;
  readonly #laws: Laws;
  readonly #people: People;
  readonly #known: Known;
  readonly #shelf = new Shelf();
  readonly #requests: Requests;
  readonly #agent: Agent;
  readonly #base: URL;
  readonly #coverage = new Coverage();
  readonly #found = new Map<string, Found>();
  #findings = 0;
  #sent = 0;

  constructor(service: Service, plan: Plan, description: Description) {
    const marks = new Marks();
    this.#plan = plan;
    this.#base = new URL(service.url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: plan.atOnce });
    this.#laws = { description, marks, secrets: [SESSION_SECRET, PASS_KEYS.slice(2)], origins: [ORIGIN] };
    this.#known = new Known(description);
    this.#people = new People(service, marks, this.#known, new Prng(mix(plan.seed, 0)));
    const sources = { people: this.#people, known: this.#known, shelf: this.#shelf };
    this.#requests = new Requests(description, sources, plan.seed);
  }

  async play() {
    await this.#people.gather(this.#laws.description);
    const startedAtMs = performance.now();
    const { requests, longestMs, stop } = this.#plan;
    const isLate = () => performance.now() - startedAtMs > longestMs || stop?.aborted === true;
    const lane = async () => {
      while (this.#sent < requests && !isLate()) await this.#step();
    };
    await Promise.all(Array.from({ length: this.#plan.atOnce }, lane));
    this.#agent.destroy();
    return {
      description: this.#laws.description,
      sent: this.#sent,
      coverage: this.#coverage,
      /** One of each kind, as it came first. */
      found: [...this.#found.values()],
      /** How many there were of all kinds. */
      findings: this.#findings,
      people: this.#people,
      seconds: (performance.now() - startedAtMs) / 1_000,
    };
  }

  async #step(): Promise<void> {
    this.#sent += 1;
    const number = this.#sent;
    this.#plan.onProgress?.(number, this.#findings);
    if (number % RESTORE_EVERY === 0) await this.#people.restoreRoles();
    const planned = this.#requests.next(number);
    const { request, person } = planned;
    const token = person?.token ?? "";
    const sentAtMs = performance.now();
    const asked = askedBy({ request, viewer: person, sentAtMs }, this.#laws.description);
    const { operation } = asked;
    this.#laws.marks.sent(asked, request.headers.map(([, value]) => value).join("\n"));
    try {
      const reply = await send(this.#base, request, this.#agent);
      this.#coverage.took(operation, performance.now() - sentAtMs);
      this.#judge(number, planned, operation, { request, viewer: person, reply, sentAtMs });
      this.#learn(planned, asked, reply);
      const isSignedOut = reply.status === 401 && operation?.isSignedIn === true;
      if (person !== null && (isSignedOut || Date.now() > person.renewAtMs)) await this.#people.renew(person, token);
    } catch (fault) {
      this.#addFinding(number, planned, "no reply", { rule: "no reply", detail: String(fault) });
    }
  }

  #judge(number: number, planned: Planned, operation: Operation | null, exchange: Exchange): void {
    const { status, body } = exchange.reply;
    const problem = status >= 400 ? json(body) : null;
    const type = isRecord(problem) && typeof problem.type === "string" ? problem.type : null;
    this.#coverage.saw(exchange.request.method === "OPTIONS" ? null : operation, status, type);
    const shown = `HTTP ${status}\n${textOf({ ...exchange.reply, body: body.slice(0, LONGEST_SHOWN) })}`;
    for (const finding of check(exchange, this.#laws))
      this.#addFinding(number, planned, `${shown}${around(finding, body)}`, finding);
  }

  #addFinding(number: number, { request, person }: Planned, reply: string, finding: Finding): void {
    this.#findings += 1;
    const operation = operationFor(this.#laws.description, request)?.name ?? request.method;
    // Ids and marks differ each time; the kind of finding is the same.
    const kind = `${operation} ${finding.rule} ${finding.detail.replace(/\[\d+\]|[\w-]*\d[\w-]*/g, "…")}`;
    if (this.#found.has(kind)) return;
    const who = person === null ? "nobody" : `${person.name} (${person.accountId})`;
    this.#found.set(kind, { ...finding, number, who, request: asCurl(this.#base, request), reply });
  }

  #learn({ request, person }: Planned, asked: Asked, reply: Reply): void {
    const { operation } = asked;
    if (operation === null || request.method !== operation.method) return;
    const pathname = pathnameOf(request.target);
    const owner = person?.name ?? null;
    const body = json(reply.body);
    this.#laws.marks.answered(asked, reply.status, body, performance.now());
    if (reply.status >= 400) {
      this.#shelf.refused(operation, owner, reply.status, pathname, json((request.body ?? "").toString()));
      return;
    }
    if (person !== null) this.#requests.worked(operation, person.role);
    this.#known.learn(operation, owner, body, reply.headers);
    this.#shelf.learn(operation, owner, pathname, body);
    this.#keepPrivate(asked, owner ?? "nobody", body);
  }

  /**
   * Tokens, keys, secrets, reservations, orders and accounts belong to whom a reply shows them
   * first.
   */
  #keepPrivate(asked: Asked, owner: string, body: unknown): void {
    const { marks } = this.#laws;
    for (const thing of [body].flat().filter(isRecord)) {
      for (const [name, value] of Object.entries(thing))
        if (/token/.test(name) && typeof value === "string") keepToken(marks, value, owner);
      marks.bought(asked, thing, owner);
      // Their ids stand in the audit log, too.
      if (WEBHOOKS.test(asked.operation?.template ?? "") && typeof thing.secret === "string")
        marks.keep(thing.secret, "text", owner);
      if (asked.operation?.tag !== "Accounts" || typeof thing.id !== "string") continue;
      if (asked.operation.template === API_KEYS) marks.keep(thing.id, "text", owner);
      // A registered account belongs to none of these people.
      else marks.registered(asked, thing.id);
    }
  }
}

/** Where in a long body it is, if the finding is about a word of it. */
function around({ detail }: Finding, body: string): string {
  const at = detail
    .split(" ")
    .filter((word) => word.length > 11)
    .map((word) => body.indexOf(word, LONGEST_SHOWN))
    .find((place) => place > 0);
  return at === undefined || body.length <= LONGEST_SHOWN
    ? ""
    : `\n…${body.slice(Math.max(0, at - AROUND), at + AROUND)}…`;
}
