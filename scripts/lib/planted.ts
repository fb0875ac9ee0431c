// A copy of the project, for its own `npm start`, or to plant mistakes that the checks must catch.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ROOT } from "./settings.ts";

/** One small patch. `find` occurs in `file` exactly once. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const NOT_COPIED = new Set(["node_modules", ".wrangler", ".git", ".env", ".env.production"]);

/** The copy's folder, which the caller removes. Its packages are links to the project's own. */
export function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "ticket-overlord-copy-"));
  // With the times of the files: by them `npm start` sees that everything is installed.
  const options = { recursive: true, preserveTimestamps: true };
  cpSync(ROOT, copy, { ...options, filter: (path) => !NOT_COPIED.has(basename(path)) });
  // Linked one by one, so that what tools write beside the packages stays in the copy, and npm
  // replaces links, never our packages.
  mkdirSync(join(copy, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    const [from, to] = [join(ROOT, "node_modules", name), join(copy, "node_modules", name)];
    if (name === ".package-lock.json") cpSync(from, to, options);
    else symlinkSync(from, to);
  }
  return copy;
}

export function removeCopy(copy: string): void {
  rmSync(copy, { recursive: true, force: true });
}

/** Runs `work` while the patch is in the copy, and then takes it out again. */
export function withPatch<T>(copy: string, { file, find, replace }: Patch, work: () => T): T {
  const path = join(copy, file);
  const right = readFileSync(path, "utf8");
  if (right.split(find).length !== 2) throw new Error(`${file} does not have this exactly once: ${find}`);
  // A function, because `$` has a meaning in a replacement text.
  writeFileSync(
    path,
    right.replace(find, () => replace),
  );
  try {
    return work();
  } finally {
    writeFileSync(path, right);
  }
}
