// Callers and requests of the role table, and all that a request could have changed.

import { env } from "cloudflare:workers";
import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import type { Role } from "../../src/platform/d1/schema/accounts.ts";
import type { Part } from "../../src/platform/d1/schema/crew.ts";
import { newId, newLongId, newReservationId } from "../../src/platform/ids.ts";
import { closeAccount, eraseAccount, releaseHoldsOf } from "../../src/worker/accounts/deletion.ts";
import { accountById } from "../../src/worker/accounts/queries.ts";
import { hashPassword } from "../../src/worker/auth/passwords.ts";
import { readAccessToken } from "../../src/worker/auth/tokens.ts";
import { EXAMPLES } from "../../src/worker/http/examples.ts";
import { newKey } from "./api-keys.ts";
import { WITH_MAIL } from "./links.ts";
import { subscribe } from "./outgoing-webhooks.ts";
import { boughtPasses } from "./passes.ts";
import { ADULT, CHILD } from "./prices.ts";
import { rowsOf, sql } from "./records.ts";
import { type Caller, type Cell, type Kind, NO_ID, type Whose } from "./role-table.ts";
import {
  type CallOptions,
  call,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  TICKET,
  until,
} from "./service.ts";
import { type Member, newGuest, newSession, PASSWORD, storeHash } from "./sign-in.ts";

export interface Scene {
  readonly member: Member | null;
  /** Of what the route names; empty where it names nothing. */
  readonly id: string;
  /** Of a ticket type that it names: the last of its prices, which nobody has bought at. */
  readonly priceId: string;
  /** Of an event that it names: its ticket type, and an order of its counter. */
  readonly ticketId: string;
  readonly orderId: string;
  /** The account that a path names beside an event: in its crew where a crew is needed. */
  readonly crewId: string;
  /** An open invitation to the crew of an event that it names. */
  readonly invitationId: string;
}

export interface Sent {
  readonly body?: Record<string, unknown>;
  readonly query?: string;
  /** Where the service has to be configured for it. */
  readonly settings?: CallOptions["settings"];
}

const ROLE: Readonly<Record<Caller, Role>> = {
  nobody: "buyer",
  guest: "buyer",
  buyer: "buyer",
  scanner: "scanner",
  organiser: "organizer",
  admin: "admin",
  "was organiser": "organizer",
  "was deleted": "admin",
};

const PART: Partial<Record<Whose, Part>> = { managed: "manager", scanned: "scanner" };

