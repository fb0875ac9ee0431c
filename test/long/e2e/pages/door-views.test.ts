// Every state of the door's views, as the crew may see it: both languages, both sizes, light and
// dark. What leads to a state and away from it is tested in the door's own journeys.

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { must } from "../../../../scripts/lib/client.ts";
import { expectGoodLooks, hasChromium, type Visitor } from "../../../support/browser.ts";
import { atGate, closeVerdict, scanTyped, useDoor } from "../../../support/door-page.ts";
import { codeOf } from "../../../support/door-scene.ts";

/** Each look is sixteen runs of axe. */
const TIMEOUT_MS = 240_000;
/** A green verdict goes by itself, before anybody could look at it sixteen times. */
const GREEN_STAYS = `(() => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (work, ms, ...all) => setTimeout(work, ms === 2500 ? 1e9 : ms, ...all);
})()`;

const web = useDoor("door-views", 20);

type Look = (view: string) => Promise<void>;

/** A tour through some states, by a manager at a gate of that name. */
function tour(name: string, gate: string, visit: (page: Page, look: Look, all: Visitor) => Promise<void>): void {
  test(
    name,
    async () => {
      const all = await atGate(web.browser, web.service.url, { gate, script: GREEN_STAYS });
      await visit(all.page, (view) => expectGoodLooks(all.page, `door-${view}`), all);
      expect(all.errors.filter((error) => !error.includes("net::ERR_"))).toEqual([]);
      await all.context.close();
    },
    TIMEOUT_MS,
  );
}

/** What the service says of a scan, as it would under other circumstances. */
async function answering(page: Page, change: object): Promise<void> {
  await page.route("**/check-ins", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), ...change } });
  });
}

describe.skipIf(!hasChromium)("verdicts", () => {
  tour("green, already in, out, back in, already out, never in", "North", async (page, look) => {
    const pass = web.freshPass();
    const code = await codeOf(web.scene, pass);
    await must(web.scene.buyer, "PATCH", `/passes/${pass}`, { holder_name: "Wolfgang Amadeus Theophilus von Mozart" });
    await look("scanning");
    const direct = (way: string) => page.getByRole("radio", { name: way }).check();
    for (const [way, view] of [
      ["In", "admitted"],
      ["In", "already-admitted"],
      ["Out", "went-out"],
      ["Out", "already-out"],
      ["In", "readmitted"],
    ] as const) {
      await direct(way);
      await scanTyped(page, code);
      await look(view);
      await closeVerdict(page);
    }
    await direct("Out");
    await look("scanning-out");
    await scanTyped(page, await codeOf(web.scene, web.freshPass()));
    await look("not-admitted");
    await closeVerdict(page);
  });

  tour("passed on, of another event, forged", "South", async (page, look) => {
    const pass = web.freshPass();
    const code = await codeOf(web.scene, pass);
    await must(web.scene.buyer, "POST", `/passes/${pass}/transfer`, { email: "eve@example.com" });
    await scanTyped(page, code);
    await look("revoked");
    await closeVerdict(page);
    await scanTyped(page, await codeOf(web.scene, web.scene.foreignPass));
    await look("wrong-event");
    await closeVerdict(page);
    await scanTyped(
      page,
      code.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
    );
    await look("unknown");
    await closeVerdict(page);
  });

  tour("too early, no re-entry, not recorded, of which the service says so", "Yard", async (page, look) => {
    for (const [result, more] of [
      ["too_early", { doors_open_at: "2027-06-12T18:00:00.000Z" }],
      ["reentry_not_allowed", {}],
      ["revoked", { at: "2027-06-12T18:00:00.000Z" }],
    ] as const) {
      await answering(page, { result, ...more });
      await scanTyped(page, await codeOf(web.scene, web.freshPass()));
      await look(result.replaceAll("_", "-") + ("at" in more ? "-refunded" : ""));
      await closeVerdict(page);
      await page.unroute("**/check-ins");
    }
  });
});

