// A request to every route, made from its declaration: new routes and fields are tested at once.

import * as z from "zod";
import { newId, newLongId } from "../../src/platform/ids.ts";
import { answer } from "../../src/worker/app.ts";
import type { Env } from "../../src/worker/env.ts";
import { EXAMPLES } from "../../src/worker/http/examples.ts";
import { boughtPasses } from "./passes.ts";
import { ROUTES, type Route } from "./routes.ts";
import {
  type CallOptions,
  call,
  createEvent,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  ORIGIN,
  type Person,
  putOnSale,
  TICKET,
  withSettings,
} from "./service.ts";

export type { Route };
/** Where a field stands in a body: `["price", "amount"]`. */
export type FieldPath = readonly string[];

export const WITH_BODY = ROUTES.filter(({ body }) => body !== null);
export const JSON_TYPE = { "content-type": "application/json" };
export const MAX_BODY_BYTES = 64 * 1024;

/** How long a body of the route may be. */
export function maxBytesOf({ maxBodyBytes = MAX_BODY_BYTES }: Route): number {
  return maxBodyBytes;
}

/** What there is to ask for. */
export interface World extends OnSale {
  readonly buyer: Person;
  readonly admin: Person;
  /** The buyer's, of the event, and paid for. */
  readonly passId: string;
  /** In the crew of the event. */
  readonly scanner: Person;
  readonly reservationId: string;
  readonly orderId: string;
  /** Sold at the event's counter, and not paid yet. */
  readonly counterOrderId: string;
  readonly calledOffEventId: string;
}

export async function newWorld(): Promise<World> {
  const sale = await putOnSale({ max_per_buyer: null });
  const [buyer, admin] = [await newPerson(), await newPerson("admin")];
  const scanner = await newPerson();
  const path = `/events/${sale.eventId}/crew/${scanner.accountId}`;
  await call("PUT", path, { token: sale.organizer.token, body: { part: "scanner" } });
  const [passId = ""] = await boughtPasses(sale.ticketId, 1, buyer.accountId);
  const reservationId = (await hold(buyer, sale.ticketId)).body.id;
  const body = { items: [{ ticket: sale.ticketId, quantity: 1 }] };
  const orderId = (await call("POST", "/orders", { token: buyer.token, body })).body.id;
  const sold = { ...body, method: "transfer" as const };
  const counterOrder = await call("POST", `/events/${sale.eventId}/orders`, {
    token: sale.organizer.token,
    body: sold,
  });
  const calledOffEventId = await createEvent(sale.organizer, { status: "cancelled" });
  const others = { counterOrderId: counterOrder.body.id, calledOffEventId };
  return { ...sale, buyer, admin, scanner, passId, reservationId, orderId, ...others };
}

export function pathOf({ path }: Route, world: World): string {
  const [, first = ""] = path.split("/");
  if (first === "check-ins") return path.replace("{pass}", world.passId);
  const ids: Record<string, string> = {
    events: path.endsWith("/cancellation") ? world.calledOffEventId : world.eventId,
    tickets: world.ticketId,
    reservations: world.reservationId,
    orders: world.orderId,
    passes: world.passId,
    accounts: world.buyer.accountId,
  };
  // The first price has the ticket type's id.
  const named = path.replace("{id}", ids[first] ?? world.eventId).replace("{price}", world.ticketId);
  const filled = named.replace("{refund}", EXAMPLES.orderRefund);
  return filled.replace("{order}", world.counterOrderId).replace("{account}", world.scanner.accountId);
}

/** Somebody who may call the route: new, where it may end a session or an account. */
export async function callerOf({ access, path }: Route, world: World): Promise<Person | null> {
  if (access === "anyone") return null;
  if (access === "session" && /^\/(check-ins|events\/\{id\})/.test(path)) return world.organizer;
  if (access === "session") return /^\/(reservations|orders|passes)\/\{id\}/.test(path) ? world.buyer : newPerson();
  if (access === "admin") return world.admin;
  return path.includes("{id}") ? world.organizer : newPerson("organizer");
}

export async function credentialsFor(route: Route, world: World): Promise<Pick<CallOptions, "token">> {
  const caller = await callerOf(route, world);
  return caller === null ? {} : { token: caller.token };
}

/** A request that the route accepts, from a caller who may send it. */
export async function requestTo(
  route: Route,
  world: World,
  headers: Record<string, string> = {},
): Promise<RequestInit & { readonly headers: Record<string, string> }> {
  const caller = await callerOf(route, world);
  const authorization = caller === null ? {} : { authorization: `Bearer ${caller.token}` };
  const body = route.body === null ? {} : { body: JSON.stringify(sampleBody(route, world)) };
  return { headers: { ...headers, ...JSON_TYPE, ...authorization }, redirect: "manual", ...body };
}

