// Whose each marked word is, and who else may see it. All that a person writes is marked.

import { collectionOf, type Operation } from "./description.ts";
import { isRecord, json } from "./schema.ts";
import { DOOR_KEPT_MS, type Part, Standing } from "./standing.ts";
import {
  boughtBy,
  buys,
  COUNTER,
  CREW,
  isOfDraft,
  kindIn,
  NAMES_BUYERS,
  NAMES_WHO,
  OWN_ADDRESS,
  OWN_PARTS,
  onRecordFor,
  partFor,
  publishes,
  SHARED_ADDRESS,
} from "./whose.ts";

/**
 * - text: what somebody wrote where nobody else reads it: an idempotency key, say.
 * - account: an account's id, its username, its e-mail address.
 * - draft: the words and ids of an event that was never published.
 * - holder: who goes in with a pass.
 * - customer: whom the counter of an event sold to.
 * - gate: what somebody wrote at the door of an event.
 * - reservation, order, payment: its id. What the counter sold is nobody's but the event's.
 * - pass: its id, which begins with its reservation's.
 * - token: of a session. It is seen in the reply that gives it.
 * - password: seen by nobody, nor by its owner.
 */
export type Kind =
  | ("text" | "account" | "draft" | "holder" | "customer" | "gate")
  | ("reservation" | "order" | "payment" | "pass" | "token" | "password");

export interface Mark {
  readonly word: string;
  readonly kind: Kind;
  readonly owner: string;
  /** The event that it is about; null where that is in its id, or it is about none. */
  readonly event: string | null;
}

/** Who reads a reply; null for somebody who is not signed in. */
export type Viewer = { readonly name: string; readonly role: string } | null;

/** A request, as far as it says what is whose. */
export interface Asked {
  readonly viewer: Viewer;
  /** Null where nothing is described. */
  readonly operation: Operation | null;
  readonly pathname: string;
  readonly body: string;
  /** When it was sent. */
  readonly atMs: number;
}

/** What marks are looked for in: long enough that none comes up by chance. */
const WORD = /[\w-]{12,}/g;
/** Whose an event is stands in it, for everybody: the account's id. */
const ORGANISER = /"organizer":\s*"[\w-]+"/g;
const PASS = /^(\w{16}-\w+)-\d{1,4}$/;
export class Marks {
  readonly #marks = new Map<string, Mark>();
  /** The words of events that were never published, by event. */
  readonly #drafts = new Map<string, Set<string>>();
  readonly #standing = new Standing();
  /** Who may have bought something of an event, or been passed it on, by event. */
  readonly #buyers = new Map<string, Set<string>>();
  readonly #eventOf = new Map<string, string>();
  readonly #eventsOfOrder = new Map<string, readonly string[]>();
  /** The account that a word names, by its id: whoever wrote it, also without a token. */
  readonly #namedBy = new Map<string, string>();

