// What new buyers stumbled over, on the smallest phone: words for somebody else, cut texts, and
// views that did not say what comes next.

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectNoSideways, hasChromium, picture, visitor } from "../../../support/browser.ts";
import { addConcert, addGala, type Concert, euros, openHall } from "../../../support/concerts.ts";
import { linkIn, mailTo, WITH_MAILBOX } from "../../../support/mailbox.ts";
import { usePages } from "../../../support/pages.ts";

const SMALLEST = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, locale: "de-DE" } as const;
const GUEST = "neu@example.com";
const HOUR_MS = 60 * 60 * 1_000;

const web = usePages("shop-newcomer", { settings: () => WITH_MAILBOX });
let gala: Concert;
beforeAll(async () => {
  if (!hasChromium) return;
  const hall = await openHall(web.service);
  gala = await addGala(hall);
  const soon = { sales_start: new Date(Date.now() + HOUR_MS).toISOString(), price: euros(123_456_00) };
  await addConcert(hall, { name: "Demnächst" }, [{ name: "Parkett", capacity: 9, max_per_buyer: 4, ...soon }]);
}, 180_000);

/** Texts that reach out of what is drawn around them. */
function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll("button, .button, .segments span, .badge")].flatMap((one) =>
    one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 ? [one.textContent] : [])`);
}

async function expectFits(page: Page): Promise<void> {
  await expectNoSideways(page);
  expect(await cutTexts(page)).toEqual([]);
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });

describe.skipIf(!hasChromium)("a new buyer with a small phone", () => {
  test("finds, buys as a guest, has it mailed, comes back by the mail's link, and gives it back", async () => {
    const { page, context, errors } = await visitor(web.browser, web.service.url, SMALLEST);
    await page.goto("/");
    await page.getByText("Bald im Verkauf").waitFor();
    await expectFits(page);
    const [from, until] = [await page.getByLabel("Von").boundingBox(), await page.getByLabel("Bis").boundingBox()];
    expect(from?.x).toBe(until?.x);
    // In German a "Kasse" is where one pays.
    await page.getByRole("contentinfo").getByRole("link", { name: "Für Veranstalter" }).waitFor();
    expect(await page.getByText("Kasse").count()).toBe(0);
    await page.getByLabel("Suche").fill("gal");
    await page.getByRole("link", { name: /Gala/ }).click();
    for (let count = 0; count < 2; count++) await button(page, "Eins mehr: Stalls, Adult").click();
    await page.getByRole("checkbox", { name: /Bedingungen/ }).check();
    await button(page, "Weiter").click();
    const dialog = page.getByRole("dialog", { name: "Wer kauft die Tickets?" });
    await dialog.waitFor();
    await expectFits(page);
    await dialog.getByLabel("E-Mail-Adresse").fill(GUEST);
    await page.keyboard.press("Enter");
    // Before it is paid: a wrong address is found here.
    await page.getByText(`E-Mail-Adresse: ${GUEST}`).waitFor();
    await button(page, /bezahlen$/).click();
    await page.getByRole("heading", { name: "Geschafft: Ihre Tickets" }).waitFor();
    await page.getByText("Nr. 2").waitFor();
    const top = async (name: string) => (await page.getByRole("link", { name }).boundingBox())?.y ?? 0;
    const firstPass = (await page.locator(".pass").first().boundingBox())?.y ?? 0;
    for (const link of ["In den Kalender", "Drucken", "Rechnung"]) expect(await top(link)).toBeLessThan(firstPass);
    await button(page, "Per E-Mail senden").click();
    await page.locator(".notice.good").getByText(`Unterwegs an ${GUEST}.`).waitFor();
    await expectFits(page);
    await expectAccessible(page);
    await picture(page, "newcomer-passes");
    const order = new URL(page.url()).pathname;
    const receipt = await page.getByRole("link", { name: "Rechnung" }).getAttribute("href");
    await page.goto(receipt ?? "");
    await expectNoSideways(page);
    // More than one word of what was bought on a line.
    const bought = page
      .getByRole("cell", { name: /Stalls, Adult/ })
      .or(page.getByRole("rowheader", { name: /Stalls, Adult/ }));
    expect((await bought.boundingBox())?.width).toBeGreaterThan(90);
    await context.clearCookies();
    await page.goto(order);
    await page.getByText("Tickets sieht, wer sie gekauft hat.").waitFor();
    await expectFits(page);
    await expectAccessible(page);
    await page.getByRole("link", { name: /Als Gast gekauft/ }).click();
    await page.getByLabel("E-Mail-Adresse").fill(GUEST);
    await button(page, "Zu meinen Tickets").click();
    await page
      .getByText(/Spam-Ordner/)
      .first()
      .waitFor();
    await page.goto(linkIn(await mailTo(web.service, GUEST, /^Ihre Tickets$/)));
    await page.getByText("Sie sehen dann die Tickets").waitFor();
    await button(page, "Zu meinen Tickets").click();
    await page.getByRole("heading", { name: "Geschafft: Ihre Tickets" }).waitFor();
    await button(page, "Tickets zurückgeben").click();
    await page.getByText("auch nicht, was Sie weitergegeben haben").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Tickets zurückgeben" }).click();
    await page.getByRole("heading", { name: /zurückgegeben|auf dem Weg zurück/ }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  test("prints the codes where the browser prints the view itself", async () => {
    const { page, context } = await visitor(web.browser, web.service.url, { ...SMALLEST, locale: "en-GB" });
    await page.goto(`/e/${gala.id}`);
    await button(page, "One more: Balcony").click();
    await page.getByRole("checkbox", { name: /accept/ }).check();
    await button(page, "Continue").click();
    await page.getByRole("dialog").getByLabel("E-mail address").fill("paper@example.com");
    await page.keyboard.press("Enter");
    await button(page, /^Pay /).click();
    await page.locator(".pass img").waitFor();
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".pass img").isVisible()).toBe(true);
    for (const name of ["Print", "Send by e-mail", "Give tickets back"]) {
      expect(await page.getByText(name, { exact: true }).isVisible(), name).toBe(false);
    }
    await context.close();
  });
});
