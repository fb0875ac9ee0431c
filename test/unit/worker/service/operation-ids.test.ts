// The names of operations, which become the method names of generated clients, are regular.

import { expect, test } from "vitest";
import * as z from "zod";
import { ROUTES, type Route } from "../../../support/routes.ts";
import { sourcesIn } from "../../tidy/sources.ts";

/** What a POST does that makes nothing with an address of its own, in the product's words. */
const ACTS = [
  "register",
  "login",
  "logout",
  "refresh",
  "change",
  "delete",
  "reconcile",
  "hold",
  "pay",
  "hand",
  "retry",
  "call",
  "undo",
  "go",
  "use",
  "pass",
  "rotate",
  "test",
  "replay",
];

/** The verb that says what the operation does, where there is one for it. */
function verbs({ method, path, replies }: Route): readonly string[] {
  if (method === "PATCH") return ["update"];
  if (method === "PUT") return ["put"];
  if (method === "DELETE") return /\/(orders|reservations)\/\{\w+\}$/.test(path) ? ["cancel"] : ["delete"];
  if (method === "POST") return ["create", ...ACTS];
  if (replies.some(({ contentType }) => contentType === "text/event-stream")) return ["watch"];
  if (replies.some(({ schema }) => schema instanceof z.ZodArray)) return ["list"];
  return path.endsWith("/export") ? ["export"] : ["get"];
}

const words = (operationId: string) => operationId.split(/(?=[A-Z])/);

/** The word for what is at the path: all of a list, or one of it. */
const NOUNS: Readonly<Record<string, string>> = {
  tickets: "TicketType",
  events: "Event",
  reservations: "Reservation",
  orders: "Order",
  passes: "Pass",
};

function nounAt(path: string): string | null {
  const [, collection, singular] = /^\/(\w+)(\/\{id\})?(\/live)?$/.exec(path) ?? [];
  const noun = NOUNS[collection ?? ""];
  if (noun === undefined || singular !== undefined) return noun ?? null;
  return noun.endsWith("s") ? `${noun}es` : `${noun}s`;
}

test.each(ROUTES)("$method $path is called $operationId", (route) => {
  expect(route.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
  expect(verbs(route)).toContain(words(route.operationId)[0]);
  const noun = nounAt(route.path);
  if (noun !== null && route.method !== "POST") expect(words(route.operationId).slice(1).join("")).toBe(noun);
});

test("no two are alike, whatever their case", () => {
  const names = ROUTES.map(({ operationId }) => operationId.toLowerCase());
  expect(names.filter((name, at) => names.indexOf(name) < at)).toEqual([]);
});

test("each is the name of its handler in the code", () => {
  const declared = sourcesIn("src/worker").flatMap(({ text }) => [
    ...text.matchAll(/^export const (\w+) = route\(\{\s+operationId: "(\w+)"/gm),
  ]);
  expect(declared.map(([, handler]) => handler)).toEqual(declared.map(([, , operationId]) => operationId));
  expect(declared.map(([, , operationId]) => operationId).sort()).toEqual(
    ROUTES.map(({ operationId }) => operationId).sort(),
  );
});
