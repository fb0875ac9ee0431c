// Builds the worker and its pages without deploying them, and knows what a build for production
// must not contain.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildWeb } from "./web.ts";
import { runWrangler } from "./wrangler.ts";

export interface Build {
  /** The file that the worker is. */
  readonly script: string;
  readonly text: string;
  /** The modules that something of is left in it, by their path from the project's folder. */
  readonly modules: readonly string[];
  readonly exports: readonly string[];
}

interface Metafile {
  readonly outputs: Record<
    string,
    {
      readonly entryPoint?: string;
      readonly exports: readonly string[];
      readonly inputs: Record<string, { readonly bytesInOutput: number }>;
    }
  >;
}

export async function build(folder: string, mode: "production" | "development"): Promise<Build> {
  const args = ["deploy", "--dry-run", "--config", "wrangler.toml", "--env=", "--outdir", folder, "--metafile"];
  await buildWeb();
  await runWrangler(args, { env: { NODE_ENV: mode } });
  const script = join(folder, "index.js");
  const { outputs } = JSON.parse(readFileSync(join(folder, "bundle-meta.json"), "utf8")) as Metafile;
  const output = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined);
  if (output === undefined) throw new Error("the build has no entry");
  const modules = Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  );
  return { script, text: readFileSync(script, "utf8"), exports: output.exports, modules };
}

/**
 * What only a build for development contains: the sandbox with its methods and tables, the switch
 * of the rate limits and of webhooks' targets, the origins of this machine, advice on setting it
 * up, and the query for what
 * its examples name. `pm_card_visa` alone is no such mark: it is an example everywhere.
 */
const DEVELOPMENT_MARKS = [
  /["'`]sandbox["'`]/,
  /pm_sandbox/,
  /\/sandbox\//,
  /sandbox_ledger/,
  /sandbox_calls/,
  /chargeDeclined/,
  /\bRATE_LIMITS\b/,
  /\bWEBHOOK_TARGETS\b/,
  /\bSTRIPE_API_URL\b/,
  /127\\\.0\\\.0\\\.1/,
  /npm run dev\b/,
  /t\.currency <> 'EUR'/,
];

export function developmentMarks(text: string): string[] {
  return DEVELOPMENT_MARKS.flatMap((mark) => mark.exec(text)?.[0].replace(/["'`]/g, "") ?? []);
}
