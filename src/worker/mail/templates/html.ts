// HTML in which what people typed is text, whatever it says. Pure.

export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Texts are escaped, for elements and for attributes in double quotes; `Html` stays as it is. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html | Html[])[]): Html {
  const sources = values.map((value) => {
    if (value instanceof Html) return value.source;
    if (Array.isArray(value)) return value.map(({ source }) => source).join("\n");
    return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
  });
  return new Html(String.raw({ raw: parts }, ...sources));
}
