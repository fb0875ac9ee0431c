// An event's page for those who run no scripts: search engines, previews of links.

import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { PROGRAMME_PAGE } from "../../../../src/domain/programme.ts";
import { call, EVENT, newPerson, TICKET } from "../../../support/service.ts";

const HOSTILE = `</script><script>alert(1)</script>"><img src=x onerror=alert(1)> & <!--body--> $& $'`;
let organiser: string;
beforeAll(async () => {
  organiser = (await newPerson("organizer")).token;
});

async function publish(event: object, ticket: object = {}): Promise<string> {
  const made = await call("POST", "/events", { token: organiser, body: { ...EVENT, status: "published", ...event } });
  const { id } = JSON.parse(made.text);
  await call("POST", `/events/${id}/tickets`, { token: organiser, body: { ...TICKET, ...ticket } });
  return id;
}

function structuredIn(text: string) {
  const [, json = ""] = /<script type="application\/ld\+json">([^<]*)<\/script>/.exec(text) ?? [];
  return JSON.parse(json);
}

/** What the page's script takes for the reply to its first request. */
function firstReplyIn(text: string) {
  const [, json = "null"] = /<script type="application\/json" id="first-reply">([^<]*)<\/script>/.exec(text) ?? [];
  return JSON.parse(json);
}

const metaIn = (text: string, name: string) =>
  new RegExp(`<meta (?:name|property)="${name}" content="([^"]*)">`).exec(text)?.[1];