const NOTHING_SENT = [
  ...["POST /api-auth/logout", "POST /api-auth/logout-everywhere", "GET /me", "GET /me/export"],
  ...[
    "GET /events/{id}",
    "GET /events/{id}/terms",
    "GET /events/{id}/calendar.ics",
    "GET /tickets/{id}",
    "GET /events/{id}/live",
    "GET /tickets/{id}/live",
  ],
  ...[
    "GET /events/{id}/unresolved-payments",
    "GET /events/{id}/disputes",
    "GET /events/{id}/mails",
    "GET /events/{id}/messages",
    "GET /events/{id}/audit",
    "GET /reservations/{id}",
  ],
  ...[
    "GET /reservations/{id}/live",
    "POST /reservations/{id}/live-ticket",
    "DELETE /reservations/{id}",
    "GET /reservations/{id}/payment",
  ],
  ...["GET /orders", "GET /orders/{id}", "DELETE /orders/{id}", "GET /orders/{id}/payment"],
  ...["GET /orders/{id}/receipt", "GET /reservations/{id}/receipt", "GET /orders/{id}/calendar.ics"],
  ...["GET /orders/{id}/live", "POST /orders/{id}/live-ticket"],
  ...["GET /reservations/{id}/passes", "GET /reservations/{id}/passes/print"],
  ...["GET /orders/{id}/passes", "GET /orders/{id}/passes/print"],
  ...["GET /passes", "GET /passes/{id}", "GET /passes/{id}/code.svg", "GET /passes/{id}/code.gif"],
  "GET /passes/{id}/google-wallet",
  ...["GET /reservations/{id}/refunds", "POST /reservations/{id}/refunds/{refund}/retry"],
  ...["GET /orders/{id}/refunds", "POST /orders/{id}/refunds/{refund}/retry"],
  ...["GET /reservations/{id}/refunds/{refund}/receipt", "GET /orders/{id}/refunds/{refund}/receipt"],
  ...["DELETE /events/{id}", "DELETE /tickets/{id}", "DELETE /tickets/{id}/prices/{price}"],
  "GET /tickets/{id}/prices/{price}/codes",
  ...["GET /events/{id}/door", "GET /events/{id}/door/live"],
  ...["GET /me/api-keys", "DELETE /me/api-keys/{id}"],
  ...["GET /me/webhooks", "DELETE /me/webhooks/{id}", "GET /me/webhooks/{id}/deliveries"],
  ...["POST /me/webhooks/{id}/secret", "POST /me/webhooks/{id}/test"],
  ...["GET /crew-invitations/{token}", "GET /events/{id}/crew-invitations"],
  "DELETE /events/{id}/crew-invitations/{invitation}",
  ...["GET /me/crew", "GET /events/{id}/crew", "DELETE /events/{id}/crew/{account}"],
  ...[
    "GET /events/{id}/orders",
    "GET /events/{id}/attendees",
    "GET /events/{id}/attendees.csv",
    "GET /events/{id}/orders.csv",
    "GET /events/{id}/report",
    "GET /events/{id}/sales",
    "GET /events/{id}/takings",
    "GET /events/{id}/cancellation",
  ],
  ...[
    "GET /events/{id}/orders/{order}",
    "GET /events/{id}/orders/{order}/history",
    "GET /events/{id}/orders/{order}/passes",
    "GET /events/{id}/orders/{order}/passes/print",
    "DELETE /events/{id}/orders/{order}",
  ],
  "DELETE /events/{id}/orders/{order}/customer",
  ...["GET /receipts", "GET /audit", "GET /health", "GET /", "GET /problems", "GET /problems/{type}"],
  ...[
    "GET /openapi.json",
    "GET /.well-known/pass-keys.json",
    "GET /docs",
    "GET /docs/{file}",
    "GET /links/{token}",
    "POST /links/{token}",
    "GET /payments/config",
    "POST /webhooks/stripe",
    "GET /sandbox/movements",
  ],
  ...["GET /e/{id}", "GET /my", "GET /my/{path+}", "GET /box-office", "GET /box-office/{path+}"],
  ...["GET /door", "GET /door/{path+}", "GET /assets/{asset}"],
];

