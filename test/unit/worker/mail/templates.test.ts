// What mails say, in both languages, as text and as HTML, whatever people have typed.

import { describe, expect, test } from "vitest";
import { LANGUAGES, type Language } from "../../../../src/platform/mails.ts";
import { confirmedMail } from "../../../../src/worker/mail/templates/confirmed.ts";
import { calledOffMail, changedMail } from "../../../../src/worker/mail/templates/event.ts";
import { moment, money } from "../../../../src/worker/mail/templates/format.ts";
import type { Letter } from "../../../../src/worker/mail/templates/letter.ts";
import { paymentFailedMail } from "../../../../src/worker/mail/templates/payment-failed.ts";
import { refundedMail } from "../../../../src/worker/mail/templates/refunded.ts";
import type { Sold } from "../../../../src/worker/mail/templates/sold.ts";
import {
  CALLED_OFF,
  CELLS,
  eventOf,
  INVITED_TO,
  invited,
  PASSES,
  RECEIVED,
  REFUNDED,
  received,
  SAYING,
  SOLD,
  STARTS,
} from "../../../support/letters.ts";

/** The text of a page, as a reader sees it. */
function readable(html: string): string {
  const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  const body = html
    .slice(html.indexOf("<body"))
    .replace(/<img[^>]* alt="([^"]*)"[^>]*>/g, "$1")
    .replace(/<[^>]*>/g, " ");
  return body.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? "").replace(/\s+/g, " ");
}

