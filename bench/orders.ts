// Scenario `orders`: orders of two items, held, paid and confirmed, beside the same in PostgreSQL.

import { setTimeout as sleep } from "node:timers/promises";
import { CREATED, inTurn } from "./comparison.ts";
import { drive, loadGenerator } from "./load.ts";
import { ITEMS_AN_ORDER, newOrders, type OrderSeller, paymentOf } from "./order-requests.ts";
import { missingPeer, Peer, type PeerSize, peerName } from "./peers/peer.ts";
import { progress, type Report, rate, ratio, when } from "./report.ts";
import { Sale } from "./sale.ts";
import { type Spread, spread } from "./statistics.ts";

export interface OrderOptions {
  /** Of each turn. */
  readonly orders: number;
  readonly rounds: number;
  readonly peers: readonly PeerSize[];
}

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly seller: OrderSeller;
  readonly rounds: Round[];
}

/** All a second: orders held, orders paid and confirmed, and orders that went through both. */
interface Round {
  readonly held: number;
  readonly paid: number;
  readonly confirmed: number;
}

const CONNECTIONS = 64;
const TICKETS = 10;
const CAPACITY = 10_000_000;
const ACCEPTED = 202;
const POLL_MS = 50;
const WITHIN_MS = 180_000;
const LEAST_OF_PEER = 0.5;
const WORKER_POOL = 10;

export async function orders(folder: string, { orders, rounds, peers }: OrderOptions): Promise<Report> {
  const options = { tickets: TICKETS, buyers: orders, capacity: CAPACITY, mode: "development" as const };
  const sale = await Sale.open(folder, "orders", options);
  const missing = peers.length === 0 ? null : missingPeer();
  const peer = peers.length === 0 || missing !== null ? null : await Peer.open(TICKETS, orders, CAPACITY);
  try {
    const contenders: Contender[] = [{ name: "ours", url: sale.service.url, seller: sellerOf(sale), rounds: [] }];
    if (peer !== null) {
      await peer.work(WORKER_POOL);
      for (const size of peers) {
        contenders.push({ name: peerName(size), url: await peer.serve(size), seller: peer, rounds: [] });
      }
    }
    const soldBy = new Map<OrderSeller, number>();
    const takeTurn = async (one: Contender, title: string): Promise<Round> => {
      const sold = (soldBy.get(one.seller) ?? 0) + ITEMS_AN_ORDER * orders;
      soldBy.set(one.seller, sold);
      const round = await sell(folder, one, sold);
      progress(`${title}, ${one.name}: ${round.confirmed.toFixed(0)}/s`);
      return round;
    };
    for (const one of contenders) await takeTurn(one, "warm-up");
    await inTurn(contenders, rounds, async (one, round) => {
      one.rounds.push(await takeTurn(one, `round ${round + 1}`));
    });
    const wrong: string[] = [];
    for (const seller of soldBy.keys()) wrong.push(...(await seller.mistakes()));
    return reportOf(contenders, { orders, rounds, peers }, missing, wrong);
  } finally {
    await sale.close();
    await peer?.close();
  }
}

/** Looking up what is to be paid for counts, too. */
async function sell(folder: string, { url, seller }: Contender, soldInAll: number): Promise<Round> {
  const requests = newOrders(seller);
  const load = { url, connections: CONNECTIONS, seconds: "once" as const };
  const startMs = performance.now();
  await drive(folder, { ...load, requests, expect: [CREATED] });
  const heldMs = performance.now();
  const payments = await seller.paymentsDue(requests.length);
  await drive(folder, { ...load, requests: payments, expect: [ACCEPTED] });
  await seller.sold(soldInAll);
  const endMs = performance.now();
  const perSecond = (ms: number) => (requests.length * 1_000) / ms;
  return {
    held: perSecond(heldMs - startMs),
    paid: perSecond(endMs - heldMs),
    confirmed: perSecond(endMs - startMs),
  };
}

function sellerOf(sale: Sale): OrderSeller {
  const tokenOf = new Map(sale.accountIds.map((id, buyer) => [id, sale.tokens[buyer] ?? ""]));
  return {
    tickets: sale.tickets,
    tokens: sale.tokens,
    async paymentsDue(count) {
      const due = await poll(
        () =>
          sale.service.query<{ id: string; account: string }>(
            "SELECT id, account_id AS account FROM orders WHERE state = 'held' AND payment_state IS NULL",
          ),
        (rows) => rows.length === count,
      );
      return due.map(({ id, account }) => paymentOf(id, tokenOf.get(account) ?? ""));
    },
    async sold(tickets) {
      await poll(
        () => sale.objects<{ readonly sold: number }>("describe"),
        (found) => found.reduce((sum, { sold }) => sum + sold, 0) === tickets,
      );
    },
    async mistakes() {
      const unfinished = () =>
        sale.service.query<{ id: string }>("SELECT id FROM orders WHERE state <> 'confirmed' OR unfinished = 1");
      const left = await poll(unfinished, (rows) => rows.length === 0).catch(unfinished);
      return [...left.map(({ id }) => `order ${id} is not confirmed in D1`), ...(await sale.mistakes())];
    },
  };
}

async function poll<T>(ask: () => Promise<T>, isDone: (found: T) => boolean): Promise<T> {
  const untilMs = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await ask();
    if (isDone(found)) return found;
    if (performance.now() > untilMs) throw new Error(`not done in time: ${JSON.stringify(found).slice(0, 500)}`);
    await sleep(POLL_MS);
  }
}

function reportOf(
  contenders: readonly Contender[],
  { orders, rounds }: OrderOptions,
  missing: string | null,
  wrong: readonly string[],
): Report {
  const [ours, ...peers] = contenders;
  const of = (one: Contender, name: keyof Round): Spread => spread(one.rounds.map((round) => round[name]));
  const [best = ours] = peers.toSorted((a, b) => of(b, "confirmed").median - of(a, "confirmed").median);
  const toBest = (one: Contender): Spread =>
    spread(one.rounds.map(({ confirmed }, round) => confirmed / (best?.rounds[round]?.confirmed ?? Number.NaN)));
  const share = ours === undefined ? Number.NaN : toBest(ours).median;
  return {
    title: "Orders: held, paid, confirmed",
    headings: ["", "orders a second", `ratio to ${best?.name}`, "held a second", "paid and confirmed a second"],
    rows: contenders.map((one) => [
      one.name,
      rate(of(one, "confirmed")),
      ratio(toBest(one)),
      rate(of(one, "held")),
      rate(of(one, "paid")),
    ]),
    notes: [
      `${orders} orders in each of ${rounds} rounds after one to warm up, of one ticket each of two of ${TICKETS} ticket types, ` +
        `over ${CONNECTIONS} connections; then a payment for each, until all are confirmed. The contenders take turns. ` +
        "Medians over the rounds with their middle half.",
      "A development build, because a production build has no sandbox; minified like one. Here all objects share one thread with the worker, the queue's consumer and D1.",
      missing ??
        `The peer locks the rows of the ticket types in one order, in one transaction for all items; a worker of its own, with a pool of ${WORKER_POOL}, charges and confirms. It has no copies to keep.`,
    ],
    versions: [loadGenerator() ?? "", ...(peers.length === 0 ? [] : Peer.versions())],
    wrong,
    failures: when(
      peers.length > 0 && !(share >= LEAST_OF_PEER),
      `${share.toFixed(2)} times as many orders a second as ${best?.name}, at least ${LEAST_OF_PEER} is promised`,
    ),
  };
}
