// Passes to print: a page without scripts, all of whose texts are escaped.

import type { Language } from "../../platform/mails.ts";
import { escaped, own, pagesIn } from "../http/html.ts";
import { moment } from "../mail/templates/format.ts";
import type { PresentedPass } from "./presenters.ts";
import { qrSvg } from "./qr.ts";

const STYLE =
  "body{font:11pt/1.4 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}" +
  "article{break-inside:avoid;overflow-wrap:anywhere;display:flex;flex-wrap:wrap;gap:1.5rem;align-items:center;" +
  "padding:1.5rem 0;border-bottom:1px dashed #666}svg{width:50mm;height:50mm;flex:none}div{flex:1 1 15rem}" +
  "h1{font-size:1.3rem;margin:0}p{margin:.3rem 0}small{color:#444}";
const page = pagesIn(STYLE, "no-store");

const WORDS = {
  en: {
    title: "Passes",
    none: "There are no passes to print here.",
    more: "More passes",
    calledOff: "This event was called off.",
    pass: "Pass",
  },
  de: {
    title: "Tickets",
    none: "Hier gibt es keine Tickets zu drucken.",
    more: "Weitere Tickets",
    calledOff: "Diese Veranstaltung wurde abgesagt.",
    pass: "Ticket",
  },
};

/** `next`: where the rest is. A pass without a code, passed on or revoked, is left out. */
export function passesPage(passes: readonly PresentedPass[], next: string | null, language: Language): Response {
  const words = WORDS[language];
  const articles = passes.flatMap((pass) => (pass.code === null ? [] : articleOf(pass, pass.code, language)));
  const none = articles.length === 0 ? `<h1>${words.title}</h1>\n<p>${words.none}</p>` : "";
  const more = next === null ? "" : `<p><a href="${escaped(next)}">${words.more}</a></p>`;
  return page(words.title, [...articles, none, more].join("\n"), language);
}

function articleOf(pass: PresentedPass, code: string, language: Language): string {
  const { id, event, ticket_type, price_name, holder_name } = pass;
  const words = WORDS[language];
  const calledOff = event?.status === "cancelled" ? `<p><strong>${words.calledOff}</strong></p>\n` : "";
  const kind = [ticket_type?.name ?? "", price_name].filter((text) => text !== "").map(own);
  return `<article>
${qrSvg(code)}
<div>
<h1>${own(event?.name ?? words.pass)}</h1>
${calledOff}${placeOf(event, language)}<p>${kind.join(", ")}</p>
${holder_name === null ? "" : `<p>${own(holder_name)}</p>\n`}<p><small>${escaped(id)}</small></p>
</div>
</article>`;
}

function placeOf(event: PresentedPass["event"], language: Language): string {
  if (event === null) return "";
  return `<p>${escaped(moment(language, Date.parse(event.starts_at), event.timezone))}<br>${own(event.venue)}</p>\n`;
}
