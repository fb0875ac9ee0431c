// What there is of passes in the end: in the objects, as gates and as buyers read them, and in D1.

import { setTimeout as sleep } from "node:timers/promises";
import { type Client, client, listAll, must } from "../../scripts/lib/client.ts";
import type { Device, DoorPage } from "./device.ts";
import type { EndedPass } from "./pass-model.ts";
import { type EndOfSale, nowMs } from "./record.ts";
import type { Sale, TicketType } from "./sale.ts";
import type { Service } from "./service.ts";
import { isSold } from "./verify-refunds.ts";

/** What a gate reads of a pass that something has happened to. */
export type GatePass = Pick<EndedPass, "state" | "generation" | "outside" | "at" | "gate"> & { readonly id: string };

/** What its buyer reads. */
export interface BuyersPass {
  readonly id: string;
  readonly state: string;
  readonly admitted_at: string | null;
  readonly revoked_at: string | null;
}

export interface PassRow {
  readonly reservation_id: string;
  readonly number: number;
  readonly generation: number;
  readonly state: string;
  readonly holder_name: string | null;
  readonly revoked_at_ms: number | null;
  readonly admitted_at_ms: number | null;
  readonly gate: string | null;
  readonly out_since_ms: number | null;
}

/** As the stream of a door says. */
export interface DoorCounted {
  readonly ticket: string;
  readonly admitted: number;
  readonly inside: number;
  readonly gates: readonly { readonly gate: string; readonly admitted: number }[];
}

export interface EndOfPasses {
  /** By id. */
  readonly atGates: ReadonlyMap<string, GatePass>;
  /** As a device knows it that has read what was new, again and again. */
  readonly onDevice: ReadonlyMap<string, GatePass>;
  readonly rows: ReadonlyMap<string, PassRow>;
  /** By ticket type. */
  readonly counted: ReadonlyMap<string, DoorCounted>;
  /** By reservation, of those that are confirmed, or were and are given back. */
  readonly ofBuyers: ReadonlyMap<string, readonly BuyersPass[]>;
}

const AGREE_WITHIN_MS = 20_000;
const POLL_MS = 250;
const AT_ONCE = 8;

/** Asks for everything, again while D1 lags behind the objects. */
export async function lookAtPasses(service: Service, sale: Sale, end: EndOfSale, device: Device): Promise<EndOfPasses> {
  const deadlineMs = nowMs() + AGREE_WITHIN_MS;
  const sold = [...end.shown.values()].filter(isSold);
  const ofBuyers = await each(sold, async ({ id }) => {
    const { token } = sale.buyers[end.buyerOf.get(id) ?? -1] ?? {};
    return [id, await listAll<BuyersPass>(client(service.url, token), `/reservations/${id}/passes`)] as const;
  });
  const api = client(service.url, sale.organiserToken);
  for (;;) {
    const found = (await each(end.tickets, (ticket) => atGates(api, ticket))).flat();
    for (const { eventId } of end.tickets) await device.read(eventId, (id, query) => pageOf(api, id, query));
    const counted = await each(
      end.tickets,
      async (ticket) => [ticket.id, await countedAt(service, sale, ticket)] as const,
    );
    const rows = await service.query<PassRow>("SELECT * FROM passes");
    const seen: EndOfPasses = {
      atGates: new Map(found.map((pass) => [pass.id, pass])),
      onDevice: device.passes(),
      rows: new Map(rows.map((row) => [`${row.reservation_id}-${row.number}`, row])),
      counted: new Map(counted),
      ofBuyers: new Map(ofBuyers),
    };
    if ([...copiesDiffer(seen), ...missedByDevice(seen)].length === 0 || nowMs() > deadlineMs) return seen;
    await sleep(POLL_MS);
  }
}

/** Passes whose copy in D1 is not what the object says. */
export function copiesDiffer({ atGates, rows }: EndOfPasses): string[] {
  return [...new Set([...atGates.keys(), ...rows.keys()])].flatMap((id) => {
    const [pass, row] = [atGates.get(id), rows.get(id)];
    const texts = [pass && textOf(pass), row && textOf(readRow(row))];
    return texts[0] === texts[1] ? [] : [`${id} is ${texts[0]} at its gates, and ${texts[1]} in D1`];
  });
}

/** Passes that a device that has read all that was new has otherwise than one that comes new. */
export function missedByDevice({ atGates, onDevice }: EndOfPasses): string[] {
  return [...new Set([...atGates.keys(), ...onDevice.keys()])].flatMap((id) => {
    const [pass, known] = [atGates.get(id), onDevice.get(id)];
    const texts = [pass && textOf(pass), known && textOf(known)];
    return texts[0] === texts[1] ? [] : [`${id} is ${texts[0]} at its gates, and ${texts[1]} on a device`];
  });
}

function readRow(row: PassRow): Omit<GatePass, "id"> {
  const at = row.admitted_at_ms === null ? null : new Date(row.admitted_at_ms).toISOString();
  return { state: row.state, generation: row.generation, outside: row.out_since_ms !== null, at, gate: row.gate };
}

function textOf({ state, generation, outside, at, gate }: Omit<GatePass, "id">): string {
  return [state, generation, outside, at, gate].join();
}

/** All that a device that comes new to the door reads. */
async function atGates(api: Client, { eventId }: TicketType): Promise<GatePass[]> {
  const passes: GatePass[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const page: DoorPage = await pageOf(api, eventId, after === "" ? "" : `?after=${after}`);
    passes.push(...page.passes);
    after = page.more ? page.cursor : null;
  }
  return passes;
}

async function pageOf(api: Client, eventId: string, query: string): Promise<DoorPage> {
  return (await must<DoorPage>(api, "GET", `/events/${eventId}/door${query}`)).body;
}

/** The first that the stream says: each event has one ticket type. */
async function countedAt(service: Service, sale: Sale, { eventId }: TicketType): Promise<DoorCounted> {
  const headers = { authorization: `Bearer ${sale.organiserToken}` };
  const response = await fetch(`${service.url}/events/${eventId}/door/live`, { headers });
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const [, data] = /^data: (.*)\n/m.exec(text) ?? [];
    if (data !== undefined) return JSON.parse(data);
  }
  throw new Error(`the stream of ${eventId} ended with ${response.status} ${text}`);
}

async function each<Item, Result>(items: readonly Item[], ask: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const todo = [...items.entries()];
  const worker = async () => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) results[next[0]] = await ask(next[1]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
