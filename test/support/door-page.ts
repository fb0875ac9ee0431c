// The door's page as somebody of the crew uses it: signed in at a gate, with codes that are typed
// in as a hand scanner does.

import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, expect } from "vitest";
import { hasChromium, PHONE, type Visitor, visitor } from "./browser.ts";
import { cameraShowing } from "./camera.ts";
import { addCrew, codeOf, type DoorScene, EVENT_NAME, openDoorScene, PASSWORD } from "./door-scene.ts";
import { type Pages, usePages } from "./pages.ts";

/** As `usePages`, with an event that has begun, and its manager at the door. */
export interface DoorPages extends Pages {
  scene: DoorScene;
  /** The id of a pass that nobody has scanned yet. */
  freshPass(): string;
  freshCode(): Promise<string>;
}

/** For the tests of a file. The browser's camera sees a table. */
export function useDoor(name: string, passes: number): DoorPages {
  const flags = (folder: string) => cameraShowing(folder, [{ luma: null, frames: 10 }]);
  const pages: Pages & Partial<DoorPages> = usePages(name, { flags });
  let next = 0;
  const freshPass = () => pages.scene?.passes[next++] ?? expect.fail("all passes are used");
  beforeAll(async () => {
    if (!hasChromium) return;
    pages.scene = await openDoorScene(pages.service, passes);
    await addCrew(pages.scene, "manager", "manager");
  }, 60_000);
  const freshCode = () => codeOf((pages as DoorPages).scene, freshPass());
  return Object.assign(pages as DoorPages, { freshPass, freshCode });
}

interface Post {
  readonly gate: string;
  readonly username?: string;
  readonly options?: BrowserContextOptions;
  /** Run in the page before its own scripts. */
  readonly script?: string;
}

/** Signed in, with the event chosen and the gate named: the camera is on. */
export async function atGate(browser: Browser, url: string, post: Post): Promise<Visitor> {
  const { gate, username = "manager", options = PHONE, script } = post;
  const found = await visitor(browser, url, { ...options, permissions: ["camera"] });
  const { page, context } = found;
  if (script !== undefined) await context.addInitScript(script);
  await page.goto("/door");
  await page.getByLabel(/E-mail address or name|E-Mail-Adresse oder Name/).fill(username);
  await page.getByLabel(/Password|Passwort/).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: new RegExp(EVENT_NAME) }).click();
  await page.getByLabel(/^(Gate|Eingang)$/).fill(gate);
  await page.keyboard.press("Enter");
  await page.getByText(/Hold a code|Einen Code/).waitFor();
  return found;
}

export const verdictOf = (page: Page) => page.getByRole("alertdialog");

/** Types a code, and waits for what comes of it. */
export async function scanTyped(page: Page, code: string): Promise<void> {
  await page.getByRole("button", { name: /Search or type|Suchen oder tippen/ }).click();
  await page.getByRole("dialog").getByRole("textbox").fill(code);
  await page.keyboard.press("Enter");
  await verdictOf(page).waitFor();
}

export async function closeVerdict(page: Page): Promise<void> {
  await verdictOf(page).getByRole("button").click();
  await verdictOf(page).waitFor({ state: "detached" });
}

/** The same, with what was said; and goes on. */
export async function saidOf(page: Page, code: string): Promise<string> {
  await scanTyped(page, code);
  const said = await verdictOf(page).innerText();
  await closeVerdict(page);
  return said.replace(/\s+/g, " ");
}
