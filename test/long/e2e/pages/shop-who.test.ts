// Who the tickets are for: as a guest, with an account, with a new one, in the dialog that asks for
// it once tickets were chosen.

import type { Page } from "playwright-core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, must } from "../../../../scripts/lib/client.ts";
import { hasChromium, PHONE, type Visitor, visitor } from "../../../support/browser.ts";
import { addConcert, type Concert, euros, openHall } from "../../../support/concerts.ts";
import { usePages } from "../../../support/pages.ts";

const PASSWORD = "correct horse battery";
const KNOWN = "known@example.com";

const web = usePages("shop-who");
let concert: Concert;
beforeAll(async () => {
  if (!hasChromium) return;
  const ticket = { name: "Stalls", capacity: 90, max_per_buyer: 9, price: euros(1_000) };
  concert = await addConcert(await openHall(web.service), {}, [ticket]);
  await must(client(web.service.url), "POST", "/register", { username: "known", email: KNOWN, password: PASSWORD });
}, 180_000);

const dialogOf = (page: Page) => page.getByRole("dialog", { name: "Who is buying?" });

describe.skipIf(!hasChromium)("who the tickets are for", () => {
  let all: Visitor;
  let page: Page;
  beforeEach(async () => {
    all = await visitor(web.browser, web.service.url, PHONE);
    ({ page } = all);
    await page.goto(`/e/${concert.id}`);
    for (let count = 0; count < 2; count++) await page.getByRole("button", { name: "One more: Stalls" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await dialogOf(page).waitFor();
    return () => all.context.close();
  });

  async function expectHeld(): Promise<void> {
    await page.getByRole("heading", { name: "Your tickets are held" }).waitFor();
    await page.getByText("2 × Stalls").waitFor();
    expect(all.errors).toEqual([]);
  }

  test("as a guest", async () => {
    await dialogOf(page).getByLabel("E-mail address").fill("guest@example.com");
    await page.keyboard.press("Enter");
    await expectHeld();
    await page.getByText("Guest", { exact: true }).waitFor();
  });

  test("with an account, once its password is right", async () => {
    await dialogOf(page).getByRole("radio", { name: "Sign in" }).check();
    await dialogOf(page).getByLabel("E-mail address or name").fill(KNOWN);
    await dialogOf(page).getByLabel("Password").fill("a wrong password");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByRole("alert").filter({ hasText: "Name or password is not right." }).waitFor();
    await dialogOf(page).locator(".notice.bad").getByText("Name or password is not right.").waitFor();
    await dialogOf(page).getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await expectHeld();
    await page.getByText("known", { exact: true }).waitFor();
  });

  test("with a new one, once nothing is wrong with it", async () => {
    await dialogOf(page).getByRole("radio", { name: "New account" }).check();
    const [email, password] = [dialogOf(page).getByLabel("E-mail address"), dialogOf(page).getByLabel("Password")];
    // Each field says what is wrong with it, to eyes and ears.
    for (const [field, wrong, right] of [
      [email, "new@localhost", "new@example.com"],
      [password, "12345678", PASSWORD],
    ] as const) {
      if (field === email) await password.fill(PASSWORD);
      await field.fill(wrong);
      await page.keyboard.press("Enter");
      await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
      const about = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
      const said = await Promise.all(about.map((id) => dialogOf(page).locator(`[id="${id}"]`).textContent()));
      expect(said.join(" ")).toMatch(/Please check this/);
      await field.fill(right);
    }
    await email.fill(KNOWN);
    await page.keyboard.press("Enter");
    await dialogOf(page).locator(".notice.bad").getByText("There is an account with this address already.").waitFor();
    await email.fill("new@example.com");
    await page.keyboard.press("Enter");
    await expectHeld();
    await page.getByText("new@example.com", { exact: true }).waitFor();
  });

  test("with the keyboard alone: the first field has the focus, arrows choose, Escape leaves, nothing is lost", async () => {
    const focused = () =>
      page.evaluate(`(() => { const { activeElement: on } = document;
        return [on.type ?? on.tagName, on.labels?.[0]?.textContent ?? on.textContent].join(": "); })()`);
    await page.keyboard.press("Escape");
    await dialogOf(page).waitFor({ state: "detached" });
    expect(await focused()).toBe("button: Continue");
    await page.getByText("2 tickets", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await dialogOf(page).waitFor();
    // The cross comes first, and after it the ways.
    for (let presses = 0; presses < 6 && (await focused()) !== "radio: As a guest"; presses++) {
      await page.keyboard.press("Shift+Tab");
    }
    expect(await focused()).toBe("radio: As a guest");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("radio: Sign in");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("radio: New account");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("radio: As a guest");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("email: E-mail address");
    await page.keyboard.type("keys@example.com");
    // What was typed is there for another way, too.
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowLeft");
    expect(await dialogOf(page).getByLabel("E-mail address").inputValue()).toBe("keys@example.com");
    for (const wanted of ["email: E-mail address", "password: Password"]) {
      await page.keyboard.press("Tab");
      expect(await focused()).toBe(wanted);
    }
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await expectHeld();
  });

  test("a reload while it asks loses nothing of the choice", async () => {
    await page.reload();
    await page.getByText("2 tickets", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await dialogOf(page).getByLabel("E-mail address").fill("reload@example.com");
    await page.keyboard.press("Enter");
    await expectHeld();
  });
});
