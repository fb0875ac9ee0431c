// Programme files: read and checked whole, then loaded through the organiser's API.

import { readFileSync } from "node:fs";
import * as z from "zod";
import { newPrice, type PriceChangeRefusal, refusePrices } from "../../src/domain/price.ts";
import { MAX_TICKET_TYPES, NewEvent, NewTicket } from "../../src/worker/catalogue/schemas.ts";
import { repeatsName } from "../../src/worker/http/body.ts";
import { check } from "../../src/worker/http/field-errors.ts";
import { rulesOf } from "../../src/worker/prices/rules.ts";
import { NewCodes } from "../../src/worker/prices/schemas.ts";
import { type Client, client, listAll, must } from "./client.ts";

// Without a draft, because loading makes events public: that is what a programme is for.
const Status = z.enum(["published", "cancelled"], "must be published or cancelled").default("published");
// `codes`: by the name of the price that they open.
const Ticket = NewTicket.safeExtend({ codes: z.record(z.string(), NewCodes).optional() });
const Programme = z.strictObject({
  events: z
    .array(NewEvent.safeExtend({ status: Status, tickets: z.array(Ticket).min(1).max(MAX_TICKET_TYPES) }))
    .min(1),
});
export type Programme = z.input<typeof Programme>;

interface KnownEvent {
  readonly id: string;
  readonly name: string;
  readonly starts_at: string;
  readonly status: string;
  readonly tickets: readonly KnownTicket[];
}

interface KnownTicket {
  readonly id: string;
  readonly name: string;
  readonly prices: readonly { readonly id: string; readonly name: string }[];
}

/** What takes back what was done so far, the last step first. */
type Undo = (() => Promise<unknown>)[];

export interface Loaded {
  readonly events: number;
  readonly tickets: number;
  readonly prices: number;
  readonly codes: number;
}

/** Refuses a file with any mistake whole, naming each place. */
export function readProgramme(file: string): Programme {
  let content: unknown;
  try {
    // Without the byte order mark with which some editors begin a file.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(readFileSync(file));
    content = JSON.parse(text);
    if (repeatsName(text)) throw new Error("an object in it has two members of one name.");
  } catch (fault) {
    throw new Error(`${file} is not loaded: ${(fault as Error).message}`);
  }
  const checked = check(Programme, content);
  const mistakes = checked.ok
    ? [...repeatedNames(checked.value), ...brokenRules(checked.value)]
    : checked.errors.map(({ path, message }) => `${path || "the file"}: ${message}`);
  if (checked.ok && mistakes.length === 0) return checked.value;
  throw new Error(`${file} is not loaded:\n${mistakes.map((line) => `  ${line}`).join("\n")}`);
}

/**
 * Adds what is not there yet, all of it or nothing: events are drafts, which only their organiser
 * sees, until everything is there. An event is known by its name and start, a ticket type by its
 * name, so a load that was cut short is finished by loading again.
 */
export async function loadProgramme(programme: Programme, url: string, token: string): Promise<Loaded> {
  const api = client(url, token);
  const undo: Undo = [];
  try {
    return await load(programme, api, undo);
  } catch (fault) {
    for (const step of undo.reverse()) await step();
    throw fault;
  }
}

async function load(programme: Programme, api: Client, undo: Undo): Promise<Loaded> {
  const known = new Map((await ownEvents(api)).map((event) => [identity(event), event]));
  const added = { events: 0, tickets: 0, prices: 0, codes: 0 };
  const drafts: { readonly id: string; readonly status: string }[] = [];
  for (const [at, { tickets, status = "published", ...event }] of programme.events.entries()) {
    const present = known.get(identity(event));
    const { id } = present ?? (await inPlace(`events.${at}`, createDraft(event, api, undo)));
    if (present === undefined) added.events += 1;
    if (present === undefined || present.status === "draft") drafts.push({ id, status });
    for (const [index, { codes = {}, ...ticket }] of tickets.entries()) {
      const place = `events.${at}.tickets.${index}`;
      const there = present?.tickets.find(({ name }) => name === ticket.name);
      const adding = there ?? addTicket(api, id, ticket);
      const made = await inPlace(place, Promise.resolve(adding));
      if (present !== undefined && there === undefined) undo.push(() => api("DELETE", `/tickets/${made.id}`));
      if (there === undefined) {
        added.tickets += 1;
        added.prices += made.prices.length;
      }
      added.codes += await inPlace(place, addCodes(api, made, codes));
    }
  }
  for (const { id, status } of drafts) {
    undo.push(() => api("PATCH", `/events/${id}`, { status: "draft" }));
    await must(api, "PATCH", `/events/${id}`, { status });
  }
  return added;
}

