// Cuts texts into the tokens of the inverted index, and searches into tokens to look for. Pure.

/** Each token costs a look-up for each candidate, and more of them hardly narrow a search. */
export const MAX_SEARCHED = 10;

/** Letters and digits. */
const RUN = /[\p{L}\p{N}]+/gu;
/** Scripts without spaces between words. Their tokens are characters and pairs of characters. */
const DENSE =
  /([\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+)/u;
/**
 * Accents, points and vowel signs of every script, which many people type without; joiners, soft
 * hyphens and other unseen characters within words (a zero-width space stands between words); and
 * the tatweel, which only makes an Arabic word longer. Raise `TOKENS_VERSION` with any change here.
 */
const MARKS = /\p{M}|(?!\u200b)\p{Cf}|\u0640/gu;
/**
 * Letters that people type without their stroke, which is no mark in Unicode, the sigma of a word's
 * end, which is another one while the word is being typed, and letters of Malayalam and Bengali
 * that older keyboards write as another letter with a mark.
 */
const PLAIN: Readonly<Record<string, string>> = {
  ł: "l",
  ø: "o",
  đ: "d",
  ħ: "h",
  æ: "ae",
  œ: "oe",
  ς: "σ",
  ൺ: "ണ",
  ൻ: "ന",
  ർ: "ര",
  ൽ: "ല",
  ൾ: "ള",
  ൿ: "ക",
  ৎ: "ত",
};
const NOT_PLAIN = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "g");

interface Texts {
  readonly name: string;
  readonly venue: string;
  readonly description: string;
}

/**
 * What an event is found by, each once: the words of its texts, and of name and venue also what a
 * word begins with, as people type it. A description would have a thousand of those.
 */
export function tokensOfEvent({ name, venue, description }: Texts): string[] {
  const named = tokensOf(`${name}\n${venue}`);
  return [...new Set([...named.flatMap(beginningsOf), ...named, ...tokensOf(description)])];
}

/** Each once. Case, accents, and how Unicode composes a letter make no difference. */
export function tokensOf(text: string): string[] {
  return distinct(text, (characters) => [...characters, ...pairs(characters)]);
}

/** The tokens that a matching text must all have: as few of `tokensOf(text)` as mean the same. */
export function searchedTokens(text: string): string[] {
  return distinct(text, (characters) => {
    if (characters.length < 3) return [characters.join("")];
    // Every second pair and the last one cover the whole.
    return pairs(characters).filter((_pair, at, all) => at % 2 === 0 || at === all.length - 1);
  });
}

function distinct(text: string, ofDense: (characters: string[]) => string[]): string[] {
  // Upper case first: it is "SS" for "ß", and the same for all three sigmas.
  const plain = text.normalize("NFKD").replace(MARKS, "").toUpperCase().normalize("NFC");
  const tokens = new Set<string>();
  for (const [run] of plain.matchAll(RUN)) {
    for (const [at, part] of run.toLowerCase().split(DENSE).entries()) {
      if (at % 2 === 1) for (const token of ofDense([...part])) tokens.add(token);
      else if (part !== "") tokens.add(part.replace(NOT_PLAIN, (letter) => PLAIN[letter] ?? letter));
    }
  }
  return [...tokens];
}

/** "j", "ja", "jaz" and "jazz". */
function beginningsOf(token: string): string[] {
  const characters = [...token];
  return characters.map((_last, at) => characters.slice(0, at + 1).join(""));
}

function pairs(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
}
