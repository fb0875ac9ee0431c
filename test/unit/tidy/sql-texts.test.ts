// The text of every query is written in the source: values reach it as parameters only.

import { describe, expect, test } from "vitest";
import { sourcesIn } from "./sources.ts";

/**
 * What may stand in a query's text without being a parameter: constants of ours in capitals, and
 * `where`, which the store's own methods write. Whoever adds one shows here that no request can
 * reach it.
 */
const REVIEWED = /^([A-Z][A-Z_]*|where)$/;
// The list of migrations, each a constant, and arguments that are checked at their own calls.
const REVIEWED_TEXTS = new Set(["migration", "query"]);

const COMMENT = /^\s*(\/\/|\/\*\*|\*).*$/gm;
const files = sourcesIn("src").map(({ path, text }) => [path, text.replace(COMMENT, "")] as const);

/** What is given first to each call that takes a query's text, as it is written. */
function queryTexts(source: string): string[] {
  const calls =
    /(?:\.prepare|(?:sql|DB|db|d1|storage\.sql)\s*\.exec|\bsql\.raw|this\.#(?:oneReservation|reservations|soonest|passes))(?:<[^()`"]*>)?\(\s*/g;
  return [...source.matchAll(calls)].map((call) => firstArgument(source.slice(call.index + call[0].length)));
}

function firstArgument(rest: string): string {
  const [quote = ""] = rest;
  if (quote !== '"' && quote !== "`") return /^[^,)]*/.exec(rest)?.[0].trim() ?? "";
  const end = rest.indexOf(quote, 1) + 1;
  const joined = /^\s*\+[^,)]*/.exec(rest.slice(end))?.[0] ?? "";
  return rest.slice(0, end) + joined;
}

/** Why a query's text might hold what a request said, or null. */
function doubtAbout(text: string): string | null {
  if (text.startsWith('"') || text.startsWith("`")) {
    const put = [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, what = ""]) => what);
    if (/["`]\s*\+/.test(text)) return "is put together";
    return put.every((what) => REVIEWED.test(what)) ? null : "has something put into it";
  }
  return REVIEWED.test(text) || REVIEWED_TEXTS.has(text) ? null : "comes from elsewhere";
}

// § stands for the $ of a template.
describe("what this test would notice", () => {
  test.each([
    "db.prepare(`SELECT * FROM accounts WHERE id = §{id}`)",
    'db.prepare("SELECT * FROM accounts WHERE id = \'" + id + "\'")',
    "db.prepare(text).bind(1)",
    "this.#sql.exec(`DELETE FROM §{table.name}`)",
    "this.ctx.storage.sql.exec<Row>(\n  `SELECT §{columns}`, 1)",
    "env.DB.exec(text)",
    "sql.raw(text)",
    "this.#reservations(`id = §{id}`)",
  ])("%s", (source) => {
    expect(queryTexts(source.replaceAll("§", "$")).map(doubtAbout)).toEqual([expect.any(String)]);
  });

  test.each([
    'db.prepare("SELECT ?").bind(id)',
    "sql.exec(`SELECT §{COLUMNS} FROM t WHERE id = ?`, id)",
    "db.prepare(UPSERT_RESERVATIONS)",
    'sql.exec("SELECT 1").toArray().map((x) => `§{x}`)',
  ])("and not %s", (source) => {
    expect(queryTexts(source.replaceAll("§", "$")).map(doubtAbout)).toEqual([null]);
  });
});

test("every query's text is a constant", () => {
  const texts = files.flatMap(([name, source]) => queryTexts(source).map((text) => ({ name, text })));
  expect(texts.length).toBeGreaterThan(25);
  expect(texts.filter(({ text }) => doubtAbout(text) !== null)).toEqual([]);
});

test("none is made by a builder that takes text as it is", () => {
  for (const [name, source] of files) {
    expect(source, name).not.toMatch(/\bsql\.(raw|identifier|fromList)\b|sql\.append|new SQL\(|\bsql\(["`]/);
    // `sql` as a tag makes parameters of values. As a string inside of one it would not.
    expect(source, name).not.toMatch(/sql(<\w+>)?`[^`]*'\$\{/);
  }
});

test("each constant that stands in a query is one", () => {
  for (const [name, source] of files) {
    for (const [, constant = ""] of source.matchAll(/\$\{([A-Z][A-Z_]*)\}/g)) {
      const isDeclared = new RegExp(`(const ${constant}\\b[^=]*=|import [^;]*\\b${constant}\\b)`).test(source);
      expect(isDeclared, `${constant} in ${name}`).toBe(true);
    }
  }
});
