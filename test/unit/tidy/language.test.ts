// How the source reads: the glossary's words, comments that fit, functions that fit on a screen.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/lib/settings.ts";
import { API } from "../../../src/worker/routes.ts";
import { describeApi } from "../../../src/worker/service/openapi.ts";
import { FILE_NAMES, wordsInNames, wordsInProse } from "./glossary.ts";
import { type Source, sourcesIn } from "./sources.ts";

const COMMENT_COLUMNS = 100;
const COMMENT = /^\s*(\/\/|\/\*|\*\/|\* )/;

/** Comments and strings; template strings without the values put into them. */
const PROSE_TOKENS = /\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g;

function glossaryFaults({ path, text }: Source): string[] {
  const prose = (text.match(PROSE_TOKENS) ?? []).map((token) =>
    token.replace(/\$\{[^}]*\}/g, "").replace(/\s*\n\s*(\*|\/\/)?\s*/g, " "),
  );
  const code = text.replace(PROSE_TOKENS, (token) => token.match(/\$\{[^}]*\}/g)?.join(" ") ?? "");
  const file = FILE_NAMES.test(path) ? ["the file's name"] : [];
  return [...file, ...prose.flatMap(wordsInProse), ...wordsInNames(code)].map((fault) => `${path}: ${fault}`);
}

/** `...{ a, b }` says no more than `a, b`: it only pleases the formatter. */
function spreadLiterals({ path, text }: Source): string[] {
  return [...text.matchAll(/\.\.\.\{ \w.*/g)].map(([found]) => `${path}: ${found}`);
}

function wideComments({ path, text }: Source): string[] {
  return text.split("\n").flatMap((line, index) => {
    const isTooWide = COMMENT.test(line) && line.length > COMMENT_COLUMNS && !/https?:\/\/\S{60,}/.test(line);
    return isTooWide ? [`${path}:${index + 1} has ${line.length} columns`] : [];
  });
}

/** The files, under some folders of a root, in which Biome finds a function that is too long. */
function longFunctions(root: string, folders: readonly string[]): string[] {
  const biome = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = ["lint", "--only=complexity/noExcessiveLinesPerFunction", "--reporter=github", ...folders];
  const { stdout, status } = spawnSync(process.execPath, [biome, ...args], { cwd: root, encoding: "utf8" });
  const found = [...stdout.matchAll(/^::error .*file=([^,]+)/gm)].map(([, file = ""]) => file);
  return status === 0 || found.length > 0 ? found : [stdout];
}

const written = (text: string): Source => ({ path: "src/planted.ts", text });

test.each([
  ["a comment", "// Whoever reserves twice", '"Whoever"'],
  ["a sentence over two lines of a comment", "/**\n * Watchers are\n * told. */", '"told"'],
  ["an API description", 'const told = z.string().meta({ description: "Customers are asked" });', '"are asked"'],
  ["a log line", "log(`the cache is left alone for §{ms} ms`);".replace("§", "$"), '"left alone"'],
  ["a class", "class Books {}", "the name Books"],
  ["a method", "this.#soonestDue = null;", "the name soonestDue"],
  ["a function", "await within(5, work);", "the name within"],
  ["what is put into a text", "log(`§{eraOf(row)}`);".replace("§", "$"), "the name eraOf"],
])("a word of the glossary is found in %s", (_where, text, word) => {
  expect(glossaryFaults(written(text)).join()).toContain(word);
});

test.each([
  "// At most one charge is in flight.",
  "// One round trip to D1.",
  "const bookshelf = withinLimits(knownSecrets, notes, camera, stripe);",
])("none is found in %s", (text) => {
  expect(glossaryFaults(written(text))).toEqual([]);
});

test("a file with a name of the glossary is found", () => {
  expect(glossaryFaults({ path: "src/worker/wake.ts", text: "" })).toEqual(["src/worker/wake.ts: the file's name"]);
});

test("no word that the glossary replaces is left in the source", () => {
  // Released migrations name the tables of their time, Wake is an island, and browsers call the
  // loudspeaker a destination.
  const others = [
    ...["src/durable/ticket-type/migrations.ts", "src/domain/time-zones.ts"],
    "src/web/door/scanner/feedback.ts",
  ];
  const sources = sourcesIn("src").filter(({ path }) => !others.includes(path));
  expect(sources.flatMap(glossaryFaults)).toEqual([]);
});

test("nor in the API's own description", () => {
  expect(wordsInProse(describeApi(API))).toEqual([]);
});

test("no literal is spread to please the formatter", () => {
  expect(spreadLiterals(written("const a = {\n  ...{ b, c },\n  ...d,\n};"))).toEqual(["src/planted.ts: ...{ b, c },"]);
  const sources = sourcesIn("src", "scripts");
  expect(sources.flatMap(spreadLiterals)).toEqual([]);
});

test("a comment of 101 columns is found, code of 120 is not", () => {
  const text = `// ${"x".repeat(98)}\n/** ${"x".repeat(97)}\n${"x".repeat(120)}\n// ${"x".repeat(97)}`;
  expect(wideComments(written(text))).toEqual(["src/planted.ts:1 has 101 columns", "src/planted.ts:2 has 101 columns"]);
});

test("no comment is wider than 100 columns", () => {
  const sources = sourcesIn("src", "scripts", "test", "bench");
  expect(sources.flatMap(wideComments)).toEqual([]);
});

test("a function of 71 lines is found, one of 70 is not", () => {
  const root = mkdtempSync(join(tmpdir(), "ticket-overlord-tidy-"));
  const { overrides } = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8"));
  writeFileSync(join(root, "biome.json"), JSON.stringify({ overrides }));
  mkdirSync(join(root, "src"));
  for (const lines of [70, 71]) {
    const text = `export function planted() {\n${"  planted();\n".repeat(lines)}}\n`;
    writeFileSync(join(root, "src", `${lines}.ts`), text);
  }
  expect(longFunctions(root, ["src"])).toEqual([join(root, "src", "71.ts")]);
  rmSync(root, { recursive: true });
});

test("no function is longer than 70 lines", () => {
  expect(longFunctions(ROOT, ["src", "scripts", "bench", "test/support"])).toEqual([]);
});
