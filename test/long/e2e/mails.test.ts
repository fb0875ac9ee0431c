// What mails look like on a phone: every one of them, in each language, with and without pictures.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sold } from "../../../src/worker/mail/templates/sold.ts";
import { qrGif } from "../../../src/worker/passes/qr.ts";
import {
  expectNoSideways,
  expectRules,
  hasChromium,
  launch,
  PHONE,
  picture,
  visitor,
  WCAG,
} from "../../support/browser.ts";
import { CELLS, SOLD } from "../../support/letters.ts";

/** As long as they come. */
const ID = "ahnr574p5ervv1ye-1m8reb2veck1zkxmqb90w3rs6m60g";
const NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft: Jubiläumskonzert";
const LONG: Sold = {
  ...SOLD,
  id: ID,
  pageUrl: `https://shop.example/my/reservations/${ID}`,
  events: ["https://a.example/".padEnd(120, "x"), NAME].map((name) => ({
    ...{
      name,
      venue: name,
      startsAtMs: Date.parse("2031-05-01T18:00:00Z"),
      timezone: "America/Argentina/Buenos_Aires",
    },
    lines: [{ ticketType: NAME, priceName: NAME, quantity: 100, amountMinor: 123_456_789 }],
  })),
};
const CODE = `data:image/gif;base64,${Buffer.from(qrGif("TO1:".padEnd(150, "0"))).toString("base64")}`;

let browser: Browser;
beforeAll(async () => {
  if (hasChromium) browser = await launch();
}, 60_000);
afterAll(async () => browser?.close());

/** That its text stands in each picture's place, and how many pixels of it are cut off. */
const CUT_OFF = `[...document.images].map((image) => {
  const { width, height, padding, boxSizing, font } = getComputedStyle(image);
  const text = document.createElement("div");
  Object.assign(text.style, { width, padding, boxSizing, font });
  text.textContent = image.alt;
  document.body.append(text);
  const over = text.scrollHeight - image.clientHeight + Math.max(0, text.scrollWidth - image.clientWidth);
  text.remove();
  return image.alt === "" ? 999 : Math.max(0, over);
})`;

/** Sums that stand on more than one line. */
const BROKEN_SUMS = `[...document.querySelectorAll("bdi")]
  .filter((own) => /^[\\d.,\\s€]+$/.test(own.textContent) && own.getClientRects().length > 1)
  .map((own) => own.textContent)`;

const PICTURES = [
  ["with pictures", (html: string) => html.replace(/cid:[\w-]+/g, CODE)],
  // A mail program that shows none.
  ["without pictures", (html: string) => html.replace(/cid:[\w-]+/g, "data:image/gif;base64,")],
] as const;

async function look(page: Page, html: string, where: string): Promise<void> {
  await page.setContent(html);
  await expectNoSideways(page);
  expect(await page.evaluate(BROKEN_SUMS), where).toEqual([]);
  const hasPictures = html.includes(CODE);
  const shown = (await page.evaluate("[...document.images].map(({ naturalWidth }) => naturalWidth > 0)")) as boolean[];
  expect(shown, where).toEqual(shown.map(() => hasPictures));
  if (!hasPictures) expect(await page.evaluate(CUT_OFF), where).toEqual(shown.map(() => 0));
  await picture(page, where.replace(/[^\w]+/g, "-"));
}

test.skipIf(!hasChromium).each(PICTURES)(
  "every mail fits a phone, %s",
  { timeout: 300_000 },
  async (how, withPictures) => {
    const { page, context, errors } = await visitor(browser, "https://mail.example", PHONE);
    for (const { name, language, mail } of CELLS) {
      const where = `${name} ${language} ${how}`;
      await look(page, withPictures(mail(LONG, language).html), `${where} long`);
      await look(page, withPictures(mail(SOLD, language).html), where);
      await expectRules(page, WCAG, where);
    }
    expect(errors).toEqual([]);
    await context.close();
  },
);
