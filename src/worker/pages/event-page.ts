// What an event's page says without scripts: to search engines, previews of links, readers.
// Pure; all that organisers wrote is escaped, in HTML and in JSON.

import type * as z from "zod";
import type { EventDetail } from "../catalogue/schemas.ts";
import { type Html, html } from "../mail/templates/html.ts";
import { jsonIn } from "./json.ts";

type Event = z.output<typeof EventDetail>;
type Price = Event["tickets"][number]["prices"][number];

const PREVIEW_CHARACTERS = 300;

/** Where the page and the picture of its preview are, as other sites have to name them. */
export interface Places {
  readonly url: string;
  readonly image: string;
}

/** Title, description, Open Graph and schema.org. `places` where they are known. */
export function eventHead(event: Event, places: Places | null): string {
  const { name } = event;
  const description = summaryOf(event);
  return `${
    html`<title>${name}</title>
<meta name="description" content="${description}">
<meta property="og:type" content="website">
<meta property="og:title" content="${name}">
<meta property="og:description" content="${description}">
<meta property="og:locale" content="en_GB">
<meta property="og:locale:alternate" content="de_DE">
${places === null ? html`` : placesIn(places)}`.source
  }
<script type="application/ld+json">${jsonIn(structured(event, places))}</script>`;
}

/** Events have no pictures of their own: it is the same for all. */
function placesIn({ url, image }: Places): Html {
  return html`<meta property="og:url" content="${url}">
<meta property="og:image" content="${image}">
<meta property="og:image:type" content="image/png">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta property="og:image:alt" content="A ticket">`;
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
function structured(event: Event, places: Places | null) {
  const { name, description, venue, starts_at, ends_at, seller, status } = event;
  const at = places === null ? {} : { url: places.url };
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
    ...(places === null ? {} : { image: [places.image] }),
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
