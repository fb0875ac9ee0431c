// Passes to print: a page without scripts, all of whose texts are escaped.

import { escaped, own, pagesIn } from "../http/html.ts";
import type { PresentedPass } from "./presenters.ts";
import { qrSvg } from "./qr.ts";

const STYLE =
  "body{font:11pt/1.4 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}" +
  "article{break-inside:avoid;overflow-wrap:anywhere;display:flex;flex-wrap:wrap;gap:1.5rem;align-items:center;" +
  "padding:1.5rem 0;border-bottom:1px dashed #666}svg{width:50mm;height:50mm;flex:none}div{flex:1 1 15rem}" +
  "h1{font-size:1.3rem;margin:0}p{margin:.3rem 0}small{color:#444}";
const page = pagesIn(STYLE, "no-store");

/** `next`: where the rest is. A pass without a code, passed on or revoked, is left out. */
export function passesPage(passes: readonly PresentedPass[], next: string | null): Response {
  const articles = passes.flatMap((pass) => (pass.code === null ? [] : articleOf(pass, pass.code)));
  const none = articles.length === 0 ? "<p>There are no passes to print here.</p>" : "";
  const more = next === null ? "" : `<p><a href="${escaped(next)}">More passes</a></p>`;
  return page("Passes", [...articles, none, more].join("\n"));
}

function articleOf({ id, event, ticket_type, price_name, holder_name }: PresentedPass, code: string): string {
  const when = event === null ? "" : `<p>${moment(event.starts_at, event.timezone)}<br>${own(event.venue)}</p>\n`;
  const calledOff = event?.status === "cancelled" ? "<p><strong>This event was called off.</strong></p>\n" : "";
  const kind = [ticket_type?.name ?? "", price_name].filter((text) => text !== "").map(own);
  return `<article>
${qrSvg(code)}
<div>
<h1>${own(event?.name ?? "Pass")}</h1>
${calledOff}${when}<p>${kind.join(", ")}</p>
${holder_name === null ? "" : `<p>${own(holder_name)}</p>\n`}<p><small>${escaped(id)}</small></p>
</div>
</article>`;
}

/** Day and time there, as ISO 8601 has them, and the zone. */
function moment(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return `${format.format(new Date(instant))} (${escaped(timeZone)})`;
}
