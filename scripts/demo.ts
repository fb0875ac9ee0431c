// `npm run demo`: plays three reservations over HTTP and checks each step against the design.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Client, client, type Reply } from "./lib/client.ts";
import { boxOfficeToken } from "./lib/local-accounts.ts";
import { loadProgramme, readProgramme } from "./lib/programme.ts";
import { withServer } from "./lib/server.ts";
import { ROOT, readArguments } from "./lib/settings.ts";
import { companionSettings, findServer } from "./lib/state.ts";

// Long enough to be followed by eye, short enough to be waited for.
const DEMO_HOLD_SECONDS = 6;
const LONGEST_HOLD_SECONDS = 60;
const POLL_MS = 250;

/** What the demo looks at, of all replies together. */
interface Body {
  readonly id: string;
  readonly type?: string;
  readonly state: string;
  readonly "auth-token": string;
  readonly expires_at: string;
  readonly created_at: string;
  readonly payment: { readonly state: string; readonly amount: number | null } | null;
  readonly tickets: readonly { readonly id: string; readonly prices: readonly Price[] }[];
}

interface Price {
  readonly id: string;
  readonly price: { readonly amount: number };
  readonly available: number;
  readonly requires_code: boolean;
}

/** What a reservation names. */
interface Wanted {
  readonly ticket: string;
  readonly price: string;
}

class Differs extends Error {}

const startedAtMs = Date.now();

const { values } = readArguments("Usage: npm run demo [-- --url http://…]", () =>
  parseArgs({ options: { url: { type: "string" } } }),
);
try {
  await onSomeServer(async (url) => play(url));
  say("demo", "All three ended as they should.");
} catch (fault) {
  console.error(fault instanceof Differs ? `\nNOT AS PROMISED: ${fault.message}` : fault);
  process.exitCode = 1;
}

/** The server that `--url` names, one here with a short hold, or one of the demo's own. */
async function onSomeServer(work: (url: string) => Promise<void>): Promise<void> {
  if (values.url !== undefined) return work(values.url.replace(/\/$/, ""));
  const settings = companionSettings();
  const running = await findServer(settings.stateDir);
  if (running !== null && running.holdSeconds <= LONGEST_HOLD_SECONDS) return work(running.url);
  if (running !== null) say("demo", `The server here holds for ${running.holdSeconds} s: too long to wait for.`);
  const holdSeconds = Math.min(Number(settings.variables.HOLD_SECONDS ?? DEMO_HOLD_SECONDS), LONGEST_HOLD_SECONDS);
  say("demo", `Starting a server of its own with a hold of ${holdSeconds} s, on a database of its own …`);
  const stateDir = mkdtempSync(join(tmpdir(), "ticket-overlord-demo-"));
  // However it ends, Ctrl-C included.
  process.on("exit", () => rmSync(stateDir, { recursive: true, force: true }));
  const variables = { ...settings.variables, HOLD_SECONDS: String(holdSeconds) };
  await withServer({ ...settings, stateDir, variables }, async (url) => {
    const { events } = readProgramme(join(ROOT, "data", "programme.json"));
    await loadProgramme({ events: events.slice(0, 4) }, url, await boxOfficeToken());
    await work(url);
  });
}

async function play(url: string): Promise<void> {
  const ada = await signUp(url, "Ada");
  const ben = await signUp(url, "Ben");
  const cleo = await signUp(url, "Cleo");
  const wanted = await findTicket(ada);
  say("demo", `Each wants one ticket of type ${wanted.ticket} at price ${wanted.price}.`);
  await Promise.all([paysInTime(ada, wanted), neverPays(ben, wanted), paysAtTheLastMoment(cleo, wanted)]);
}

async function paysInTime(buyer: Client, wanted: Wanted): Promise<void> {
  const held = await hold(buyer, wanted, "Ada");
  expectStatus("Ada pays", await pay(buyer, held.id, "pm_card_visa"), 202);
  say("Ada", "pays; the answer comes at once, the money moves in the background.");
  const paid = await outcomeOf(buyer, held.id, "Ada", 10_000);
  expectThat("Ada's reservation is confirmed", paid.state === "confirmed" && paid.payment?.state === "succeeded", paid);
  say("Ada", "is confirmed.");
}