/** A valid request to each route. */
export const REQUESTS: Readonly<Record<string, (scene: Scene) => Sent>> = {
  ...Object.fromEntries(NOTHING_SENT.map((route) => [route, () => ({})])),
  "POST /sandbox/authentications": () => ({ body: { client_secret: "of nothing", passes: true } }),
  "POST /register": () => {
    const username = `new-${newId()}`;
    return { body: { username, email: `${username}@example.test`, password: PASSWORD } };
  },
  "POST /guests": () => ({ body: { email: `new-${newId()}@example.test` } }),
  "POST /api-auth/login": ({ member }) => ({ body: { username: member?.username || newId(), password: PASSWORD } }),
  "POST /api-auth/refresh": ({ member }) => ({ body: { refresh_token: member?.refresh ?? newId() } }),
  "POST /api-auth/password-resets": ({ member }) => ({ body: { email: emailOf(member) }, settings: WITH_MAIL }),
  "POST /api-auth/links": ({ member, id }) => ({ body: { email: emailOf(member), about: id }, settings: WITH_MAIL }),
  "POST /api-auth/password-resets/use": () => ({ body: { token: EXAMPLES.linkToken, new_password: PASSWORD } }),
  "POST /api-auth/links/use": () => ({ body: { token: EXAMPLES.linkToken } }),
  "POST /api-auth/verifications/use": () => ({ body: { token: EXAMPLES.linkToken } }),
  "POST /me/api-keys": () => ({ body: { name: `key ${newId()}`, scopes: ["events:read"], password: PASSWORD } }),
  "POST /me/webhooks": () => ({ body: { url: `https://${newId()}.example.com/`, types: ["order.confirmed"] } }),
  "PATCH /me/webhooks/{id}": () => ({ body: { state: "paused" } }),
  "POST /me/webhooks/{id}/replay": () => ({ body: { from: 1 } }),
  "PATCH /me": () => ({ body: { language: "de" } }),
  "POST /me/email": ({ member }) => {
    const password = member?.username === "" ? null : PASSWORD;
    return { body: { email: `new-${newId()}@example.test`, password }, settings: WITH_MAIL };
  },
  "POST /me/email/verification": () => ({ settings: WITH_MAIL }),
  "POST /me/password": () => ({ body: { current_password: PASSWORD, new_password: "another horse battery" } }),
  "POST /me/deletion": ({ member }) => ({ body: { password: member?.username === "" ? null : PASSWORD } }),
  "GET /events": ({ id }) => ({ query: `?organizer=${id}` }),
  "GET /live": ({ id }) => ({ query: `?events=${id}` }),
  "POST /events": () => ({ body: EVENT }),
  "PATCH /events/{id}": () => ({ body: { name: "Another evening", status: "published" } }),
  "POST /me/crew": () => ({ body: { token: EXAMPLES.linkToken } }),
  "POST /events/{id}/crew-invitations": () => {
    return { body: { email: `new-${newId()}@example.test`, part: "manager" }, settings: WITH_MAIL };
  },
  "PUT /events/{id}/crew/{account}": () => ({ body: { part: "manager" } }),
  "POST /events/{id}/cancellation": () => ({ body: { refund: true, message: "They are ill." } }),
  "POST /events/{id}/tickets": () => ({ body: TICKET }),
  "POST /events/{id}/handover": ({ member }) => ({ body: { organizer: member?.accountId ?? newId() } }),
  "POST /events/{id}/orders": ({ ticketId }) => {
    return { body: { items: [{ ticket: ticketId, price: ticketId, quantity: 1 }], method: "cash" } };
  },
  "POST /events/{id}/orders/{order}/payment": () => ({ body: { method: "transfer" } }),
  "PATCH /tickets/{id}": () => ({ body: { name: "Balcony", capacity: 7, price: { amount: 100, currency: "EUR" } } }),
  "POST /tickets/{id}/prices": () => ({ body: CHILD }),
  "PATCH /tickets/{id}/prices/{price}": () => ({ body: { name: "Under 12", capacity: 7, withdrawn: true } }),
  "POST /tickets/{id}/prices/{price}/codes": () => ({ body: { count: 2 } }),
  "POST /tickets/{id}/code-checks": () => ({ body: { code: "of nothing" } }),
  "GET /events/{id}/passes": () => ({ query: "?q=Lovelace" }),
  "POST /check-ins": ({ id }) => ({ body: { event: id, code: "of nothing", gate: "North", key: newLongId() } }),
  "POST /check-ins/batch": ({ id }) => {
    return { body: { event: id, scans: [{ code: "of nothing", gate: "North", key: newLongId() }] } };
  },
  "POST /check-ins/{pass}/undo": () => ({ body: { key: newLongId() } }),
  "POST /check-ins/{pass}/out": () => ({ body: { gate: "North", key: newLongId() } }),
  "POST /reconcile": ({ id }) => ({ query: `?cursor=${id}` }),
  "GET /reservations": ({ id }) => ({ query: `?event=${id}` }),
  "POST /reservations": ({ id, priceId }) => ({ body: { ticket: id, price: priceId, quantity: 1 } }),
  "POST /reservations/{id}/payment": () => ({ body: {} }),
  "POST /orders": ({ id, priceId }) => ({ body: { items: [{ ticket: id, price: priceId, quantity: 1 }] } }),
  "POST /orders/{id}/payment": () => ({ body: {} }),
  "POST /events/{id}/messages": () => ({ body: { subject: "News", text: "Come early." }, settings: WITH_MAIL }),
  "POST /reservations/{id}/mails": () => ({ settings: WITH_MAIL }),
  "POST /events/{id}/orders/{order}/mails": () => ({ settings: WITH_MAIL }),
  "POST /orders/{id}/mails": () => ({ settings: WITH_MAIL }),
  "PATCH /passes/{id}": () => ({ body: { holder_name: "Ada Lovelace" } }),
  "POST /passes/{id}/transfer": () => ({ body: { email: "ada@example.test" } }),
  "POST /reservations/{id}/refunds": () => ({ body: { all: true, restock: true, reason: "They are ill." } }),
  "POST /orders/{id}/refunds": () => ({ body: { all: true, restock: true, reason: "They are ill." } }),
  "PATCH /orders/{id}/refunds/{refund}": () => ({ body: { given_by_hand: true } }),
  "GET /accounts": ({ member }) => ({ query: `?username=${member?.username || newId()}` }),
  "PATCH /accounts/{id}": () => ({ body: { role: "organizer" } }),
};

