// What a text is found by.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { searchedTokens, tokensOf, tokensOfEvent } from "../../../../src/worker/catalogue/tokenize.ts";

test.each<[name: string, text: string, words: string[]]>([
  ["nothing", "", []],
  ["signs only", "… – 🎷 #!", []],
  ["words, each once", "Jazz, jazz & JAZZ!", ["jazz"]],
  ["digits", "Matrix 4: 10.000 lights", ["matrix", "4", "10", "000", "lights"]],
  ["accents", "Café Zoë, Ångström", ["cafe", "zoe", "angstrom"]],
  ["an accent of its own character", "Cafe\u0301", ["cafe"]],
  ["strokes", "Łódź Ørsted Þórr Æsir Ħal", ["lodz", "orsted", "þorr", "aesir", "hal"]],
  ["a soft hyphen", "Mid\u00adsummer", ["midsummer"]],
  ["a zero-width space", "sea\u200bside", ["sea", "side"]],
  ["sharp s", "Straße STRASSE", ["strasse"]],
  ["sigmas", "Οδός ΟΔΟΣ", ["οδοσ"]],
  ["full width and ligatures", "ＪＡＺＺ ﬁnale", ["jazz", "finale"]],
  ["Turkish", "İstanbul ISTANBUL ılık", ["istanbul", "ilik"]],
  ["Cyrillic", "Живой ЗВУК", ["живои", "звук"]],
  ["Arabic with and without its vowels", "مُوسِيقَى موسيقى", ["موسيقى"]],
  ["Arabic, made longer", "محـــمد محمد", ["محمد"]],
  ["Persian with and without a non-joiner", "می\u200cخواهم میخواهم", ["میخواهم"]],
  ["Sinhala with and without its joiner", "ශ්\u200dරී ශ්රී", ["ශර"]],
  ["Malayalam as old and new keyboards write it", "നന്\u200dമ നൻമ", ["നനമ"]],
  ["Bengali as old and new keyboards write it", "উত্\u200dসব উৎসব", ["উতসব"]],
  ["Hebrew with and without its points", "שָׁלוֹם שלום", ["שלום"]],
  ["Hindi, whose vowel signs are marks", "संगीत", ["सगत"]],
  ["Thai, whose vowels and tones are marks", "ดนตรี", ["ด", "น", "ต", "ร", "ดน", "นต", "ตร"]],
  ["Vietnamese with its tones", "Việt Nam", ["viet", "nam"]],
  ["Chinese: each character and each pair", "音乐节", ["音", "乐", "节", "音乐", "乐节"]],
  ["Japanese: voicing is a mark", "ガ ｶﾞ", ["カ"]],
  ["Korean", "서울에서", ["서", "울", "에", "서울", "울에", "에서"]],
  ["a mixture", "DJ東京2031", ["dj", "東", "京", "東京", "2031"]],
])("of %s", (_name, text, words) => {
  expect(tokensOf(text).sort()).toEqual(words.sort());
});

test.each<[text: string, searched: string[]]>([
  ["Jazz in Berlin", ["jazz", "in", "berlin"]],
  ["東", ["東"]],
  ["東京", ["東京"]],
  ["東京音楽", ["東京", "音楽"]],
  ["東京音楽祭", ["東京", "音楽", "楽祭"]],
  ["สวัสดี", ["สว", "สด"]],
])("a search for %s looks for %j", (text, searched) => {
  expect(searchedTokens(text)).toEqual(searched);
});

test("an event is found by what the words of its name and venue begin with, and by whole words of its description", () => {
  const tokens = tokensOfEvent({ name: "Æon, 東京", venue: "Ort", description: "Ortler" });
  expect(tokens.sort()).toEqual(["a", "ae", "aeo", "aeon", "o", "or", "ort", "ortler", "東", "東京", "京"].sort());
});

describe("whatever the text", () => {
  const text = fc.string({
    unit: fc.oneof(fc.string({ unit: "binary", maxLength: 1 }), fc.constantFrom(..."aÄß ﬁ東京서울ก็ǅΣ")),
  });

  test("a part between spaces finds the whole", () => {
    fc.assert(
      fc.property(text, text, text, (before, part, after) => {
        const words = new Set(tokensOf(`${before} ${part} ${after}`));
        expect(searchedTokens(part).filter((word) => !words.has(word))).toEqual([]);
      }),
    );
  });

  test("what a name begins with finds it, wherever one stops to type", () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 20 }), (name, at) => {
        const typed = [...name.normalize("NFC")].slice(0, at).join("");
        const tokens = new Set(tokensOfEvent({ name, venue: "", description: "" }));
        expect(searchedTokens(typed).filter((token) => !tokens.has(token))).toEqual([]);
      }),
    );
  });

  test("how Unicode composes it makes no difference", () => {
    fc.assert(
      fc.property(text, (text) => {
        const words = searchedTokens(text);
        for (const form of ["NFC", "NFD"] as const) expect(searchedTokens(text.normalize(form))).toEqual(words);
      }),
    );
  });

  test("no word can be taken for a term of another kind", () => {
    fc.assert(
      fc.property(text, (text) => {
        expect(tokensOf(text).filter((word) => /[@\s]/.test(word))).toEqual([]);
      }),
    );
  });
});
