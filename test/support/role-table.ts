// The table of docs/roles.md, and what it must have cells for: made from the routes.

import * as z from "zod";
import roles from "../../docs/roles.md?raw";
import { newId, newReservationId } from "../../src/platform/ids.ts";
import type { Access } from "../../src/worker/http/route.ts";
import { REACHABLE_ROUTES, ROUTES } from "./routes.ts";

export const CALLERS = [
  "nobody",
  "guest",
  "buyer",
  "scanner",
  "organiser",
  "admin",
  "was organiser",
  "was deleted",
] as const;
export type Caller = (typeof CALLERS)[number];

/** What a route names by an id. `""`: nothing. */
export type Kind =
  | ""
  | "event"
  | "ticket"
  | "reservation"
  | "payment"
  | "order"
  | "order payment"
  | "pass"
  | "account"
  | "API key"
  | "webhook"
  | "door pass";

const BY_ANYBODY = ["own", "another's", "unknown", "malformed"] as const;
const AT_DOORS = ["own", "managed", "scanned", "another's", "unknown", "malformed"] as const;
const BY_ORGANISERS = [
  "own",
  "own draft",
  "managed",
  "scanned",
  "another's",
  "another's draft",
  "unknown",
  "malformed",
] as const;
export type Whose = "" | (typeof BY_ORGANISERS)[number];

export interface Cell {
  /** `GET /events/{id}`. */
  readonly route: string;
  readonly kind: Kind;
  readonly whose: Whose;
  readonly caller: Caller;
}

/** What an id in a body or a query names. The cursor of a list is a place in it. */
const NAMED_BY = { ticket: "ticket", cursor: "ticket", event: "event", organizer: "account" } as const;

/** As long as an id. */
export const NO_ID = "not-an-id-at-all";

/** There is no such thing: nobody owns nothing, and buyers have no events. */
export const IMPOSSIBLE = "–";

/** Every combination that there is. */
export const CELLS: readonly Cell[] = REACHABLE_ROUTES.flatMap((route) => {
  const kind = kindOf(route);
  return whoseOf(kind).flatMap((whose) => CALLERS.map((caller) => ({ route, kind, whose, caller })));
});

const TABLE = readTable(roles);

/** The rows of the table, as `GET /events/{id} | own draft`; each once. */
export const ROWS: readonly string[] = [...TABLE.keys()];

export function rowOf({ route, whose }: Cell): string {
  return `${route} | ${whose}`;
}

/** What the table says, or undefined where it has no such cell. */
export function wanted(cell: Cell): string | undefined {
  return TABLE.get(rowOf(cell))?.get(cell.caller);
}

/** Who may call a route by its declaration. Undeclared routes are for anyone. */
export function accessOf(route: string): Access {
  return ROUTES.find(({ method, path }) => `${method} ${path}` === route)?.access ?? "anyone";
}

export function canBe({ kind, whose, caller }: Cell): boolean {
  if (whose === "managed" || whose === "scanned") return ["buyer", "scanner", "organiser"].includes(caller);
  if (!whose.startsWith("own")) return true;
  // A guest has no password to make one with.
  if (kind === "API key" && caller === "guest") return false;
  const organises = caller === "organiser" || caller === "admin" || caller === "was organiser";
  return isOfEvent(kind) || kind === "webhook" ? organises : caller !== "nobody";
}

function whoseOf(kind: Kind): readonly Whose[] {
  if (kind === "") return [""];
  if (kind === "door pass") return AT_DOORS;
  return isOfEvent(kind) ? BY_ORGANISERS : BY_ANYBODY;
}

/** What an event's organiser has, and not its buyers. */
function isOfEvent(kind: Kind): boolean {
  return kind === "event" || kind === "ticket" || kind === "door pass";
}

/** By the path, or by a field of the body or the query that takes nothing but an id. */
function kindOf(name: string): Kind {
  const route = ROUTES.find(({ method, path }) => `${method} ${path}` === name);
  // The one page that names something; of the others, the script asks the API.
  if (name === "GET /e/{id}") return "event";
  if (route === undefined) return "";
  if (route.path.includes("{")) return kindInPath(name);
  const fields = [route.body, route.query].flatMap((schema) =>
    schema instanceof z.ZodObject ? Object.entries<z.ZodType>(schema.shape) : [],
  );
  // A list of ids, in which a malformed one counts for nothing.
  if (name === "GET /live") return "event";
  // A list of items, each of which names a ticket type.
  if (name === "POST /orders") return "ticket";
  const takes = (id: string) =>
    fields.find(([, field]) => field.safeParse(id).success && !field.safeParse(NO_ID).success)?.[0];
  const field = takes(newId());
  if (field === undefined) return takes(newReservationId(newId())) === undefined ? "" : "reservation";
  if (!Object.hasOwn(NAMED_BY, field)) throw new Error(`what does ${field} of ${name} name?`);
  return NAMED_BY[field as keyof typeof NAMED_BY];
}

function kindInPath(name: string): Kind {
  if (
    /^(GET \/reservations\/{id}\/payment|POST \/reservations\/{id}\/mails|.*\/reservations\/{id}\/refunds.*)$/.test(
      name,
    )
  )
    return "payment";
  if (/^(GET \/orders\/{id}\/payment|POST \/orders\/{id}\/mails|.*\/orders\/{id}\/refunds.*)$/.test(name))
    return "order payment";
  const kinds = {
    events: "event",
    tickets: "ticket",
    reservations: "reservation",
    orders: "order",
    passes: "pass",
    accounts: "account",
    "check-ins": "door pass",
  } as const;
  if (name.includes("/me/api-keys/")) return "API key";
  if (name.includes("/me/webhooks/")) return "webhook";
  // The token of its link decides, whoever is signed in.
  if (name.includes("{token}")) return "";
  const first = name.split("/")[1] ?? "";
  if (!Object.hasOwn(kinds, first)) throw new Error(`what does ${name} name?`);
  return kinds[first as keyof typeof kinds];
}

/** Row by row, each caller's answer. A row without a route belongs to the route above it. */
function readTable(text: string): Map<string, Map<string, string>> {
  const table = new Map<string, Map<string, string>>();
  let callers: string[] | null = null;
  let route = "";
  for (const line of text.split("\n")) {
    const cells = line.startsWith("|") ? line.split("|").slice(1, -1) : [];
    const [first = "", whose = "", ...answers] = cells.map((cell) => cell.trim().replaceAll("`", ""));
    if (first === "route") callers = answers;
    else if (cells.length === 0) callers = null;
    if (callers === null || first === "route" || first.startsWith("---")) continue;
    if (answers.length !== callers.length) throw new Error(`docs/roles.md: not a cell for each caller: ${line}`);
    route = first === "" ? route : first;
    for (const one of whose.split(", ")) {
      if (table.has(`${route} | ${one}`)) throw new Error(`docs/roles.md: two rows for ${route} | ${one}`);
      table.set(`${route} | ${one}`, new Map(callers.map((caller, index) => [caller, answers[index] ?? ""])));
    }
  }
  return table;
}
