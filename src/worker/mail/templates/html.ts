// HTML in which what people typed is text, whatever it says. Pure.

import { escaped } from "../../http/html.ts";

export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Texts are escaped, for elements and for attributes in double quotes; `Html` stays as it is. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html | Html[])[]): Html {
  const sources = values.map((value) => {
    if (value instanceof Html) return value.source;
    if (Array.isArray(value)) return value.map(({ source }) => source).join("\n");
    return escaped(String(value));
  });
  return new Html(String.raw({ raw: parts }, ...sources));
}
