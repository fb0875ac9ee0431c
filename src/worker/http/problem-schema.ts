// The shape of every refusal.

import * as z from "zod";

/** A request may be wrong in thousands of ways; its answer must not be many times its size. */
export const MAX_ERRORS = 20;

export const Problem = z
  .looseObject({
    type: z.string().meta({ example: "/problems/sold-out" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .max(MAX_ERRORS)
      .optional()
      .meta({ description: `One error per invalid field, at most ${MAX_ERRORS}` }),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details. Some types have additional members" });
