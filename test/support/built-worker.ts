// Vitest's global setup for tests of the built worker: it is built once, for all of a run.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildWorker } from "../crash/service.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The file of the built worker. */
    readonly worker: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-worker-"));
  provide("worker", await buildWorker(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}
