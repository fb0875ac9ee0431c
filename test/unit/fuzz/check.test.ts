// The fuzzer's judge passes what the description allows, and finds each wrong reply by its rule.

import { beforeEach, describe, expect, test } from "vitest";
import { API } from "../../../src/worker/routes.ts";
import { describeApi } from "../../../src/worker/service/openapi.ts";
import { askedBy, check, HOST_CANARY, type Laws, SMUGGLED_HEADER } from "../../fuzz/check.ts";
import { readDescription } from "../../fuzz/description.ts";
import { STRINGS } from "../../fuzz/hostile-values.ts";
import type { Reply, Request } from "../../fuzz/http.ts";
import { Marks, type Viewer } from "../../fuzz/marks.ts";

const SECRET = "only-for-these-tests-0123456789abcdef";
const SHOP = "https://shop.test";
const notAllowed = { type: "/problems/method-not-allowed", title: "No", status: 405, detail: "No." };
const EVIL = "https://evil.test";
const description = readDescription(JSON.parse(describeApi(API)));
const ADA = { name: "buyer1", role: "buyer" };
const BOB = { name: "buyer2", role: "buyer" };
const OLA = { name: "organizer1", role: "organizer" };
const ADMIN = { name: "admin1", role: "admin" };
const TICKET = "3k9w0c1v7m2x8q4d";
const EVENT = "7v2b9d4f6h8j0k3m";
const RESERVATION = `${TICKET}-0f3g6h9j2k5m8n1p4q7r`;
const ORDER = "7h3k9w0c1v7m2x8q4d5t";
const BOBS_KEY = "mk_buyer2_idempotency";
const BOBS_NAME = "mk_buyer2_username";
const OLAS_ID = "5w8r1t4y7v0p3a6s";
const DRAFT = "mk_organizer1_draft1";
const PASSWORD = "pw_0123456789abcd";

let laws: Laws;
beforeEach(() => {
  const marks = new Marks();
  marks.keep(RESERVATION, "reservation", "buyer2");
  marks.keep(ORDER, "order", "buyer2");
  marks.keep(BOBS_KEY, "text", "buyer2");
  marks.keep(BOBS_NAME, "account", "buyer2");
  marks.keep(OLAS_ID, "account", "organizer1");
  marks.keep(PASSWORD, "password", "nobody");
  laws = { description, marks, secrets: [SECRET], origins: [SHOP] };
});

function ask(method: string, target: string, headers: Request["headers"] = []): Request {
  return { method, target, headers, body: null, isChunked: false };
}

/** The request is for a ticket, and by nobody, unless the row says otherwise. */
type BadReply = [what: string, want: RegExp, reply: Reply, request?: Request, viewer?: Viewer];

/** A reply with the headers that all have; `null` takes one away. */
function answer(status: number, body: unknown, headers: Record<string, string | null> = {}): Reply {
  const all = {
    "content-type": status < 400 ? "application/json" : "application/problem+json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-request-id": "0f0e0d0c-1111-4222-8333-444455556666",
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 503 ? { "retry-after": "1" } : {}),
    ...headers,
  };
  const given = Object.entries(all).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
  return { status, headers: given, body: typeof body === "string" ? body : JSON.stringify(body) };
}

function problem(type: string, status: number, more: object = {}): Reply {
  return answer(status, { type: `/problems/${type}`, title: "No", status, detail: "No.", ...more });
}

function rules(request: Request, viewer: Viewer, reply: Reply): string[] {
  return check({ request, viewer, reply, sentAtMs: 0 }, laws).map(({ rule, detail }) => `${rule}: ${detail}`);
}

/** As far as it says what is whose. */
function asked(viewer: Viewer, method: string, target: string, body: object) {
  const request = { ...ask(method, target), body: Buffer.from(JSON.stringify(body)) };
  return askedBy({ request, viewer, sentAtMs: 0 }, description);
}

