// The query of a public page. Others append parameters of their own to its links.

import * as z from "zod";

/** The parameters that `schema` names, in one order, without `utm_source` and the like. */
export function namedParameters(params: URLSearchParams, schema: z.ZodType | null): URLSearchParams {
  const names = schema instanceof z.ZodObject ? schema.shape : {};
  const named = new URLSearchParams([...params].filter(([name]) => Object.hasOwn(names, name)));
  named.sort();
  return named;
}