let passwordHash: Promise<string> | undefined;
let freeSale: Promise<OnSale> | undefined;
let admin: Promise<Person> | undefined;

/** At today's cost, so that no sign-in raises it while a test compares the rows. */
export async function newMember(role: Role): Promise<Member> {
  const person = await newPerson(role);
  passwordHash ??= hashPassword(PASSWORD);
  await storeHash(person, await passwordHash);
  return newSession(person);
}

/** Free tickets, so that a payment is settled by the time it is answered. */
export async function openSale(): Promise<OnSale> {
  freeSale ??= putOnSale({ price: { amount: 0, currency: "EUR" }, capacity: 100_000, max_per_buyer: null });
  return freeSale;
}

/** Somebody and something of their own for nobody else's request. */
export async function newScene({ route, caller, kind, whose }: Cell): Promise<Scene> {
  const member = await newCaller(caller);
  const id = await newThing(kind, whose, member, ROLE[caller]);
  const ticketId = kind === "event" ? await ticketTypeOf(id) : "";
  const orderId = route.includes("{order}") ? await soldAt(id, ticketId) : "";
  const crewId = route.includes("{account}") ? await crewOf(id) : "";
  const invitationId = route.includes("{invitation}") ? await invitedTo(id) : "";
  if (route === "GET /events/{id}/cancellation") await callOff(id);
  if (caller === "was organiser" && member !== null) await takeRole(member);
  if (caller === "was deleted" && member !== null) await erase(member);
  if (kind === "account") await giveDraft(id);
  const priceId = kind === "ticket" ? await lastPriceOf(id) : "";
  return { member, id, priceId, ticketId, orderId, crewId, invitationId };
}

export function send(route: string, scene: Scene, method = route.split(" ")[0] ?? "", change: Sent = {}) {
  const request = REQUESTS[route];
  if (request === undefined) throw new Error(`there is no valid request for ${route} yet`);
  const { body, query = "", settings } = { ...request(scene), ...change };
  return call(method, pathIn(route.split(" ")[1] ?? "", scene) + query, {
    ...(scene.member && { token: scene.member.token }),
    ...(body && { body }),
    ...(settings && { settings }),
  });
}

/** The address that `newPerson` gives an account, or nobody's. */
function emailOf(member: Member | null): string {
  return `${member?.accountId ?? newId()}@example.test`;
}

/** `/events/{id}` with what the scene has for it. */
export function pathIn(path: string, { id, priceId, orderId, crewId, invitationId }: Scene): string {
  const filled = {
    "{id}": id,
    "{price}": priceId,
    "{pass}": id,
    "{order}": orderId,
    "{account}": crewId,
    "{invitation}": invitationId,
    "{refund}": EXAMPLES.refund,
    "{file}": "swagger-ui.css",
    "{asset}": "icon.svg",
    "{path+}": "orders",
    "{type}": "sold-out",
    "{token}": EXAMPLES.linkToken,
  };
  return Object.entries(filled).reduce((path, entry) => path.replace(...entry), path);
}

