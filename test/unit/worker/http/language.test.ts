// The language of somebody's mails, by what their browser asks for.

import { expect, test } from "vitest";
import { languageFrom } from "../../../../src/worker/http/language.ts";

test.each<[header: string | null, language: string]>([
  [null, "en"],
  ["", "en"],
  ["de", "de"],
  ["DE-at", "de"],
  ["de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"],
  ["en-GB,en;q=0.9,de;q=0.8", "en"],
  ["fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "en"],
  ["fr, de;q=0.1", "de"],
  ["de;q=0.5, en;q=0.8", "en"],
  ["en;q=0, de", "de"],
  ["de;q=0", "en"],
  ["de;q=nonsense", "en"],
  ["den, deutsch", "en"],
  ["*", "en"],
  [" de ; q=1.0 ", "de"],
  [`${"x,".repeat(10_000)}de`, "en"],
])("%s: %s", (header, language) => {
  expect(languageFrom(header)).toBe(language);
});
