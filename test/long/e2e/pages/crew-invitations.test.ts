// Inviting a helper by address: from the box office to the door, in a browser of each.

import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { boxOffice, PASSWORD, signIn } from "../../../support/box-office-page.ts";
import {
  expectAccessible,
  expectNoSideways,
  hasChromium,
  PHONE,
  picture,
  type Visitor,
  visitor,
} from "../../../support/browser.ts";
import { cameraShowing } from "../../../support/camera.ts";
import { saidOf } from "../../../support/door-page.ts";
import { codeOf, type DoorScene, EVENT_NAME, openDoorScene } from "../../../support/door-scene.ts";
import { linkIn, mailTo, WITH_MAILBOX } from "../../../support/mailbox.ts";
import { usePages } from "../../../support/pages.ts";

const web = usePages("crew-invitations", {
  settings: () => WITH_MAILBOX,
  flags: (folder) => cameraShowing(folder, [{ luma: null, frames: 10 }]),
});
const api = boxOffice(() => web.service);
let scene: DoorScene;
let olga: string;

beforeAll(async () => {
  if (!hasChromium) return;
  scene = await openDoorScene(web.service, 2);
  olga = await api.organiser("olga");
  const organizes = "UPDATE events SET organizer_id = (SELECT id FROM accounts WHERE email = ?) WHERE id = ?";
  await web.service.query(organizes, olga, scene.eventId);
}, 60_000);

/** The organiser's view of the crew. */
async function atCrew(): Promise<Visitor> {
  const found = await visitor(web.browser, web.service.url);
  await signIn(found.page, olga);
  await found.page.goto(`/box-office/events/${scene.eventId}/crew`);
  await found.page.getByRole("heading", { name: "Crew" }).waitFor();
  return found;
}

async function invite(page: Page, email: string, part: RegExp): Promise<void> {
  const form = page.locator("form", { has: page.getByRole("button", { name: "Invite" }) });
  await form.getByLabel("E-mail address").fill(email);
  const option = await form.locator("option", { hasText: part }).getAttribute("value");
  await form.getByLabel("Part").selectOption(option ?? "");
  await form.getByRole("button", { name: "Invite" }).click();
  await page.getByRole("main").getByText(`An invitation is on its way to ${email}.`).waitFor();
  await page.getByRole("row", { name: new RegExp(email) }).waitFor();
}

async function linkFor(email: string, subject = /^Will you help\?/): Promise<string> {
  return linkIn(await mailTo(web.service, email, subject));
}

async function register(page: Page, email: string): Promise<void> {
  await page.getByRole("radio", { name: "New account" }).check();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
}