async function addTicket(api: Client, eventId: string, ticket: object): Promise<KnownTicket> {
  return (await must<KnownTicket>(api, "POST", `/events/${eventId}/tickets`, ticket)).body;
}

/** To prices that have none: a load may have been cut short before it. Returns how many it made. */
async function addCodes(api: Client, { id, prices }: KnownTicket, codes: Readonly<Record<string, object>>) {
  let made = 0;
  for (const [name, wanted] of Object.entries(codes)) {
    const price = prices.find((candidate) => candidate.name === name);
    if (price === undefined) throw new Error(`codes.${name}: the ticket type has no such price.`);
    const path = `/tickets/${id}/prices/${price.id}/codes`;
    const { body } = await must<unknown[]>(api, "GET", `${path}?limit=1`);
    if (body.length === 0) made += (await must<unknown[]>(api, "POST", path, wanted)).body.length;
  }
  return made;
}

/** A file that fits the rules may not fit what is there already. */
async function inPlace<T>(place: string, step: Promise<T>): Promise<T> {
  return step.catch((fault: Error) => {
    throw new Error(`Nothing is loaded. ${place}: ${fault.message}`);
  });
}

async function createDraft(event: object, api: Client, undo: Undo): Promise<{ readonly id: string }> {
  const { body } = await must<{ id: string }>(api, "POST", "/events", { ...event, status: "draft" });
  undo.push(() => api("DELETE", `/events/${body.id}`));
  return body;
}

/** With drafts, and with what is over: others may have events of the same name at the same time. */
async function ownEvents(api: Client): Promise<KnownEvent[]> {
  const { body: account } = await must<{ id: string }>(api, "GET", "/me");
  const path = `/events?organizer=${account.id}&expand=tickets&limit=100`;
  return [...(await listAll<KnownEvent>(api, path)), ...(await listAll<KnownEvent>(api, `${path}&past=true`))];
}

function identity(event: { readonly name: string; readonly starts_at: string }): string {
  return `${event.name} ${Date.parse(event.starts_at)}`;
}

function repeatedNames({ events }: z.output<typeof Programme>): string[] {
  return [
    ...repeats(events.map(identity)).map((index) => `events.${index}: the same name and start as an event before it`),
    ...events.flatMap(({ tickets }, at) =>
      repeats(tickets.map(({ name }) => name)).map(
        (index) => `events.${at}.tickets.${index}.name: the same as a ticket type before it`,
      ),
    ),
  ];
}

/** What the service refuses of ticket types together with their event. */
function brokenRules({ events }: z.output<typeof Programme>): string[] {
  return events.flatMap(({ ends_at, tickets }, at) =>
    tickets.flatMap((ticket, index) => {
      const { sales_start } = ticket;
      const path = `events.${at}.tickets.${index}`;
      const isLate = sales_start !== null && Date.parse(sales_start) >= Date.parse(ends_at);
      const isOther = currencyOf(ticket) !== currencyOf(tickets[0]);
      return [
        ...(isLate ? [`${path}.sales_start: must be before the event ends`] : []),
        ...(isOther ? [`${path}.price.currency: must be that of the event's other ticket types`] : []),
        ...brokenPrices(ticket, Date.parse(ends_at)).map((mistake) => `${path}.${mistake}`),
      ];
    }),
  );
}

/** What the object refuses of prices, and codes that open none. */
function brokenPrices(ticket: z.output<typeof Ticket>, eventEndsMs: number): string[] {
  const { prices = [], codes = {} } = ticket;
  const salesStartMs = ticket.sales_start === null ? null : Date.parse(ticket.sales_start);
  const salesEndMs = ticket.sales_end === null ? null : Date.parse(ticket.sales_end);
  const period = { salesStartMs, salesEndMs, eventEndsMs, eventStatus: "published" as const };
  const refused = prices.flatMap((price, index) => {
    const refusal = refusePrices([newPrice(rulesOf("", price))], period);
    return refusal === null ? [] : [`prices.${index}: ${MISTAKES[refusal.type] ?? refusal.type}`];
  });
  const opened = new Set(prices.filter((price) => price.requires_code).map(({ name }) => name));
  const idle = Object.keys(codes).filter((name) => !opened.has(name));
  return [...refused, ...idle.map((name) => `codes.${name}: is no price that requires a code`)];
}

const MISTAKES: Partial<Record<PriceChangeRefusal["type"], string>> = {
  price_window_empty: "sales_end must be after sales_start",
  price_window_outside: "must be sold within the ticket type's own sale",
  price_order_bounds: "max_per_order must not be below min_per_order",
};

/** All prices of a ticket type have one. */
function currencyOf(ticket: z.output<typeof NewTicket> | undefined): string | undefined {
  return (ticket?.price ?? ticket?.prices?.[0]?.price)?.currency;
}

function repeats(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
