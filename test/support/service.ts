// Calls the service as its clients do, and holds every answer against the route's own description.

import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import type * as z from "zod";
import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import type { Payment } from "../../src/domain/payment.ts";
import type { Store } from "../../src/durable/ticket-type/store.ts";
import type { Role } from "../../src/platform/d1/schema/accounts.ts";
import { newId } from "../../src/platform/ids.ts";
import { insertAccount } from "../../src/worker/accounts/queries.ts";
import { answer } from "../../src/worker/app.ts";
import { ownAction } from "../../src/worker/audit/queries.ts";
import { accessToken } from "../../src/worker/auth/tokens.ts";
import { readCatalogue } from "../../src/worker/catalogue/public-catalogue.ts";
import type { Env } from "../../src/worker/env.ts";
import { PROBLEMS } from "../../src/worker/http/problem-types.ts";
import { Problem as ProblemSchema } from "../../src/worker/http/problems.ts";
import type { Success } from "../../src/worker/http/route.ts";
import type { API } from "../../src/worker/routes.ts";
import { problemsOf, repliesOf } from "../../src/worker/service/openapi.ts";
import { ROUTES } from "./routes.ts";

export const ORIGIN = "https://tickets.test";

export type Operation = keyof typeof API;

/** What an operation replies with when it succeeds, over all statuses that have a body. */
export type Body<O extends Operation> = BodyOf<(typeof API)[O]["replies"][number]>;
type BodyOf<R extends Success> = R extends { readonly schema: infer S extends z.ZodType } ? z.output<S> : never;

/** What may come instead. */
interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** With `sold-out`. */
  readonly available?: number;
}

/** The reply to a call of one operation; of none, to a call that may be of any. */
export interface Answer<O extends Operation = never> {
  readonly status: number;
  readonly body: [Body<O>] extends [never] ? ProblemBody : Body<O> & Omit<ProblemBody, keyof Body<O>>;
  /** The body where it is a list; else empty. */
  readonly list: [O] extends [never] ? readonly unknown[] : Extract<Body<O>, readonly unknown[]>;
  /** The body as it was sent. */
  readonly text: string;
  readonly headers: Headers;
}

