// Small pages without scripts, for people who open an address of the API in a browser.

import { pagesIn } from "../http/html.ts";

const STYLE =
  ":root{color-scheme:light dark;background:canvas;color:canvastext}" +
  "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}";
const pageOf = pagesIn(STYLE, "max-age=300");

/** `title` is text, `body` is HTML. */
export function page(title: string, body: string): Response {
  return pageOf(escaped(title), body);
}

/** `text` as HTML, with what stands between backquotes as code. */
export function escaped(text: string): string {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return safe.replace(/`([^`]+)`/g, "<code>$1</code>");
}
