// `npm run demo`: plays orders and reservations over HTTP and checks each step against the design.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Client, Reply } from "./lib/client.ts";
import { guestBuys, orderIsRefused } from "./lib/demo-orders.ts";
import {
  type Body,
  Differs,
  type Event,
  eventsOnSale,
  expectStatus,
  expectThat,
  missing,
  openPrices,
  outcomeOf,
  PLENTY,
  say,
  signUp,
} from "./lib/demo-stage.ts";
import { boxOfficeToken } from "./lib/local-accounts.ts";
import { loadProgramme, readProgramme } from "./lib/programme.ts";
import { withServer } from "./lib/server.ts";
import { ROOT, readArguments } from "./lib/settings.ts";
import { companionSettings, findServer } from "./lib/state.ts";

// Long enough to be followed by eye, short enough to be waited for.
const DEMO_HOLD_SECONDS = 6;
const LONGEST_HOLD_SECONDS = 60;

/** What a reservation names. */
interface Wanted {
  readonly ticket: string;
  readonly price: string;
}

const { values } = readArguments("Usage: npm run demo [-- --url http://…]", () =>
  parseArgs({ options: { url: { type: "string" } } }),
);
try {
  await onSomeServer(async (url) => play(url));
  say("demo", "All orders and reservations ended as they should.");
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
    await loadProgramme({ events: events.slice(0, 5) }, url, await boxOfficeToken());
    await work(url);
  });
}

async function play(url: string): Promise<void> {
  const events = await eventsOnSale(url);
  say("demo", "Orders: several things at once, paid once, all of them or none.");
  await guestBuys(url, events);
  await orderIsRefused(url, events);
  say("demo", "Three reservations: one paid in time, one never, one at the last moment.");
  const ada = await signUp(url, "Ada");
  const ben = await signUp(url, "Ben");
  const cleo = await signUp(url, "Cleo");
  const wanted = findTicket(events);
  await Promise.all([paysInTime(ada, wanted), neverPays(ben, wanted), paysAtTheLastMoment(cleo, wanted)]);
}

async function paysInTime(buyer: Client, wanted: Wanted): Promise<void> {
  const held = await hold(buyer, wanted, "Ada");
  expectStatus("Ada pays", await pay(buyer, held.id, "pm_card_visa"), 202);
  say("Ada", "pays; the answer comes at once, the money moves in the background.");
  const paid = await outcomeOf(buyer, `/reservations/${held.id}`, "Ada", 10_000);
  expectThat("Ada's reservation is confirmed", paid.state === "confirmed" && paid.payment?.state === "succeeded", paid);
  say("Ada", "is confirmed.");
}

async function neverPays(buyer: Client, wanted: Wanted): Promise<void> {
  const held = await hold(buyer, wanted, "Ben");
  const left = Date.parse(held.expires_at) - Date.parse(held.created_at);
  const over = await outcomeOf(buyer, `/reservations/${held.id}`, "Ben", left + 5_000);
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
  const paid = await outcomeOf(buyer, `/reservations/${held.id}`, "Cleo", 30_000);
  expectThat("Cleo's reservation is confirmed", paid.state === "confirmed", paid);
  say("Cleo", "is confirmed all the same.");
}

/** A price that anyone can pay, with enough left for three buyers. */
function findTicket(events: readonly Event[]): Wanted {
  for (const ticket of events.flatMap(({ tickets }) => tickets)) {
    const price = openPrices(ticket).find(({ available }) => available >= PLENTY);
    if (price !== undefined) return { ticket: ticket.id, price: price.id };
  }
  throw missing("No ticket type of this server can be bought three times.");
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
