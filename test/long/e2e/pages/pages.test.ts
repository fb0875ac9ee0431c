// What all pages share, in a real browser: they load, are called something, speak two languages,
// can be used with a keyboard, and let nobody put a frame around them.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
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

const PAGES = [
  ["shop", "/my/sign-in", "Sign in", "Anmelden"],
  ["box-office", "/box-office/sign-in", "Sign in", "Anmelden"],
  ["door", "/door/sign-in", "Sign in", "Anmelden"],
] as const;
const PASSWORD = "correct horse battery";

const web = usePages("pages");

describe.skipIf(!hasChromium)("every page", () => {
  test.each(PAGES)(
    "%s: two languages, light and dark, at a laptop's size and a phone's",
    async (name, path, en, de) => {
      for (const [size, options] of Object.entries({ laptop: LAPTOP, phone: PHONE })) {
        const { page, errors, context } = await visitor(web.browser, web.service.url, options);
        await page.goto(path);
        await page.getByRole("heading", { name: en }).waitFor();
        await expectAccessible(page);
        await expectNoSideways(page);
        await picture(page, `${name}-sign-in-${size}`);
        await page.getByRole("button", { name: "Deutsch" }).click();
        await page.getByRole("heading", { name: de }).waitFor();
        expect(await page.evaluate("document.documentElement.lang")).toBe("de");
        await expectAccessible(page);
        // It is kept.
        await page.reload();
        await page.getByRole("heading", { name: de }).waitFor();
        expect(errors).toEqual([]);
        await context.close();
      }
    },
  );

  test("begins in German where the browser asks for it", async () => {
    const { page, context } = await visitor(web.browser, web.service.url, { locale: "de-AT" });
    await page.goto("/my/sign-in");
    await page.getByRole("heading", { name: "Anmelden" }).waitFor();
    await context.close();
  });

  test("lets no other page put a frame around it", async () => {
    const outside = createServer((_request, response) => {
      response.setHeader("content-type", "text/html").end(`<iframe src="${web.service.url}/my/sign-in"></iframe>`);
    }).listen(0, "127.0.0.1");
    await new Promise((listening) => outside.once("listening", listening));
    const { page, context, errors } = await visitor(web.browser, web.service.url);
    await page.goto(`http://127.0.0.1:${(outside.address() as AddressInfo).port}/`);
    await expect.poll(() => errors.join()).toMatch(/frame-ancestors|X-Frame-Options|Framing/);
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await framed?.evaluate("document.body.innerText")).not.toContain("Sign in");
    await context.close();
    outside.close();
  });
});

describe.skipIf(!hasChromium)("signing in", () => {
  test("with the keyboard alone: register, sign out, sign in, in all tabs", async () => {
    const { page, context, errors } = await visitor(web.browser, web.service.url);
    const other = await context.newPage();
    await other.goto("/my/sign-in");
    await page.goto("/my/sign-in?next=/box-office");
    await page.getByRole("radio", { name: "Sign in" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ada@example.com");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/box-office");
    await page.getByRole("banner").getByText("ada@example.com").waitFor();
    await other.getByRole("banner").getByText("ada@example.com").waitFor();
    await page.getByRole("button", { name: "Sign out" }).press("Enter");
    await other.getByRole("banner").getByText("ada@example.com").waitFor({ state: "detached" });
    await page.getByLabel("E-mail address or name").fill("ada@example.com");
    await page.getByLabel("Password").fill("a wrong password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "Name or password is not right." }).waitFor();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("banner").getByText("ada@example.com").waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  test("goes on when the session's first cookie has ended, once for all that is asked at the time", async () => {
    const { page, context } = await visitor(web.browser, web.service.url);
    await page.goto("/my/sign-in?next=/box-office");
    await page.getByLabel("E-mail address or name").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/box-office");
    const cookies = await context.cookies();
    expect(cookies.every(({ httpOnly, secure }) => httpOnly && secure)).toBe(true);
    await context.clearCookies({ name: "__Host-session" });
    await page.reload();
    await page.getByRole("banner").getByText("ada@example.com").waitFor();
    await context.close();
  });

  test.each([
    "https://evil.test/",
    "//evil.test",
    "/\\evil.test",
    "javascript:alert(1)",
    "/%5cevil.test/..//evil.test",
  ])("never leads to %s afterwards", async (next) => {
    const { page, context } = await visitor(web.browser, web.service.url);
    await page.goto(`/my/sign-in?${new URLSearchParams({ next })}`);
    await page.getByLabel("E-mail address or name").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("banner").getByText("ada@example.com").waitFor();
    expect(new URL(page.url()).origin).toBe(web.service.url);
    await context.close();
  });

  test.each(["/box-office", "/my/orders"])(
    "%s says that nobody answers who is signed in, and asks again",
    async (path) => {
      const { page, context } = await visitor(web.browser, web.service.url);
      await page.goto(`/my/sign-in?next=${path}`);
      await page.getByLabel("E-mail address or name").fill("ada@example.com");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.keyboard.press("Enter");
      await page.waitForURL(`**${path}`);
      await page.getByRole("banner").getByText("ada@example.com").waitFor();
      for (const asksAgain of [
        () => page.getByRole("button", { name: "Try again" }).click(),
        () => page.evaluate("dispatchEvent(new Event('online'))"),
      ]) {
        await page.route("**/me", (route) => route.abort());
        await page.goto(path);
        await page.getByRole("alert").getByRole("button", { name: "Try again" }).waitFor();
        await expectAccessible(page);
        await page.unroute("**/me");
        await asksAgain();
        await page.getByRole("banner").getByText("ada@example.com").waitFor();
        await page.getByRole("heading", { level: 1 }).waitFor();
      }
      await context.close();
    },
  );

  test("what goes wrong behind a dialog is said in it, and outside of it afterwards", async () => {
    const { page, context } = await visitor(web.browser, web.service.url);
    await page.goto("/my/sign-in");
    await page.getByLabel("E-mail address or name").fill("ada@example.com");
    await page.getByLabel("Password").fill("a wrong password");
    const send = () => page.evaluate("document.querySelector('form').requestSubmit()");
    const said = (place: string) => page.locator(`${place} > [role=alert].unseen`).filter({ hasText: "not right" });
    await page.evaluate("document.body.append(document.createElement('dialog'))");
    await page.evaluate("document.querySelector('dialog').showModal()");
    await send();
    await said("dialog").waitFor({ state: "attached" });
    await page.evaluate("document.querySelector('dialog').remove()");
    await send();
    await said("body").waitFor({ state: "attached" });
    await context.close();
  });
});
