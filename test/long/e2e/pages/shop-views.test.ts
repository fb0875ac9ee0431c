// Every state of the shop's views, as everybody may see it: both languages, both sizes, light and
// dark. What leads to a state and away from it is tested in the journeys.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../../../scripts/lib/client.ts";
import type { Service } from "../../../crash/service.ts";
import { expectGoodLooks, hasChromium, LAPTOP, type Visitor, visitor } from "../../../support/browser.ts";
import { startService } from "../../../support/built-service.ts";
import { addConcert, addGala, type Concert, euros, openHall } from "../../../support/concerts.ts";
import { usePages } from "../../../support/pages.ts";

const PASSWORD = "correct horse battery";
/** Long enough for a look at a view, and shorter than the warning is early. */
const ALMOST_SECONDS = 100;
/** Each look is sixteen runs of axe. */
const TIMEOUT_MS = 240_000;
const HOUR_MS = 60 * 60 * 1_000;

const web = usePages("shop-views");
let short: Service;
let hall: Client;
let gala: Concert;
beforeAll(async () => {
  if (!hasChromium) return;
  short = await startService(`${web.folder.path}/short`, ALMOST_SECONDS, { hasPages: true });
  hall = await openHall(web.service);
  gala = await addGala(hall);
}, 180_000);
afterAll(async () => {
  await short?.kill();
});

const stalls = { name: "Stalls", capacity: 9, max_per_buyer: 4, price: euros(1_000) };
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const heading = (page: Page, name: string) => page.getByRole("heading", { name }).waitFor();
const inDialog = (page: Page) => page.getByRole("dialog");

async function choose(page: Page, kind = "Stalls, Adult"): Promise<void> {
  await page.goto(`/e/${gala.id}`);
  await button(page, `One more: ${kind}`).click();
  await page.getByRole("checkbox", { name: /accept/ }).check();
}

async function holdOne(page: Page, email: string): Promise<void> {
  await choose(page);
  await button(page, "Continue").click();
  await inDialog(page).getByLabel("E-mail address").fill(email);
  await page.keyboard.press("Enter");
  await heading(page, "Your tickets are held");
}

async function payWith(page: Page, card: RegExp): Promise<void> {
  await page.getByRole("radio", { name: card }).check();
  await button(page, /^Pay /).click();
}

async function buy(page: Page, email: string): Promise<void> {
  await holdOne(page, email);
  await payWith(page, /that works/);
  await heading(page, "It’s done: your tickets");
}

type Look = (view: string) => Promise<void>;

/** A tour through some states, by somebody with a browser of their own. */
function tour(
  name: string,
  visit: (page: Page, look: Look, all: Visitor) => Promise<void>,
  at = () => web.service,
): void {
  test(
    name,
    async () => {
      const all = await visitor(web.browser, at().url, LAPTOP);
      await visit(all.page, (view) => expectGoodLooks(all.page, view), all);
      await all.context.close();
    },
    TIMEOUT_MS,
  );
}

