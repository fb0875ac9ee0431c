// Pages of one style and without scripts.

import { createHash } from "node:crypto";

/** Makes pages whose policy allows this one style, by its hash, and nothing else but own forms. */
export function pagesIn(
  style: string,
  cacheControl: string,
  formAction: "'none'" | "'self'" = "'none'",
): (title: string, body: string, language?: string) => Response {
  const hash = createHash("sha256").update(style).digest("base64");
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": cacheControl,
    "content-security-policy":
      `default-src 'none'; style-src 'sha256-${hash}'; ` +
      `base-uri 'none'; form-action ${formAction}; frame-ancestors 'none'`,
  };
  // Both are HTML.
  return (title, body, language = "en") =>
    new Response(
      `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`,
      { headers },
    );
}

/** A text of somebody's own. It can't reorder what stands beside it. */
export function own(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`;
}

export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