describe.skipIf(!hasChromium)("panels", () => {
  tour("searching: nothing yet, nothing found, found, taken back", "East", async (page, look) => {
    const [unnamed, named] = [web.freshPass(), web.freshPass()];
    await must(web.scene.buyer, "PATCH", `/passes/${named}`, { holder_name: "Grace Hopper" });
    await page.getByRole("button", { name: "Search or type" }).click();
    await look("search");
    const search = async (text: string) => {
      await page.getByRole("dialog").getByRole("textbox").fill(text);
      await page.keyboard.press("Enter");
    };
    await search("nobody of this name");
    await page.getByText("Nothing found.").waitFor();
    await look("search-none");
    await search("hopper");
    await page.getByText("Grace Hopper").waitFor();
    await look("search-found");
    await page.keyboard.press("Escape");
    await scanTyped(page, await codeOf(web.scene, named));
    await closeVerdict(page);
    await scanTyped(page, await codeOf(web.scene, unnamed));
    await closeVerdict(page);
    await page.getByRole("button", { name: "Scans" }).click();
    await look("scans");
    await page
      .getByRole("button", { name: /Take back/ })
      .first()
      .click();
    await look("undo-ask");
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.getByText("taken back").waitFor();
    await look("undone");
    await page.keyboard.press("Escape");
    // Nobody is offered what would be refused: who is inside can only go out.
    await scanTyped(page, await codeOf(web.scene, named));
    await closeVerdict(page);
    for (const [way, isOffered] of [
      ["In", 0],
      ["Out", 1],
    ] as const) {
      await page.getByRole("radio", { name: way }).check();
      await page.getByRole("button", { name: "Search or type" }).click();
      await search("hopper");
      await page.getByText("Already in").waitFor();
      const offered = page.getByRole("button", { name: "Let out: Grace Hopper" });
      await expect.poll(() => offered.count()).toBe(isOffered);
      expect(await page.getByRole("button", { name: "Let in: Grace Hopper" }).count()).toBe(0);
      if (isOffered === 1) await look("search-out");
      await page.keyboard.press("Escape");
    }
    await page.getByRole("button", { name: "Numbers" }).click();
    await page.getByRole("row", { name: /East/ }).waitFor();
    await look("numbers");
  });
});

describe.skipIf(!hasChromium)("without a network", () => {
  tour("the notices, a verdict, the panels, and what waits", "West", async (page, look, { context }) => {
    const code = await codeOf(web.scene, web.freshPass());
    // Headers have whole seconds: the device knows the service's clock to half of one.
    await page.waitForTimeout(1_500);
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await context.setOffline(true);
    await scanTyped(page, code);
    await look("admitted-offline");
    await closeVerdict(page);
    await page.getByText("1 scan not brought in yet").waitFor();
    await look("scanning-offline");
    for (const [panel, view] of [
      ["Search or type", "search-offline"],
      ["Numbers", "numbers-offline"],
      ["Scans", "scans-offline"],
    ] as const) {
      await page.getByRole("button", { name: panel }).click();
      await look(view);
      await page.keyboard.press("Escape");
    }
    await page.getByRole("button", { name: /^Gate West/ }).click();
    await page.getByText("No network. This device decides by itself").waitFor();
    await look("gate-offline");
    await page.getByRole("link", { name: "Another event" }).click();
    await page.getByText("1 scan of this device not brought in yet").waitFor();
    await page.getByText("No network: these are the events").waitFor();
    await look("choose-offline");
    await context.setOffline(false);
    await page.getByText("No network: these are the events").waitFor({ state: "detached" });
    await context.setOffline(true);
    await page.getByText("No network: these are the events").waitFor();
    await context.clearCookies();
    await context.setOffline(false);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await look("signed-out");
  });

  tour("scans that could not be brought in: what the crew can do about them", "Cellar", async (page, look, all) => {
    const NOTHING = { at: null, gate: null, displaced: null, doors_open_at: null };
    const refusals = [
      { status: 422, json: { type: "/problems/invalid-request", title: "Invalid", status: 422, errors: [] } },
      { json: { results: [{ result: "key_reused", key: "k", pass: null, ...NOTHING }] } },
    ];
    for (const [already, refusal] of refusals.entries()) {
      await page.waitForTimeout(1_500);
      await all.context.setOffline(true);
      await scanTyped(page, await codeOf(web.scene, web.freshPass()));
      await closeVerdict(page);
      await page.route("**/check-ins/batch", (route) => route.fulfill(refusal));
      await all.context.setOffline(false);
      await page.getByRole("button", { name: `Scans ${already + 1}` }).click();
      await expect.poll(() => page.getByText("Record it now, so that nobody else").count()).toBe(already + 1);
      expect(await page.getByText("whom the service would have refused").count()).toBe(0);
      if (already === 1) await look("not-recorded");
      await page.keyboard.press("Escape");
      await page.unroute("**/check-ins/batch");
    }
    await page.getByRole("button", { name: "Scans 2" }).click();
    await page.getByRole("button", { name: "Record it now" }).first().click();
    await page.getByRole("alertdialog", { name: "Let in" }).waitFor();
    await closeVerdict(page);
    await page.getByRole("button", { name: "Scans 1" }).click();
    await page.getByRole("button", { name: "Record it now" }).waitFor();
    await page.keyboard.press("Escape");
    await page.route("**/check-ins", (route) => route.fulfill(refusals[0] ?? {}));
    await scanTyped(page, await codeOf(web.scene, web.freshPass()));
    await page.getByText("Nobody was let in by it").waitFor();
    await look("not-taken");
  });
});
