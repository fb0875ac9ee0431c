// A mail as a list of blocks, and what becomes of them: plain text, and HTML of one column that
// needs neither pictures nor style sheets, on a phone and in the dark. Pure.

import type { Language } from "../../../platform/mails.ts";
import { Html, html } from "./html.ts";

export type Block =
  | { readonly type: "paragraph" | "heading" | "small"; readonly text: string }
  /** A label and what it names, side by side. The labels of prices are long, and prices short. */
  | { readonly type: "facts" | "prices"; readonly rows: readonly (readonly [label: string, value: string])[] }
  /** What a person wrote, line by line: none of them can pass for the service's own. */
  | { readonly type: "quote"; readonly text: string }
  | { readonly type: "link"; readonly label: string; readonly url: string }
  /** A picture, and what HTML shows in its place. Plain text has neither: a link must do there. */
  | { readonly type: "picture"; readonly contentId: string; readonly alt: string; readonly widthPx: number };

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
/** Mail programs in the dark would invert colours as they like. These are for both. */
const HEAD = new Html(`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){.page,.card{background:#16181c!important}.card,.card td,.card p,.card h1,.card h2{color:#f1f3f5!important}.card .dim{color:#b4bac2!important}}</style>`);

/** `subject` is also the heading. */
export function letter(language: Language, subject: string, blocks: readonly Block[]): Letter {
  const title = oneLine(subject);
  const body = blocks.map(blockAsHtml);
  const page = html`<!doctype html>
<html lang="${language}">
<head>
${HEAD}
<title>${title}</title>
</head>
<body class="page" style="margin:0;padding:0;background:#f1f3f5">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f1f3f5"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:8px"><tr><td style="padding:24px 20px;${FONT};font-size:16px;line-height:1.5;color:#16181c;word-break:break-word;overflow-wrap:anywhere">
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">${own(title)}</h1>
${body}
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
  const text = [title, ...blocks.flatMap(blockAsText)].join("\n\n");
  return { subject: title, text: `${text}\n`, html: page.source };
}

/** Without line ends, which end a header, and without what reorders the text that follows. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trim();
}

/** What somebody typed can't reorder what stands beside it. */
function own(text: string): Html {
  return html`<bdi>${oneLine(text)}</bdi>`;
}

/** Blank ones are left out. */
function linesOf(text: string): string[] {
  return text
    .split(/\r\n|\n|\r/)
    .map(oneLine)
    .filter((line) => line !== "");
}

function blockAsHtml(block: Block): Html {
  switch (block.type) {
    case "paragraph":
      return html`<p style="margin:0 0 16px">${block.text}</p>`;
    case "heading":
      return html`<h2 style="margin:24px 0 8px;font-size:18px;line-height:1.3">${own(block.text)}</h2>`;
    case "small":
      return html`<p class="dim" style="margin:16px 0 0;font-size:13px;color:#5c6370">${block.text}</p>`;
    case "facts":
    case "prices":
      // Of fixed widths: else a long value leaves so little for its label that it breaks in a word.
      return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px;table-layout:fixed">
${block.rows.map(
  ([label, value]) =>
    html`<tr><td class="dim" width="${block.type === "prices" ? "58%" : "34%"}" style="padding:4px 12px 4px 0;vertical-align:top;color:#5c6370">${own(label)}</td><td style="padding:4px 0;vertical-align:top;text-align:right">${own(value)}</td></tr>`,
)}
</table>`;
    case "quote":
      return html`<div style="margin:0 0 16px;padding:2px 0 2px 12px;border-left:4px solid #8a93a0">
${linesOf(block.text).map((line) => html`<p style="margin:0 0 8px">${own(line)}</p>`)}
</div>`;
    case "link":
      return html`<p style="margin:0 0 16px"><a href="${block.url}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1f5fbf;color:#ffffff;text-decoration:none;font-weight:600">${block.label}</a></p>`;
    case "picture":
      return html`<p style="margin:0 0 16px"><img src="cid:${block.contentId}" alt="${oneLine(block.alt)}" width="${block.widthPx}" height="${block.widthPx}" style="display:block;background:#ffffff;color:#16181c;padding:12px;border-radius:6px"></p>`;
  }
}

function blockAsText(block: Block): string | [] {
  switch (block.type) {
    case "paragraph":
    case "small":
      return block.text;
    case "heading":
      return `${oneLine(block.text)}\n${"-".repeat(Math.min(60, oneLine(block.text).length))}`;
    case "facts":
    case "prices":
      return block.rows.map(([label, value]) => `${oneLine(label)}: ${oneLine(value)}`).join("\n");
    case "quote":
      return linesOf(block.text)
        .map((line) => `> ${line}`)
        .join("\n");
    case "link":
      return `${block.label}:\n${block.url}`;
    case "picture":
      return [];
  }
}
