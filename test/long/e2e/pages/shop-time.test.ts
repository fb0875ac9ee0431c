// The shop while time passes: the end of a hold, which comes by the service's clock, and a payment
// that takes a while, through a reload and in two tabs.

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Client, must } from "../../../../scripts/lib/client.ts";
import { hasChromium, PHONE, visitor } from "../../../support/browser.ts";
import { addConcert, type Concert, euros, openHall } from "../../../support/concerts.ts";
import { usePages } from "../../../support/pages.ts";

/** Some seconds more than the warning is early. */
const HOLD_SECONDS = 130;
const WARNING = "Less than two minutes are left to pay. After that the tickets go back on sale.";
const HOUR_MS = 60 * 60 * 1_000;

const web = usePages("shop-time", { holdSeconds: HOLD_SECONDS });
let hall: Client;
let concert: Concert;
beforeAll(async () => {
  if (!hasChromium) return;
  const ticket = { name: "Stalls", capacity: 50, max_per_buyer: 9, price: euros(1_000) };
  hall = await openHall(web.service);
  concert = await addConcert(hall, {}, [ticket]);
}, 180_000);

async function holdOne(page: Page, email: string): Promise<void> {
  await page.goto(`/e/${concert.id}`);
  await page.getByRole("button", { name: "One more: Stalls" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("dialog").getByLabel("E-mail address").fill(email);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Your tickets are held" }).waitFor();
}

/** What a screen reader would say from now on, each with what the countdown shows then. */
function listen(page: Page): Promise<unknown> {
  return page.evaluate(`{
    globalThis.heard = [];
    for (const region of document.querySelectorAll("[role=alert].unseen, [role=status].unseen")) {
      new MutationObserver(() => {
        const said = region.textContent;
        if (said !== "") heard.push([said, document.querySelector("[role=timer]")?.textContent ?? null]);
      }).observe(region, { childList: true, characterData: true, subtree: true });
    }
  }`);
}

const heardBy = (page: Page) => page.evaluate("heard") as Promise<[said: string, timer: string | null][]>;

describe.skipIf(!hasChromium)("the end of a hold", () => {
  test.each([
    ["is an hour fast", HOUR_MS],
    ["is an hour slow", -HOUR_MS],
  ])(
    "two minutes before, and said once, where the visitor's clock %s; then kindly over",
    async (_clock, wrongMs) => {
      const { page, context, errors } = await visitor(web.browser, web.service.url, PHONE);
      await context.addInitScript(`{ const { now } = Date; Date.now = () => now() + ${wrongMs}; }`);
      await holdOne(page, `late${wrongMs}@example.com`);
      await listen(page);
      const timer = page.getByRole("timer");
      expect(await timer.textContent()).toMatch(/^2:(1[01]|0\d)$/);
      expect(await page.getByText(WARNING).count()).toBe(0);
      await page.locator(".time-left").getByText(WARNING).waitFor();
      await expect.poll(() => heardBy(page)).toHaveLength(1);
      const [[said, at] = ["", ""]] = await heardBy(page);
      expect(said).toBe(WARNING);
      // It is spoken a moment after it is shown.
      expect(at).toMatch(/^(2:00|1:59)$/);
      await page.getByRole("heading", { name: "The time is up" }).waitFor({ timeout: HOLD_SECONDS * 1_000 });
      // Nothing in between, though the view was drawn each second.
      await expect.poll(() => heardBy(page)).toHaveLength(2);
      expect((await heardBy(page))[1]?.[0]).toBe("The time is up");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("The time is up");
      await page.getByText("Nothing was paid.").waitFor();
      await page.getByRole("link", { name: "Look again" }).click();
      await page.getByRole("heading", { name: "Winter Serenade" }).waitFor();
      // The same choice again, with nothing to do but go on.
      await page.locator(".stepper output", { hasText: "1" }).waitFor();
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("heading", { name: "Your tickets are held" }).waitFor();
      expect(errors).toEqual([]);
      await context.close();
    },
    240_000,
  );
});

describe.skipIf(!hasChromium)("a card that takes fifteen seconds", () => {
  const PAYING = { name: "Your payment is on its way" };
  const DONE = { name: "It’s done: your tickets" };

  test("through a reload, in a second tab, and on the way back: each ends at the tickets, paid once", async () => {
    const { page, context, errors } = await visitor(web.browser, web.service.url, PHONE);
    const posts: string[] = [];
    context.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/payment")) posts.push(request.url());
    });
    await holdOne(page, "slow@example.com");
    const early = await context.newPage();
    await early.goto(page.url());
    await early.getByRole("heading", { name: "Your tickets are held" }).waitFor();
    await page.getByRole("radio", { name: /slow one/ }).check();
    await page.getByRole("button", { name: /^Pay / }).click();
    await page.getByRole("heading", PAYING).waitFor();
    await early.getByRole("heading", PAYING).waitFor();
    await page.reload();
    await page.getByRole("heading", PAYING).waitFor();
    const late = await context.newPage();
    await late.goto(page.url());
    await late.getByRole("heading", PAYING).waitFor();
    for (const tab of [page, early, late]) {
      expect(await tab.getByRole("button", { name: /^Pay / }).count()).toBe(0);
    }
    await late.goto(`/e/${concert.id}`);
    await late.goBack();
    for (const tab of [page, early, late]) {
      await tab.getByRole("heading", DONE).waitFor();
      await expect.poll(() => tab.locator(".pass img").count()).toBe(1);
    }
    expect(posts).toHaveLength(1);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("with every tab closed meanwhile: the tickets are there afterwards", async () => {
    const { page, context } = await visitor(web.browser, web.service.url, PHONE);
    await holdOne(page, "gone@example.com");
    const order = page.url();
    await page.getByRole("radio", { name: /slow one/ }).check();
    await page.getByRole("button", { name: /^Pay / }).click();
    await page.getByRole("heading", PAYING).waitFor();
    await page.close();
    const again = await context.newPage();
    await again.goto("/my/orders");
    await again.getByRole("link", { name: /Payment under way/ }).click();
    expect(again.url()).toBe(order);
    await again.getByRole("heading", DONE).waitFor();
    await context.close();
  });
});

// The last one: it moves the concert.
describe.skipIf(!hasChromium)("the time at the bank", () => {
  const MINUTE_MS = 60 * 1_000;

  test("is ten minutes, and follows the event to an earlier end", async () => {
    const { page, context, errors } = await visitor(web.browser, web.service.url, PHONE);
    await holdOne(page, "bank@example.com");
    await page.getByRole("radio", { name: /whose bank asks/ }).check();
    await page.getByRole("button", { name: /^Pay / }).click();
    const timer = page.getByRole("timer", { name: "Time to confirm" });
    await expect.poll(() => timer.textContent(), { timeout: 15_000 }).toMatch(/^(10:00|9:5\d)$/);
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const times = { starts_at: at(-HOUR_MS), ends_at: at(5 * MINUTE_MS) };
    await must(hall, "PATCH", `/events/${concert.id}`, times);
    await expect.poll(() => timer.textContent(), { timeout: 40_000 }).toMatch(/^4:\d\d$/);
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("heading", { name: "It’s done: your tickets" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });
});
