// JSON inside a page: data for search engines, and for the page's own script. Pure.

/** JSON that ends no script element, opens no comment, and is the same JSON. */
export function jsonIn(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
