// The language that a client asks for. Pure.

import * as z from "zod";
import { LANGUAGES, type Language } from "../../platform/mails.ts";

/** Of a page to print. The page that leads there may have been switched to another language. */
export const PageLanguage = z.enum(LANGUAGES).optional().meta({
  description: "In which the page is written. By default what `Accept-Language` prefers, else English",
});

/** More than any browser sends. */
const MAX_PARTS = 50;

/**
 * The one of ours that an `Accept-Language` prefers; English where it names none of them. `de-AT`
 * is German. Of two that are equally welcome, the first counts.
 */
export function languageFrom(acceptLanguage: string | null): Language {
  let best: { readonly language: Language; readonly weight: number } = { language: "en", weight: 0 };
  for (const part of (acceptLanguage ?? "").split(",", MAX_PARTS)) {
    const [tag = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const language = LANGUAGES.find((one) => tag === one || tag.startsWith(`${one}-`));
    const weight = weightOf(parameters);
    if (language !== undefined && weight > best.weight) best = { language, weight };
  }
  return best.language;
}

/** `q=0.8`; 1 where there is none, and 0 where it is no number. */
function weightOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  if (text === undefined) return 1;
  return /^[01](\.\d{0,3})?$/.test(text) ? Number(text) : 0;
}