const money = { amount: 4500, currency: "EUR", exponent: 2 };
const texts = { name: "Stalls", description: "" };
const sales = { sale_state: "open", sale_ends_at: null, max_per_buyer: null, sales_start: null, sales_end: null };
const ticket = { id: TICKET, event: EVENT, price: money, prices: [], capacity: 9, available: 9, ...texts, ...sales };
const times = { expires_at: "2027-06-12T18:30:00Z", created_at: "2027-06-12T18:15:00Z" };
const at = { price: TICKET, price_name: "", code: null, terms: null };
const bought = { ticket: TICKET, ticket_type: null, event: null, ...at, quantity: 1, unit_price: money, total: money };
const status = { state: "held", status: "held", expires_in: 900, cancel_requested: false };
const paid = { payment: null, refunded_quantity: 0, refunds: [] };
const reservation = { id: RESERVATION, order: null, ...paid, ...status, ...bought, ...times };
const place = { venue: "Here", timezone: "UTC", starts_at: "2027-06-12T18:30:00Z", ends_at: "2027-06-12T20:30:00Z" };
const sale = { sale_state: "upcoming", from_price: null, available: 0, refundable_until: null };
const door = { doors_open_at: null, reentry: false };
const event = { id: EVENT, organizer: OLAS_ID, status: "published", tickets: [], ...sale, ...door, ...texts, ...place };
const eventDetail = { ...event, terms: null, seller: null, vat_rate: null, cancellation: null };
const showTicket = ask("GET", `/tickets/${TICKET}`);
const showReservation = ask("GET", `/reservations/${RESERVATION}`);
const cancel = ask("DELETE", `/reservations/${RESERVATION}`);
const listEvents = ask("GET", "/events");
const listReservations = ask("GET", "/reservations");
const logOut = ask("POST", "/api-auth/logout");
const KEPT = { "cache-control": "max-age=9" };
const ESCAPED = ask("GET", `/reservations/${RESERVATION.replace("-", "%2d")}`);

describe("nothing is found", () => {
  test.each<[what: string, reply: Reply, request?: Request, viewer?: Viewer]>([
    ["in a ticket", answer(200, ticket)],
    ["in a ticket at a path with a slash at the end", answer(200, ticket), ask("GET", `/tickets/${TICKET}/?x=1`)],
    ["in what HEAD answers", answer(200, ""), ask("HEAD", `/tickets/${TICKET}`)],
    ["in whose an event is", answer(200, eventDetail), ask("GET", `/events/${EVENT}`)],
    ["in one's own reservation", answer(200, reservation), showReservation, BOB],
    ["in what is not found", problem("not-found", 404)],
    ["where nobody is signed in", problem("not-signed-in", 401), ask("GET", "/me")],
    ["where nothing is described", problem("not-found", 404), ask("GET", "/nowhere")],
    [
      "in a method that is not there",
      answer(405, notAllowed, { allow: "GET, HEAD, PATCH, OPTIONS" }),
      ask("PUT", "/me"),
    ],
    ["in what OPTIONS answers", noContent({ allow: "GET, PATCH" }), ask("OPTIONS", "/me")],
    ["in what the request said itself", invalid(BOBS_KEY), ask("GET", `/events?cursor=${BOBS_KEY}`), ADA],
    ["in a page that is not of the API", answer(200, "<html>", { "content-type": "text/html" }), ask("GET", "/docs")],
    ["in the header for a page that may call", letsIn(SHOP), ask("GET", `/tickets/${TICKET}`, [["origin", SHOP]])],
  ])("%s", (_what, reply, request = showTicket, viewer = null) => {
    expect(rules(request, viewer, reply)).toEqual([]);
  });
});

function invalid(path: string): Reply {
  return problem("invalid-request", 422, { errors: [{ path, code: "invalid", message: "no" }] });
}

function letsIn(origin: string): Reply {
  return answer(200, ticket, { "access-control-allow-origin": origin });
}