  /** The first owner of a word stays its owner: others may send it without having it. */
  keep(word: string, kind: Kind, owner: string, event: string | null = null): void {
    if (!this.#marks.has(word)) this.#marks.set(word, { word, kind, owner, event });
  }

  /** Called before a request is on its way, so that no reply to anybody can come first. */
  sent(asked: Asked, headers: string): void {
    const { viewer, operation, pathname, body } = asked;
    const owner = viewer?.name ?? "nobody";
    for (const word of marksIn(headers)) this.keep(word, "text", owner);
    for (const [event, person, part] of this.#partIn(asked)) this.#standing.wanted(event, person, part, owner);
    if (operation !== null && buys(operation)) this.#learnBuyers(asked);
    const event = operation === null ? null : this.#eventAt(operation, pathname);
    if (operation !== null && event !== null) {
      if (publishes(operation, body) && this.#works(asked, event, "manager")) this.#publish(event);
      const draft = this.#drafts.get(event);
      const isOfCounter = operation.template === COUNTER;
      for (const word of draft === undefined && !isOfCounter ? [] : marksIn(body)) {
        this.keep(word, isOfCounter ? "customer" : "draft", owner, event);
        draft?.add(word);
      }
    } else if (operation?.name === "POST /events") {
      for (const word of isOfDraft(body) ? marksIn(body) : []) this.keep(word, "draft", owner);
      // Why it is given back is for its buyer and its organiser.
    } else if (!operation?.template.endsWith("/refunds")) {
      const [about = null] = this.#eventsAt(asked);
      for (const word of marksIn(body)) this.keep(word, kindIn(operation, body), owner, about);
    }
  }

  /** What a reply says about whose things are, and who works for whom. */
  answered(asked: Asked, status: number, body: unknown, nowMs: number): void {
    const { viewer, operation, atMs } = asked;
    if (viewer === null || operation === null) return;
    this.#learnParts(asked, status, nowMs);
    if (status >= 400 || !isRecord(body) || typeof body.id !== "string") return;
    if (operation.name === "POST /events" && !this.#standing.knows(body.id)) {
      this.#standing.given(body.id, viewer.name, "organizer", viewer.name, atMs, nowMs);
      if (body.status === "draft") this.#learnDraft(body.id, JSON.stringify(body), viewer.name);
    }
    if (Array.isArray(body.items)) this.#eventsOfOrder.set(body.id, this.#eventsOfItems(body.items));
    if (typeof body.event !== "string") return;
    this.#eventOf.set(body.id, body.event);
    const draft = this.#drafts.get(body.event);
    if (draft !== undefined) {
      draft.add(body.id);
      this.keep(body.id, "draft", viewer.name, body.event);
    }
  }

  /** What a reply that went well shows of purchases: they are whose it shows them first. */
  bought(asked: Asked, { id, items }: Readonly<Record<string, unknown>>, owner: string): void {
    const kind = asked.operation === null ? null : boughtBy(asked.operation);
    if (kind === null || typeof id !== "string") return;
    const whose = asked.operation?.template === COUNTER ? "" : owner;
    this.keep(id, kind, whose, kind === "payment" ? (this.#eventsAt(asked)[0] ?? null) : null);
    for (const { reservation } of [items ?? []].flat().filter(isRecord))
      if (typeof reservation === "string") this.keep(reservation, "reservation", whose);
  }

  /** What was written to register an account is that account's from then on. */
  registered({ operation, body }: Asked, account: string): void {
    this.keep(account, "account", "somebody registered");
    if (operation?.name !== "POST /register") return;
    for (const word of marksIn(body)) this.#namedBy.set(word, account);
  }

  /** The marks in `text` that the viewer may not see in a reply of that operation. */
  foreign(text: string, asked: Asked): Mark[] {
    const found = new Set(text.replace(ORGANISER, "").match(WORD) ?? []);
    return [...found].flatMap((word) => {
      const mark = this.#marks.get(word) ?? this.#passMark(word);
      return mark === null || this.#maySee(mark, asked) ? [] : [mark];
    });
  }

  /** The events that a request is about for which its viewer may not do what it asks for. */
  notWorkedFor(asked: Asked): string[] {
    const part = asked.operation === null ? null : partFor(asked.operation);
    if (part === null) return [];
    return this.#eventsAt(asked).filter((event) => this.#standing.knows(event) && !this.#works(asked, event, part));
  }

  /** The passes in a door's reply that are of another event. */
  strayPasses(text: string, asked: Asked): string[] {
    const [event] = asked.operation?.tag === "Door" ? this.#eventsAt(asked) : [];
    const isStray = (word: string) => PASS.test(word) && (this.#eventOf.get(ticketOf(word)) ?? event) !== event;
    return event === undefined ? [] : (text.match(WORD) ?? []).filter(isStray);
  }

  #maySee(mark: Mark, asked: Asked): boolean {
    const { kind, owner } = mark;
    const { viewer, operation } = asked;
    if (kind === "password") return false;
    // A client that has a refresh token gets the next one.
    if (kind === "token") return operation?.tag === "Sessions";
    if (viewer === null) return false;
    const template = operation?.template ?? "";
    const isOwn = owner === viewer.name;
    // A draft is the event's, and so is what its counter sold: whoever wrote it has it on record.
    if (isOwn && ((kind !== "draft" && kind !== "customer") || onRecordFor(template, kind) !== null)) return true;
    if (kind === "text" || operation === null) return false;
    if (OWN_ADDRESS.test(template)) return SHARED_ADDRESS.test(template) && this.#managesAllOf(mark, asked);
    if (viewer.role === "admin") return true;
    if (kind === "account") return this.#maySeeAccount(mark, viewer.name, asked);
    const events = this.#eventsOf(mark);
    // Who has sent the words of a new event may see them before its id is known.
    if (kind === "draft" && mark.event === null) return isOwn;
    const isAtDoor = operation.tag === "Door" || (kind === "draft" && OWN_PARTS.includes(template));
    const part = isAtDoor || kind === "gate" ? "scanner" : "manager";
    const once = onRecordFor(template, kind);
    const wasTheirs = (event: string) => once !== null && this.#standing.worked(event, viewer.name, once);
    return events.some((event) => this.#works(asked, event, part) || wasTheirs(event));
  }

  #maySeeAccount({ word, owner }: Mark, viewer: string, asked: Asked): boolean {
    const template = asked.operation?.template ?? "";
    const named = this.#namesOf(word);
    // An organiser reads whom they gave a part to, by name.
    if (CREW.test(template)) {
      return this.#eventsAt(asked).some(
        (event) =>
          this.#works(asked, event, "organizer") && named.some((it) => this.#standing.worked(event, it, "scanner")),
      );
    }
    const boughtFrom = (event: string) =>
      this.#works(asked, event, "manager") && named.some((it) => this.#buyers.get(event)?.has(it));
    if (NAMES_BUYERS.test(template) && this.#eventsAt(asked).some(boughtFrom)) return true;
    if (word.startsWith("mk_")) return false;
    // And in an export whom one gave a part to, or had it of.
    return NAMES_WHO.test(template) || (template === "/me/export" && this.#standing.areOnRecord(viewer, owner));
  }

  #managesAllOf(mark: Mark, asked: Asked): boolean {
    const events = this.#eventsOf(mark);
    return (
      asked.viewer?.role === "admin" || (events.length > 0 && events.every((it) => this.#works(asked, it, "manager")))
    );
  }

  #works({ viewer, operation, atMs }: Asked, event: string, part: Part): boolean {
    if (viewer === null) return false;
    const sinceMs = operation?.tag === "Door" ? atMs - DOOR_KEPT_MS : atMs;
    return viewer.role === "admin" || this.#standing.works(event, viewer.name, part, sinceMs);
  }

  /** The part that a request would give: of a crew, or as the event's organiser. */
  #partIn(asked: Asked): [event: string, person: string, part: Part][] {
    const { operation, pathname, body, viewer } = asked;
    if (operation === null || viewer === null) return [];
    const { id = "", account = "" } = operation.path.exec(pathname)?.groups ?? {};
    const wanted = json(body);
    const { part, organizer } = isRecord(wanted) ? wanted : {};
    const isCrew = operation.name === "PUT /events/{id}/crew/{account}" && this.#works(asked, id, "organizer");
    if (isCrew && (part === "manager" || part === "scanner")) return [[id, this.#nameOf(account), part]];
    const isHandover = operation.name === "POST /events/{id}/handover" && viewer.role === "admin";
    return isHandover && typeof organizer === "string" ? [[id, this.#nameOf(organizer), "organizer"]] : [];
  }

  #learnParts(asked: Asked, status: number, nowMs: number): void {
    const { viewer, operation, pathname, atMs } = asked;
    const by = viewer?.name ?? "";
    for (const [event, person, part] of this.#partIn(asked)) {
      if (status >= 400) this.#standing.refused(event, person, part, nowMs);
      else if (part === "organizer") this.#standing.handedOver(event, person, by, atMs, nowMs);
      else this.#standing.given(event, person, part, by, atMs, nowMs);
    }
    if (operation?.name !== "DELETE /events/{id}/crew/{account}" || status >= 400) return;
    const { id = "", account = "" } = operation.path.exec(pathname)?.groups ?? {};
    this.#standing.taken(id, this.#nameOf(account), atMs, nowMs);
  }

  #nameOf(account: string): string {
    return this.#marks.get(account)?.owner ?? account;
  }

  /** From the moment of the request: the organiser may see it before its buyer does. */
  #learnBuyers(asked: Asked): void {
    const { viewer, body } = asked;
    const events = [...this.#eventsAt(asked), ...(body.match(WORD) ?? []).flatMap((id) => this.#eventOf.get(id) ?? [])];
    const named = marksIn(body).flatMap((word) => this.#namesOf(word));
    for (const event of events) {
      const buyers = this.#buyers.get(event) ?? new Set();
      this.#buyers.set(event, buyers);
      for (const name of [viewer?.name, ...named]) if (name) buyers.add(name);
    }
  }

  /** Whose the word is, and whom it was written for. */
  #namesOf(word: string): string[] {
    return [this.#marks.get(word)?.owner ?? "", this.#nameOf(this.#namedBy.get(word) ?? "")];
  }

  #learnDraft(event: string, shown: string, organiser: string): void {
    const words = [event, ...marksIn(shown)];
    this.#drafts.set(event, new Set(words));
    for (const word of words) {
      const { kind, owner } = this.#marks.get(word) ?? { kind: "draft", owner: organiser };
      if (kind === "draft") this.#marks.set(word, { word, kind, owner, event });
    }
  }

  /** Of what was passed on or not: a pass is seen with its reservation. */
  #passMark(word: string): Mark | null {
    const of = this.#marks.get(PASS.exec(word)?.[1] ?? "");
    return of?.kind === "reservation" ? { ...of, word, kind: "pass" } : null;
  }

  #eventsOf({ word, kind, event }: Mark): readonly string[] {
    if (event !== null) return [event];
    if (kind === "order") return this.#eventsOfOrder.get(word) ?? [];
    return [this.#eventOf.get(ticketOf(word)) ?? []].flat();
  }

  #eventsOfItems(items: readonly unknown[]): string[] {
    return items.flatMap((item) => {
      const ticket = isRecord(item) && typeof item.ticket === "string" ? item.ticket : "";
      return this.#eventOf.get(ticket) ?? [];
    });
  }

  #publish(event: string): void {
    for (const word of this.#drafts.get(event) ?? [])
      if (this.#marks.get(word)?.kind === "draft") this.#marks.delete(word);
    this.#drafts.delete(event);
  }

  /** The event that a path is about, by itself or by one of its tickets. */
  #eventAt({ template, path }: Operation, pathname: string): string | null {
    for (const [name, value] of Object.entries(path.exec(pathname)?.groups ?? {})) {
      const collection = collectionOf(template, name);
      if (collection === "events") return value;
      if (collection === "tickets") return this.#eventOf.get(value) ?? value;
    }
    return null;
  }

  /** As far as they are known. An order may be of several. */
  #eventsAt({ operation, pathname, body }: Asked): readonly string[] {
    if (operation === null) return [];
    const event = this.#eventAt(operation, pathname);
    if (event !== null) return [event];
    const wanted = operation.template.startsWith("/check-ins") ? json(body) : null;
    if (isRecord(wanted) && typeof wanted.event === "string") return [wanted.event];
    for (const [name, value] of Object.entries(operation.path.exec(pathname)?.groups ?? {})) {
      const collection = collectionOf(operation.template, name);
      if (collection === "orders") return this.#eventsOfOrder.get(value) ?? [];
      if (["reservations", "passes"].includes(collection)) return [this.#eventOf.get(ticketOf(value)) ?? []].flat();
    }
    return [];
  }
}

function ticketOf(id: string): string {
  return id.split("-")[0] ?? "";
}

function marksIn(text: string): string[] {
  return (text.match(WORD) ?? []).filter((word) => word.startsWith("mk_"));
}
