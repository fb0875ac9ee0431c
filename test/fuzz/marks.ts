// Whose each marked word is, and who else may see it. All that a person writes is marked.

import { collectionOf, type Operation } from "./description.ts";
import { isRecord } from "./schema.ts";

/**
 * - text: what somebody wrote where nobody else reads it: an idempotency key, say.
 * - account: an account's id, its username, its e-mail address.
 * - draft: the words and ids of an event that was never published.
 * - reservation, order: its id.
 * - token: of a session. It is seen in the reply that gives it.
 * - password: seen by nobody, nor by its owner.
 */
export type Kind = "text" | "account" | "draft" | "reservation" | "order" | "token" | "password";

export interface Mark {
  readonly word: string;
  readonly kind: Kind;
  readonly owner: string;
}

/** Who reads a reply; null for somebody who is not signed in. */
export type Viewer = { readonly name: string; readonly role: string } | null;

/** What marks are looked for in: long enough that none comes up by chance. */
const WORD = /[\w-]{12,}/g;
const PUBLISHES = /published|cancelled/;
const IS_DRAFT = /"status":\s*"draft"/;
const NAMES_ACCOUNT = /"(username|email)"/;
/** What was given back and its receipts are its organiser's business, too. */
const OWN_ADDRESS = /^\/(reservations|orders)\b(?!.*\/(refunds|receipt)\b)/;
/** Where an account's id says who did it: never its name or its address. */
const NAMES_WHO = /^\/events\/\{id\}\/(audit|orders|report)\b/;
/** Whose an event is stands in it, for everybody: the account's id. */
const ORGANISER = /"organizer":\s*"[\w-]+"/g;

export class Marks {
  readonly #marks = new Map<string, Mark>();
  /** The words of events that were never published, by event. */
  readonly #drafts = new Map<string, Set<string>>();
  readonly #organisers = new Map<string, string>();
  readonly #formerOrganisers = new Map<string, Set<string>>();
  readonly #eventOf = new Map<string, string>();
  readonly #eventsOfOrder = new Map<string, readonly string[]>();

  /** The first owner of a word stays its owner: others may send it without having it. */
  keep(word: string, kind: Kind, owner: string): void {
    if (!this.#marks.has(word)) this.#marks.set(word, { word, kind, owner });
  }

  /** Called before a request is on its way, so that no reply to anybody can come first. */
  sent(viewer: Viewer, operation: Operation | null, pathname: string, headers: string, body: string): void {
    const owner = viewer?.name ?? "nobody";
    for (const word of marksIn(headers)) this.keep(word, "text", owner);
    const event = operation === null ? null : this.#eventAt(operation, pathname);
    if (event !== null) {
      const manages = this.#organisers.get(event) === owner || viewer?.role === "admin";
      // A draft that is called off is shown, too.
      const isCalledOff = operation?.method === "POST" && operation.template === "/events/{id}/cancellation";
      if ((PUBLISHES.test(body) || isCalledOff) && manages) this.#publish(event);
      const draft = this.#drafts.get(event);
      // An admin's words are in it, too, and it stays its organiser's.
      const organiser = this.#organisers.get(event) ?? owner;
      for (const word of draft === undefined ? [] : marksIn(body)) {
        this.keep(word, "draft", organiser);
        draft?.add(word);
      }
    } else if (operation?.method === "POST" && operation.template === "/events") {
      const isDraft = IS_DRAFT.test(body) && !PUBLISHES.test(body);
      for (const word of isDraft ? marksIn(body) : []) this.keep(word, "draft", owner);
      // Why it is given back is for its buyer and its organiser.
    } else if (!operation?.template.endsWith("/refunds")) {
      for (const word of marksIn(body)) this.keep(word, NAMES_ACCOUNT.test(body) ? "account" : "text", owner);
    }
  }

  /** What a reply that went well says about whose things are. */
  learn(viewer: Viewer, operation: Operation, body: unknown): void {
    if (!isRecord(body) || typeof body.id !== "string" || viewer === null) return;
    if (operation.template === "/events/{id}/handover" && typeof body.organizer === "string") {
      const { owner } = this.#marks.get(body.organizer) ?? { owner: "" };
      const former = this.#formerOrganisers.get(body.id) ?? new Set();
      this.#formerOrganisers.set(body.id, former.add(this.#organisers.get(body.id) ?? ""));
      this.#organisers.set(body.id, owner);
    }
    const isNewEvent = operation.method === "POST" && operation.template === "/events";
    if (isNewEvent) this.#organisers.set(body.id, viewer.name);
    if (isNewEvent && body.status === "draft") {
      this.#drafts.set(body.id, new Set([body.id, ...marksIn(JSON.stringify(body))]));
      this.keep(body.id, "draft", viewer.name);
    }
    if (Array.isArray(body.items)) this.#eventsOfOrder.set(body.id, this.#eventsOf(body.items));
    if (typeof body.event !== "string") return;
    this.#eventOf.set(body.id, body.event);
    const draft = this.#drafts.get(body.event);
    if (draft !== undefined) {
      draft.add(body.id);
      this.keep(body.id, "draft", this.#organisers.get(body.event) ?? viewer.name);
    }
  }

  /** The marks in `text` that `viewer` may not see in a reply of that operation. */
  foreign(text: string, viewer: Viewer, operation: Operation | null): Mark[] {
    const found = new Set(text.replace(ORGANISER, "").match(WORD) ?? []);
    return [...found].flatMap((word) => {
      const mark = this.#marks.get(word);
      return mark === undefined || this.#maySee(mark, viewer, operation) ? [] : [mark];
    });
  }

  #maySee({ word, kind, owner }: Mark, viewer: Viewer, operation: Operation | null): boolean {
    if (kind === "password") return false;
    // A client that has a refresh token gets the next one.
    if (kind === "token") return operation?.tag === "Sessions";
    if (viewer === null) return false;
    if (owner === viewer.name) return true;
    // Nobody sees another's reservation or order at its own address: administrators neither.
    if (kind === "text" || operation === null || OWN_ADDRESS.test(operation.template)) return false;
    if (viewer.role === "admin") return true;
    // Who changed an event of theirs, organisers read by the account's id.
    if (kind === "account") return NAMES_WHO.test(operation.template) && !word.startsWith("mk_");
    if (kind !== "reservation" && kind !== "order") return false;
    // Organisers see by its id what became of a purchase of their own tickets.
    const events =
      kind === "order" ? this.#eventsOfOrder.get(word) : [this.#eventOf.get(word.split("-")[0] ?? "") ?? ""];
    // What they did and sold themselves is on record for them, although the event is another's now.
    const isOnRecord = ["/me/export", "/receipts"].includes(operation.template);
    const organises = (event: string) =>
      this.#organisers.get(event) === viewer.name ||
      (isOnRecord && this.#formerOrganisers.get(event)?.has(viewer.name) === true);
    return events?.some(organises) === true;
  }

  #eventsOf(items: readonly unknown[]): string[] {
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
}

function marksIn(text: string): string[] {
  return (text.match(WORD) ?? []).filter((word) => word.startsWith("mk_"));
}
