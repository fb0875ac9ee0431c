// The box office without a mouse: from signing in to a refund, with the focus where one goes on.

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { boxOffice, PASSWORD } from "../../../support/box-office-page.ts";
import { hasChromium, LAPTOP, PHONE, visitor } from "../../../support/browser.ts";
import { expectFocus, focused, tabTo } from "../../../support/keyboard.ts";
import { usePages } from "../../../support/pages.ts";

const web = usePages("box-office-keyboard");
const { organiser, buy } = boxOffice(() => web.service);

/** The parts of a field for a time, in the browser's order: a full one goes on to the next. */
async function typeTime(page: Page): Promise<void> {
  await page.keyboard.type("06122031");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.type("0800PM");
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}

describe.skipIf(!hasChromium)("an organiser without a mouse", () => {
  test.each([
    ["laptop", LAPTOP],
    ["phone", PHONE],
  ])(
    "makes an event, sells, and refunds, on a %s",
    async (size, options) => {
      const email = await organiser(`keys-${size}`);
      const { page, errors, context } = await visitor(web.browser, web.service.url, options);
      await page.goto("/box-office");
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await tabTo(page, "E-mail address or name");
      await page.keyboard.type(email);
      await page.keyboard.press("Tab");
      await page.keyboard.type(PASSWORD);
      await page.keyboard.press("Enter");
      await expectFocus(page, "Events");
      await press(page, "New event");
      await expectFocus(page, "New event");
      await tabTo(page, "Name");
      await page.keyboard.type("Keys alone");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("Place");
      await page.keyboard.type("Town hall");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("Begins");
      await typeTime(page);
      expect(await page.getByLabel("Ends").inputValue()).toBe("2031-06-12T23:00");
      await press(page, "Make the event");
      await expectFocus(page, "Keys alone");

      await press(page, "Add tickets");
      await expectFocus(page, "Name");
      await page.keyboard.type("Stalls");
      await tabTo(page, "How many");
      await page.keyboard.type("50");
      await tabTo(page, "Price");
      await page.keyboard.type("45");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Stalls" }).waitFor();
      // Where the dialog was opened from.
      await expectFocus(page, "Add tickets");
      // A dialog that is left by its key changes nothing.
      await press(page, "Change Stalls");
      await expectFocus(page, "Name");
      await page.keyboard.press("Escape");
      await expectFocus(page, "Change Stalls");
      await press(page, "Publish");
      await page.getByText("Published", { exact: true }).waitFor();
      await expectFocus(page, "Keys alone");

      const eventId = /events\/(\w+)/.exec(page.url())?.[1] ?? "";
      const order = await buy(eventId, 2, `keys-${size}-buyer@example.test`);
      const isPaid = () => web.service.query("SELECT id FROM orders WHERE id = ? AND state = 'confirmed'", order);
      await expect.poll(isPaid, { timeout: 30_000 }).toHaveLength(1);
      await press(page, "Orders");
      await expectFocus(page, "Keys alone");
      await tabTo(page, "Find an order");
      await page.keyboard.type(`keys-${size}-buyer@example.test`);
      await page.keyboard.press("Enter");
      await page.getByRole("row").filter({ hasText: "2 × Stalls" }).waitFor();
      expect(await focused(page)).toBe("Find an order");
      await press(page, /^\w{3}, \d+ \w+ \d{4}, \d\d:\d\d$/);
      await page.getByText("What happened").waitFor();
      await expectFocus(page, "Keys alone");
      await press(page, "Refund");
      await expectFocus(page, "Stalls: tickets to give back, of 2");
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type("1");
      await tabTo(page, "Reason");
      await page.keyboard.type("Fell ill");
      await page.keyboard.press("Enter");
      await page.getByText("Done").first().waitFor();
      await expectFocus(page, "Refund");
      // The focus is shown wherever it is.
      const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
      expect(outline).not.toBe("none");
      expect(errors).toEqual([]);
      await context.close();
    },
    180_000,
  );
});