async function neverPays(buyer: Client, wanted: Wanted): Promise<void> {
  const held = await hold(buyer, wanted, "Ben");
  const left = Date.parse(held.expires_at) - Date.parse(held.created_at);
  const over = await outcomeOf(buyer, held.id, "Ben", left + 5_000);
  expectThat("Ben's hold expires", over.state === "expired", over);
  say("Ben", "did not pay: the hold has expired, the ticket is on sale again.");
  const late = await pay(buyer, held.id, "pm_card_visa");
  expectStatus("paying now is refused", late, 410);
  say("Ben", `tries to pay now: refused, ${late.body.type}.`);
}

async function paysAtTheLastMoment(buyer: Client, wanted: Wanted): Promise<void> {
  const held = await hold(buyer, wanted, "Cleo");
  const deadlineMs = Date.parse(held.expires_at);
  const seconds = Math.ceil((deadlineMs - Date.now()) / 1_000) + 4;
  expectStatus("Cleo pays", await pay(buyer, held.id, `pm_sandbox_slow_${seconds}s`), 202);
  say("Cleo", `pays with a card that takes ${seconds} s: longer than the hold lasts.`);
  await sleep(Math.max(0, deadlineMs + 1_000 - Date.now()));
  const waiting = await show(buyer, held.id);
  expectThat(
    "Cleo's hold waits for the payment",
    waiting.state === "held" && waiting.payment?.state === "pending",
    waiting,
  );
  say("Cleo", "is past the deadline with the payment pending: nothing is released.");
  const paid = await outcomeOf(buyer, held.id, "Cleo", 30_000);
  expectThat("Cleo's reservation is confirmed", paid.state === "confirmed", paid);
  say("Cleo", "is confirmed all the same.");
}

async function signUp(url: string, who: string): Promise<Client> {
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

/** A price at which three can be bought: not free, without a code, on sale, with enough left. */
async function findTicket(buyer: Client): Promise<Wanted> {
  const list = await buyer<Body[]>("GET", "/events?limit=100");
  for (const { id } of list.body) {
    const { body } = await buyer<Body>("GET", `/events/${id}`);
    for (const { id: ticket, prices } of body.tickets) {
      for (const { id: price, price: money, available, requires_code: isHidden } of prices) {
        if (money.amount === 0 || available < 3 || isHidden) continue;
        if (await canBeHeld(buyer, { ticket, price })) return { ticket, price };
      }
    }
  }
  throw new Error("No ticket type of this server can be bought three times. Load the sample: npm run seed");
}

async function canBeHeld(buyer: Client, wanted: Wanted): Promise<boolean> {
  const held = await buyer<Body>("POST", "/reservations", { ...wanted, quantity: 3 });
  if (held.status !== 201) return false;
  expectStatus("letting a hold go", await buyer("DELETE", `/reservations/${held.body.id}`), 204);
  return true;
}

async function hold(buyer: Client, wanted: Wanted, who: string): Promise<Body> {
  const held = await buyer<Body>("POST", "/reservations", { ...wanted, quantity: 1 });
  expectStatus(`${who} holds a ticket`, held, 201);
  say(who, `holds a ticket until ${held.body.expires_at}.`);
  return held.body;
}

function pay(buyer: Client, id: string, method: string): Promise<Reply<Body>> {
  return buyer("POST", `/reservations/${id}/payment`, { payment_method: method });
}

async function show(buyer: Client, id: string): Promise<Body> {
  return (await buyer<Body>("GET", `/reservations/${id}`)).body;
}

/** The reservation once it is no longer held. */
async function outcomeOf(buyer: Client, id: string, who: string, withinMs: number): Promise<Body> {
  for (const deadlineMs = Date.now() + withinMs; ; await sleep(POLL_MS)) {
    const reservation = await show(buyer, id);
    if (reservation.state !== "held") return reservation;
    const seen = JSON.stringify(reservation);
    if (Date.now() > deadlineMs) throw new Differs(`${who} still waits after ${withinMs} ms: ${seen}`);
  }
}

function expectStatus(what: string, reply: Reply<unknown>, status: number): void {
  expectThat(`${what} answers ${status}`, reply.status === status, reply);
}

function expectThat(what: string, holds: boolean, seen: unknown): void {
  if (!holds) throw new Differs(`${what}. What was seen: ${JSON.stringify(seen)}`);
}

function say(who: string, what: string): void {
  const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${who.padEnd(5)} ${what}`);
}
