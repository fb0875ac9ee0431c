// What the service says of a bad body: the paths of the fields that it names.

import type * as z from "zod";
import { parse } from "../../src/worker/http/route.ts";
import { ProblemError } from "../../src/worker/problems.ts";

/** In the order they are told; empty where `value` is accepted. */
export function badPaths(schema: z.ZodType, value: unknown): string[] {
  try {
    parse(schema, value);
    return [];
  } catch (fault) {
    if (!(fault instanceof ProblemError) || fault.type !== "invalid-request") throw fault;
    return (fault.options.errors ?? []).map(({ path }) => path);
  }
}
