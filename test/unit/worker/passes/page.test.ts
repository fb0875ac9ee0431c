// Passes to print, in both languages.

import { describe, expect, test } from "vitest";
import { LANGUAGES, type Language } from "../../../../src/platform/mails.ts";
import { passesPage } from "../../../../src/worker/passes/page.ts";
import type { PresentedPass } from "../../../../src/worker/passes/presenters.ts";

const HOSTILE = `<img src=x onerror=alert(1)>"'</p><script>&`;

function passOf(name: string, event: Partial<NonNullable<PresentedPass["event"]>> | null = {}): PresentedPass {
  const its = { id: "e1", name, venue: name, starts_at: "2031-05-01T23:00:00Z", timezone: "Europe/Berlin" } as const;
  return {
    ...{ id: "r1-1", reservation: "r1", number: 1, order: null, ticket: "t1", ticket_type: { name } },
    event: event && { ...its, status: "published", ...event },
    ...{ price: "t1", price_name: name, holder_name: name, state: "valid", admitted_at: null, revoked_at: null },
    ...{ passed_on_to: null, disputed: false, code: "A1", google_wallet: false },
  } as PresentedPass;
}

describe("passes to print", () => {
  test.each<[Language, readonly string[]]>([
    ["en", ['<html lang="en">', "<title>Passes<", "Friday, 2 May 2031 at 01:00 CEST<br>", ">More passes<"]],
    ["de", ['<html lang="de">', "<title>Tickets<", "Freitag, 2. Mai 2031 um 01:00 MESZ<br>", ">Weitere Tickets<"]],
  ])("are written in the language %s, with the time at the event's place", async (language, parts) => {
    const text = await passesPage([passOf("Gala")], "/more?language=de&cursor=1", language).text();
    for (const part of parts) expect(text).toContain(part);
    expect(text).toContain('href="/more?language=de&amp;cursor=1"');
    expect(text).toContain("<h1><bdi>Gala</bdi></h1>");
  });

  test.each<[Language, calledOff: string, nameless: string, none: string]>([
    ["en", "This event was called off.", "Pass", "<h1>Passes</h1>\n<p>There are no passes to print here.</p>"],
    [
      "de",
      "Diese Veranstaltung wurde abgesagt.",
      "Ticket",
      "<h1>Tickets</h1>\n<p>Hier gibt es keine Tickets zu drucken.</p>",
    ],
  ])("%s: say what was called off, what has no name, and that there are none", async (language, ...parts) => {
    const [calledOff, nameless, none] = parts;
    expect(await passesPage([passOf("Gala", { status: "cancelled" })], null, language).text()).toContain(calledOff);
    const withoutEvent = await passesPage([passOf("Gala", null)], null, language).text();
    expect(withoutEvent).toContain(`<h1><bdi>${nameless}</bdi></h1>`);
    expect(withoutEvent).not.toContain(calledOff);
    expect(await passesPage([{ ...passOf("Gala"), code: null }], null, language).text()).toContain(none);
  });

  test.each(LANGUAGES)("%s: what people typed is text", async (language) => {
    const text = await passesPage([passOf(HOSTILE)], null, language).text();
    expect(text.split("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&lt;/p&gt;&lt;script&gt;&amp;")).toHaveLength(6);
    expect(text).not.toMatch(/<(img|script)/);
  });
});
