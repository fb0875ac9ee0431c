// Lists of the shop that are longer than what is loaded at once: everything in them is reached, and
// what is done to the last of them leaves the others where they are.

import type { BrowserContext, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Client, client, must } from "../../../../scripts/lib/client.ts";
import { expectAccessible, hasChromium, PHONE, visitor } from "../../../support/browser.ts";
import { addConcert, type Concert, openHall } from "../../../support/concerts.ts";
import { usePages } from "../../../support/pages.ts";

const PASSWORD = "correct horse battery";

const web = usePages("shop-lists");
let concert: Concert;
beforeAll(async () => {
  if (!hasChromium) return;
  const free = { amount: 0, currency: "EUR" };
  const ticket = { name: "Lawn", capacity: 1_000, max_per_buyer: 500, price: free };
  concert = await addConcert(await openHall(web.service), {}, [ticket]);
}, 180_000);

interface Person {
  readonly api: Client;
  readonly email: string;
}

async function register(name: string): Promise<Person> {
  const email = `${name}@example.com`;
  const api = client(web.service.url);
  await must(api, "POST", "/register", { username: name, email, password: PASSWORD });
  const signIn = { username: name, password: PASSWORD };
  const { body } = await must<{ "auth-token": string }>(api, "POST", "/api-auth/login", signIn);
  return { api: client(web.service.url, body["auth-token"]), email };
}

async function buy({ api }: Person, quantity: number): Promise<string> {
  const items = [{ ticket: concert.tickets[0]?.id, quantity }];
  const { id } = (await must<{ id: string }>(api, "POST", "/orders", { items })).body;
  await must(api, "POST", `/orders/${id}/payment`, { payment_method: null });
  return id;
}

async function signedIn(
  name: string,
  path: string,
): Promise<{ page: Page; context: BrowserContext; errors: readonly string[] }> {
  const found = await visitor(web.browser, web.service.url, PHONE);
  await found.page.goto(`/my/sign-in?next=${path}`);
  await found.page.getByLabel("E-mail address or name").fill(name);
  await found.page.getByLabel("Password").fill(PASSWORD);
  await found.page.keyboard.press("Enter");
  await found.page.waitForURL(`**${path}`);
  return found;
}

/** Until the button is gone; how often it was there. */
async function showAll(page: Page, count: () => Promise<number>): Promise<number> {
  const more = page.getByRole("button", { name: "Show more" });
  for (let presses = 0; ; presses++) {
    if ((await more.count()) === 0) return presses;
    const before = await count();
    await more.click();
    await expect.poll(count).toBeGreaterThan(before);
  }
}

describe.skipIf(!hasChromium)("long lists", () => {
  test("the 120 passes of an order, the last of which gets a name and is passed on", async () => {
    const order = await buy(await register("group"), 120);
    const { page, context, errors } = await signedIn("group", `/my/orders/${order}`);
    const passes = page.locator(".pass");
    await passes.first().waitFor();
    expect(await passes.count()).toBeLessThan(120);
    expect(await showAll(page, () => passes.count())).toBe(2);
    expect(await passes.count()).toBe(120);
    const codes = new Set(
      await passes.locator("img").evaluateAll((images) => images.map((image) => image.getAttribute("src"))),
    );
    expect(codes.size).toBe(120);
    await expectAccessible(page, "120 passes");
    await passes.last().getByRole("button", { name: "Add a name" }).click();
    await page.getByRole("dialog").getByLabel("For whom").fill("The last one");
    await page.keyboard.press("Enter");
    await passes.last().getByText("The last one").waitFor();
    expect(await passes.count()).toBe(120);
    // Its code is drawn once it is near.
    await passes.last().scrollIntoViewIfNeeded();
    const width = () =>
      passes
        .last()
        .locator("img")
        .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
    await expect.poll(width).toBeGreaterThan(0);
    await passes.last().getByRole("button", { name: "Pass on" }).click();
    await page.getByRole("dialog").getByLabel("E-mail address").fill("friend@example.com");
    await page.keyboard.press("Enter");
    await passes.last().getByText("Passed on to f…@example.com").waitFor();
    expect(await passes.count()).toBe(120);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("45 orders and a reservation before them, the newest first", async () => {
    const buyer = await register("regular");
    const alone = { ticket: concert.tickets[0]?.id, quantity: 3 };
    const { id } = (await must<{ id: string }>(buyer.api, "POST", "/reservations", alone)).body;
    const orders: string[] = [];
    for (let count = 0; count < 45; count++) orders.push(await buy(buyer, 1));
    const { page, context } = await signedIn("regular", "/my/orders");
    const cards = page.locator(".order-card");
    await cards.first().waitFor();
    await showAll(page, () => cards.count());
    const paths = await cards.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(paths).toHaveLength(46);
    expect(paths.at(-1)).toBe(`/my/reservations/${id}`);
    expect(new Set(paths)).toEqual(
      new Set([...orders.map((order) => `/my/orders/${order}`), `/my/reservations/${id}`]),
    );
    await context.close();
  });

  test("55 passes that others have passed on", async () => {
    const giver = await register("giver");
    const holder = await register("holder");
    await web.service.query("UPDATE accounts SET verified_email_key = email_key WHERE username = 'holder'");
    const order = await buy(giver, 55);
    const { body } = await must<{ id: string }[]>(giver.api, "GET", `/orders/${order}/passes?limit=100`);
    for (const { id } of body) await must(giver.api, "POST", `/passes/${id}/transfer`, { email: holder.email });
    const { page, context } = await signedIn("holder", "/my/orders");
    await page.getByRole("heading", { name: "Passed on to you" }).waitFor();
    const passes = page.locator(".pass");
    await showAll(page, () => passes.count());
    expect(await passes.count()).toBe(55);
    expect(await page.getByText("Nothing here yet.").count()).toBe(0);
    await context.close();
  });
});