/** The service's own response, however it is configured and under whatever host it is called. */
export function respond(
  method: string,
  path: string,
  init: RequestInit = {},
  settings: Partial<Env> = {},
  origin = ORIGIN,
): Promise<Response> {
  return answer(new Request(origin + path, { redirect: "manual", ...init, method }), withSettings(settings));
}

interface Schema extends Pick<z.core.JSONSchema.BaseSchema, "$ref" | "type" | "enum" | "examples"> {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

interface Field {
  readonly at: FieldPath;
  readonly schema: Schema;
}

/** The fields of a body or a query that are no objects themselves, however deep. */
function fieldsOf(schema: z.ZodType | null): Field[] {
  if (schema === null) return [];
  const root: Schema = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })));
  const walk = (node: Schema, at: FieldPath): Field[] => {
    const plain = node.$ref === undefined ? node : (root.$defs?.[node.$ref.replace("#/$defs/", "")] ?? node);
    if (plain.properties === undefined) return [{ at, schema: plain }];
    return Object.entries(plain.properties).flatMap(([name, inner]) => walk(inner, [...at, name]));
  };
  return walk(root, []);
}

const isText = ({ type, anyOf }: Schema) => type === "string" || anyOf?.some((option) => option.type === "string");

export function stringFields(schema: z.ZodType | null): FieldPath[] {
  return fieldsOf(schema)
    .filter((field) => isText(field.schema))
    .map(({ at }) => at);
}

// An order of the ticket types names all of an event, to which tests add some. Others stand in
// place of a field that is there: `prices` of `price`, `codes` of `count`. No price needs a code,
// and no cash a day until which it is awaited.
const LEFT_OUT: ReadonlySet<string> = new Set(["tickets", "prices", "codes", "code", "terms", "seller", "pay_until"]);

/** A body that the route's schema takes, of things that exist where it can name some. */
export function sampleBody(route: Route, world: World): Record<string, unknown> {
  const id = newId();
  const known: Record<string, unknown> = {
    ...EVENT,
    ...TICKET,
    ...TICKET.price,
    description: "For all",
    status: "published",
    max_per_buyer: 4,
    sales_start: null,
    sales_end: null,
    hidden: false,
    withdrawn: false,
    requires_code: false,
    ticket: world.ticketId,
    // Where it is an amount of money, its fields are found below it.
    price: world.ticketId,
    organizer: world.organizer.accountId,
    quantity: 1,
    items: [{ ticket: world.ticketId, price: world.ticketId, quantity: 1 }],
    payment_method: "pm_card_visa",
    scopes: ["events:read"],
    url: `https://${id}.example.com/`,
    types: ["order.confirmed"],
    all: true,
    restock: true,
    given_by_hand: true,
    refund: false,
    reentry: false,
    event: world.eventId,
    pass: world.passId,
    key: newLongId(),
    check_in: newLongId(),
    scans: [{ code: `nothing ${id}`, gate: "North", key: newLongId() }],
    message: "They are ill.",
    username: `sample-${id}`,
    email: `${id}@example.test`,
    password: `a passphrase ${id}`,
    token: EXAMPLES.linkToken,
  };
  const value = ({ at, schema }: Field) =>
    known[at.at(-1) ?? ""] ?? schema.examples?.[0] ?? schema.enum?.[0] ?? (isText(schema) ? `text ${id}` : 1);
  const nullable = new Set(["sales_start", "sales_end", "refundable_until", "doors_open_at", "expires_at"]);
  // All tickets are given back, or the named ones.
  const isOther = (name: string) => name === "items" && route.path.endsWith("/refunds");
  // A check of a code is about nothing else.
  const isLeftOut = (name: string) => LEFT_OUT.has(name) && !route.path.endsWith("/code-checks");
  const fields = fieldsOf(route.body).filter(({ at: [name = ""] }) => !isLeftOut(name) && !isOther(name));
  return fields.reduce<Record<string, unknown>>(
    (body, field) => withField(body, field.at, nullable.has(field.at.at(-1) ?? "") ? null : value(field)),
    {},
  );
}

/** `body` with another value at one place. */
export function withField(body: Record<string, unknown>, at: FieldPath, value: unknown): Record<string, unknown> {
  const [name = "", ...rest] = at;
  if (rest.length === 0) return { ...body, [name]: value };
  const inner = body[name];
  return { ...body, [name]: withField(isRecord(inner) ? inner : {}, rest, value) };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A D1 that can't be reached. */
export function brokenDatabase(): D1Database {
  const fail = () => {
    throw new Error("D1_ERROR: Network connection lost.");
  };
  return { prepare: fail, batch: fail, exec: fail, withSession: fail, dump: fail };
}