describe.skipIf(!hasChromium)("somebody who is invited", () => {
  test("to the door, without an account, makes one from the mail's link, and lets people in", async () => {
    const email = "hanna@example.com";
    const organiser = await atCrew();
    await invite(organiser.page, email, /^Door/);
    await expectAccessible(organiser.page);
    await expectNoSideways(organiser.page);
    await picture(organiser.page, "crew-invited");

    const helper = await visitor(web.browser, web.service.url, { ...PHONE, permissions: ["camera"] });
    const { page } = helper;
    await page.goto(await linkFor(email));
    await page.getByRole("heading", { name: "Will you help?" }).waitFor();
    await page.getByText("olga invites you to the crew of this event.").waitFor();
    await page.getByRole("heading", { name: EVENT_NAME }).waitFor();
    await page.getByText("you scan tickets and let people in").waitFor();
    await expectAccessible(page);
    await expectNoSideways(page);
    await picture(page, "invitation");
    await register(page, email);
    await page.getByText(`You accept as ${email}.`).waitFor();
    await expectAccessible(page);
    // Nothing has happened yet.
    await organiser.page.reload();
    await organiser.page.getByText("Nobody helps yet.").waitFor();
    await page.getByRole("button", { name: "Accept" }).click();
    await page.waitForURL(`**/door/${scene.eventId}`);
    await page.getByLabel("Gate").fill("North");
    await page.keyboard.press("Enter");
    await page.getByText("Hold a code").waitFor();
    expect(await saidOf(page, await codeOf(scene, scene.passes[0] ?? ""))).toMatch(/Stalls/);

    await organiser.page.reload();
    await organiser.page.getByRole("row", { name: new RegExp(`${email} Door`) }).waitFor();
    await organiser.page.getByText("No invitation is open.").waitFor();
    // The mail's link goes on leading to the door.
    await page.goto(await linkFor(email));
    await page.getByText("This invitation was accepted.").waitFor();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.waitForURL(`**/door/${scene.eventId}`);
    expect([...organiser.errors, ...helper.errors]).toEqual([]);
    await helper.context.close();
    await organiser.context.close();
  });

  test("to manage signs in with the account of another address, and arrives at the event", async () => {
    const organiser = await atCrew();
    await invite(organiser.page, "work@example.com", /^Manager/);
    await api.ask(undefined, "POST", "/register", { username: "mia", email: "mia@example.com", password: PASSWORD });
    const { page, context, errors } = await visitor(web.browser, web.service.url, { locale: "de-DE" });
    await page.goto(await linkFor("work@example.com"));
    await page.getByRole("heading", { name: "Helfen Sie mit?" }).waitFor();
    await page.getByRole("radio", { name: "Anmelden" }).check();
    await page.getByLabel("E-Mail-Adresse oder Name").fill("mia");
    await page.getByLabel("Passwort").fill(PASSWORD);
    await page.getByRole("main").getByRole("button", { name: "Anmelden" }).click();
    await page.getByText("Sie nehmen als mia an.").waitFor();
    await page.getByRole("button", { name: "Annehmen" }).click();
    await page.waitForURL(`**/box-office/events/${scene.eventId}`);
    await page.getByRole("heading", { name: EVENT_NAME }).waitFor();
    expect(errors).toEqual([]);
    await context.close();
    await organiser.context.close();
  });

  test("as a guest chooses a password first, and has the part with the same account", async () => {
    const email = "gwen@example.com";
    const organiser = await atCrew();
    await invite(organiser.page, email, /^Door/);
    const { page, context } = await visitor(web.browser, web.service.url, PHONE);
    await page.goto("/");
    await page.evaluate(
      `fetch("/guests", { method: "POST", headers: { "content-type": "application/json" }, body: '{"email":"${email}"}' })`,
    );
    await page.goto(await linkFor(email));
    await page.getByText("What you have bought as a guest stays yours.").waitFor();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: "Accept" }).click();
    await page.waitForURL(`**/door/${scene.eventId}`);
    await context.close();
    await organiser.context.close();
  });

  test("finds that the invitation was taken back, and the organiser that theirs is not for themselves", async () => {
    const email = "tom@example.com";
    const organiser = await atCrew();
    const { page } = organiser;
    await invite(page, email, /^Door/);
    const link = await linkFor(email);
    await page.goto(link);
    await page.getByRole("button", { name: "Accept" }).click();
    await page.getByText("You help at this event already").waitFor();
    await page.goto(`/box-office/events/${scene.eventId}/crew`);
    await page.getByRole("button", { name: `Send again: ${email}` }).click();
    await page.getByRole("main").getByText(`An invitation is on its way to ${email}.`).waitFor();
    await page.getByRole("button", { name: `Take back: ${email}` }).click();
    await page.getByText("opens nothing any more").waitFor();
    await expectAccessible(page);
    await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
    await page.getByText("No invitation is open.").waitFor();
    const other = await visitor(web.browser, web.service.url, PHONE);
    await other.page.goto(link);
    await other.page.getByRole("heading", { name: "This invitation is not good any more" }).waitFor();
    await expectAccessible(other.page);
    expect(await other.page.getByRole("button", { name: "Accept" }).count()).toBe(0);
    await other.context.close();
    await organiser.context.close();
  });
});

test.skipIf(!hasChromium)("a helper with an account is added by its number, and given another part", async () => {
  const body = { username: "nick", email: "nick@example.com", password: PASSWORD };
  await api.ask(undefined, "POST", "/register", body);
  const { id } = await api.ask(await api.token("nick"), "GET", "/me");
  const { page, context } = await atCrew();
  await page.getByText("By account number").click();
  await page.getByLabel("Account number").fill(id);
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByRole("row", { name: /nick Door/ }).waitFor();
  await page.getByRole("button", { name: "Make manager: nick" }).click();
  await page.getByRole("row", { name: /nick Manager/ }).waitFor();
  await page.getByRole("button", { name: "Door only: nick" }).click();
  await page.getByRole("row", { name: /nick Door/ }).waitFor();
  await expectNoSideways(page);
  await expectAccessible(page);
  await context.close();
});
