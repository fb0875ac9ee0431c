// What tests of the built worker begin with: a folder, and a service with a fresh state in it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { Service, type ServiceSettings } from "../crash/service.ts";

/** A folder for the tests of a file or of a group, which is deleted after them. */
export function useFolder(name: string): { readonly path: string } {
  const folder = { path: "" };
  beforeAll(() => {
    folder.path = mkdtempSync(join(tmpdir(), `ticket-overlord-${name}-`));
  });
  afterAll(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

/** The worker that was built for this run, started with an empty database. */
export async function startService(folder: string, holdSeconds: number, settings: ServiceSettings = {}) {
  const service = await Service.create(folder, inject("worker"), holdSeconds, settings);
  await service.startNew();
  return service;
}
