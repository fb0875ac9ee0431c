// Somebody's first evening at the box office: what comes next is always to be found.

import { describe, expect, test } from "vitest";
import { boxOffice, type Made, PASSWORD, signIn } from "../../../support/box-office-page.ts";
import { expectAccessible, expectNoSideways, hasChromium, LAPTOP, PHONE, visitor } from "../../../support/browser.ts";
import { WITH_MAILBOX } from "../../../support/mailbox.ts";
import { usePages } from "../../../support/pages.ts";

const pages = usePages("box-office-newcomer", { settings: () => WITH_MAILBOX });
const { ask, organiser, token, buy } = boxOffice(() => pages.service);

describe.skipIf(!hasChromium)("somebody new", () => {
  test("registers, asks to be made an organiser, makes an event at once, and learns where it is sold", async () => {
    const { page, context, errors } = await visitor(pages.browser, pages.service.url, PHONE);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto("/box-office");
    await page.getByRole("radio", { name: "New account" }).check();
    await page.getByLabel("E-mail address").fill("nora@example.test");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("to make nora@example.test an organiser.").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByText("to make nora@example.test an organiser.").waitFor();
    await pages.service.query("UPDATE accounts SET role = 'organizer' WHERE email = ?", "nora@example.test");
    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByText("You have no events yet.").waitFor();

    await page.getByRole("link", { name: "New event" }).click();
    await page.getByLabel("Name").fill("Harbour Jazz");
    await page.getByLabel("Place").fill("Pier 7");
    await page.getByLabel("Begins").fill("2031-05-14T20:00");
    await page.getByRole("button", { name: "Make the event" }).click();
    await page.getByRole("heading", { name: "Harbour Jazz" }).waitFor();
    await page.getByRole("button", { name: "Add tickets" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Standing");
    await dialog.getByLabel("How many").fill("300");
    await dialog.getByRole("textbox", { name: "Price", exact: true }).fill("30");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("heading", { name: "Standing" }).waitFor();
    await page.getByRole("button", { name: "Publish" }).click();

    const [, id] = /events\/(\w+)/.exec(page.url()) ?? [];
    const address = `${pages.service.url}/e/${id}`;
    await page.getByRole("link", { name: address }).waitFor();
    await expectAccessible(page);
    await expectNoSideways(page);
    const clipboard = () => page.evaluate("navigator.clipboard.readText()");
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByRole("main").getByText("Copied.").waitFor();
    expect(await clipboard()).toBe(address);
    await page.getByRole("button", { name: "All right" }).click();
    await page.evaluate("navigator.clipboard.writeText('')");
    await page.getByRole("button", { name: "Copy its link" }).click();
    await expect.poll(clipboard).toBe(address);
    await page.getByRole("link", { name: "Change date or place" }).click();
    await page.getByLabel("Begins").waitFor();
    await page.goto(address);
    await page.getByRole("heading", { name: "Harbour Jazz" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  }, 180_000);

  test("moves an event with its doors and its end, and copies it whole, also where the network fails between", async () => {
    const email = await organiser("carla");
    const auth = await token(email);
    const event = await ask(auth, "POST", "/events", {
      ...{ name: "Tuesdays", venue: "Cellar", timezone: "Europe/Berlin", status: "published" },
      ...{ starts_at: "2031-06-17T18:00:00Z", ends_at: "2031-06-17T21:00:00Z", doors_open_at: "2031-06-17T17:30:00Z" },
    });
    const price = (name: string, amount: number) => ({ name, price: { amount, currency: "EUR" } });
    const early = { ...price("Early", 1_000), sales_end: "2031-05-31T21:59:00Z" };
    const add = (body: object) => ask(auth, "POST", `/events/${event.id}/tickets`, { capacity: 40, ...body });
    await add({ name: "Chairs", prices: [price("Regular", 1_500), early] });
    const bar = await add({ name: "Bar", price: { amount: 800, currency: "EUR" } });
    const [only] = (bar as unknown as Made["tickets"][number]).prices;
    await ask(auth, "PATCH", `/tickets/${bar.id}/prices/${only?.id}`, { max_per_order: 2 });

    const { page, context } = await visitor(pages.browser, pages.service.url, PHONE);
    await signIn(page, email);
    await page.goto(`/box-office/events/${event.id}/settings`);
    await page.getByLabel("Begins").fill("2031-06-10T20:00");
    expect(await page.getByLabel("Ends").inputValue()).toBe("2031-06-10T23:00");
    expect(await page.getByLabel("Doors open").inputValue()).toBe("2031-06-10T19:30");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("main").getByText("Saved.").last().waitFor();

    await page.getByRole("link", { name: "Copy the event" }).click();
    await page.getByText("Like Tuesdays").waitFor();
    await expectAccessible(page);
    expect(await page.getByLabel("Begins").inputValue()).toBe("2031-06-17T20:00");
    expect(await page.getByLabel("Doors open").inputValue()).toBe("2031-06-17T19:30");
    let posts = 0;
    await page.route("**/tickets", async (route) => {
      posts += 1;
      // The second one is made, and its reply is lost.
      if (posts === 2) await route.fetch();
      await (posts === 2 ? route.abort() : route.continue());
    });
    await page.getByRole("button", { name: "Make the event" }).click();
    await page.getByText("There is no connection at the moment.").first().waitFor();
    await page.getByRole("button", { name: "Make the event" }).click();
    await page.getByText("until Sat, 7 June 2031, 23:59").waitFor();
    await page.getByText("Draft", { exact: true }).waitFor();
    const [, copy] = /events\/(\w+)/.exec(page.url()) ?? [];
    expect(copy).not.toBe(event.id);
    expect(await ask(auth, "GET", `/events/${copy}`)).toMatchObject({
      ...{ name: "Tuesdays", starts_at: "2031-06-17T18:00:00.000Z", doors_open_at: "2031-06-17T17:30:00.000Z" },
      tickets: [
        {
          name: "Chairs",
          capacity: 40,
          prices: [{ name: "Regular" }, { name: "Early", sales_end: "2031-06-07T21:59:00.000Z" }],
        },
        { name: "Bar", capacity: 40, prices: [{ name: "", price: { amount: 800 }, max_per_order: 2 }] },
      ],
    });
    expect(await ask<object[]>(auth, "GET", `/events?q=Tuesdays&organizer=${await meOf(auth)}`)).toHaveLength(2);
    await context.close();
  }, 180_000);

  test("hears at the field what is wrong with it, and beside the button what became of a message", async () => {
    const email = await organiser("mona");
    const auth = await token(email);
    const { id } = await ask(auth, "POST", "/events", {
      ...{ name: "Matinee", venue: "Cellar", timezone: "Europe/Berlin", status: "published" },
      ...{ starts_at: "2031-06-17T18:00:00Z", ends_at: "2031-06-17T21:00:00Z" },
    });
    const price = { amount: 1_500, currency: "EUR" };
    const members = { name: "Members", price, requires_code: true };
    const prices = [{ name: "Regular", price }, members];
    await ask(auth, "POST", `/events/${id}/tickets`, { name: "Chairs", capacity: 40, prices });
    const { page, context } = await visitor(pages.browser, pages.service.url, PHONE);
    const dialog = page.getByRole("dialog");
    const focused = () => page.evaluate("document.activeElement.labels?.[0]?.textContent");
    await signIn(page, email);

    await page.goto(`/box-office/events/${id}/tickets`);
    await page.getByRole("button", { name: "Add tickets" }).click();
    await dialog.getByLabel("Name").fill("Stools");
    await dialog.getByLabel("How many").fill("10");
    await dialog.getByRole("textbox", { name: "Price", exact: true }).fill("1O");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await expect.poll(focused).toBe("Price");
    await dialog.getByRole("textbox", { name: "Price", exact: true }).fill("10");
    await dialog.getByLabel("At most for one buyer").fill("0");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    // By the service.
    await expect.poll(focused).toBe("At most for one buyer");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Codes: Chairs, Members" }).click();
    await dialog.getByRole("heading", { name: "Codes: Chairs, Members" }).waitFor();
    await dialog.getByText("No codes yet: nobody can buy at this price.").waitFor();
    await dialog.getByRole("button", { name: "Make codes" }).click();
    await dialog.getByText("Write a code, or below how many random ones you want.").waitFor();
    await expect.poll(focused).toBe("Codes, one a line");
    await expectAccessible(page);
    await dialog.getByLabel("Codes, one a line").fill("CLUB");
    await dialog.getByRole("button", { name: "Make codes" }).click();
    await dialog.getByRole("row").filter({ hasText: "CLUB" }).waitFor();
    await page.keyboard.press("Escape");

    await page.goto(`/box-office/events/${id}/audit`);
    await page.getByText("how many: 40").waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Messages", exact: true }).click();
    const write = async () => {
      await page.getByLabel("Subject").fill("Doors open earlier");
      await page.getByLabel("Text", { exact: true }).fill("We open at six.");
      await page.getByRole("button", { name: "Send" }).click();
    };
    await write();
    await dialog.getByText("Nobody holds a ticket yet: this would reach nobody.").waitFor();
    await dialog.getByRole("button", { name: "Not yet" }).click();
    await buy(id, 1, "guest@example.test");
    await expect
      .poll(() => page.evaluate(`fetch("/events/${id}/orders").then((reply) => reply.text())`))
      .toContain("confirmed");
    await write();
    await dialog.getByText("1 ticket is sold: everybody who holds one is mailed this.").waitFor();
    await dialog.getByRole("button", { name: "Send" }).click();
    await page.locator(".notice").getByText("The message is on its way.").waitFor();
    await expectAccessible(page);
    // Without a reload.
    const row = page
      .getByRole("group", { name: "Messages" })
      .getByRole("row")
      .filter({ hasText: "Doors open earlier" });
    await row.getByText("on their way").or(row.getByText("Sent: 1")).waitFor();
    const swept = async () => {
      await fetch(`${pages.service.url}/cdn-cgi/local/scheduled`);
      return row.innerText();
    };
    await expect.poll(swept, { timeout: 90_000, interval: 2_000 }).toContain("Sent: 1");
    await context.close();
  }, 180_000);

  test("sees on a phone that there is more at the side, and on a laptop that there is not", async () => {
    const email = await organiser("pia");
    const { id } = await ask(await token(email), "POST", "/events", {
      ...{ name: "Wide", venue: "Cellar", timezone: "Europe/Berlin", status: "draft" },
      ...{ starts_at: "2031-06-17T18:00:00Z", ends_at: "2031-06-17T21:00:00Z" },
    });
    const { page, context } = await visitor(pages.browser, pages.service.url, PHONE);
    await signIn(page, email);
    // What one looks for first is seen without scrolling.
    await page.getByText("Draft", { exact: true }).waitFor();
    const box = await page.getByText("Draft", { exact: true }).boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThan(PHONE.viewport.width);
    await page.goto(`/box-office/events/${id}`);
    const tabs = "document.querySelector('nav.tabs')";
    const fades = () =>
      page.evaluate(
        `["left", "right"].map((side) => getComputedStyle(${tabs}).getPropertyValue("--fade-" + side) !== "0px")`,
      );
    await expect.poll(fades).toEqual([false, true]);
    await page.evaluate(`${tabs}.scrollTo(60, 0)`);
    await expect.poll(fades).toEqual([true, true]);
    await page.evaluate(`${tabs}.scrollTo(10_000, 0)`);
    await expect.poll(fades).toEqual([true, false]);
    await page.setViewportSize(LAPTOP.viewport);
    await expect.poll(fades).toEqual([false, false]);
    await context.close();
  }, 60_000);
});

async function meOf(auth: string): Promise<string> {
  return (await ask(auth, "GET", "/me")).id;
}
