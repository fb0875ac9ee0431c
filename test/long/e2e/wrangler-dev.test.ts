// Plain `wrangler dev`, which developers type: it sets nothing up, and says so.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../../scripts/lib/server.ts";
import { copyProject, type Project } from "../../support/project.ts";

let project: Project;
let wrangler: ChildProcess;
let url: string;

beforeAll(async () => {
  project = await copyProject({});
  await startWrangler();
});

afterAll(async () => {
  await stopWrangler();
  project.remove();
});

async function startWrangler(): Promise<void> {
  const port = await freePort();
  url = `http://localhost:${port}`;
  const script = join(project.folder, "node_modules", "wrangler", "bin", "wrangler.js");
  const args = ["dev", "--port", String(port), "--inspector-port", "0", "--persist-to", project.stateDir];
  const { CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: _, NODE_ENV: __, ...env } = process.env;
  const options = { cwd: project.folder, env: { ...env, CI: "true" }, detached: true };
  wrangler = spawn(process.execPath, [script, ...args], { ...options, stdio: "ignore" });
  await vi.waitFor(() => ask("/health"), { timeout: 120_000, interval: 200 });
}

async function stopWrangler(): Promise<void> {
  const ended = once(wrangler, "exit");
  process.kill(-(wrangler.pid ?? 0), "SIGTERM");
  await ended;
}

async function ask(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(url + path, { headers });
  return (await response.json()) as { detail?: string; reaches?: { database: string } };
}

test("what needs the database names the command, and its health says what is missing", async () => {
  expect((await ask("/events")).detail).toMatch(/lacks tables.*wrangler d1 migrations apply.*npm run dev/);
  expect((await ask("/health")).reaches?.database).toBe("not_migrated");
});

const COMMANDS = ["start", "run dev", "run seed -- data/programme.json", "run grant -- ada admin", "run reconcile"];
test.each(COMMANDS)("npm %s does not write beside it, and says that it runs", async (command) => {
  const { code, output } = await project.run(command.split(" "));
  expect(code).toBe(1);
  expect(output).toMatch(/A server runs on \S+ already, as of `wrangler dev` \(process \d+\): stop it first/);
});

test("npm start ends, and says why, where it is started beside that: two would sell every ticket twice", async () => {
  await stopWrangler();
  const server = await project.start();
  await startWrangler();
  await server.ended();
  expect(server.output()).toMatch(/Another server has started on this state.*\(process \d+\).*so this one stops/s);
  expect((await ask("/health")).reaches?.database).toBe("ok");
});
