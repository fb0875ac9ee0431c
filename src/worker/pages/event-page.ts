// What an event's page says without scripts: to search engines, previews of links, readers.
// Pure; all that organisers wrote is escaped, in HTML and in JSON.

import type * as z from "zod";
import type { EventDetail } from "../catalogue/schemas.ts";
import { html } from "../mail/templates/html.ts";
import { jsonIn } from "./json.ts";

type Event = z.output<typeof EventDetail>;
type Price = Event["tickets"][number]["prices"][number];

const PREVIEW_CHARACTERS = 300;

/** Title, description, Open Graph and schema.org. `url` is where the page is, if that is known. */
export function eventHead(event: Event, url: string | null): string {
  const { name } = event;
  const description = summaryOf(event);
  const address = url === null ? html`` : html`<meta property="og:url" content="${url}">`;
  return `${
    html`<title>${name}</title>
<meta name="description" content="${description}">
<meta property="og:type" content="website">
<meta property="og:title" content="${name}">
<meta property="og:description" content="${description}">
${address}`.source
  }
<script type="application/ld+json">${jsonIn(structured(event, url))}</script>`;
}

export function eventBody(event: Event): string {
  const { name, venue, description, starts_at, timezone } = event;
  const prices = pricesOf(event).map(
    ([label, { price }]) => html`<li>${label}: ${decimal(price)} ${price.currency}</li>`,
  );
  return html`<h1>${name}</h1>
<p><time datetime="${starts_at}">${moment(starts_at, timezone)}</time>, ${venue}</p>
<p>${description}</p>
<ul>${prices}</ul>`.source;
}

function summaryOf({ description, starts_at, timezone, venue }: Event): string {
  const where = `${moment(starts_at, timezone)}, ${venue}`;
  const text = description === "" ? where : `${where}. ${description}`;
  return text.length <= PREVIEW_CHARACTERS ? text : `${text.slice(0, PREVIEW_CHARACTERS - 1)}…`;
}

/** https://developers.google.com/search/docs/appearance/structured-data/event */
function structured(event: Event, url: string | null) {
  const { name, description, venue, starts_at, ends_at, seller, status } = event;
  const at = url === null ? {} : { url };
  return {
    "@context": "https://schema.org",
    "@type": "Event",
    name,
    description,
    startDate: starts_at,
    endDate: ends_at,
    eventStatus: `https://schema.org/${status === "cancelled" ? "EventCancelled" : "EventScheduled"}`,
    eventAttendanceMode: "https://schema.org/OfflineEventAttendanceMode",
    location: { "@type": "Place", name: venue, address: venue },
    ...(seller === null ? {} : { organizer: { "@type": "Organization", name: seller.name } }),
    ...at,
    offers: pricesOf(event).map(([label, price]) => ({
      "@type": "Offer",
      name: label,
      price: decimal(price.price),
      priceCurrency: price.price.currency,
      availability: `https://schema.org/${availabilityOf(price)}`,
      ...(price.sales_start === null ? {} : { validFrom: price.sales_start }),
      ...at,
    })),
  };
}

/** What everybody may buy. */
function pricesOf({ tickets }: Event): (readonly [label: string, price: Price])[] {
  return tickets.flatMap(({ name, prices }) =>
    prices.flatMap((price) => {
      const label = price.name === "" ? name : `${name}, ${price.name}`;
      return price.requires_code ? [] : [[label, price] as const];
    }),
  );
}

function availabilityOf({ sale_state, available }: Price): string {
  if (sale_state === "upcoming") return "PreOrder";
  return sale_state === "open" && available > 0 ? "InStock" : "SoldOut";
}

function decimal({ amount, exponent = 0 }: Price["price"]): string {
  return (amount / 10 ** exponent).toFixed(exponent);
}

/** Day and time there, as ISO 8601 has them, and the zone. */
function moment(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return `${format.format(new Date(instant))} (${timeZone})`;
}
