// The table of log lines in docs/operations.md: what the code writes, and nothing else.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/lib/settings.ts";
import { type Source, sourcesIn } from "./sources.ts";

const OPERATIONS = readFileSync(join(ROOT, "docs", "operations.md"), "utf8");
const LEVELS = ["info", "warn", "error"];

/** As `warn: publishing failed`; each level that the first argument may be. */
function linesOf({ text }: Pick<Source, "text">): string[] {
  return [...text.matchAll(/\blog\(\s*([^;]*?),\s*"([^"]+)"/g)].flatMap(([, level = "", message]) => {
    const named = LEVELS.filter((one) => level.includes(`"${one}"`));
    return (named.length === 0 ? LEVELS : named).map((one) => `${one}: ${message}`);
  });
}

function tableOf(document: string): string[] {
  const [, section = ""] = document.split("## What is logged\n");
  const [table = ""] = section.split("\n## ");
  return [...table.matchAll(/^\| ([a-z, ]+) \| (.+?) \|/gm)].flatMap(([, level = "", messages = ""]) => {
    return level
      .split(", ")
      .flatMap((one) => [...messages.matchAll(/`([^`]+)`/g)].map(([, name]) => `${one}: ${name}`));
  });
}

test.each([
  ['log("warn", "names not read", errorFields(fault));', ["warn: names not read"]],
  ['log(fault === undefined ? "info" : "error", "request", {', ["info: request", "error: request"]],
  ['log(\n  "error",\n  "refund needs a person", {', ["error: refund needs a person"]],
  ['log(level, "payment message", {', LEVELS.map((one) => `${one}: payment message`)],
])("a line of the log is found in %j", (text, lines) => {
  expect(linesOf({ text })).toEqual(lines);
});

test("the table has each line that the code writes, with its level", () => {
  const table = tableOf(OPERATIONS);
  expect(table.length).toBeGreaterThan(30);
  const written = sourcesIn("src").flatMap(linesOf);
  const missing = written.filter((line) => !table.includes(line) && !line.endsWith(": payment message"));
  expect([...new Set(missing)]).toEqual([]);
});

test("the table has no line that nothing writes", () => {
  const written = new Set(sourcesIn("src").flatMap(linesOf));
  expect(tableOf(OPERATIONS).filter((line) => !written.has(line))).toEqual([]);
});
