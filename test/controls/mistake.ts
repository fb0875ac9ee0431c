// What a planted mistake is, and what may catch it.

import type { Patch } from "../../scripts/lib/planted.ts";

/** What may catch a mistake: the simulator, crash histories, or files of a Vitest project. */
export interface Check {
  readonly by: "simulator" | "unit" | "workers" | "crash";
  readonly files?: readonly string[];
}

export interface Mistake extends Patch {
  readonly name: string;
  /** The promises of the design that it breaks. */
  readonly breaks: readonly number[];
  readonly caughtBy: readonly Check[];
}

export const SIMULATOR: Check = { by: "simulator" };
export const CRASH: Check = { by: "crash" };
export const unit = (...files: string[]): Check => ({ by: "unit", files });
export const workers = (...files: string[]): Check => ({ by: "workers", files });
