// What programs get, made in a real browser: a key that opens the API until it is revoked, and a
// webhook that gets news, pauses, goes on, and sends again.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { client } from "../../../../scripts/lib/client.ts";
import { boxOffice, PASSWORD, signIn } from "../../../support/box-office-page.ts";
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
import { startReceiver } from "../../../support/receiver.ts";

const web = usePages("integrations", {
  settings: () => ({ hasLocalTools: true, variables: { WEBHOOK_TARGETS: "local" } }),
});
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const { ask, organiser, token, buy } = boxOffice(() => web.service);
beforeAll(async () => {
  if (!hasChromium) return;
  receiver = await startReceiver({ "/hooks": 204, "/gone": 500 });
}, 180_000);
afterAll(async () => {
  await receiver?.close();
});

/** What a screen reader is at. */
function focused(page: Page): Promise<string> {
  return page.evaluate("document.activeElement.innerText");
}

/** In both languages, in the width of this visitor. */
async function expectSound(page: Page, name: string): Promise<void> {
  await expectAccessible(page);
  await expectNoSideways(page);
  await picture(page, name);
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expectAccessible(page);
  await expectNoSideways(page);
  await picture(page, `${name}-german`);
  await page.getByRole("button", { name: "English" }).click();
}

describe.skipIf(!hasChromium)("an organiser", () => {
  test("makes a key by keyboard, copies it, uses it, and revokes it", async () => {
    const email = await organiser("keira");
    const draft = await ask(await token(email), "POST", "/events", {
      ...{ name: "A draft", venue: "Here", timezone: "Europe/Berlin", status: "draft" },
      ...{ starts_at: "2031-06-12T18:00:00Z", ends_at: "2031-06-12T21:00:00Z" },
    });
    const { page, errors, context } = await visitor(web.browser, web.service.url, LAPTOP);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await signIn(page, email);
    await page.getByRole("link", { name: "Integrations" }).press("Enter");
    await expect.poll(() => focused(page)).toBe("Integrations");
    await page.getByText("No program has a key yet.").waitFor();
    await page.getByRole("button", { name: "New API key" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await page.keyboard.type("Till");
    await dialog.getByLabel("Your password").fill("not the password");
    await page.keyboard.press("Enter");
    await dialog.getByText("Choose something.").waitFor();
    await dialog.getByLabel("Name").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(await dialog.getByLabel("See events, drafts included").isChecked()).toBe(true);
    await dialog.getByLabel("Make and change events").press("Space");
    await dialog.getByLabel("Last day").fill("2020-01-01");
    await dialog.getByLabel("Your password").focus();
    await page.keyboard.press("Enter");
    await dialog.locator(".field-problem").waitFor();
    await dialog.getByLabel("Last day").fill("2031-12-31");
    await dialog.getByLabel("Your password").focus();
    await page.keyboard.press("Enter");
    await dialog.getByRole("paragraph").filter({ hasText: "The password is not right." }).waitFor();
    await expectAccessible(page);
    await picture(page, "box-office-api-key-laptop");
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toBe("The key Till");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("main").getByText("Copied.").waitFor();
    const copied: string = await page.evaluate("navigator.clipboard.readText()");
    expect(copied).toBe(await page.locator(".secret").innerText());
    await expectSound(page, "box-office-api-key-made-laptop");
    const program = client(web.service.url, copied);
    expect((await program("GET", `/events/${draft.id}`)).status).toBe(200);
    expect((await program("GET", "/me/api-keys")).status).toBe(403);
    expect((await program("PATCH", `/events/${draft.id}`, { name: "Another draft" })).status).toBe(200);
    // Shown once: neither putting it away nor coming back shows it again.
    await page.getByRole("button", { name: "I have it" }).press("Enter");
    expect(await focused(page)).toBe("API keys");
    await page.reload();
    const row = page.getByRole("row").filter({ hasText: `…${copied.slice(-4)}` });
    await row.getByText("Wed, 31 December 2031").waitFor();
    expect(await page.content()).not.toContain(copied);

    await page.getByRole("button", { name: "New API key" }).click();
    await dialog.getByLabel("Name").fill("Till");
    await dialog.getByLabel("Let people in").check();
    await dialog.getByLabel("Your password").fill(PASSWORD);
    await dialog.getByRole("button", { name: "Make the key" }).click();
    await dialog.getByRole("paragraph").filter({ hasText: "You have a key of this name already." }).waitFor();
    await page.keyboard.press("Escape");

    await page.goto(`/box-office/events/${draft.id}/audit`);
    await page.getByRole("row").filter({ hasText: "with the key Till" }).getByText("Event changed").waitFor();
    await expectAccessible(page);
    await page.goBack();
    await page.getByRole("button", { name: "Revoke: Till" }).press("Enter");
    await dialog.getByText("Programs that use Till are refused").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Keep it" }).press("Enter");
    await page.getByRole("button", { name: "Revoke: Till" }).press("Enter");
    await dialog.getByRole("button", { name: "Revoke" }).press("Enter");
    await page.getByText("No program has a key yet.").waitFor();
    expect(await focused(page)).toBe("API keys");
    expect((await program("GET", `/events/${draft.id}`)).status).toBe(404);
    expect((await program("GET", "/me/api-keys")).status).toBe(401);
    await page.goto(`/box-office/events/${draft.id}/audit`);
    await page.getByRole("row").filter({ hasText: "with a key that is revoked" }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
  }, 240_000);

  test("has news sent, sees what was accepted, pauses, sends again, changes and deletes it, on a phone", async () => {
    const email = await organiser("wanda");
    const auth = await token(email);
    const event = await ask(auth, "POST", "/events", {
      ...{ name: "With news", venue: "Here", timezone: "Europe/Berlin", status: "published" },
      ...{ starts_at: "2031-06-12T18:00:00Z", ends_at: "2031-06-12T21:00:00Z" },
    });
    const price = { amount: 4_500, currency: "EUR" };
    await ask(auth, "POST", `/events/${event.id}/tickets`, { name: "Stalls", capacity: 10, price });
    const { page, errors, context } = await visitor(web.browser, web.service.url, PHONE);
    await signIn(page, email);
    await page.getByRole("link", { name: "Integrations" }).click();
    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Address").fill("ftp://example.com");
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    await dialog.getByText("Please check this.").waitFor();
    await dialog.getByLabel("Address").fill(`${receiver.url}/hooks`);
    await dialog.getByLabel("Orders that are cancelled").uncheck();
    await expectAccessible(page);
    await picture(page, "box-office-webhook-form-phone");
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    await expect.poll(() => focused(page)).toBe("The secret that signs");
    expect(await page.locator(".secret").innerText()).toMatch(/^whsec_/);
    await page.getByText("9 kinds").waitFor();
    await expectSound(page, "box-office-integrations-phone");
    await page.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("button", { name: "New webhook" }).click();
    await dialog.getByLabel("Address").fill(`${receiver.url}/hooks`);
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    await dialog.getByRole("paragraph").filter({ hasText: "News is sent to this address already." }).waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("link", { name: "/hooks" }).click();
    await page.getByText("Nothing was sent yet.").waitFor();
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByRole("main").getByText("A test is on its way.").waitFor();
    const rows = page.getByRole("row").filter({ hasText: "204" });
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(1);
    await buy(event.id, 2, "news@example.test");
    const sweep = () => fetch(`${web.service.url}/cdn-cgi/local/scheduled`);
    const isOwed = () => web.service.query("SELECT number FROM webhook_deliveries");
    await expect.poll(isOwed, { timeout: 60_000 }).toHaveLength(2);
    await sweep();
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(2);
    await page.getByRole("row").filter({ hasText: "Orders that are paid" }).getByText("Accepted").waitFor();
    await expectSound(page, "box-office-webhook-phone");

    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused", { exact: true }).waitFor();
    await page.getByLabel("Send again from number").fill("2");
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByRole("main").getByText("1 delivery is sent again.").waitFor();
    await page.getByRole("row").filter({ hasText: "Waiting" }).waitFor();
    expect(receiver.at("/hooks").map(({ body }) => body.number)).toEqual([1, 2]);
    await page.getByRole("button", { name: "Put it on again" }).click();
    await page.getByText("On", { exact: true }).waitFor();
    await expect.poll(() => receiver.at("/hooks").length, { timeout: 60_000 }).toBe(3);
    expect(receiver.at("/hooks").map(({ body }) => body.number)).toEqual([1, 2, 2]);
    await page.getByLabel("Send again from number").fill("99");
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByRole("main").getByText("Nothing from this number on is kept.").waitFor();

    await page.getByRole("button", { name: "New secret" }).click();
    await expect.poll(() => focused(page)).toBe("The new secret that signs");
    await page.getByText("The secret before signs, too, until").waitFor();
    await page.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("button", { name: "Change" }).click();
    await dialog.getByLabel("Address").fill(`${receiver.url}/gone`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "/gone" }).waitFor();
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByRole("row").filter({ hasText: "500, again" }).waitFor({ timeout: 60_000 });
    await page.reload();
    await page.getByText("Nothing was accepted there since").waitFor();
    await expectSound(page, "box-office-webhook-failing-phone");
    await page.getByRole("button", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("No address gets news yet.").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  }, 300_000);

  test("hears that they may make a key, and no webhook, before they may sell tickets", async () => {
    const body = { username: "novice", email: "novice@example.test", password: PASSWORD };
    await ask(undefined, "POST", "/register", body);
    const { page, errors, context } = await visitor(web.browser, web.service.url, PHONE);
    await signIn(page, body.email);
    await page.getByRole("link", { name: "Integrations" }).click();
    await page.getByText("No program has a key yet.").waitFor();
    expect(await page.getByRole("heading", { name: "Webhooks" }).count()).toBe(0);
    expect(errors).toEqual([]);
    await context.close();
  }, 60_000);
});
