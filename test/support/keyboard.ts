// A page by its keyboard alone: Tab to what is called so, and what has the focus.

import type { Page } from "playwright-core";
import { expect } from "vitest";

// What a screen reader would say: its label, or its own text.
const LABEL = `(() => {
  const it = document.activeElement;
  if (it === null || it === document.body) return "";
  const said = it.getAttribute("aria-label") ?? [...(it.labels ?? [])].map((label) => label.textContent).join(" ");
  return (said || it.textContent || "").replace(/\\s+/g, " ").trim();
})()`;
const MOST_TABS = 80;

/** The label of what has the focus. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(LABEL);
}

/** Presses Tab until what is called so has the focus; never is it lost on the way. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const said: string[] = [];
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await page.keyboard.press("Tab");
    const label = await focused(page);
    if (typeof name === "string" ? label === name : name.test(label)) return;
    said.push(label);
  }
  throw new Error(`Tab does not reach ${name}, but ${said.join(" | ").slice(0, 2_000)}`);
}

/** After something was done: the focus is at what is called so. */
export async function expectFocus(page: Page, name: string): Promise<void> {
  await expect.poll(() => focused(page)).toBe(name);
}
