// What the service says of a bad body: the paths of the fields that it names.

import type * as z from "zod";
import { ProblemError } from "../../../../src/worker/http/problems.ts";
import { parse } from "../../../../src/worker/http/route.ts";

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
