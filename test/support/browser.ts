// A real browser for the tests of the pages: Debian's Chromium. Where there is none, those tests
// say that they were skipped.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

/** Debian's. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) {
  console.log(`There is no Chromium at ${CHROMIUM} (CHROMIUM names another): the tests in the browser are skipped.`);
}

/** A small phone, and a laptop. */
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
export const LAPTOP = { viewport: { width: 1280, height: 800 } } as const;

// Its sandbox needs rights that root in a container lacks. It sees pages of our own alone.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TIMEOUT_MS = 20_000;

export function launch(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
}

export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page wrote to the console as an error, and what its scripts threw. */
  readonly errors: readonly string[];
}

/** Somebody with a browser of their own, without cookies, and English unless `options` say so. */
export async function visitor(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  // Axe is run in the page, which lets no script in but its own.
  const context = await browser.newContext({ baseURL: url, locale: "en-GB", bypassCSP: false, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  return { context, page, errors: errorsOf(page) };
}

/** A reply of 4xx is written to the console, too; views show those themselves. */
export function errorsOf(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (fault) => errors.push(String(fault)));
  page.on("console", (message) => {
    const isRefusal = message.text().includes("the server responded with a status of 4");
    if (message.type() === "error" && !isRefusal) errors.push(message.text());
  });
  return errors;
}

/** Of WCAG 2.2 AA, with targets of 24 pixels. */
export const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] as const;

/** WCAG 2.2 AA and best practices, in light and in dark. */
export function expectAccessible(page: Page, where = page.url()): Promise<void> {
  return expectRules(page, [...WCAG, "best-practice"], where);
}

/** The same of other rules. */
export async function expectRules(page: Page, rules: readonly string[], where: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(AXE);
    const options = JSON.stringify({ runOnly: rules });
    const found = (await page.evaluate(`axe.run(document, ${options}).then(({ violations }) =>
      violations.map(({ id, help, nodes }) => id + ": " + help + " – " + nodes.map(({ html, any }) =>
        html.slice(0, 200) + " " + any.map(({ message }) => message).join(" ")).join(" | ")))`)) as string[];
    expect(found, `${where}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

/**
 * A view as everybody may see it: in both languages, at a laptop's size and a phone's, in light and
 * in dark. Nothing that axe finds, nothing sideways; and pictures.
 */
export async function expectGoodLooks(page: Page, view: string): Promise<void> {
  const before = await languageOf(page);
  for (const language of ["en", "de"] as const) {
    await speak(page, language);
    for (const [size, { viewport }] of Object.entries({ laptop: LAPTOP, phone: PHONE })) {
      await page.setViewportSize(viewport);
      await expectAccessible(page, `${view}, ${language}, ${size}`);
      await expectNoSideways(page);
      await picture(page, `${view}-${size}-${language}-light`);
      await page.emulateMedia({ colorScheme: "dark" });
      await picture(page, `${view}-${size}-${language}-dark`);
      await page.emulateMedia({ colorScheme: null });
    }
  }
  await speak(page, before);
}

const languageOf = (page: Page) => page.evaluate("document.documentElement.lang") as Promise<string>;

/** As another tab would have it: an open dialog keeps its own tab from the buttons below. */
async function speak(page: Page, language: string): Promise<void> {
  await page.evaluate(`localStorage.setItem("language", "${language}");
    dispatchEvent(new StorageEvent("storage", { key: "language" }))`);
  await expect.poll(() => languageOf(page)).toBe(language);
}

/** A picture of the view, if SCREENSHOTS names a folder to put it in. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Nothing reaches over the right edge of a phone's screen. */
export async function expectNoSideways(page: Page): Promise<void> {
  const overlap = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  expect(overlap, page.url()).toBe(0);
}
