// Scenario `pay`: to the last settlement, by the sandbox; does the queue keep up with reserving?

import { setTimeout as sleep } from "node:timers/promises";
import { CREATED } from "./comparison.ts";
import { drive, loadGenerator } from "./load.ts";
import { progress, type Report, rate, ratio, when } from "./report.ts";
import { Sale } from "./sale.ts";
import { type Spread, spread } from "./statistics.ts";
import type { Tally } from "./worker.ts";

const CONNECTIONS = 64;
const ACCEPTED = 202;
const POLL_MS = 25;
const SETTLED_WITHIN_MS = 180_000;
const LEAST_DRAINED = 0.9;

/** All a second. */
interface Round {
  readonly reserved: number;
  readonly begun: number;
  /** Over HTTP, from the first payment that begins to the last one that is settled. */
  readonly confirmed: number;
  /** Of payments that began inside the object, while nothing else happens. */
  readonly drained: number;
}

/** In each round `payments` reservations are paid for over HTTP, and as many inside the object. */
export async function pay(folder: string, payments: number, rounds: number): Promise<Report> {
  const capacity = 2 * payments;
  const options = { tickets: 2 * (rounds + 1), buyers: payments, capacity, mode: "development" as const };
  const sale = await Sale.open(folder, "pay", options);
  try {
    const measured: Round[] = [];
    for (let round = -1; round < rounds; round++) {
      const [first = "", second = ""] = sale.tickets.slice(2 * (round + 1));
      const found = { ...(await overHttp(folder, sale, first)), drained: await drain(sale, second, payments) };
      const { reserved, drained } = found;
      progress(`round ${round + 1}: ${reserved.toFixed(0)}/s reserved, ${drained.toFixed(0)}/s drained`);
      // The first one is to warm up.
      if (round >= 0) measured.push(found);
    }
    return reportOf(measured, payments, await sale.mistakes());
  } finally {
    await sale.close();
  }
}

async function overHttp(folder: string, sale: Sale, ticket: string): Promise<Omit<Round, "drained">> {
  const load = { url: sale.service.url, connections: CONNECTIONS, seconds: "once" as const };
  const bought = { ...load, requests: sale.purchases("/reservations", [ticket]), expect: [CREATED] };
  const { perSecond: reserved } = await drive(folder, bought);
  await sale.reservations();
  const held = await sale.service.query<{ id: string; account: string }>(
    "SELECT id, account_id AS account FROM reservations WHERE ticket_type_id = ?",
    ticket,
  );
  const tokenOf = new Map(sale.accountIds.map((id, buyer) => [id, sale.tokens[buyer] ?? ""]));
  const body = { payment_method: "pm_card_visa" };
  const requests = held.map(({ id, account }) => {
    return { path: `/reservations/${id}/payment`, token: tokenOf.get(account) ?? "", body };
  });
  const startMs = performance.now();
  const { perSecond: begun } = await drive(folder, { ...load, requests, expect: [ACCEPTED] });
  await allConfirmed(sale, ticket, held.length);
  return { reserved, begun, confirmed: (held.length * 1_000) / (performance.now() - startMs) };
}

async function drain(sale: Sale, ticket: string, payments: number): Promise<number> {
  await sale.objects("fill", [ticket], sale.accountIds, payments);
  await sale.reservations();
  const startMs = performance.now();
  await sale.objects("payAll", [ticket]);
  await allConfirmed(sale, ticket, payments);
  return (payments * 1_000) / (performance.now() - startMs);
}

async function allConfirmed(sale: Sale, ticket: string, payments: number): Promise<void> {
  const untilMs = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const [tally] = await sale.objects<Tally>("tally", [ticket]);
    if (tally?.sold === payments) return;
    if (performance.now() > untilMs) throw new Error(`${tally?.sold} of ${payments} payments were settled in time`);
    await sleep(POLL_MS);
  }
}

function reportOf(rounds: readonly Round[], payments: number, wrong: readonly string[]): Report {
  const of = (name: keyof Round): Spread => spread(rounds.map((round) => round[name]));
  const toReserving = (name: keyof Round): Spread => spread(rounds.map((round) => round[name] / round.reserved));
  const drained = toReserving("drained").median;
  const row = (what: string, name: keyof Round) => [what, rate(of(name)), ratio(toReserving(name))];
  return {
    title: "Reserved, paid, confirmed",
    headings: ["", "a second", "ratio to reserving"],
    rows: [
      row("reservations made", "reserved"),
      row("payments begun", "begun"),
      row("confirmed, from the first payment begun to the last settled", "confirmed"),
      row("the queue drained, of payments begun inside the object", "drained"),
    ],
    notes: [
      `${payments.toLocaleString("en")} reservations in each of ${rounds.length} rounds after one to warm up, of one ticket type, ` +
        `over ${CONNECTIONS} connections, then a payment for each; and as many once more in another ticket type, begun inside ` +
        "the object, so that nothing but the queue's consumer, the object and the sandbox is at work. All were confirmed.",
      "A development build, because a production build has no sandbox; minified like one. The sandbox's ledger is in D1, on the same thread.",
    ],
    versions: [loadGenerator() ?? ""],
    wrong,
    failures: when(
      !(drained >= LEAST_DRAINED),
      `the queue drains at ${drained.toFixed(2)} of the rate of reserving, at least ${LEAST_DRAINED} is promised`,
    ),
  };
}
