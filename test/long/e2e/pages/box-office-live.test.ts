// The box office goes on by itself where no stream gets through: refused on the way, or held back
// by a proxy that lets nothing out of it.

import type { Page, Route } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { boxOffice, signIn } from "../../../support/box-office-page.ts";
import { hasChromium, LAPTOP, visitor } from "../../../support/browser.ts";
import { addCrew, type DoorScene, openDoorScene, scanAt } from "../../../support/door-scene.ts";
import { usePages } from "../../../support/pages.ts";

const pages = usePages("box-office-live");
let scene: DoorScene;
beforeAll(async () => {
  if (!hasChromium) return;
  scene = await openDoorScene(pages.service, 4);
  await addCrew(scene, "manager", "manager");
}, 60_000);

const { ask, organiser, token, buy } = boxOffice(() => pages.service);

describe.skipIf(!hasChromium)("without streams", () => {
  test.each<[what: string, pass: number, meet: (route: Route) => unknown]>([
    ["that are refused on the way", 0, (route) => route.abort()],
    ["that a proxy leaves open and silent", 1, () => {}],
  ])("%s, attendees are counted as they come in", async (_what, pass, meet) => {
    const page = await signedIn("manager@example.com", meet);
    await page.goto(`/box-office/events/${scene.eventId}/attendees`);
    const stalls = page.locator("section", { hasText: "Went in" }).locator(".card", { hasText: "Stalls" });
    await stalls.getByText(`${pass} of 4`).waitFor();
    await scanAt(scene, "North", scene.passes[pass] ?? "");
    await stalls.getByText(`${pass + 1} of 4`).waitFor();
    await stalls.getByText(`${pass + 1} inside now`).waitFor();
    await page.context().setOffline(true);
    await page.getByText("No connection: more may have come in since.").waitFor();
    await page.context().setOffline(false);
    await page.getByText("No connection").waitFor({ state: "detached" });
  });

  test("sales, the list of events and the refunds of a calling-off go on", async () => {
    const email = await organiser("mary");
    const eventId = await onSale(await token(email));
    const page = await signedIn(email, (route) => route.abort());
    const row = page.getByRole("row").filter({ hasText: "Songs" });
    await row.getByText("0 of 50").waitFor();
    await buy(eventId, 2, "list@example.test");
    await row.getByText("2 of 50").waitFor();

    await row.getByRole("link").click();
    await expect.poll(() => page.getByTestId("sold").innerText()).toBe("2");
    await buy(eventId, 1, "sales@example.test");
    await expect.poll(() => page.getByTestId("sold").innerText(), { timeout: 20_000 }).toBe("3");

    await page.goto(`/box-office/events/${eventId}/settings`);
    await page.getByRole("button", { name: "Call the event off" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^To be sure/).fill("Songs");
    await dialog.getByRole("button", { name: "Call it off" }).click();
    await page.getByText(/^Everything is done since/).waitFor({ timeout: 60_000 });
  });
});

async function onSale(auth: string): Promise<string> {
  const times = { starts_at: "2031-06-12T18:00:00Z", ends_at: "2031-06-12T21:00:00Z", timezone: "Europe/Berlin" };
  const { id } = await ask(auth, "POST", "/events", { name: "Songs", venue: "Here", ...times, status: "published" });
  const price = { amount: 1_000, currency: "EUR" };
  await ask(auth, "POST", `/events/${id}/tickets`, { name: "Stalls", capacity: 50, max_per_buyer: null, price });
  return id;
}

/** At the list of events; `meet` is what becomes of each stream. */
async function signedIn(email: string, meet: (route: Route) => unknown): Promise<Page> {
  const { page } = await visitor(pages.browser, pages.service.url, LAPTOP);
  await page.route(/\/live(\?|$)/, meet);
  await signIn(page, email);
  return page;
}
