// Imports run downwards only (worker → protocol → platform → domain), and never in a circle.

import { posix } from "node:path";
import { expect, test } from "vitest";
import { type Source, sourcesIn } from "./sources.ts";

const PACKAGE = /^(?!(src|test|scripts|bench)\/)/;
const BELOW = /^src\/(domain|platform|worker)\//;

/** The layers, from the lowest up, and what each may import. The first match counts. */
const LAYERS: readonly { readonly files: RegExp; readonly may: readonly RegExp[] }[] = [
  { files: /^src\/domain\//, may: [/^src\/domain\//] },
  { files: /^src\/platform\//, may: [/^src\/(domain|platform)\//, PACKAGE] },
  { files: /^src\/durable\/shared\//, may: [/^src\/(domain|platform|durable\/shared)\//, PACKAGE] },
  { files: /^src\/durable\/ticket-type\//, may: [/^src\/(domain|platform|durable\/(shared|ticket-type))\//, PACKAGE] },
  // An order calls ticket types: it knows what goes between them, and no more.
  {
    files: /^src\/durable\/order\//,
    may: [
      /^src\/(domain|platform|durable\/(shared|order))\//,
      /^src\/durable\/ticket-type\/(order-)?protocol\.ts$/,
      PACKAGE,
    ],
  },
  // The entry exports the classes, and the bindings name their types.
  {
    files: /^src\/worker\/(index|env|objects\/[\w-]+)\.ts$/,
    may: [BELOW, /^src\/durable\/[\w-]+\/(protocol|watch-request|ticket-type|order)\.ts$/, PACKAGE],
  },
  // Pages talk to the service over HTTP, and know its rules at most.
  { files: /^src\/web\/ui\//, may: [/^src\/(domain|web\/ui)\//, PACKAGE] },
  { files: /^src\/web\/shop\//, may: [/^src\/(domain|web\/(ui|shop))\//, PACKAGE] },
  { files: /^src\/web\/box-office\//, may: [/^src\/(domain|web\/(ui|box-office))\//, PACKAGE] },
  { files: /^src\/web\/door\//, may: [/^src\/(domain|web\/(ui|door))\//, PACKAGE] },
  { files: /^src\/worker\//, may: [BELOW, /^src\/durable\/[\w-]+\/((pass-)?protocol|watch-request)\.ts$/, PACKAGE] },
];

/** The paths and packages that a file imports, types included. */
function importsOf({ path, text }: Source): string[] {
  const specifiers = text.matchAll(/^(?:import|export)\b[^;"]*?\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/gm);
  return [...specifiers, ...text.matchAll(/^import "([^"]+)"/gm)].map(([, named, dynamic]) => {
    const specifier = named ?? dynamic ?? "";
    return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier;
  });
}

function importsUp(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const layer = LAYERS.find(({ files }) => files.test(source.path));
    if (layer === undefined) return [`${source.path} is in no layer`];
    const wrong = importsOf(source).filter((imported) => !layer.may.some((allowed) => allowed.test(imported)));
    return wrong.map((imported) => `${source.path} imports ${imported}`);
  });
}

/** Who knows problems, which are HTTP: its own folder, the border in app.ts, and the handlers. */
const KNOWS_HTTP = /^src\/worker\/(app\.ts|http\/|service\/|[\w-]+\/([\w-]+-)?routes\.ts)/;

function knowsHttp(sources: readonly Source[]): string[] {
  const knowing = sources.filter((source) => importsOf(source).includes("src/worker/http/problems.ts"));
  return knowing.map(({ path }) => path).filter((path) => !KNOWS_HTTP.test(path));
}

/** Each circle once, as a path through its files. */
function circles(sources: readonly Source[]): string[] {
  const graph = new Map(sources.map((source) => [source.path, importsOf(source)]));
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(" → "));
    if (start >= 0 || finished.has(path)) return;
    for (const next of graph.get(path) ?? []) if (graph.has(next)) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

const TYPES = "durable/ticket-type";
const planted = (path: string, text: string): Source => ({ path, text });

test.each([
  ["src/domain/stock.ts", 'import { newId } from "../platform/ids.ts";', "src/platform/ids.ts"],
  ["src/domain/stock.ts", 'import * as z from "zod";', "zod"],
  ["src/platform/ids.ts", 'export { route } from "../worker/http/route.ts";', "src/worker/http/route.ts"],
  ["src/platform/ids.ts", `import type { Reserved } from "../${TYPES}/protocol.ts";`, `src/${TYPES}/protocol.ts`],
  ["src/durable/ticket-type/store.ts", 'type Env = import("../../worker/env.ts").Env;', "src/worker/env.ts"],
  ["src/worker/app.ts", `import {\n  Store,\n} from "../${TYPES}/store.ts";`, `src/${TYPES}/store.ts`],
  ["src/worker/app.ts", `import type { Watch } from "../${TYPES}/ticket-type.ts";`, `src/${TYPES}/ticket-type.ts`],
  ["src/worker/index.ts", 'import "../durable/ticket-type/store.ts";', "src/durable/ticket-type/store.ts"],
  ["src/web/ui/api.ts", 'import type { Env } from "../../worker/env.ts";', "src/worker/env.ts"],
  ["src/web/door/main.tsx", 'import { Cart } from "../shop/cart.ts";', "src/web/shop/cart.ts"],
  ["src/worker/app.ts", 'import { money } from "../web/ui/format.ts";', "src/web/ui/format.ts"],
])("%s must not say %s", (path, text, imported) => {
  expect(importsUp([planted(path, text)])).toEqual([`${path} imports ${imported}`]);
});

test.each([
  ["src/durable/ticket-type/store.ts", 'import { DurableObject } from "cloudflare:workers";'],
  ["src/worker/index.ts", 'export { TicketType } from "../durable/ticket-type/ticket-type.ts";'],
  ["src/worker/live/routes.ts", 'import { watchRequest } from "../../durable/ticket-type/watch-request.ts";'],
  ["src/worker/app.ts", '// import { Store } from "../durable/ticket-type/store.ts";'],
])("%s may say %s", (path, text) => {
  expect(importsUp([planted(path, text)])).toEqual([]);
});

test("a circle of two files is found, also one of types alone", () => {
  const two = [
    planted("src/worker/a.ts", 'import { b } from "./b.ts";'),
    planted("src/worker/b.ts", 'import type { A } from "./a.ts";'),
  ];
  expect(circles(two)).toEqual(["src/worker/a.ts → src/worker/b.ts → src/worker/a.ts"]);
});

const all = sourcesIn("src");

test("no file of the service imports upwards", () => {
  expect(all.length).toBeGreaterThan(80);
  expect(importsUp(all)).toEqual([]);
});

test("below the handlers nobody knows HTTP", () => {
  const text = 'import { ProblemError } from "../http/problems.ts";';
  const files = ["payments/consumer.ts", "catalogue/changes.ts", "catalogue/routes.ts", "outgoing-webhooks/routes.ts"];
  const found = knowsHttp(files.map((file) => planted(`src/worker/${file}`, text)));
  expect(found).toEqual(["src/worker/payments/consumer.ts", "src/worker/catalogue/changes.ts"]);
  expect(knowsHttp(all)).toEqual([]);
});

test("the service has no import circle", () => {
  expect(circles(all)).toEqual([]);
});
