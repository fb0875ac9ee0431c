// What the scenes of `npm run demo` share: people who sign in, checks of each step, lines to read.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, client, listAll, type Reply } from "./client.ts";

const POLL_MS = 250;

/** What the demo looks at, of all replies together. */
export interface Body {
  readonly id: string;
  readonly type?: string;
  readonly state: string;
  readonly "auth-token": string;
  readonly expires_at: string;
  readonly created_at: string;
  readonly payment: { readonly state: string } | null;
  /** Of an order. */
  readonly total: Money;
  /** Of the refusal of an order: which item, and how many are left of it. */
  readonly item?: number;
  readonly available?: number;
}

/** An event with its ticket types. */
export interface Event {
  readonly id: string;
  readonly name: string;
  readonly tickets: readonly Ticket[];
}

export interface Ticket {
  readonly id: string;
  readonly name: string;
  readonly available: number;
  readonly max_per_buyer: number | null;
  readonly prices: readonly Price[];
}

export interface Price {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
  readonly available: number;
  readonly requires_code: boolean;
  readonly sale_state: string;
}

interface Money {
  readonly amount: number;
  readonly currency: string;
  readonly exponent: number;
}

// So many that the buyers of one scene are in nobody's way.
export const PLENTY = 10;

export class Differs extends Error {}

const startedAtMs = Date.now();

export async function signUp(url: string, who: string): Promise<Client> {
  const username = `${who.toLowerCase()}-${randomBytes(6).toString("hex")}`;
  const password = randomBytes(12).toString("hex");
  const anonymous = client(url);
  const account = { username, email: `${username}@example.com`, password };
  expectStatus("registering", await anonymous("POST", "/register", account), 201);
  const login = await anonymous<Body>("POST", "/api-auth/login", { username, password });
  expectStatus("signing in", login, 200);
  say(who, `registers as ${username} and signs in.`);
  return client(url, login.body["auth-token"]);
}

/** A buyer with an address and no password. */
export async function comeAsGuest(url: string, who: string): Promise<Client> {
  const email = `${who.toLowerCase()}-${randomBytes(6).toString("hex")}@example.com`;
  const guest = await client(url)<Body>("POST", "/guests", { email });
  expectStatus("coming as a guest", guest, 201);
  say(who, `comes as a guest, with nothing but an address: ${email}.`);
  return client(url, guest.body["auth-token"]);
}

/** The reservation or order at `path` once it is no longer held. */
export async function outcomeOf(buyer: Client, path: string, who: string, withinMs: number): Promise<Body> {
  for (const deadlineMs = Date.now() + withinMs; ; await sleep(POLL_MS)) {
    const { body } = await buyer<Body>("GET", path);
    if (body.state !== "held") return body;
    const seen = JSON.stringify(body);
    if (Date.now() > deadlineMs) throw new Differs(`${who} still waits after ${withinMs} ms: ${seen}`);
  }
}

/** But for those whose terms a buyer has to read first. */
export async function eventsOnSale(url: string): Promise<readonly Event[]> {
  const api = client(url);
  const events = await listAll<Event>(api, "/events?available=true&expand=tickets&limit=100");
  const pages = await Promise.all(events.map(({ id }) => api<{ terms: unknown }>("GET", `/events/${id}`)));
  return events.filter((_event, index) => pages[index]?.body.terms === null);
}

/** Those that anyone can buy at, and has to pay. */
export function openPrices({ prices }: Ticket): readonly Price[] {
  return prices.filter(
    ({ price, available, sale_state, requires_code: isHidden }) =>
      price.amount > 0 && available > 0 && sale_state === "open" && !isHidden,
  );
}

export function missing(what: string): Error {
  return new Error(`${what} Load the sample: npm run seed -- data/programme.json`);
}

/** `amount` is in the currency's minor unit. */
export function moneyText({ amount, currency, exponent }: Money): string {
  return `${(amount / 10 ** exponent).toFixed(exponent)} ${currency}`;
}

export function expectStatus(what: string, reply: Reply<unknown>, status: number): void {
  expectThat(`${what} answers ${status}`, reply.status === status, reply);
}

export function expectThat(what: string, holds: boolean, seen: unknown): void {
  if (!holds) throw new Differs(`${what}. What was seen: ${JSON.stringify(seen)}`);
}

export function say(who: string, what: string): void {
  const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${who.padEnd(5)} ${what}`);
}
