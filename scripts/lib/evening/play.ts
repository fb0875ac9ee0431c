// The whole evening, from nothing to the end: sold, changed, given back, let in, and added up.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { count } from "../count.ts";
import { afterTheSale } from "./afterwards.ts";
import { type Books, whatDiffers } from "./books.ts";
import { Caller, Line } from "./caller.ts";
import { Door, engageCrew, gatherPasses, openTheDoors } from "./door.ts";
import { lookAtAll, untilMailsAreSent, untilSettled } from "./look.ts";
import { type Notes, newNotes, type Scene } from "./notes.ts";
import { becomeOrganiser, holdersOf, makeEvent, moveByADay, sellTheRest, untilNothingIsHeld } from "./organiser.ts";
import type { Person, Plan } from "./people.ts";
import { codesOfRecipients } from "./recipients.ts";
import { registerAccounts, rush } from "./rush.ts";
import { startWatching } from "./watchers.ts";

export interface Stage {
  readonly url: string;
  /** Of an admin, who makes an organiser. */
  readonly adminToken: string;
  readonly plan: Plan;
  readonly say: (what: string) => void;
  /** Whether all mails that were sent can be read there. */
  readonly keepsMails: boolean;
  /** How long what happens in the background may take. */
  readonly patienceMs: number;
  /** Resolves while the service is up. Left out: it always is. */
  readonly up?: () => Promise<void>;
  /** Called as each part begins. */
  readonly onPart?: (name: Part) => void;
  /** Called while mails are waited for, again and again. */
  readonly whileWaiting?: () => Promise<void>;
}

export type Part = "before" | "sale" | "afterwards" | "new date" | "door" | "books";

export interface Played {
  readonly books: Books;
  /** What does not add up, by check. */
  readonly differs: ReadonlyMap<string, readonly string[]>;
  readonly tookMs: ReadonlyMap<Part, number>;
  readonly line: Line;
  readonly notes: Notes;
}

const SWEEPS_EVERY_MS = 3_000;
const SAYS_EVERY_MS = 3_000;

export function newTag(): string {
  return `e${randomBytes(4).toString("hex")}`;
}

export async function playEvening(stage: Stage): Promise<Played> {
  const { url, adminToken, plan, say, patienceMs, keepsMails } = stage;
  const up = stage.up ?? (async () => {});
  const line = new Line(url, up);
  const notes = newNotes();
  const organiser = new Caller(line, "198.19.255.1");
  const stranger = newAddresses(line);
  const parts = new Parts(stage);
  const sweeping = sweepUntilTheEnd(line);
  try {
    parts.begin("before");
    await becomeOrganiser({ plan, notes, organiser }, new Caller(line, "198.19.255.2", adminToken));
    const venue = await makeEvent(organiser, plan);
    const scene: Scene = { plan, venue, notes, organiser, say, stranger };
    const callerOf = (person: Person) => new Caller(line, person.address);
    const accounts = await registerAccounts(scene, callerOf);
    const crew = await engageCrew(scene);
    say(
      `${plan.types.map(({ name, capacity }) => `${name} ${capacity}`).join(", ")}: ${plan.places} places are on sale`,
    );

    parts.begin("sale");
    say(`${count(plan.people.length, "person")} come, ${plan.watchers} watch`.replace("persons", "people"));
    const watching = startWatching(scene);
    const telling = sayEvery(say, () => saleNow(scene));
    await rush(scene, accounts, callerOf).finally(telling.stop);
    say(saleNow(scene));
    await untilNothingIsHeld(scene, patienceMs);
    await watching.stop();
    await untilMailsAreSent(scene, patienceMs, stage.whileWaiting);

    parts.begin("afterwards");
    const done = await afterTheSale(scene);
    say(
      Object.entries(done)
        .map(([what, times]) => `${what.replaceAll("_", " ")} ${times}`)
        .join(", "),
    );
    await untilMailsAreSent(scene, patienceMs, stage.whileWaiting);

    parts.begin("new date");
    await moveByADay(scene);
    for (const to of holdersOf(scene)) notes.owed.push({ kind: "event_changed", to });
    say(
      `The concert is a day later: ${count(holdersOf(scene).length, "holder")} of tickets are owed a mail, half a minute from now`,
    );
    await sellTheRest(scene);
    say(`${count(notes.counter.length, "sale")} at the counter: the hall is full`);
    const [first] = crew.values();
    const received = keepsMails ? await codesOfRecipients(scene, patienceMs) : null;
    const comers = await gatherPasses(scene, first ?? organiser, received);
    await untilMailsAreSent(scene, patienceMs, stage.whileWaiting);
    say(`${count(notes.owed.length, "mail")} were owed so far, and all have been sent`);

    parts.begin("door");
    await openTheDoors(scene);
    const door = new Door(scene, crew);
    say(`The doors open: ${plan.gates.length} gates, of which ${plan.offline.join(" and ")} have no network`);
    const counting = sayEvery(say, () => doorNow(door, plan), 1_000);
    await door.letIn(comers).finally(counting.stop);
    await door.stopWatching();

    parts.begin("books");
    await untilSettled(scene, patienceMs);
    const books = await lookAtAll(scene, daysSince(parts.startedAtMs), keepsMails);
    parts.end();
    return { books, differs: whatDiffers(books), tookMs: parts.tookMs, line, notes };
  } finally {
    line.end.abort();
    await sweeping;
  }
}

/** How long each part takes. */
class Parts {
  readonly startedAtMs = Date.now();
  readonly tookMs = new Map<Part, number>();
  readonly #stage: Stage;
  #part: Part | null = null;
  #sinceMs = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  begin(part: Part): void {
    this.end();
    this.#part = part;
    this.#sinceMs = performance.now();
    this.#stage.onPart?.(part);
  }

  end(): void {
    if (this.#part !== null) this.tookMs.set(this.#part, performance.now() - this.#sinceMs);
    this.#part = null;
  }
}

/** The cron trigger of a local service does not run by itself. */
async function sweepUntilTheEnd({ url, up, end: { signal } }: Line): Promise<void> {
  while (!signal.aborted) {
    await up();
    await fetch(`${url}/cdn-cgi/local/scheduled`, { signal })
      .then((response) => response.text())
      .catch(() => {});
    await sleep(SWEEPS_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

function sayEvery(say: (what: string) => void, what: () => string, everyMs = SAYS_EVERY_MS): { stop(): void } {
  const timer = setInterval(() => say(what()), everyMs);
  return { stop: () => clearInterval(timer) };
}

function saleNow({ notes: { tally }, plan }: Scene): string {
  const { arrived, tickets, held, waiting, turnedAway } = tally;
  return `${arrived} came; ${tickets} of ${plan.places} sold, ${held} holding, ${waiting} waiting, ${turnedAway} left without`;
}

function doorNow(door: Door, plan: Plan): string {
  return `${door.admitted} of ${plan.places} are in`;
}

/** Everybody else comes from another address than the buyers, and than each other. */
function newAddresses(line: Line): () => Caller {
  let number = 0;
  return () => {
    number += 1;
    return new Caller(line, `198.19.${number >> 8}.${number & 255}`);
  };
}

/** In London, where the concert is: usually one, and two around midnight. */
function daysSince(startMs: number): string[] {
  const dayOf = (ms: number) => new Date(ms).toLocaleDateString("en-CA", { timeZone: "Europe/London" });
  return [...new Set([dayOf(startMs), dayOf(Date.now())])];
}