describe("each mail", () => {
  test.each(CELLS)("$name, $language: text and HTML say the same", ({ language, mail }) => {
    const { subject, text, html } = mail(SOLD, language);
    const shown = readable(html);
    for (const word of text.split(/:?\s+/)) {
      if (word.startsWith("https:")) expect(html).toContain(`href="${word}"`);
      else if (!/^(-+|>)$/.test(word)) expect(shown).toContain(word);
    }
    expect(text.startsWith(subject)).toBe(true);
    expect(html).toContain(`<html lang="${language}">`);
    expect(text).not.toMatch(/undefined|null|NaN|\[object/);
  });

  test.each(CELLS)("$name, $language: has what a phone needs, and nothing from elsewhere", ({ language, mail }) => {
    const { html } = mail(SOLD, language);
    expect(html).toContain('name="viewport"');
    expect(html).toContain('name="color-scheme" content="light dark"');
    expect(html).not.toMatch(/<(script|link|iframe|form|object)|@import|url\(|src="http/);
    expect(Buffer.byteLength(html)).toBeLessThan(20_000);
  });

  const HOSTILE = `<img src=x onerror=alert(1)>"'></td></table><script>&amp;\u202edrow\r\nBcc: eve@example.test`;
  test.each(SAYING)("$name, $language: what people typed is text", ({ language, mail }) => {
    const lines = [{ ticketType: HOSTILE, priceName: HOSTILE, quantity: 1, amountMinor: 100 }];
    const event = { name: HOSTILE, venue: HOSTILE, startsAtMs: STARTS, timezone: "Europe/Berlin", lines };
    const plain = { name: "x", venue: "x", startsAtMs: STARTS, timezone: "Europe/Berlin", lines: [] };
    const { subject, text, html } = mail({ ...SOLD, events: [event] }, language);
    const tags = (page: string) => [...page.matchAll(/<[a-z/]+/g)].map(([tag]) => tag).sort();
    const line = { ticketType: "x", priceName: "x", quantity: 1, amountMinor: 100 };
    const harmless = mail({ ...SOLD, events: [{ ...plain, lines: [line] }] }, language).html;
    expect(tags(html)).toEqual(tags(harmless));
    expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&gt;");
    expect(subject).not.toMatch(/[\r\n\u202e]/);
    expect(`${text}${html}`).not.toContain("\u202e");
    // A line of its own could pass for the service's.
    expect(text).not.toMatch(/^Bcc/m);
  });
});

test.each(LANGUAGES)("in %s a sender's name is text, and a line of its own nowhere", (language) => {
  const sender = `<b onclick="x">\r\nBcc: eve@example.test\u202e`;
  const { text, html } = received(SOLD, language, sender);
  expect(html).toContain("&lt;b onclick=&quot;x&quot;&gt; Bcc: eve@example.test");
  expect(html).not.toContain("<b onclick");
  expect(text).not.toMatch(/^Bcc/m);
  expect(`${text}${html}`).not.toContain("\u202e");
});

test.each(LANGUAGES)("in %s an organiser's message is text, and each of its lines is marked as theirs", (language) => {
  const message = `<script>alert(1)</script>\r\nYour password: <a href="x">here</a>\u202e`;
  const { text, html } = calledOffMail(eventOf(SOLD), { ...CALLED_OFF, message }, false, language);
  expect(html).not.toMatch(/<(script|a)\b/);
  expect(text).toMatch(/^> Your password/m);
  expect(text).not.toMatch(/^(Your password|<script)/m);
  expect(`${text}${html}`).not.toContain("\u202e");
});

test.each<[Language, boolean, RegExp, RegExp]>([
  ["en", true, /no longer valid[\s\S]*given back/, /Keep/],
  ["en", false, /Keep your tickets/, /no longer valid|given back/],
  ["de", true, /gelten nicht mehr[\s\S]*zurück/, /Behalten/],
  ["de", false, /Behalten Sie Ihre Tickets/, /gelten nicht mehr|zurück/],
])("in %s, refunds %s: called off is said with what becomes of the tickets", (language, refund, says, saysNot) => {
  for (const isCustomer of [false, true]) {
    const { text } = calledOffMail(eventOf(SOLD), { ...CALLED_OFF, refund }, isCustomer, language);
    expect(text).toMatch(says);
    expect(text).not.toMatch(saysNot);
  }
});

test.each(LANGUAGES)("in %s a change names what was otherwise, and only that", (language) => {
  const { text } = changedMail(eventOf(SOLD), { ...eventOf(SOLD), venue: "The garden" }, false, language);
  expect(text).toContain("The garden");
  expect(text.match(/(Before|Bisher):/g)).toHaveLength(1);
});

test.each(LANGUAGES)("in %s plain text says where the codes are, and nothing of pictures", (language) => {
  const { text, html } = confirmedMail(SOLD, PASSES, language);
  expect(text).toContain(`:\n${SOLD.pageUrl}\n`);
  expect(received(SOLD, language, null).text).toContain(`:\n${RECEIVED.pageUrl}\n`);
  expect(text).not.toMatch(/picture|Bild/);
  expect(html).toMatch(/alt="[^"]*(picture|Bild)/);
});

const LINKS: readonly [
  what: string,
  of: Partial<Sold>,
  mail: (sold: Sold, language: Language) => Letter,
  has: boolean,
][] = [
  ["a confirmation", {}, (sold, language) => confirmedMail(sold, PASSES, language), true],
  ["one whose passes are all passed on", {}, (sold, language) => confirmedMail(sold, [], language), true],
  ["one to a customer", { pageUrl: null }, (sold, language) => confirmedMail(sold, PASSES, language), false],
  ["a refund", {}, (sold, language) => refundedMail(sold, REFUNDED, language), true],
  ["a refund of a customer", { pageUrl: null }, (sold, language) => refundedMail(sold, REFUNDED, language), false],
  ["what came too late", {}, (sold, language) => refundedMail(sold, { ...REFUNDED, isLate: true }, language), false],
  ["a failure in time to pay again", {}, (sold, language) => paymentFailedMail(sold, STARTS, language), true],
  ["a failure too late for that", {}, (sold, language) => paymentFailedMail(sold, null, language), false],
  // The shop takes no payment of it.
  ["one bought alone", { isOrder: false }, (sold, language) => paymentFailedMail(sold, STARTS, language), false],
];
test.each(LINKS)("%s leads to the shop's page, or nowhere", (_what, of, mail, has) => {
  for (const language of LANGUAGES) {
    const { text, html } = mail({ ...SOLD, ...of }, language);
    expect(text.match(/https:\S+/g) ?? []).toEqual(has ? [SOLD.pageUrl] : []);
    expect(html.match(/https:[^"]+/g) ?? []).toEqual(has ? [SOLD.pageUrl] : []);
  }
});

test.each(LANGUAGES)("in %s a customer with more codes than fit is not sent to a page", (language) => {
  const text = (pageUrl: string | null) => confirmedMail({ ...SOLD, pageUrl }, PASSES, language).text;
  expect(text(null)).not.toMatch(/behind the link|hinter dem Link/);
  expect(text(SOLD.pageUrl)).toMatch(/behind the link|hinter dem Link/);
});

test.each<[Language, number, string, string]>([
  ["en", 250_050, "EUR", "€2,500.50"],
  ["de", 250_050, "EUR", "2.500,50 €"],
  ["en", 500, "JPY", "JP¥500"],
  ["de", 12_345, "KWD", "12,345 KWD"],
  ["en", 0, "GBP", "£0.00"],
])("money in %s: %i of %s is %s", (language, amountMinor, currency, shown) => {
  expect(money(language, amountMinor, currency).replace(/\s/g, " ")).toBe(shown);
});

test.each<[Language, string, string, string]>([
  ["en", "2031-05-01T18:00:00Z", "Europe/Berlin", "Thursday, 1 May 2031 at 20:00 CEST"],
  ["de", "2031-05-01T18:00:00Z", "Europe/Berlin", "Donnerstag, 1. Mai 2031 um 20:00 MESZ"],
  ["en", "2031-12-01T18:00:00Z", "Europe/Berlin", "Monday, 1 December 2031 at 19:00 CET"],
  ["en", "2031-05-01T18:00:00Z", "America/New_York", "Thursday, 1 May 2031 at 14:00 GMT-4"],
  ["en", "2031-05-01T18:00:00Z", "Nowhere/At_All", "Thursday, 1 May 2031 at 18:00 UTC"],
])("a time in %s: %s in %s is %s", (language, instant, timeZone, shown) => {
  expect(moment(language, Date.parse(instant), timeZone).replace(/\s/g, " ")).toBe(shown);
});

test.each<[Language, Parameters<typeof invited>[2], RegExp, RegExp]>([
  ["en", "scanner", /you scan tickets/, /run the event/],
  ["en", "manager", /run the event/, /you scan tickets/],
  ["de", "scanner", /Sie scannen Tickets/, /betreuen/],
  ["de", "manager", /betreuen die Veranstaltung/, /scannen/],
])(
  "in %s an invitation as a %s says what they will do, where the link is, and until when",
  (language, part, says, saysNot) => {
    const { text } = invited(SOLD, language, part);
    expect(text).toMatch(says);
    expect(text).not.toMatch(saysNot);
    expect(text.match(/https:\S+/g)).toEqual([INVITED_TO]);
    // At the event's place.
    expect(text).toMatch(/2031(,| um| at) 20:00/);
  },
);
