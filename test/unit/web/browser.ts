// As much of a browser as the pages' texts and formats read when they are loaded: the language that
// it asks for. To be called before those modules are imported.

import { vi } from "vitest";

export function asBrowserIn(language: string): void {
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("navigator", { languages: [language] });
}