/** The rows that requests write, and the objects' state; not the copies, which come later. */
export async function everything({ id }: Scene): Promise<unknown> {
  const { ticketId } = await openSale();
  const tables = [
    "accounts",
    "sessions",
    "refresh_tokens",
    "revoked_sessions",
    "link_tokens",
    "mails",
    "event_messages",
    "mailings",
    "events",
    "crew",
    "crew_invitations",
  ];
  // That somebody was refused is on record.
  const audit = "SELECT * FROM audit_log WHERE action NOT LIKE '%-refused' ORDER BY id";
  const words = "SELECT id, event_id, position, name, description FROM ticket_types ORDER BY id";
  // When it was last used is no change.
  const keys = "SELECT id, account_id, hash, name, scopes, expires_at_ms FROM api_keys ORDER BY id";
  // What was sent meanwhile is none either.
  const hooks =
    "SELECT id, account_id, url, types, state, secret, previous_secret, last_number FROM webhooks ORDER BY id";
  const queries = [...tables.map((table) => `SELECT * FROM ${table} ORDER BY 1`), audit, words, keys, hooks];
  const rows = await env.DB.batch(queries.map((query) => env.DB.prepare(query)));
  const page = { count: true, after: "", limit: 1_000 };
  const objects = await Promise.all([ticketId, id].filter((of) => of !== "").map((of) => objectOf(of).audit(page)));
  return { rows: rows.map(({ results }) => results), objects };
}

async function newCaller(caller: Caller): Promise<Member | null> {
  if (caller === "nobody") return null;
  return caller === "guest" ? newGuest() : newMember(ROLE[caller]);
}

async function newThing(kind: Kind, whose: Whose, member: Member | null, role: Role): Promise<string> {
  if (kind === "" || whose === "") return "";
  if (whose === "malformed") return NO_ID;
  const isReservation = kind === "reservation" || kind === "payment";
  const { ticketId } = await openSale();
  if (whose === "unknown" && (kind === "door pass" || kind === "pass")) return `${newReservationId(ticketId)}-1`;
  const isOrder = kind === "order" || kind === "order payment";
  if (whose === "unknown" && isOrder) return newLongId();
  if (whose === "unknown") return isReservation ? newReservationId(ticketId) : newId();
  const isOwn = whose.startsWith("own");
  if (isOwn && member === null) throw new Error("nobody owns nothing");
  const organizes = kind === "event" || kind === "ticket" || kind === "door pass";
  const part = PART[whose];
  if (part !== undefined && member !== null) return newEventWithCrew(kind, member, part);
  const isOrganisers = organizes || kind === "webhook";
  const owner = isOwn && member !== null ? member : await newPerson(isOrganisers ? "organizer" : role);
  if (kind === "account") return owner.accountId;
  if (kind === "API key") return (await newKey(owner)).id;
  if (kind === "webhook") return (await subscribe(owner)).id;
  if (organizes) return newEvent(kind, whose, owner);
  if (isOrder) return newOrder(owner, ticketId, kind === "order payment");
  const { id } = (await hold(owner, ticketId)).body;
  if (kind === "payment" || kind === "pass")
    await call("POST", `/reservations/${id}/payment`, { token: owner.token, body: {} });
  return kind === "pass" ? `${id}-1` : id;
}

/** Free, so that it is confirmed by the time its payment is answered. */
async function newOrder({ token }: Person, ticketId: string, isPaid: boolean): Promise<string> {
  const body = { items: [{ ticket: ticketId, quantity: 1 }] };
  const { id } = (await call("POST", "/orders", { token, body })).body;
  if (isPaid) await call("POST", `/orders/${id}/payment`, { token, body: {} });
  return id;
}

/** Another's, in whose crew the caller is. */
async function newEventWithCrew(kind: Kind, member: Member, part: Part): Promise<string> {
  const { token } = await newPerson("organizer");
  const id = await newEvent(kind, "another's", { token });
  const ticketId = kind === "event" ? "" : ticketTypeIdOf(id);
  const eventId = kind === "event" ? id : (await call("GET", `/tickets/${ticketId}`, { token })).body.event;
  const given = await call("PUT", `/events/${eventId}/crew/${member.accountId}`, { token, body: { part } });
  if (given.status !== 200) throw new Error(`the part was not given: ${given.status}`);
  return id;
}

