// What tests of the pages begin with: the built service with its pages, and a browser.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import type { Service, ServiceSettings } from "../crash/service.ts";
import { hasChromium, launch } from "./browser.ts";
import { startService, useFolder } from "./built-service.ts";

const STARTS_WITHIN_MS = 180_000;
const HOLD_SECONDS = 900;

interface Options {
  readonly holdSeconds?: number;
  /** Asked for when the service starts. */
  readonly settings?: () => ServiceSettings;
  /** Of the browser. */
  readonly flags?: (folder: string) => readonly string[];
}

/** Before the tests of the file there is neither; without Chromium there never is. */
export interface Pages {
  readonly folder: { readonly path: string };
  service: Service;
  browser: Browser;
}

/** For the tests of a file. What it registers later may use the service and the browser. */
export function usePages(name: string, options: Options = {}): Pages {
  const { holdSeconds = HOLD_SECONDS, settings = () => ({}), flags = () => [] } = options;
  const pages: Partial<Pages> & Pick<Pages, "folder"> = { folder: useFolder(name) };
  beforeAll(async () => {
    if (!hasChromium) return;
    pages.service = await startService(pages.folder.path, holdSeconds, { ...settings(), hasPages: true });
    pages.browser = await launch(flags(pages.folder.path));
  }, STARTS_WITHIN_MS);
  afterAll(async () => {
    await pages.browser?.close();
    await pages.service?.kill();
  });
  return pages as Pages;
}
