// Somebody's first evening at the box office: what comes next is always to be found.

import { describe, expect, test } from "vitest";
import { PASSWORD } from "../../../support/box-office-page.ts";
import { expectAccessible, expectNoSideways, hasChromium, PHONE, visitor } from "../../../support/browser.ts";
import { usePages } from "../../../support/pages.ts";

const pages = usePages("box-office-newcomer");

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
    await page.getByRole("link", { name: "Change name, place or time" }).click();
    await page.getByLabel("Begins").waitFor();
    await page.goto(address);
    await page.getByRole("heading", { name: "Harbour Jazz" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  }, 180_000);
});
