// Programme files: read and checked whole, then loaded through the organiser's API.

import { readFileSync } from "node:fs";
import * as z from "zod";
import { NewEvent, NewTicket } from "../../src/worker/catalogue/schemas.ts";
import { check } from "../../src/worker/http/field-errors.ts";
import { type Client, client, must, type Reply } from "./client.ts";

// A draft is on no list, so a second load could not find it.
const Status = z.enum(["published", "cancelled"], "must be published or cancelled").default("published");
const Programme = z.strictObject({
  events: z.array(NewEvent.safeExtend({ status: Status, tickets: z.array(NewTicket).min(1) })).min(1),
});
export type Programme = z.input<typeof Programme>;

interface KnownEvent {
  readonly id: string;
  readonly name: string;
  readonly starts_at: string;
}

export interface Loaded {
  readonly events: number;
  readonly tickets: number;
}

/** Refuses a file with any mistake whole, naming each place. */
export function readProgramme(file: string): Programme {
  let content: unknown;
  try {
    // Some editors begin a file with a byte order mark.
    content = JSON.parse(readFileSync(file, "utf8").replace(/^\ufeff/, ""));
  } catch (fault) {
    throw new Error(`${file} is not loaded: ${(fault as Error).message}`);
  }
  const checked = check(Programme, content);
  const mistakes = checked.ok
    ? repeatedNames(checked.value)
    : checked.errors.map(({ path, message }) => `${path || "the file"}: ${message}`);
  if (mistakes.length > 0) throw new Error(`${file} is not loaded:\n${mistakes.map((line) => `  ${line}`).join("\n")}`);
  return content as Programme;
}

/**
 * Adds what is not there yet, so that a load that was cut short is finished by loading again. An
 * event is known by its name and start, a ticket type by its name.
 */
export async function loadProgramme(programme: Programme, url: string, token: string): Promise<Loaded> {
  const api = client(url, token);
  const known = Map.groupBy(await listEvents(api), identity);
  const added = { events: 0, tickets: 0 };
  for (const { tickets, ...event } of programme.events) {
    let id = await ownOf(known.get(identity(event)) ?? [], api);
    if (id === undefined) {
      id = (await must<{ id: string }>(api, "POST", "/events", event)).body.id;
      added.events += 1;
    }
    const { body } = await must<{ tickets: { name: string }[] }>(api, "GET", `/events/${id}`);
    const present = new Set(body.tickets.map((ticket) => ticket.name));
    for (const ticket of tickets.filter(({ name }) => !present.has(name))) {
      await must(api, "POST", `/events/${id}/tickets`, ticket);
      added.tickets += 1;
    }
  }
  return added;
}

/** The event that is the caller's own: others may have one of the same name at the same time. */
async function ownOf(events: readonly KnownEvent[], api: Client): Promise<string | undefined> {
  for (const { id } of events) {
    // A change of nothing, which only its organiser may make.
    if ((await api("PATCH", `/events/${id}`, {})).ok) return id;
  }
  return undefined;
}

async function listEvents(api: Client): Promise<KnownEvent[]> {
  const events: KnownEvent[] = [];
  let path: string | undefined = "/events?limit=100";
  while (path !== undefined) {
    const page: Reply<KnownEvent[]> = await must<KnownEvent[]>(api, "GET", path);
    events.push(...page.body);
    path = /<([^>]+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
  }
  return events;
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

function repeats(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}
