// The shop where Stripe takes the payments: its fields, its bank's question, and its hosts in the
// policy. Stripe itself is played: its script in the browser, and its API behind the service.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, hasChromium, PHONE, picture, visitor } from "../../../support/browser.ts";
import { addConcert, type Concert, euros, openHall } from "../../../support/concerts.ts";
import { usePages } from "../../../support/pages.ts";
import { StripeDouble } from "../../../support/stripe/double.ts";

const SCRIPT = "https://js.stripe.com/v3/";
/** As much of Stripe.js as the shop uses. A field chooses what the card does. */
const STRIPE_JS = `globalThis.Stripe = (key) => ({
  elements: (options) => ({
    create: () => ({
      mount: (place) => {
        globalThis.given = { key, ...options };
        place.innerHTML = '<label>Card number <input id="card"></label>';
      },
      destroy: () => {},
    }),
    submit: async () => (document.getElementById("card").value === "" ? { error: { message: "Enter a card number." } } : {}),
  }),
  createPaymentMethod: async () => ({ paymentMethod: { id: document.getElementById("card").value } }),
  handleNextAction: async ({ clientSecret }) => globalThis.askBank(clientSecret),
});`;

let stripe: StripeDouble;
beforeAll(async () => {
  if (hasChromium) stripe = await StripeDouble.start();
});
afterAll(async () => stripe?.stop());
const web = usePages("shop-stripe", { settings: () => ({ variables: stripe.settings }) });
let concert: Concert;
beforeAll(async () => {
  if (!hasChromium) return;
  stripe.notices.url = `${web.service.url}/webhooks/stripe`;
  concert = await addConcert(await openHall(web.service), {}, [
    { name: "Stalls", capacity: 50, max_per_buyer: 9, price: euros(4_500) },
  ]);
}, 180_000);

async function holdOne(page: Page, email: string): Promise<void> {
  await page.goto(`/e/${concert.id}`);
  await page.getByRole("button", { name: "One more: Stalls" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("dialog").getByLabel("E-mail address").fill(email);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Your tickets are held" }).waitFor();
}

describe.skipIf(!hasChromium)("with Stripe", () => {
  test("a field that is empty, a bank that asks once, and the passes", async () => {
    const { page, context, errors } = await visitor(web.browser, web.service.url, PHONE);
    await page.route(SCRIPT, (route) => route.fulfill({ contentType: "text/javascript", body: STRIPE_JS }));
    const asked: string[] = [];
    await context.exposeFunction("askBank", (secret: string) => {
      asked.push(secret);
      stripe.records.authenticate(secret.split("_secret_")[0] ?? "", true);
    });
    await holdOne(page, "stripe@example.com");
    await page.getByLabel("Card number").waitFor();
    expect(await page.evaluate("globalThis.given")).toMatchObject({
      ...{ key: stripe.settings.STRIPE_PUBLISHABLE_KEY, mode: "payment", amount: 4_500, currency: "eur" },
      paymentMethodCreation: "manual",
    });
    await page.getByRole("button", { name: "Pay €45.00" }).click();
    await page.getByText("Enter a card number.").waitFor();
    await expectAccessible(page);
    await picture(page, "stripe-phone");
    await page.getByLabel("Card number").fill("pm_card_threeDSecure2Required");
    await page.getByRole("button", { name: "Pay €45.00" }).click();
    await page.getByRole("heading", { name: "It’s done: your tickets" }).waitFor();
    await page.getByRole("button", { name: "Pass on" }).waitFor();
    // This service is not set up for it.
    expect(await page.getByRole("button", { name: /Wallet/ }).count()).toBe(0);
    expect(asked).toHaveLength(1);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("a script of Stripe's that does not come is said, and nothing is paid", async () => {
    const { page, context } = await visitor(web.browser, web.service.url, PHONE);
    await page.route(SCRIPT, (route) => route.abort());
    await holdOne(page, "blocked@example.com");
    await page.getByText("The card’s fields could not be loaded.").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Pay €45.00" }).isDisabled()).toBe(true);
    await context.close();
  });
});