/** The operation of a method and a path: `GET /reservations/{id}` of `/reservations/abc`. */
type Called<M extends string, P extends string> = {
  [O in Operation]: O extends `${M} ${infer Pattern}`
    ? [Path<P>, Slashes<Path<P>>] extends [`${Filled<Pattern>}${string}`, Slashes<Pattern>]
      ? O
      : never
    : never;
}[Operation];
type Path<P extends string> = P extends `${infer Before}?${string}` ? Before : P;
/** With anything in place of each parameter. */
type Filled<P extends string> = P extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Filled<After>}`
  : P;
/** One for each, but for one at the end. */
type Slashes<P extends string> = P extends `${string}/${infer Rest}`
  ? Rest extends ""
    ? []
    : ["/", ...Slashes<Rest>]
  : [];

type BodySent<O extends Operation> = [O] extends [never]
  ? unknown
  : (typeof API)[O] extends { readonly body: infer S }
    ? z.input<Extract<S, z.ZodType>>
    : never;

/** A text without the seconds that are left of a hold. */
export function timeless(text: string): string {
  return text.replace(/"expires_in":\d+/g, '"expires_in":0');
}

/** Everything about an answer that a client can tell apart, but for what the clock changes. */
export function seen({ status, text, headers }: Answer<Operation>): unknown {
  return {
    status,
    text: timeless(text),
    headers: [...headers].filter(([name]) => name !== "x-request-id" && name !== "date"),
  };
}

/** What a repeat of its request with the same key gets: the same answer, marked. */
export function replayOf(answer: Answer<Operation>): unknown {
  const headers = new Headers(answer.headers);
  headers.set("idempotent-replayed", "true");
  return seen({ ...answer, headers });
}

export interface CallOptions<B = unknown> {
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: B;
  /** Sent as JSON instead of `body`, for what the route's declaration would refuse. */
  readonly anyBody?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: BodyInit;
  readonly headers?: Record<string, string>;
  /** How the service is configured for this call, where that is not as the tests are. */
  readonly settings?: Partial<Env>;
}

const IS_FILE = /^(text\/(calendar|csv)|text\/html|image\/)/;

export async function call<const M extends string, const P extends string>(
  method: M,
  path: P,
  options: CallOptions<BodySent<Called<M, P>>> = {},
): Promise<Answer<Called<M, P>>> {
  const { token, raw, settings } = options;
  const body = options.anyBody ?? options.body;
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (!headers.has("cf-connecting-ip")) headers.set("cf-connecting-ip", someAddress());
  const payload = raw ?? (body === undefined ? null : JSON.stringify(body));
  const request = new Request(ORIGIN + path, { method, headers, redirect: "manual", body: payload });
  const asIs = settings === undefined;
  const response = await (asIs ? exports.default.fetch(request) : answer(request, withSettings(settings)));
  const text = await textOf(response);
  const type = response.headers.get("content-type") ?? "";
  const json = type.includes("json") ? text : dataIn(text);
  const parsed = IS_FILE.test(type) ? text : json === "" ? null : JSON.parse(json);
  expectDescribed(method, path, response, parsed);
  const list = Array.isArray(parsed) ? parsed : [];
  return { status: response.status, body: parsed, list, text, headers: response.headers } as Answer<Called<M, P>>;
}

/** The service's bindings, with these instead: for its public catalogue as well. */
export function withSettings(settings: Partial<Env>): Env {
  const all = { ...env, ...settings };
  return { ...all, CATALOGUE: { fetch: (url) => readCatalogue(String(url), all) } };
}

/** The body; of a stream of events, which may have no end, only the first event. */
export async function textOf(response: Response): Promise<string> {
  if (response.body === null || response.headers.get("content-type") !== "text/event-stream") return response.text();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (dataIn(text) === "") {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return text;
}

/** What the first event in a stream says; empty where none has come to its end. */
function dataIn(text: string): string {
  return /^data: (.*)\n\n/m.exec(text)?.[1] ?? "";
}

/** An address for documentation (RFC 3849) in a network of its own, unknown to every limit. */
export function someAddress(): string {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint16Array(2));
  return `2001:db8:${a.toString(16)}:${b.toString(16)}::1`;
}

/** Checks that the route declares the status, and the shape that the body has. */
function expectDescribed(method: string, path: string, { status, headers }: Response, body: unknown): void {
  const pathname = path.split("?")[0]?.replace(/\/+$/, "") ?? "";
  const route = ROUTES.find(
    (candidate) =>
      candidate.method === method && new RegExp(`^${candidate.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
  );
  if (route === undefined) return;
  if (status >= 400) {
    const declared = problemsOf(route).map((type) => `/problems/${type}`);
    const problem = ProblemSchema.parse(body);
    expect(declared, `${method} ${path} does not declare its ${status}`).toContain(problem.type);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(problem.status).toBe(status);
    expect(PROBLEMS).toHaveProperty([problem.type.replace("/problems/", ""), "status"], status);
    return;
  }
  const declared = repliesOf(route).find((reply) => reply.status === status);
  expect(declared, `${method} ${path} does not declare ${status}`).toBeDefined();
  if (declared?.schema === null) expect(body).toBeNull();
  else declared?.schema.parse(body);
}

export interface Person {
  readonly token: string;
  readonly accountId: string;
  readonly username: string;
}