describe("is found:", () => {
  test.each<BadReply>([
    ["an error of the service", /^5xx: 500/, problem("internal-error", 500)],
    ["a service that is not there", /^5xx: 503/, problem("unavailable", 503)],
    ["an undeclared status", /^status: 418/, answer(418, {})],
    ["a success that is not declared", /^status: 201/, answer(201, ticket)],
    ["a missing field", /^body: available: .* undefined/, answer(200, { ...ticket, available: undefined })],
    ["a field too many", /^body: the body: .*"secret"/, answer(200, { ...ticket, secret: 1 })],
    ["one deeper", /^body: price: .*"x"/, answer(200, { ...ticket, price: { ...ticket.price, x: 1 } })],
    ["a wrong type", /^body: capacity: .*expected number/, answer(200, { ...ticket, capacity: "9" })],
    ["an odd id", /^body: id: .*must match/, answer(200, { ...ticket, id: "1" })],
    ["no JSON", /^body: the body is not JSON/, answer(200, "oops")],
    ["a body where there is none", /^body: a body/, answer(200, ticket), ask("HEAD", `/tickets/${TICKET}`)],
    ["a wrong content type", /^content type: "text/, answer(200, ticket, { "content-type": "text/html" })],
    ["an error that is no problem", /^content type/, answer(404, ticket, { "content-type": "application/json" })],
    ["a problem of another type", /^problem type: \/problems\/sold-out/, problem("sold-out", 404)],
    ["a problem of another status", /^problem status/, problem("not-found", 404, { status: 409 })],
    ["a path that answers and is not described", /^status: 200/, answer(200, {}), ask("GET", "/debug")],
    ["a method that is not described", /^status: 200/, answer(200, {}), ask("PUT", "/me"), ADA],
    ["a method refused without a hint", /^allow: .*GET/, problem("method-not-allowed", 405), ask("PUT", "/me")],
    ...["strict-transport-security", "content-security-policy", "x-frame-options", "x-content-type-options"].map(
      (name): BadReply => [`no ${name}`, new RegExp(`^header: ${name}`), answer(200, ticket, { [name]: null })],
    ),
    ["no referrer policy", /^header: referrer/, answer(200, ticket, { "referrer-policy": "unsafe-url" })],
    ["a private reply that is kept", /^cache/, answer(200, reservation, KEPT), showReservation, BOB],
    ["a cookie that is not described", /^header: set-cookie/, answer(200, ticket, { "set-cookie": "a=b" })],
    ["an unsafe cookie", /^header: an unsafe/, noContent({ "set-cookie": "a=; Path=/" }), logOut, ADA],
    ["a page let in that is not on the list", /evil/, letsIn(EVIL), { ...showTicket, headers: [["origin", EVIL]] }],
    ["all pages let in", /^header: pages of \*/, letsIn("*")],
    ["a smuggled header", /^header: a value/, answer(200, ticket, { [SMUGGLED_HEADER]: "1" })],
    ["a stack", /^leak: a stack/, problem("not-found", 404, { detail: "at answer (worker.js:1:2)" })],
    ["the name of an error", /^leak: a stack/, problem("not-found", 404, { detail: "TypeError: x is not" })],
    ["SQL", /^leak: SQL/, problem("not-found", 404, { detail: "D1_ERROR: UNIQUE constraint failed" })],
    ["a hash", /^leak: a password/, problem("not-found", 404, { detail: "$scrypt$ln=14$a$b" })],
    ["the secret", /^leak: a secret/, problem("not-found", 404, { detail: SECRET })],
    ["the host that was named", /^leak: the host/, problem("not-found", 404, { detail: HOST_CANARY })],
    ["a link to another host", /^pointer/, answer(200, [], linkTo("//evil.test/events")), listEvents],
    ["a link to nowhere", /^pointer/, answer(200, [], linkTo("/nowhere")), listEvents],
    ["another's key", /^another's: text/, answer(200, { ...ticket, name: BOBS_KEY }), showTicket, ADA],
    ["another's key, to admins", /^another's: text/, answer(200, { ...ticket, name: BOBS_KEY }), showTicket, ADMIN],
    ["another's id", /^another's: account/, answer(200, [{ ...event, venue: OLAS_ID }]), listEvents],
    ["another's name", /^another's: account/, answer(200, { ...ticket, name: `x ${BOBS_NAME}@x` }), showTicket, ADA],
    ["another's name, in a Link", /^another's: a/, answer(200, [], linkTo(`/events?q=${BOBS_NAME}`)), listEvents],
    ["another's reservation in a list", /^another's: r/, answer(200, [reservation]), listReservations, ADA],
    ["another's reservation", /^reached: reservation/, answer(200, reservation), showReservation, ADA],
    ["another's reservation, shown to admins", /^reached: res/, answer(200, reservation), showReservation, ADMIN],
    ["another's reservation, let go", /^reached: res/, noContent(), cancel, ADA],
    ["another's reservation, behind an escape", /^reached: res/, answer(200, reservation), ESCAPED, ADA],
    ["another's order, let go", /^reached: order/, noContent(), ask("DELETE", `/orders/${ORDER}`), ADA],
    ["another's order, to admins", /^reached: order/, answer(200, {}), ask("GET", `/orders/${ORDER}`), ADMIN],
    ["another's order in a list", /^another's: order/, answer(200, [{ id: ORDER }]), ask("GET", "/orders"), ADA],
    ["one's own password", /^another's: password/, invalid(PASSWORD), ask("GET", `/events?q=${PASSWORD}`), ADA],
  ])("%s", (_what, want, reply, request = showTicket, viewer = null) => {
    expect(rules(request, viewer, reply)).toContainEqual(expect.stringMatching(want));
  });
});

function noContent(headers: Record<string, string> = {}): Reply {
  return answer(204, "", { "content-type": null, ...headers });
}

function linkTo(target: string): Record<string, string> {
  return { link: `<${target}>; rel="next"` };
}

describe("a draft", () => {
  const draft = { ...eventDetail, name: DRAFT, status: "draft" };
  const show = ask("GET", `/events/${EVENT}`);

  beforeEach(() => {
    const create = asked(OLA, "POST", "/events", { name: DRAFT, status: "draft" });
    laws.marks.sent(create, "");
    laws.marks.answered(create, 201, draft, 0);
  });

  test("is its organiser's", () => {
    expect(rules(show, OLA, answer(200, draft))).toEqual([]);
    expect(rules(show, ADMIN, answer(200, draft))).toEqual([]);
  });

  test("is found where anybody else sees it, or its id", () => {
    expect(rules(show, ADA, answer(200, draft)).join()).toMatch(/draft .*reached: draft/);
    expect(rules(listEvents, null, answer(200, [draft])).join()).toMatch(/another's: draft/);
    expect(rules(listEvents, null, answer(200, [{ ...event, tickets: [] }])).join()).toMatch(/draft/);
  });

  test("is everybody's from the moment its organiser publishes it, and no sooner", () => {
    const published = answer(200, { ...draft, status: "published" });
    laws.marks.sent(asked(ADA, "PATCH", `/events/${EVENT}`, { status: "published" }), "");
    expect(rules(show, BOB, published)).not.toEqual([]);
    laws.marks.sent(asked(OLA, "PATCH", `/events/${EVENT}`, { status: "published" }), "");
    expect(rules(show, BOB, published)).toEqual([]);
  });
});

test("organisers see the ids of reservations of their own tickets, but not at the reservations' own address", () => {
  laws.marks.answered(asked(OLA, "POST", "/events", {}), 201, event, 0);
  laws.marks.answered(asked(OLA, "POST", `/events/${EVENT}/tickets`, {}), 201, ticket, 0);
  const where = { ticket: TICKET, reservation: RESERVATION, order: null, payment: null, pass: null };
  const difference = { kind: "counters", meaning: "x", ...where, object: null, elsewhere: null, repaired: true };
  const found = answer(200, {
    checked: { tickets: 1, reservations: 1, orders: 0 },
    differences: [difference],
    money: [],
    next: null,
  });
  const another = { ...OLA, name: "organizer2" };
  expect(rules(ask("POST", "/reconcile"), OLA, found)).toEqual([]);
  expect(rules(ask("POST", "/reconcile"), another, found).join()).toMatch(/another's: reservation/);
  expect(rules(showReservation, OLA, answer(200, reservation)).join()).toMatch(/reached: reservation/);
});

test("no hostile value looks like a leak: the service may repeat what it got", () => {
  for (const name of STRINGS) {
    const found = rules(showTicket, null, answer(200, { ...ticket, name }));
    const leaks = found.filter((rule) => !rule.startsWith("body"));
    expect(leaks, name).toEqual([]);
  }
});
