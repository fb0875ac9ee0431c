// The box office in a real browser: an organiser's evening from nothing to calling it off, and each
// view on a laptop and on a phone, in both languages, with names that are scripts.

import type { Response } from "playwright-core";
import { describe, expect, test } from "vitest";
import { boxOffice, type Made, PASSWORD, signIn } from "../../../support/box-office-page.ts";
import {
  expectAccessible,
  expectNoSideways,
  hasChromium,
  LAPTOP,
  PHONE,
  picture,
  visitor,
} from "../../../support/browser.ts";
import { usePages } from "../../../support/pages.ts";

const SCRIPT = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const VIEWS = [
  "",
  "/tickets",
  "/counter",
  "/orders",
  "/attendees",
  "/messages",
  "/crew",
  "/settings",
  "/audit",
] as const;

const web = usePages("box-office");

interface Legal {
  readonly terms: { readonly version: string };
}

interface Stock {
  readonly sold: number;
  readonly held: number;
}

interface WithPrices {
  readonly tickets: readonly { readonly prices: readonly { readonly name: string }[] }[];
}

const { ask, organiser, token, buy } = boxOffice(() => web.service);

describe.skipIf(!hasChromium)("an organiser", () => {
  test("makes an event for 800 in three ticket types, publishes it, sees a sale arrive, refunds it, and calls the event off", async () => {
    const { page, errors } = await visitor(web.browser, web.service.url, LAPTOP);
    await signIn(page, await organiser("grace"));
    await page.getByRole("link", { name: "New event" }).click();
    await page.getByRole("heading", { name: "New event" }).waitFor();
    await page.getByLabel("Name").fill("An evening of songs");
    await page.getByLabel("Place").fill("Town hall");
    await page.getByLabel("Begins").fill("2031-06-12T20:00");
    expect(await page.getByLabel("Ends").inputValue()).toBe("2031-06-12T23:00");
    await page.getByLabel("Time zone").fill("");
    await page.getByLabel("Time zone").pressSequentially("Europe/Be");
    await page.getByText("Choose a time zone from the list").waitFor();
    await page.getByLabel("Time zone").pressSequentially("rlin");
    await page.getByText("Choose a time zone from the list").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Make the event" }).click();
    await page.getByRole("heading", { name: "An evening of songs" }).waitFor();
    for (const [name, places, price] of [
      ["Stalls", "500", "45.00"],
      ["Balcony", "250", "30"],
      ["Boxes", "50", "80,50"],
    ] as const) {
      await page.getByRole("button", { name: "Add tickets" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByLabel("How many").fill(places);
      await dialog.getByRole("textbox", { name: "Price", exact: true }).fill(price);
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("heading", { name }).waitFor();
    }
    await page.getByText("€80.50").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Published", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Sales" }).click();
    await page.getByText("of 800").waitFor();

    const eventId = /events\/(\w+)/.exec(page.url())?.[1] ?? "";
    const order = await buy(eventId, 2, "buyer@example.test");
    await expect.poll(() => page.getByTestId("sold").innerText(), { timeout: 20_000 }).toBe("2");
    await page.getByText("€90.00").first().waitFor();
    await page.getByRole("img", { name: "Tickets sold over time" }).waitFor();
    await page.getByText("the last 30 days").waitFor({ state: "attached" });
    await Promise.all([
      page.waitForResponse((response) => response.url().includes("interval=hour&from=")),
      page.getByRole("combobox").selectOption("since the sale began"),
    ]);
    await page.getByRole("img", { name: "Tickets sold over time" }).waitFor();
    await picture(page, "box-office-sales");

    await page.getByRole("link", { name: "Orders" }).click();
    await page.getByLabel("Find an order").fill("buyer@example.test");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("row").filter({ hasText: "2 × Stalls" }).getByRole("link").click();
    await page.getByText(order).waitFor();
    await page.getByText("What happened").waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    // A buyer who has lost the mail; this service has none.
    await Promise.all([
      page.waitForRequest((request) => request.url().endsWith(`/orders/${order}/mails`)),
      page.getByRole("button", { name: "Mail the tickets again" }).click(),
    ]);
    await page.getByRole("main").getByText("No mail can be sent at the moment.").waitFor();
    await page.getByRole("button", { name: "Refund" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Stalls: tickets to give back, of 2").fill("1");
    await dialog.getByText("€45.00 goes back").waitFor();
    await dialog.getByLabel("Reason").fill("Fell ill");
    await picture(page, "box-office-refund");
    await dialog.getByRole("button", { name: "Refund" }).click();
    await page.getByText("Done").first().waitFor();
    await page.getByText("Refund asked for").waitFor();
    await picture(page, "box-office-order");

    await page.getByRole("link", { name: "Messages", exact: true }).click();
    await page.getByLabel("Subject").fill("Doors open earlier");
    await page.getByLabel("Text", { exact: true }).fill("We open at six.");
    await page.getByRole("button", { name: "Send" }).click();
    const ask = page.getByRole("dialog");
    await ask.getByText("1 ticket is sold: everybody who holds one is mailed this.").waitFor();
    await ask.getByText("We open at six.").waitFor();
    await picture(page, "box-office-message");
    // Nothing is sent before the answer.
    await ask.getByRole("button", { name: "Not yet" }).click();
    await page.getByText("You have not written to anybody yet.").waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await ask.getByRole("button", { name: "Send" }).click();
    // This service has no mail.
    await page.getByRole("main").getByText("No mail can be sent at the moment.").waitFor();
    expect(await page.getByLabel("Subject").inputValue()).toBe("Doors open earlier");

    await page.getByRole("link", { name: "Event", exact: true }).click();
    await page.getByRole("button", { name: "Call the event off" }).click();
    const sure = page.getByRole("dialog");
    await sure.getByText("1 ticket is sold: everybody who has one is mailed.").waitFor();
    expect(await sure.getByRole("button", { name: "Call it off" }).isDisabled()).toBe(true);
    await sure.getByLabel("Message").fill("Our singer is ill.");
    await sure.getByLabel("To be sure").fill("An evening of songs");
    await picture(page, "box-office-calling-off");
    await sure.getByRole("button", { name: "Call it off" }).click();
    await page.getByText("Everything is done since").waitFor({ timeout: 60_000 });
    await page.getByText("Our singer is ill.").waitFor();
    await picture(page, "box-office-called-off");
    // The order's mail and the message.
    const unsent = expect.stringContaining("the server responded with a status of 503");
    expect(errors).toEqual([unsent, unsent]);
  }, 240_000);

  test("fills in seller, VAT and terms, names prices, makes codes, and takes the event back again", async () => {
    const email = await organiser("hedy");
    const auth = await token(email);
    const event = await ask(auth, "POST", "/events", {
      ...{ name: "With terms", venue: "Here", timezone: "Europe/Berlin", status: "published" },
      ...{ starts_at: "2031-06-12T18:00:30Z", ends_at: "2031-06-12T21:00:00Z" },
    });
    const { page, errors, context } = await visitor(web.browser, web.service.url, PHONE);
    await signIn(page, email);
    await page.goto(`/box-office/events/${event.id}/settings`);
    const save = async () => {
      const isChange = (response: Response) => response.request().method() === "PATCH";
      const [changed] = await Promise.all([
        page.waitForResponse(isChange),
        page.getByRole("button", { name: "Save" }).click(),
      ]);
      expect(changed.status()).toBe(200);
      await page.getByText("Saved.", { exact: true }).last().waitFor();
    };
    await page.getByText("Seller and VAT").click();
    await page.getByLabel("Seller", { exact: true }).fill("Konzerte GmbH");
    await page.getByText("A seller needs a name and an address.").waitFor();
    await page.getByLabel("Address", { exact: true }).fill("Kastanienallee 1\n10435 Berlin");
    await page.getByLabel("VAT ID").fill("DE123456789");
    await page.getByLabel("VAT in percent").fill("19%");
    await page.getByText("Write a rate such as 19 or 5.5").waitFor();
    await page.getByLabel("VAT in percent").fill("5,5");
    await page.getByText("Terms, privacy, imprint").click();
    await page.getByLabel("Imprint: its address").fill("example.test/imprint");
    await page.getByText("Without terms buyers have nothing to accept").waitFor();
    await page.getByLabel("Or the terms themselves").fill("No glass.");
    await page.getByRole("button", { name: "Save" }).click();
    // The service says which field it is; what is closed opens.
    await page.getByText("Please check this.").waitFor();
    await page.getByLabel("Imprint: its address").fill("https://example.test/imprint");
    await expectAccessible(page);
    await expectNoSideways(page);
    await picture(page, "box-office-legal-phone");
    await save();
    await page.getByText("Konzerte GmbH · 5.5 %").waitFor();
    const saved = await ask<Legal>(auth, "GET", `/events/${event.id}`);
    expect(saved).toMatchObject({
      ...{ starts_at: "2031-06-12T18:00:30.000Z", vat_rate: 550 },
      seller: { name: "Konzerte GmbH", address: "Kastanienallee 1\n10435 Berlin", vat_id: "DE123456789" },
      terms: { terms_text: "No glass.", terms_url: null, imprint_url: "https://example.test/imprint" },
    });
    // What is not changed is not sent, so the version stays.
    await page.getByLabel("Place").fill("There");
    await save();
    expect((await ask<Legal>(auth, "GET", `/events/${event.id}`)).terms.version).toBe(saved.terms.version);
    await page.getByText("Terms, privacy, imprint").click();
    await page.getByLabel("Or the terms themselves").fill("Glass.");
    // A version is named after its second.
    await page.waitForTimeout(1_100);
    await save();
    expect((await ask<Legal>(auth, "GET", `/events/${event.id}`)).terms.version).not.toBe(saved.terms.version);

    await page.getByRole("link", { name: "Tickets" }).click();
    await page.getByRole("button", { name: "Add tickets" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("Stalls");
    await dialog.getByLabel("How many").fill("100");
    await dialog.getByRole("textbox", { name: "Price", exact: true }).fill("45");
    await dialog.getByLabel("What this price is called").fill("Adult");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("Adult", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Add tickets" }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("Balcony");
    await dialog.getByLabel("How many").fill("50");
    await dialog.getByRole("textbox", { name: "Price", exact: true }).fill("30");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "Add a price: Balcony" }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("Friends");
    await dialog.getByLabel("And the price of €30.00").fill("Adult");
    await dialog.getByLabel("Amount").fill("10");
    await dialog.getByLabel("At most so many in one order").fill("4");
    await dialog.getByLabel("Only with a code").check();
    await expectAccessible(page);
    await picture(page, "box-office-price-phone");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "Codes: Balcony, Friends" }).click();
    await dialog.getByLabel("Codes, one a line").fill("FRIENDS");
    await dialog.getByRole("button", { name: "Make codes" }).click();
    // For any number of tickets, unless one says how many.
    await dialog.getByRole("row").filter({ hasText: "FRIENDS" }).getByText("0", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    const names = (await ask<WithPrices>(auth, "GET", `/events/${event.id}`)).tickets.flatMap(({ prices }) =>
      prices.map(({ name }) => name),
    );
    expect(names).toEqual(["Adult", "Adult", "Friends"]);

    await page.getByRole("link", { name: "Event", exact: true }).click();
    await page.getByRole("button", { name: "Back to a draft" }).click();
    await page.getByText("This event is a draft").waitFor();
    await page.getByRole("button", { name: "Delete the event" }).click();
    await dialog.getByText("With terms is deleted").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await page.getByRole("button", { name: "Delete the event" }).click();
    await dialog.getByRole("button", { name: "Delete the event" }).click();
    await page.getByText("You have no events yet.").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  }, 240_000);

  test("sells at the counter for cash, for a transfer and to guests, prints the passes, and gives up what nobody pays for", async () => {
    const email = await organiser("nellie");
    const auth = await token(email);
    const event = await ask(auth, "POST", "/events", {
      ...{ name: "At the counter", venue: "Here", timezone: "Europe/Berlin", status: "published" },
      ...{ starts_at: "2031-06-12T18:00:00Z", ends_at: "2031-06-12T21:00:00Z", vat_rate: 1_900 },
      seller: { name: "Konzerte GmbH", address: "Kastanienallee 1" },
    });
    const prices = [
      { name: "Adult", price: { amount: 4_500, currency: "EUR" } },
      { name: "Friends", price: { amount: 1_000, currency: "EUR" }, requires_code: true },
    ];
    await ask(auth, "POST", `/events/${event.id}/tickets`, { name: "Stalls", capacity: 10, prices });
    const { page, errors, context } = await visitor(web.browser, web.service.url, PHONE);
    await signIn(page, email);
    await page.goto(`/box-office/events/${event.id}`);
    await page.getByRole("link", { name: "Counter" }).click();
    await page.getByRole("button", { name: "Sell" }).click();
    await page.getByText("Choose how many.").waitFor();
    await page.getByLabel("Stalls · Adult · €45.00").fill("2");
    await page.getByLabel("Stalls · Friends · €10.00").fill("1");
    await page.getByText("€100.00").waitFor();
    await picture(page, "box-office-counter-phone");
    await page.getByRole("button", { name: "Sell" }).click();
    // A walk-in without an address: the passes are printed.
    await page.getByRole("heading", { name: "Sold", exact: true }).waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("sold");
    await expectAccessible(page);
    await expectNoSideways(page);
    await picture(page, "box-office-counter-sold-phone");
    const [printed] = await Promise.all([
      context.waitForEvent("page"),
      page.getByRole("link", { name: "Print the passes" }).click(),
    ]);
    await printed.getByRole("heading", { name: "At the counter" }).first().waitFor();
    expect(await printed.locator("article svg").count()).toBe(3);
    await printed.close();

    await page.getByRole("button", { name: "Next sale" }).click();
    await page.getByText("7 left").first().waitFor();
    await page.getByLabel("Stalls · Adult · €45.00").fill("8");
    await page.getByRole("button", { name: "Sell" }).click();
    await page.getByText("Only 7 are left.").waitFor();
    await page.getByLabel("Stalls · Adult · €45.00").fill("3");
    await page.getByRole("radio", { name: "Transfer" }).check();
    await page.getByLabel("Name").fill("Ada Lovelace");
    await page.getByLabel("E-mail address").fill("ada@example.test");
    await page.getByLabel("Note").fill("Invoice 7");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Sell" }).click();
    await page.getByRole("heading", { name: "Held until the money comes" }).waitFor();
    const awaited = page.getByRole("listitem").filter({ hasText: "Invoice 7" });
    await awaited.waitFor();
    await expectAccessible(page);
    await expectNoSideways(page);
    await picture(page, "box-office-counter-awaited-phone");
    await awaited.getByRole("button", { name: "The money has come" }).click();
    await page.getByText("No transfer is awaited.").waitFor();

    await page.getByRole("link", { name: "Show the order" }).click();
    await page.getByText("Valid").first().waitFor();
    await page.getByRole("heading", { name: "Passes" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Mail the tickets again" }).click();
    // This service has no mail.
    await page.getByRole("main").getByText("No mail can be sent at the moment.").waitFor();
    const receipt = (await page.getByRole("link", { name: "Receipt" }).getAttribute("href")) ?? "";
    const opened = await context.newPage();
    await opened.goto(receipt);
    await opened.getByText("Konzerte GmbH").first().waitFor();
    await opened.close();
    await page.getByRole("button", { name: "Erase name and address" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Erase name and address" }).click();
    await page.getByText("Ada Lovelace").waitFor({ state: "detached" });
    await picture(page, "box-office-counter-order-phone");

    await page.getByRole("link", { name: "Counter" }).click();
    await page.getByLabel("Stalls · Friends · €10.00").fill("2");
    await page.getByRole("radio", { name: "Free" }).check();
    await page.getByText("€0.00").waitFor();
    await page.getByRole("button", { name: "Sell" }).click();
    await page.getByRole("heading", { name: "Sold", exact: true }).waitFor();
    await page.getByRole("button", { name: "Next sale" }).click();
    await page.getByLabel("Stalls · Adult · €45.00").fill("2");
    await page.getByRole("radio", { name: "Transfer" }).check();
    await page.getByRole("button", { name: "Sell" }).click();
    await page.getByRole("link", { name: "Show the order" }).click();
    await page.getByRole("button", { name: "Cancel the order" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the order" }).click();
    await page.getByText("Cancelled").first().waitFor();
    const sold = await ask<{ readonly tickets: readonly Stock[] }>(auth, "GET", `/events/${event.id}`);
    expect(sold.tickets).toMatchObject([{ sold: 3 + 3 + 2, held: 0 }]);
    // The mail.
    expect(errors).toEqual([expect.stringContaining("the server responded with a status of 503")]);
    await context.close();
  }, 240_000);

  test("makes an account where they arrive, hears what it lacks, and finds the door", async () => {
    const { page, errors, context } = await visitor(web.browser, web.service.url, PHONE);
    await page.goto("/box-office");
    await page.getByRole("radio", { name: "New account" }).check();
    // An address that can't be a name.
    await page.getByLabel("E-mail address").fill("o'neill@example.test");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("Your account may not sell tickets yet.").waitFor();
    await page.getByRole("contentinfo").getByRole("link", { name: "Door" }).click();
    await page.getByText("You work at no door yet.").waitFor();
    await web.service.query("UPDATE accounts SET role = 'organizer' WHERE email = ?", "o'neill@example.test");
    await page.getByRole("contentinfo").getByRole("link", { name: "Box office" }).click();
    await page.getByRole("link", { name: "New event" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  test("finds every view accessible, on a laptop and a phone, in both languages, and no name runs as a script", async () => {
    const email = await organiser("mallory");
    const auth = await token(email);
    const event = await ask(auth, "POST", "/events", {
      ...{ name: SCRIPT, venue: SCRIPT, description: SCRIPT, timezone: "Europe/Berlin", status: "published" },
      ...{ starts_at: "2031-06-12T18:00:00Z", ends_at: "2031-06-12T21:00:00Z" },
    });
    const prices = [
      { name: SCRIPT.slice(0, 60), price: { amount: 4_500, currency: "EUR" } },
      { name: "Child", price: { amount: 2_000, currency: "EUR" }, requires_code: true },
    ];
    const type = await ask<Made["tickets"][number]>(auth, "POST", `/events/${event.id}/tickets`, {
      ...{ name: SCRIPT, capacity: 100, prices },
    });
    const order = await buy(event.id, 3, "victim@example.test");
    const customer = { name: SCRIPT, email: "counter@example.test" };
    const items = [{ ticket: type.id, price: type.prices[0]?.id, quantity: 1 }];
    const sold = { items, method: "cash", customer, note: SCRIPT };
    const counter = (await ask(auth, "POST", `/events/${event.id}/orders`, sold)).id;
    const passes = await ask<readonly { readonly id: string }[]>(
      auth,
      "GET",
      `/events/${event.id}/orders/${counter}/passes`,
    );
    await ask(auth, "POST", "/check-ins", {
      event: event.id,
      pass: passes[0]?.id,
      gate: "North",
      key: crypto.randomUUID(),
    });
    for (const [size, options] of Object.entries({ laptop: LAPTOP, phone: PHONE })) {
      const { page, errors, context } = await visitor(web.browser, web.service.url, options);
      await signIn(page, email);
      await expectAccessible(page);
      await expectNoSideways(page);
      await picture(page, `box-office-events-${size}`);
      for (const view of [...VIEWS, `/orders/${order}`, `/orders/${counter}`]) {
        await page.goto(`/box-office/events/${event.id}${view}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await expect.poll(() => page.locator(".loading").count()).toBe(0);
        await page.waitForTimeout(300);
        if (view === "") await page.getByText("4 of 100 sold, 96 left").first().waitFor();
        if (view === "/attendees") await page.getByText("1 of 4").waitFor();
        expect(await page.locator(".notice.bad").allInnerTexts(), view).toEqual([]);
        await expectAccessible(page);
        await expectNoSideways(page);
        await picture(
          page,
          `box-office${view.replaceAll("/", "-").replace(order, "online").replace(counter, "counter") || "-start"}-${size}`,
        );
        await page.getByRole("button", { name: "Deutsch" }).click();
        await expectNoSideways(page);
        await page.getByRole("button", { name: "English" }).click();
      }
      await page.goto("/box-office/new");
      await page.getByRole("heading", { name: "New event" }).waitFor();
      await expectAccessible(page);
      await picture(page, `box-office-new-${size}`);
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      expect(errors).toEqual([]);
      await context.close();
    }
  }, 400_000);

  test("finds an event among many, sees how much of each is sold, and those of a crew", async () => {
    const [email, other] = [await organiser("iris"), await organiser("otto")];
    const [auth, others] = [await token(email), await token(other)];
    const when = { timezone: "Europe/Berlin", starts_at: "2031-06-12T18:00:00Z", ends_at: "2031-06-12T21:00:00Z" };
    const make = async (as: string, name: string, capacity: number) => {
      const event = await ask(as, "POST", "/events", { ...when, name, venue: "Here", status: "published" });
      const price = { amount: 4_500, currency: "EUR" };
      await ask(as, "POST", `/events/${event.id}/tickets`, { name: "Stalls", capacity, price });
      return event.id;
    };
    for (let evening = 1; evening <= 51; evening++) {
      await ask(auth, "POST", "/events", { ...when, name: `Evening ${evening}`, venue: "Here", status: "draft" });
    }
    const opera = await make(auth, "An opera", 40);
    await buy(opera, 3, "fan@example.test");
    const soldOf = async () =>
      (await ask<{ tickets: { sold: number }[] }>(auth, "GET", `/events/${opera}`)).tickets[0]?.sold;
    await expect.poll(soldOf).toBe(3);
    const { id: account } = await ask(auth, "GET", "/me");
    await ask(others, "PUT", `/events/${await make(others, "A ballet", 60)}/crew/${account}`, { part: "manager" });
    const { page, errors, context } = await visitor(web.browser, web.service.url, PHONE);
    await signIn(page, email);
    const table = page.getByRole("group", { name: "Events", exact: true });
    await page.getByRole("button", { name: "Show more" }).click();
    await expect.poll(() => table.getByRole("row").count()).toBe(1 + 52);
    await page.getByLabel("Find an event").fill("OPÉRA");
    await page.getByRole("button", { name: "Find" }).click();
    await expect.poll(() => table.getByRole("row").count()).toBe(1 + 1);
    await table.getByRole("row").filter({ hasText: "An opera" }).getByText("3 of 40").waitFor();
    await page.getByText("Events that you manage").waitFor({ state: "detached" });
    await expectAccessible(page);
    await expectNoSideways(page);
    await picture(page, "box-office-events-found-phone");
    await page.getByLabel("Find an event").fill("ballet");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("row").filter({ hasText: "A ballet" }).getByText("0 of 60").waitFor();
    await page.getByLabel("Find an event").fill("nothing");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("No event was found.").waitFor();
    await page.reload();
    expect(await page.getByLabel("Find an event").inputValue()).toBe("nothing");
    expect(errors).toEqual([]);
    await context.close();
  }, 120_000);

  test("downloads the attendees as a file that runs no formula", async () => {
    const email = await organiser("bob");
    const auth = await token(email);
    const event = await ask(auth, "POST", "/events", {
      ...{ name: "File", venue: "Here", timezone: "Europe/Berlin", status: "published" },
      ...{ starts_at: "2031-06-12T18:00:00Z", ends_at: "2031-06-12T21:00:00Z" },
    });
    const price = { amount: 0, currency: "EUR" };
    const ticket = await ask(auth, "POST", `/events/${event.id}/tickets`, { name: "Stalls", capacity: 10, price });
    const customer = { name: '=HYPERLINK("http://evil.test")' };
    const items = [{ ticket: ticket.id, quantity: 2 }];
    await ask(auth, "POST", `/events/${event.id}/orders`, { items, method: "free", customer });
    const { page, context } = await visitor(web.browser, web.service.url, LAPTOP);
    await signIn(page, email);
    await page.goto(`/box-office/events/${event.id}/attendees`);
    await page.getByRole("cell", { name: "=HYPERLINK" }).first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download for a spreadsheet" }).click(),
    ]);
    const stream = await download.createReadStream();
    const text = Buffer.concat(await stream.toArray()).toString("utf8");
    expect(text.split("\r\n")).toHaveLength(1 + 2 + 1);
    expect(text).toContain(`"'=HYPERLINK(""http://evil.test"")"`);
    await page.getByRole("link", { name: "Orders" }).click();
    const [orders] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download for a spreadsheet" }).click(),
    ]);
    const lines = Buffer.concat(await (await orders.createReadStream()).toArray())
      .toString("utf8")
      .split("\r\n");
    expect(lines).toHaveLength(1 + 1 + 1);
    expect(lines[1]).toContain(`"free","'=HYPERLINK(""http://evil.test"")"`);
    await context.close();
  }, 120_000);
});