/** Somebody with a session, without the quarter of a second that hashing a password takes. */
export async function newPerson(role: Role = "buyer"): Promise<Person> {
  const accountId = newId();
  const username = `person-${accountId}`;
  const email = `${accountId}@example.test`;
  const account = {
    id: accountId,
    username,
    email,
    emailKey: email,
    passwordHash: "!",
    role,
    createdAtMs: Date.now(),
    language: "en" as const,
    closingSinceMs: null,
    guestDueMs: null,
  };
  await insertAccount(env.DB, account, ownAction("account.register", accountId, someAddress()));
  return { accountId, username, token: await accessToken(env, accountId) };
}

export const EVENT = {
  name: "An evening",
  venue: "The hall",
  starts_at: "2031-05-01T18:00:00Z",
  ends_at: "2031-05-01T21:00:00Z",
  timezone: "Europe/Berlin",
};

export const TICKET = { name: "Stalls", price: { amount: 4500, currency: "EUR" }, capacity: 100 };

export interface OnSale {
  readonly organizer: Person;
  readonly eventId: string;
  readonly ticketId: string;
}

/** An event with one ticket type of its own, made through the organiser's API. */
export async function putOnSale(ticket: Record<string, unknown> = {}): Promise<OnSale> {
  const organizer = await newPerson("organizer");
  const eventId = await createEvent(organizer);
  return { organizer, eventId, ticketId: await addTicket(organizer, eventId, ticket) };
}

/** Creates an event, and returns its id. */
export async function createEvent({ token }: Person, fields: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await call("POST", "/events", { token, body: { ...EVENT, ...fields } });
  expect(status).toBe(201);
  return body.id;
}

/** Adds a ticket type to an event, and returns its id. */
export async function addTicket(
  { token }: Person,
  eventId: string,
  fields: Record<string, unknown> = {},
): Promise<string> {
  const { status, body } = await call("POST", `/events/${eventId}/tickets`, { token, body: { ...TICKET, ...fields } });
  expect(status).toBe(201);
  return body.id;
}

/** The pages of a list, from the one at `path` to the last. */
export async function pagesOf<const P extends string>(
  path: P,
  options: Pick<CallOptions, "token" | "settings"> = {},
): Promise<Answer<Called<"GET", P>>[]> {
  const pages: Answer<Called<"GET", P>>[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: Answer<Called<"GET", P>> = await call("GET", next as P, options);
    expect(page.status).toBe(200);
    pages.push(page);
    next = /^<(\/[^>]+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1];
  }
  return pages;
}

export async function hold(buyer: Person, ticketId: string, quantity = 1): Promise<Answer<"POST /reservations">> {
  return call("POST", "/reservations", { token: buyer.token, body: { ticket: ticketId, quantity } });
}

/** When a hold ends; NaN for what is confirmed. */
export function deadlineOf({ expires_at }: Pick<Body<"POST /reservations">, "expires_at">): number {
  return Date.parse(expires_at ?? "");
}

export async function pay(
  buyer: Person,
  reservationId: string,
  method = "pm_card_visa",
): Promise<Answer<"POST /reservations/{id}/payment">> {
  const path = `/reservations/${reservationId}/payment`;
  return call("POST", path, { token: buyer.token, body: { payment_method: method } });
}

/** A payment that has begun, as the object keeps it. */
export function pendingNamed(id: string): Payment {
  const sinceMs = Date.now();
  return {
    id,
    key: id,
    method: "pm_card_visa",
    state: "pending",
    failure: null,
    sinceMs,
    needsPerson: false,
    action: null,
    reference: null,
  };
}

/** Keeps one; the queue is told at `dispatchAtMs`. */
export function savePayment(store: Store, reservationId: string, payment: Payment, dispatchAtMs: number | null): void {
  store.payments.save([{ reservationId, payment, dispatches: 0, dispatchAtMs }]);
}

/** The object that owns a ticket type or a reservation. */
export function objectOf(id: string) {
  return env.TICKET_TYPES.getByName(ticketTypeIdOf(id));
}

/** Asks until `done` with the answer. Throws after 30 s, with the last one. */
export async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not so after 30 s: ${JSON.stringify(answer)}`);
    await scheduler.wait(20);
  }
}