describe.skipIf(!hasChromium)("looking", () => {
  tour("the programme: full, searched in vain, and without a network", async (page, look, { context }) => {
    await page.goto("/");
    await page.getByRole("link", { name: /Gala/ }).waitFor();
    await look("programme");
    await page.getByLabel("Search").fill("nothing of this name");
    await page.getByText("Nothing was found.").waitFor();
    await look("programme-none");
    await context.setOffline(true);
    await page.getByLabel("Search").fill("gala");
    await page.getByText("There is no connection at the moment.").first().waitFor();
    expect(await page.getByText("Nothing was found.").count()).toBe(0);
    await look("programme-offline");
  });

  tour("an event: chosen, without consent, with a wrong code, and after its network was lost", async (page, look) => {
    await page.goto(`/e/${gala.id}`);
    await heading(page, "New Year’s Gala");
    await look("event");
    await button(page, "One more: Stalls, Adult").click();
    await button(page, "Continue").click();
    await page.getByText("Please accept the terms first.").first().waitFor();
    await look("event-without-consent");
    await button(page, "I have a code").click();
    await page.getByLabel("Code").fill("WRONG");
    await page.keyboard.press("Enter");
    await page.locator(".field-problem").getByText("This code does not open these prices.").waitFor();
    await look("event-wrong-code");
  });

  tour("an event after its network was lost", async (page, look, { context }) => {
    await choose(page);
    await context.setOffline(true);
    await button(page, "Continue").click();
    await inDialog(page).getByLabel("E-mail address").fill("offline@example.com");
    await page.keyboard.press("Enter");
    await inDialog(page).getByText("There is no connection at the moment.").first().waitFor();
    await look("who-offline");
    await page.keyboard.press("Escape");
    await page.getByText("No connection: what is left may have changed.").waitFor();
    await look("event-offline");
  });

  tour("sold out, not on sale yet, ended, called off, unknown", async (page, look) => {
    const none = await addConcert(hall, { name: "No seats" }, [{ ...stalls, capacity: 0 }]);
    await page.goto(`/e/${none.id}`);
    await page.getByText("Tickets come back when").waitFor();
    expect(await button(page, "Continue").count()).toBe(0);
    await look("event-sold-out");
    const at = new Date(Date.now() + HOUR_MS).toISOString();
    const soon = await addConcert(hall, { name: "Soon" }, [{ ...stalls, sales_start: at }]);
    await page.goto(`/e/${soon.id}`);
    await page.getByText("Tickets are not on sale yet").waitFor();
    await look("event-upcoming");
    const past = new Date(Date.now() - HOUR_MS).toISOString();
    const ended = await addConcert(hall, { name: "Ended" }, [{ ...stalls, sales_end: past }]);
    await page.goto(`/e/${ended.id}`);
    await page.getByText("The sale has ended").waitFor();
    await page.getByText("What else is on").waitFor();
    await look("event-ended");
    const off = await addConcert(hall, { name: "Called off" }, [stalls]);
    await hall("POST", `/events/${off.id}/cancellation`, { refund: true, message: "Our singer is ill." });
    await page.goto(`/e/${off.id}`);
    await page.getByText("This event was called off").waitFor();
    await look("event-called-off");
    await page.goto("/e/0000000000000000");
    await heading(page, "There is no such event");
    await look("event-unknown");
  });
});

describe.skipIf(!hasChromium)("who it is", () => {
  tour("the dialog: guest, sign in, register, each with what is wrong", async (page, look) => {
    await choose(page);
    await button(page, "Continue").click();
    await look("who-guest");
    await inDialog(page).getByLabel("E-mail address").fill("nobody@localhost");
    await page.keyboard.press("Enter");
    await page.locator(".field-problem").waitFor();
    await look("who-guest-wrong");
    await inDialog(page).getByRole("radio", { name: "Sign in" }).check();
    await inDialog(page).getByLabel("Password").fill("a wrong password");
    await page.keyboard.press("Enter");
    await inDialog(page).getByText("Name or password is not right.").first().waitFor();
    await look("who-sign-in-wrong");
    await inDialog(page).getByRole("radio", { name: "New account" }).check();
    await look("who-register");
    await inDialog(page).getByLabel("Password").fill("password");
    await page.keyboard.press("Enter");
    await page.locator(".field-problem").first().waitFor();
    await look("who-register-wrong");
  });

  tour("signing in, the link by mail, and an account that could not be asked for", async (page, look) => {
    await page.goto("/my/sign-in");
    await heading(page, "Sign in");
    await look("sign-in");
    await page.goto("/my/link");
    await page.getByLabel("E-mail address").fill("guest@example.com");
    await look("link");
    await page.route("**/me", (route) => route.abort());
    await page.goto("/my/orders");
    await heading(page, "This page did not load");
    await look("account-fault");
    await page.unroute("**/me");
    await button(page, "Try again").click();
    await heading(page, "Sign in");
  });
});