describe("an event's page", () => {
  test("has title, description, Open Graph and schema.org data with what is offered", async () => {
    const id = await publish(
      { name: "Winter Serenade", description: "By candlelight.", seller: { name: "The Hall", address: "Here" } },
      { name: "Stalls", price: { amount: 4_500, currency: "EUR" }, capacity: 5 },
    );
    const { status, headers, text } = await call("GET", `/e/${id}`, {
      settings: { PUBLIC_URL: "https://tickets.test", MAIL_FROM: "" },
    });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toContain("<title>Winter Serenade</title>");
    expect(text.match(/<title>/g)).toHaveLength(1);
    for (const name of ["description", "og:description"]) expect(metaIn(text, name)).toContain("By candlelight.");
    expect(metaIn(text, "og:title")).toBe("Winter Serenade");
    expect(metaIn(text, "og:url")).toBe(`https://tickets.test/e/${id}`);
    expect(metaIn(text, "og:locale")).toBe("en_GB");
    expect(metaIn(text, "og:locale:alternate")).toBe("de_DE");
    const image = new URL(metaIn(text, "og:image") ?? "");
    expect(image.origin).toBe("https://tickets.test");
    const picture = await exports.default.fetch(new Request(image));
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, metaIn(text, "og:image:type")]);
    expect(picture.headers.get("cache-control")).toBe("max-age=3600");
    // Width and height are the first that a PNG says of itself.
    const bytes = new DataView(await picture.arrayBuffer());
    const size = [bytes.getUint32(16), bytes.getUint32(20)].map(String);
    expect(size).toEqual([metaIn(text, "og:image:width"), metaIn(text, "og:image:height")]);
    expect(bytes.byteLength).toBeLessThan(20_000);
    expect(metaIn(text, "og:image:alt")).toBe("A ticket");
    expect(structuredIn(text).image).toEqual([image.href]);
    expect(structuredIn(text)).toMatchObject({
      "@type": "Event",
      name: "Winter Serenade",
      eventStatus: "https://schema.org/EventScheduled",
      location: { "@type": "Place", name: EVENT.venue },
      organizer: { name: "The Hall" },
      offers: [{ price: "45.00", priceCurrency: "EUR", availability: "https://schema.org/InStock" }],
    });
    // And the shop's own script.
    expect(text).toMatch(/<script type="module" src="\/assets\/shop-/);
  });

  test("names no address where the service does not know its own", async () => {
    const { text } = await call("GET", `/e/${await publish({})}`);
    expect([metaIn(text, "og:url"), metaIn(text, "og:image"), structuredIn(text).image]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect(metaIn(text, "og:locale")).toBe("en_GB");
  });

  test("has every text as a text, whatever it says", async () => {
    const name = HOSTILE.slice(0, 100);
    const id = await publish(
      { name, description: HOSTILE, venue: name, seller: { name, address: name } },
      { name, description: HOSTILE },
    );
    const { text } = await call("GET", `/e/${id}`);
    expect(text.match(/<script/g)).toHaveLength(3);
    expect(text).not.toMatch(/<img|<script>/);
    expect(text.match(/<noscript>/)).toBeNull();
    const structured = structuredIn(text);
    expect([structured.name, structured.description, structured.location.name]).toEqual([name, HOSTILE, name]);
    expect(firstReplyIn(text).body).toMatchObject({ name, description: HOSTILE, tickets: [{ description: HOSTILE }] });
  });

  test("brings along what its script would ask for first, as everybody may see it", async () => {
    const id = await publish({});
    await call("POST", `/events/${id}/tickets`, { token: organiser, body: { ...TICKET, hidden: true } });
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    const { text } = await call("GET", `/e/${id}`, { token: organiser });
    const { path, date, link, body } = firstReplyIn(text);
    expect([path, link]).toEqual([`/events/${id}`, null]);
    expect(body).toEqual(JSON.parse((await call("GET", `/events/${id}`)).text));
    expect(body.tickets).toHaveLength(1);
    expect(Date.parse(date)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(date)).toBeLessThanOrEqual(Date.now());
  });

  test("says that an event was called off", async () => {
    const id = await publish({});
    await call("PATCH", `/events/${id}`, { token: organiser, body: { status: "cancelled" } });
    const { text } = await call("GET", `/e/${id}`);
    expect(structuredIn(text).eventStatus).toBe("https://schema.org/EventCancelled");
  });

  test("names no place that a client has named", async () => {
    const id = await publish({});
    const { text } = await call("GET", `/e/${id}`, { headers: { host: "evil.test", "x-forwarded-host": "evil.test" } });
    expect(text).not.toContain("evil.test");
    expect(metaIn(text, "og:url")).toBeUndefined();
  });

  test.each(["0000000000000000", "x", "..%2fevents", "%3Cscript%3E"])(
    "is 404 for %s, and still the shop",
    async (id) => {
      const { status, headers, text } = await call("GET", `/e/${id}`);
      expect(status).toBe(404);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(text).toContain("<title>Tickets</title>");
      expect(firstReplyIn(text)).toBeNull();
    },
  );

  test("is 404 for a draft, also for its organiser", async () => {
    const made = await call("POST", "/events", { token: organiser, body: { ...EVENT, status: "draft" } });
    const { id } = JSON.parse(made.text);
    expect((await call("GET", `/e/${id}`, { token: organiser })).status).toBe(404);
  });
});

describe("what is on", () => {
  test("is in the page, with where the next part is", async () => {
    for (let made = 0; made <= PROGRAMME_PAGE; made++) await publish({ name: `Evening ${made}` });
    const { text } = await call("GET", "/");
    const { path, link, body } = firstReplyIn(text);
    expect(path).toBe(`/events?limit=${PROGRAMME_PAGE}`);
    const listed = await call("GET", path);
    expect(body).toEqual(JSON.parse(listed.text));
    expect(body).toHaveLength(PROGRAMME_PAGE);
    expect(link).toBe(listed.headers.get("link"));
    expect(link).toContain('rel="next"');
  });

  test.each(["/?q=gala", "/?from=2027-01-01", "/my/orders"])(
    "is not at %s, which shows something else",
    async (path) => {
      expect(firstReplyIn((await call("GET", path)).text)).toBeNull();
    },
  );
});
