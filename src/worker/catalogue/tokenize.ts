// The words that a text is found by, and those that a search asks for. Pure.

/** More would not find less, and each is looked up for each event on the way. */
export const MAX_SEARCHED = 10;

/** What written words are made of: letters and digits, with the marks that are part of them. */
const RUN = /[\p{L}\p{N}\p{M}]+/gu;
/**
 * Written without spaces, or with spaces that do not part words: such a run is known by its pairs
 * of characters.
 */
const DENSE =
  /([\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+)/u;
/**
 * Accents, and what else stands on a letter of any script; not the voicing marks of Japanese, which
 * make other letters.
 */
const MARKS = /(?![\u3099\u309a])\p{Script=Inherited}/gu;
/** Letters that people type without their stroke, which Unicode does not take for a mark. */
const STROKES: Readonly<Record<string, string>> = { ł: "l", ø: "o", đ: "d", æ: "ae", œ: "oe" };

/**
 * Each once. Upper and lower case, accents, and how Unicode composes a letter make no difference.
 */
export function tokensOf(text: string): string[] {
  return distinct(text, (characters) => [...characters, ...pairs(characters)]);
}

/** What must all occur in a text that `text` finds: of `tokensOf(text)` as few as say the same. */
export function searchedTokens(text: string): string[] {
  return distinct(text, (characters) => {
    if (characters.length < 3) return [characters.join("")];
    // Every second pair, and the last one, cover the whole.
    return pairs(characters).filter((_pair, at, all) => at % 2 === 0 || at === all.length - 1);
  });
}

function distinct(text: string, ofDense: (characters: string[]) => string[]): string[] {
  // Upper case first: it is "SS" for "ß", and the same for all three sigmas.
  const plain = text.normalize("NFKD").replace(MARKS, "").toUpperCase().normalize("NFC");
  const words = new Set<string>();
  for (const [run] of plain.matchAll(RUN)) {
    for (const [at, part] of run.toLowerCase().split(DENSE).entries()) {
      if (at % 2 === 1) for (const word of ofDense([...part])) words.add(word);
      else if (part !== "") words.add(part.replace(/[łøđæœ]/g, (letter) => STROKES[letter] ?? letter));
    }
  }
  return [...words];
}

function pairs(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
}
