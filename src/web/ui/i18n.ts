// English and German: by the browser at first, and as the visitor chose after that.

import { signal } from "@preact/signals";

export type Language = "en" | "de";

const KEY = "language";

export const language = signal<Language>(storedLanguage() ?? browserLanguage());
document.documentElement.lang = language.value;

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  document.documentElement.lang = chosen;
  store(KEY, chosen);
}

// Another tab has chosen.
addEventListener("storage", ({ key }) => {
  if (key !== KEY) return;
  language.value = storedLanguage() ?? language.value;
  document.documentElement.lang = language.value;
});

type Texts = Readonly<Record<string, unknown>>;
/** The same keys, and functions of the same parameters. */
type Translated<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] };

/**
 * A file's texts. `const t = texts({ title: "What is on" }, { title: "Programm" })`, and in a view
 * `t().title`: the view is drawn again when the language changes.
 */
export function texts<const T extends Texts>(en: T, de: Translated<T>): () => Translated<T> {
  return () => (language.value === "de" ? de : (en as Translated<T>));
}

/** "1 ticket", "2 tickets". */
export function counted(count: number, one: string, many: string): string {
  return `${new Intl.NumberFormat(language.value).format(count)} ${count === 1 ? one : many}`;
}

function storedLanguage(): Language | null {
  const stored = read(KEY);
  return stored === "en" || stored === "de" ? stored : null;
}

function browserLanguage(): Language {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag === "en" || tag === "de") === "de" ? "de" : "en";
}

/** A browser may keep nothing: in a private window, or where its owner forbids it. */
export function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Then it lasts as long as the page.
  }
}

export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