async function newEvent(kind: Kind, whose: Whose, { token }: Pick<Person, "token">): Promise<string> {
  const status = whose.endsWith("draft") ? "draft" : "published";
  const { id } = (await call("POST", "/events", { token, body: { ...EVENT, status } })).body;
  const { price: _, ...words } = TICKET;
  const body = { ...words, prices: [ADULT, CHILD] };
  const ticket = await call("POST", `/events/${id}/tickets`, { token, body });
  if (kind === "door pass") return (await boughtPasses(ticket.body.id))[0] ?? "";
  return kind === "event" ? id : ticket.body.id;
}

async function ticketTypeOf(eventId: string): Promise<string> {
  const [row] = await rowsOf("SELECT id FROM ticket_types WHERE event_id = ?", eventId);
  return String(row?.id ?? newId());
}

/** An order that waits for a transfer. Nothing is sold for a draft, or for an event of nobody. */
async function soldAt(eventId: string, ticketId: string): Promise<string> {
  admin ??= newPerson("admin");
  const items = [{ ticket: ticketId, price: ticketId, quantity: 1 }];
  const body = { items, method: "transfer" } as const;
  const { token } = await admin;
  const sold = await call("POST", `/events/${eventId}/orders`, { token, body });
  return sold.status === 201 ? sold.body.id : newLongId();
}

/** Somebody whom the event has in its crew, if there is such an event. */
async function crewOf(eventId: string): Promise<string> {
  admin ??= newPerson("admin");
  const { accountId } = await newPerson();
  const body = { part: "scanner" } as const;
  await call("PUT", `/events/${eventId}/crew/${accountId}`, { token: (await admin).token, body });
  return accountId;
}

/** Of somebody to the event, if there is such an event. */
async function invitedTo(eventId: string): Promise<string> {
  admin ??= newPerson("admin");
  const body = { email: `new-${newId()}@example.test`, part: "scanner" } as const;
  const options = { token: (await admin).token, settings: WITH_MAIL, body };
  const invited = await call("POST", `/events/${eventId}/crew-invitations`, options);
  return invited.status === 202 ? invited.body.id : newId();
}

/** What there is nothing to be seen of otherwise. */
async function callOff(eventId: string): Promise<void> {
  admin ??= newPerson("admin");
  const { token } = await admin;
  await call("POST", `/events/${eventId}/cancellation`, { token, body: { refund: true } });
}

async function lastPriceOf(ticketTypeId: string): Promise<string> {
  const known = ticketTypeId === NO_ID ? null : await objectOf(ticketTypeId).describe();
  return known?.prices.at(-1)?.id ?? newId();
}

/** A draft of the account's, whatever its role is now; none where there is no such account. */
async function giveDraft(accountId: string): Promise<void> {
  const columns = "name, description, venue, starts_at_ms, ends_at_ms, timezone, status, status_version, announcing";
  const draft = "'A draft', '', 'The hall', 1, 9e12, 'UTC', 'draft', 1, 0";
  const insert = `INSERT INTO events (id, organizer_id, created_at_ms, ${columns})`;
  await sql(`${insert} SELECT ?, id, 0, ${draft} FROM accounts WHERE id = ?`, newId(), accountId);
}

async function takeRole({ accountId }: Member): Promise<void> {
  admin ??= newPerson("admin");
  const { token } = await admin;
  const { status } = await call("PATCH", `/accounts/${accountId}`, { token, body: { role: "buyer" } });
  if (status !== 200) throw new Error(`the role was not taken: ${status}`);
}

async function erase({ accountId, token }: Member): Promise<void> {
  const claims = await readAccessToken(env, token);
  const account = await accountById(env.DB, accountId);
  if (claims === null || claims === "expired") throw new Error("the token is not good");
  const session = { id: claims.sessionId, accountId, isClosing: false };
  await closeAccount(env, session, account?.passwordHash ?? "");
  await releaseHoldsOf(env, accountId);
  await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", accountId);
  const theirs = "SELECT ticket_type_id FROM reservations WHERE account_id = ?";
  const tickets = `SELECT event_id FROM ticket_types WHERE id IN (${theirs})`;
  await sql(`UPDATE events SET starts_at_ms = 1, ends_at_ms = 2 WHERE id IN (${tickets})`, accountId);
  // Once D1 knows that it holds nothing. What it paid for is over.
  await until(
    () => eraseAccount(env, accountId, Date.now()),
    (isErased) => isErased,
  );
}
