// Words that the glossary of this code replaces. A pattern leaves innocent meanings out.

/** In comments, strings and the API's own prose. */
const PROSE: readonly (readonly [not: RegExp, but: string])[] = [
  [/\bbooks?\b/i, "ledger"],
  [/\bcarriers?\b/i, "publisher"],
  [/(?<!\bround[ -])\btrips?\b/i, "round"],
  [/\bdestinations?\b/i, "target"],
  [/\bsoonest\b/i, "next due"],
  [/\beras?\b/i, "purchase index"],
  [/\bboarding\b/i, "pending"],
  [/(?<!\b(in|single)[ -])\bflights?\b/i, "batch, or in flight"],
  [/\btold\b/i, "a subject and a verb: replays, publishes, signals"],
  [/\b(is|are|was|were|be|been|being) asked\b/i, "a subject and a verb"],
  [/\bwhoever\b/i, "a subject: a client that, an organiser who"],
  [/\bthose that\b/i, "the noun"],
  [/\bwhat is of\b/i, "the noun"],
  [/\b(wakes?|waking|woken|woke)\b/i, "signal, or run the alarm"],
  [/\b(attends?|attended|attending) to\b/i, "release due holds"],
  [/\bguarded\b/i, "circuit breaker"],
  [/\bleft alone\b/i, "circuit open, or unchanged"],
];

/** In names, as one of the words that they are made of: `soonest` in `#soonestDue`. */
const NAME_PARTS: ReadonlyMap<string, string> = new Map([
  ["books", "ledger"],
  ["carrier", "publisher"],
  ["trip", "round"],
  ["destination", "target"],
  ["soonest", "next due"],
  ["era", "purchase index"],
  ["eras", "purchase index"],
  ["boarding", "pending"],
  ["told", "replayed, published"],
  ["attend", "release due holds"],
  ["guarded", "circuit breaker"],
  ["whoever", "a noun"],
]);

/** As a function's whole name: `known(id)` says nothing, `requireKnown(id)` does. */
const CALLS: ReadonlyMap<string, string> = new Map([
  ["together", "batch"],
  ["alone", "single"],
  ["within", "timeout"],
  ["note", "add"],
  ["known", "require…"],
  ["fly", "flush"],
]);

/** Of files. */
export const FILE_NAMES = /(^|\/)(answers|books|carrier|collector|readers|together|views|wake|watch|words)\.ts$/;

export function wordsInProse(text: string): string[] {
  return PROSE.flatMap(([not, but]) => {
    const found = not.exec(text)?.[0];
    return found === undefined ? [] : [`"${found}" (write: ${but})`];
  });
}

export function wordsInNames(code: string): string[] {
  const called = new Set([...code.matchAll(/\b(\w+)\(/g)].map(([, name = ""]) => name));
  const names = new Set(code.match(/[A-Za-z][A-Za-z0-9]*/g));
  return [...names].flatMap((name) => {
    const byPart = partsOf(name).map((part) => NAME_PARTS.get(part));
    const but = (called.has(name) ? CALLS.get(name) : undefined) ?? byPart.find((found) => found !== undefined);
    return but === undefined ? [] : [`the name ${name} (write: ${but})`];
  });
}

function partsOf(name: string): string[] {
  return name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).map((part) => part.toLowerCase());
}
