// Links in mails, opened in a browser that knows nothing of who bought: whoever has the mailbox
// arrives at the tickets.

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { client, must } from "../../../../scripts/lib/client.ts";
import { expectAccessible, expectNoSideways, hasChromium, PHONE, visitor } from "../../../support/browser.ts";
import { addConcert, type Concert, euros, openHall } from "../../../support/concerts.ts";
import { linkIn, mailTo, WITH_MAILBOX } from "../../../support/mailbox.ts";
import { usePages } from "../../../support/pages.ts";

const WEBMAIL = "https://webmail.example";
const ARE_PICTURES = "[...document.querySelectorAll('.pass img')].map((image) => image.naturalWidth > 0).join()";

const web = usePages("mail-links", { settings: () => WITH_MAILBOX });
let concert: Concert;
beforeAll(async () => {
  if (!hasChromium) return;
  const ticket = { name: "Stalls", capacity: 50, max_per_buyer: 9, price: euros(1_000) };
  concert = await addConcert(await openHall(web.service), {}, [ticket]);
}, 180_000);

interface Bought {
  readonly token: string;
  readonly passes: readonly { readonly id: string }[];
}

/** A guest who buys by the API, in an order or one reservation alone. */
async function buyAsGuest(email: string, of: "orders" | "reservations"): Promise<Bought> {
  const { body: guest } = await must<{ "auth-token": string }>(client(web.service.url), "POST", "/guests", { email });
  const token = guest["auth-token"];
  const buyer = client(web.service.url, token);
  const line = { ticket: concert.tickets[0]?.id, quantity: 2 };
  const wanted = of === "orders" ? { items: [line] } : line;
  const { id } = (await must<{ id: string }>(buyer, "POST", `/${of}`, wanted)).body;
  await must(buyer, "POST", `/${of}/${id}/payment`, { payment_method: "pm_card_visa" });
  await mailTo(web.service, email, /^Your tickets/);
  return {
    token,
    passes: (await must<Bought["passes"]>(buyer, "GET", `/${of}/${id}/passes`)).body,
  };
}

/** A mail program in the browser: another site, so that what is `SameSite=Strict` stays behind. */
async function follow(page: Page, path: string): Promise<void> {
  await page.route(`${WEBMAIL}/`, (route) =>
    route.fulfill({ contentType: "text/html", body: `<a href="${web.service.url}${path}">Your tickets</a>` }),
  );
  await page.goto(`${WEBMAIL}/`);
  await page.getByRole("link").click();
}

/** From the page that asks to sign in to what it was about, by a link in another mail. */
async function signInByMail(page: Page, email: string, arrived: string): Promise<void> {
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByRole("link", { name: /guest/ }).click();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "To my tickets" }).click();
  await page.getByText("a mail is on its way").first().waitFor();
  await page.goto(linkIn(await mailTo(web.service, email, /^Your tickets$/)));
  await page.getByRole("button", { name: "To my tickets" }).click();
  await page.getByRole("heading", { name: arrived, exact: true }).waitFor();
}

describe.skipIf(!hasChromium)("the link of a confirmation", () => {
  test.each([
    ["an order", "orders", "It’s done: your tickets"],
    ["a reservation that was bought alone", "reservations", "Your tickets"],
  ] as const)("of %s leads a guest to its codes and its receipt", async (_what, of, heading) => {
    const email = `guest-${of}@example.com`;
    await buyAsGuest(email, of);
    const link = linkIn(await mailTo(web.service, email, /^Your tickets: /));
    const { page, context, errors } = await visitor(web.browser, web.service.url, PHONE);
    await follow(page, link);
    await signInByMail(page, email, heading);
    await expect.poll(() => new URL(page.url()).pathname).toBe(link);
    await expect.poll(() => page.evaluate(ARE_PICTURES)).toBe("true,true");
    await expectAccessible(page);
    await expectNoSideways(page);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("leads who was signed in a while ago there at once, and to the receipt after that", async () => {
    const email = "earlier@example.com";
    await buyAsGuest(email, "orders");
    const link = linkIn(await mailTo(web.service, email, /^Your tickets: /));
    const { page, context } = await visitor(web.browser, web.service.url);
    await page.goto(link);
    await signInByMail(page, email, "It’s done: your tickets");
    // As after twenty minutes.
    const expire = () => context.clearCookies({ name: /session/ });
    await expire();
    await follow(page, link);
    await page.getByRole("heading", { name: "It’s done: your tickets" }).waitFor();
    for (const [name, shows] of [
      ["Receipt", "€20.00"],
      ["Print", "Stalls"],
    ] as const) {
      await expire();
      const [paper] = await Promise.all([context.waitForEvent("page"), page.getByRole("link", { name }).click()]);
      await expect.poll(() => paper.evaluate("document.body.innerText")).toContain(shows);
      expect(paper.url()).toContain("/orders/");
    }
    const calendar = page.getByRole("link", { name: "Add to calendar" });
    await expire();
    const [entry] = await Promise.all([page.waitForEvent("download"), calendar.click()]);
    expect(entry.suggestedFilename()).toMatch(/\.ics$/);
    expect(readFileSync(await entry.path(), "utf8")).toContain("SUMMARY:Winter Serenade");
    // Who is signed out altogether is asked to sign in, and is then where they were.
    await context.clearCookies();
    await calendar.click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(link);
    await context.close();
  });
});

describe.skipIf(!hasChromium)("the link of a ticket that was passed on", () => {
  test("leads its new holder from no account to the code", async () => {
    const { token, passes } = await buyAsGuest("giver@example.com", "orders");
    const email = "friend@example.com";
    await must(client(web.service.url, token), "POST", `/passes/${passes[0]?.id}/transfer`, { email });
    const { page, context, errors } = await visitor(web.browser, web.service.url, PHONE);
    await follow(page, linkIn(await mailTo(web.service, email, /^A ticket for you/)));
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByRole("radio", { name: "New account" }).check();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill("correct horse battery");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "This ticket is not here" }).waitFor();
    await page.getByText(`You have not confirmed ${email} yet.`).waitFor();
    await expectAccessible(page);
    await expectNoSideways(page);
    const mailbox = await context.newPage();
    await mailbox.goto(linkIn(await mailTo(web.service, email, /^Confirm your/)));
    await mailbox.getByRole("button").click();
    await mailbox.getByRole("link", { name: "My tickets" }).click();
    await mailbox.getByRole("heading", { name: "Passed on to you" }).waitFor();
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByRole("heading", { name: "Your ticket" }).waitFor();
    await expect.poll(() => page.evaluate(ARE_PICTURES)).toBe("true");
    await expectAccessible(page);
    await expectNoSideways(page);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("says to who can't see it why that may be", async () => {
    const { passes } = await buyAsGuest("other-giver@example.com", "orders");
    const email = "stranger@example.com";
    await buyAsGuest(email, "orders");
    const { page, context } = await visitor(web.browser, web.service.url);
    await page.goto("/my/orders");
    await signInByMail(page, email, "My tickets");
    await page.goto(`/my/passes/${passes[0]?.id}`);
    await page.getByRole("heading", { name: "This ticket is not here" }).waitFor();
    expect(await page.getByText("You have not confirmed").count()).toBe(0);
    expect(await page.locator(".pass").count()).toBe(0);
    await context.close();
  });
});