describe.skipIf(!hasChromium)("paying", () => {
  tour("held, declined, asked by the bank, refused there", async (page, look) => {
    await holdOne(page, "cards@example.com");
    await look("held");
    await payWith(page, /that is declined/);
    await page.getByText("Your bank has declined the card.").waitFor();
    await look("declined");
    await payWith(page, /whose bank asks/);
    await heading(page, "Your bank asks you to confirm");
    await look("bank");
    await button(page, "Refuse").click();
    await page.getByText("It was not confirmed at the bank.").waitFor();
    await look("bank-refused");
  });

  tour("on its way, and longer than usual", async (page, look, { context }) => {
    // Without a stream the view asks now and then.
    await page.route("**/orders/*/live", (route) => route.abort());
    await holdOne(page, "slow@example.com");
    await payWith(page, /slow one/);
    await heading(page, "Your payment is on its way");
    expect(await page.getByRole("region", { name: "Pay" }).count()).toBe(0);
    await look("paying");
    await context.setOffline(true);
    await page.getByText("This page goes on by itself when it is back.").waitFor();
    await page.getByText("This takes longer than usual.").waitFor();
    await look("paying-slow");
    await context.setOffline(false);
    await heading(page, "It’s done: your tickets");
  });

  tour("without a network, and cancelled", async (page, look, { context }) => {
    await holdOne(page, "cancelled@example.com");
    await page.getByRole("radio", { name: /that works/ }).waitFor();
    await context.setOffline(true);
    await payWith(page, /that works/);
    await page.getByText("There is no connection at the moment.").first().waitFor();
    await look("pay-offline");
    await context.setOffline(false);
    await button(page, "Cancel this order").click();
    await look("cancel-ask");
    await inDialog(page).getByRole("button", { name: "Cancel this order" }).click();
    await heading(page, "This order was cancelled");
    await look("cancelled");
  });

  tour(
    "almost over, and over",
    async (page, look) => {
      const concert = await addConcert(await openHall(short), {}, [stalls]);
      await page.goto(`/e/${concert.id}`);
      await button(page, "One more: Stalls").click();
      await button(page, "Continue").click();
      await inDialog(page).getByLabel("E-mail address").fill("late@example.com");
      await page.keyboard.press("Enter");
      await page.getByText("Less than two minutes are left").last().waitFor();
      await look("almost");
      await page.getByRole("heading", { name: "The time is up" }).waitFor({ timeout: ALMOST_SECONDS * 1_000 });
      await look("expired");
    },
    () => short,
  );
});

describe.skipIf(!hasChromium)("what was bought", () => {
  tour("the passes, a name, passing on, giving back, and given back", async (page, look) => {
    await buy(page, "giver@example.com");
    await look("confirmed");
    await button(page, "Add a name").click();
    await look("name");
    await page.keyboard.press("Escape");
    await button(page, "Pass on").click();
    await look("pass-on");
    await inDialog(page).getByLabel("E-mail address").fill("friend@localhost");
    await page.keyboard.press("Enter");
    await page.locator(".field-problem").waitFor();
    await look("pass-on-wrong");
    await inDialog(page).getByLabel("E-mail address").fill("friend@example.com");
    await page.keyboard.press("Enter");
    await page.getByText("Passed on to f…@example.com").waitFor();
    await look("passed-on");
    await button(page, "Give tickets back").click();
    await look("give-back");
    await inDialog(page).getByRole("button", { name: "Give tickets back" }).click();
    await heading(page, "You gave these tickets back");
    await page.getByText("was paid back").waitFor();
    await look("given-back");
  });

  tour("my tickets: none, some, a reservation, an order and a pass of somebody else", async (page, look) => {
    await page.goto("/my/sign-in");
    await page.getByRole("radio", { name: "New account" }).check();
    await page.getByLabel("E-mail address").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/");
    await page.goto("/my/orders");
    await page.getByText("Nothing here yet.").waitFor();
    await look("orders-none");
    const body = JSON.stringify({ ticket: gala.tickets[1]?.id, quantity: 2, accepted_terms: "2027-01" });
    const { id } = (await page.evaluate(`fetch("/reservations", {
      method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(body)} })
      .then((response) => response.json())`)) as { id: string };
    await page.goto(`/my/reservations/${id}`);
    await heading(page, "Not paid yet");
    await look("reservation");
    await choose(page, "Balcony");
    await button(page, "Continue").click();
    await heading(page, "Your tickets are held");
    await page.goto("/my/orders");
    await expect.poll(() => page.getByRole("main").getByRole("listitem").count()).toBe(2);
    await look("orders");
    await page.goto("/my/orders/0000000000000000");
    await heading(page, "There is no such order here");
    await look("order-unknown");
    await page.goto("/my/passes/0000000000000000");
    await heading(page, "This ticket is not here");
    await look("pass-unknown");
    await page.goto("/my/nothing");
    await heading(page, "There is no such page");
    await look("no-page");
  });
});
