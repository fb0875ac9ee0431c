// Objects as an earlier version left them: how to make such a state, keep it as SQL, restore it.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import {
  CARD,
  cancel,
  DECLINED_CARD,
  GIVEN_UP,
  HOLD_MINUTES,
  passMinutes,
  pay,
  reserve,
  SUCCEEDED,
  settle,
  succeeds,
} from "./faults/acts.ts";
import { type Act, type Process, World } from "./faults/world.ts";

/** An object's tables as SQL. `ticketTypeId` is all over them, and is replaced by a fresh one. */
export interface OldState {
  readonly ticketTypeId: string;
  readonly atMs: number;
  readonly sql: string;
}

/** An object with a reservation in each state, as today's code writes it, with copies behind. */
export async function makeState(): Promise<OldState> {
  const world = new World(null);
  // Nobody is told of a payment: its outcome comes by hand, or never.
  world.whatBecomesOf = () => [];
  const begin: Act = (process) => process.putOnSale({ capacity: 100 });
  return world.live(begin, [...EARLIER, ...LATER, d1IsAway, ...LAST], async ({ state: { storage } }) => {
    vi.restoreAllMocks();
    return { ticketTypeId: world.ticketTypeId, atMs: Date.now(), sql: dump(storage.sql) };
  });
}

/** As in `/test/fixtures/object-v<n>.sql`: the first line has the ticket type and the time. */
export function toFile({ ticketTypeId, atMs, sql }: OldState): string {
  return `-- ticket type ${ticketTypeId} at ${atMs}\n${sql}\n`;
}

export function fromFile(text: string): OldState {
  const [, ticketTypeId = "", atMs] = /^-- ticket type (\w+) at (\d+)/.exec(text) ?? [];
  return { ticketTypeId, atMs: Number(atMs), sql: text };
}

/** A world whose object has these tables, has been put away since, and is awake to go on. */
export async function putBack({ ticketTypeId, atMs, sql }: OldState): Promise<World> {
  const world = new World(null);
  vi.setSystemTime(atMs);
  const stub = env.TICKET_TYPES.getByName(world.ticketTypeId);
  await runInDurableObject(stub, async (_, { storage }) => {
    storage.sql.exec(sql.replaceAll(ticketTypeId, world.ticketTypeId));
    await storage.setAlarm(atMs + 1);
  });
  await evictDurableObject(stub);
  return world;
}

// Their holds are over by the end; a payment of theirs is still under way.
const EARLIER: readonly Act[] = [
  reserve("dan"),
  pay("dan", "d1", CARD),
  reserve("dot"),
  pay("dot", "d2", DECLINED_CARD),
  reserve("gus"),
  passMinutes(HOLD_MINUTES - 5),
];

const LATER: readonly Act[] = [
  reserve("ada"),
  reserve("amy"),
  reserve("abe"),
  ...[reserve("bea"), pay("bea", "b1", CARD)],
  ...[reserve("bob"), pay("bob", "b2", DECLINED_CARD)],
  ...[reserve("cal"), pay("cal", "c1", CARD), cancel("cal")],
  ...[reserve("eve"), pay("eve", "e1", CARD), settle("e1", SUCCEEDED)],
  ...[reserve("fay"), cancel("fay")],
  ...[reserve("hal"), pay("hal", "h1", DECLINED_CARD), settle("h1", GIVEN_UP)],
  ...[reserve("ida"), pay("ida", "i1", CARD), settle("i1", GIVEN_UP)],
  ...[pay("ida", "i2", CARD), settle("i2", SUCCEEDED), settle("i1", SUCCEEDED)],
  ...[reserve("jon"), pay("jon", "j1", CARD), settle("j1", GIVEN_UP), cancel("jon")],
  ...[reserve("lou"), pay("lou", "l1", CARD), settle("l1", GIVEN_UP), cancel("lou")],
  ...[soldOut, settle("j1", SUCCEEDED), settle("l1", SUCCEEDED), change({ capacity: 100 })],
  ...[change({ priceMinor: 0 }), reserve("kim"), pay("kim", "k1", null), change({ priceMinor: 4500 })],
  passMinutes(HOLD_MINUTES + 1),
];

const LAST: readonly Act[] = [
  settle("j1", { state: "refunded" }),
  ...[reserve("cyd"), pay("cyd", "c2", DECLINED_CARD), cancel("cyd")],
  // Their copies wait for D1.
  reserve("zoe"),
];

async function d1IsAway(): Promise<void> {
  vi.spyOn(env.DB, "batch").mockRejectedValue(new Error("D1 is away"));
}

function change(fields: { capacity?: number; priceMinor?: number }): Act {
  return succeeds("change", (object) => object.change(fields));
}

async function soldOut(process: Process): Promise<void> {
  const known = await process.call((object) => object.describe());
  if (known !== null) await change({ capacity: known.held + known.sold })(process);
}

/** All tables and their rows, as statements that make them again. */
export function dump(sql: SqlStorage): string {
  const mine = "sql IS NOT NULL AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'";
  const query = `SELECT type, name, sql FROM sqlite_master WHERE ${mine} ORDER BY type = 'table' DESC, type`;
  const made = [...sql.exec<{ type: string; name: string; sql: string }>(query)];
  const tables = made.filter(({ type }) => type === "table");
  const rows = tables.flatMap(({ name }) => [...sql.exec(`SELECT * FROM ${name}`)].map((row) => insert(name, row)));
  return [...made.map((one) => `${one.sql};`), ...rows].join("\n");
}

function insert(table: string, row: Record<string, SqlStorageValue>): string {
  const literal = (value: SqlStorageValue) =>
    typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : `${value ?? "NULL"}`;
  return `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).map(literal).join(", ")});`;
}
