// The repository's own source files, for the tests that read them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/settings.ts";

export interface Source {
  /** From the repository's root: `src/worker/index.ts`. */
  readonly path: string;
  readonly text: string;
}

/** All TypeScript files, views among them, of some of the repository's folders. */
export function sourcesIn(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !name.includes("node_modules"))
      .map((name) => {
        const path = `${folder}/${name.replaceAll("\\", "/")}`;
        return { path, text: readFileSync(join(ROOT, path), "utf8") };
      }),
  );
}
