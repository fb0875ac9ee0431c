// A copy of the project, for its own `npm start`, or to plant mistakes that the checks must catch.

import { spawnSync } from "node:child_process";
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
export function withPatch<T>(copy: string, patch: Patch, work: () => T): T {
  const path = join(copy, patch.file);
  const right = readFileSync(path, "utf8");
  writeFileSync(path, patched(right, patch));
  try {
    return work();
  } finally {
    writeFileSync(path, right);
  }
}

/**
 * What the compiler says against patches, each with the patch's name. Code that does not compile
 * throws where it runs, so a check would fail whether or not it knows the mistake.
 */
export function compilerFaults(copy: string, patches: readonly (Patch & { readonly name: string })[]): string[] {
  // Each patched file lies beside the right one, so one run of the compiler reads them all.
  const planted = patches.flatMap(({ name, ...patch }, index) => {
    if (!patch.file.endsWith(".ts")) return [];
    const file = patch.file.replace(/ts$/, `planted-${index}.ts`);
    writeFileSync(join(copy, file), patched(readFileSync(join(copy, patch.file), "utf8"), patch));
    return [{ name, file }];
  });
  const settings = {
    extends: "./tsconfig.json",
    include: ["src", "test/support/env.d.ts"],
    // A mistake may be that something is not used.
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
  };
  writeFileSync(join(copy, "tsconfig.planted.json"), JSON.stringify(settings));
  const compiler = [
    join("node_modules", "typescript", "bin", "tsc"),
    "-p",
    "tsconfig.planted.json",
    "--pretty",
    "false",
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, compiler, { cwd: copy, encoding: "utf8" });
  for (const { file } of planted) rmSync(join(copy, file));
  const lines = stdout.split("\n").filter((line) => line.includes(" error TS"));
  if (status !== 0 && lines.length === 0) throw new Error(`the compiler ended with ${status}: ${stderr}`);
  return lines.map((line) => {
    const name = planted.find(({ file }) => line.startsWith(`${file}(`))?.name ?? "without any mistake";
    return `${name}: ${line}`;
  });
}

function patched(right: string, { file, find, replace }: Patch): string {
  if (right.split(find).length !== 2) throw new Error(`${file} does not have this exactly once: ${find}`);
  // A function, because `$` has a meaning in a replacement text.
  return right.replace(find, () => replace);
}
