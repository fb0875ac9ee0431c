// A state folder has one user at a time. A claim whose process is gone keeps nobody away.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { beganAt, workerdsIn } from "../../../scripts/lib/processes.ts";
import { claim, serverBeside } from "../../../scripts/lib/state.ts";

const URL_HERE = "http://localhost:1";
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ticket-overlord-state-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function leave(claim: object): void {
  const usual = { url: URL_HERE, serverPid: null, serverBegan: null, holdSeconds: 900 };
  writeFileSync(join(folder, "server.json"), JSON.stringify({ ...usual, ...claim }));
}

/** A process that has just ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}

test("a claim of a process that runs stands, and the refusal says where", async () => {
  leave({ pid: process.ppid, began: beganAt(process.ppid) });
  const refusal = `It runs on this state already, at ${URL_HERE} (process ${process.ppid}). The state: ${folder}`;
  await expect(claim(folder, "http://localhost:2", 900)).rejects.toThrow(refusal);
  expect(readFileSync(join(folder, "server.json"), "utf8")).toContain(URL_HERE);
});

test.each<[what: string, claim: () => object | Promise<object>]>([
  ["whose process is gone", async () => ({ pid: await endedPid(), began: "1" })],
  ["whose pid another process has now", () => ({ pid: process.ppid, began: "1" })],
  ["of a version before, which did not say when it began", () => ({ pid: process.ppid })],
  ["that is no claim", () => ({ pid: null })],
])("a claim %s is replaced", async (_what, old) => {
  leave(await old());
  await claim(folder, "http://localhost:2", 900);
  const record = JSON.parse(readFileSync(join(folder, "server.json"), "utf8"));
  expect(record).toMatchObject({ url: "http://localhost:2", pid: process.pid, began: beganAt(process.pid) });
  expect(readdirSync(folder)).toEqual(["server.json"]);
});

// `npm run grant` asks the database beside a server: it did end that server where it met its look.
test.each([
  ["do", "ticket-overlord-TicketType", true],
  ["d1", "miniflare-D1DatabaseObject", false],
  ["cache", "miniflare-CacheObject", false],
])("a workerd that has v3/%s/%s open is another server: %s", async (part, name, isServer) => {
  const files = join(folder, "v3", part, name);
  mkdirSync(files, { recursive: true });
  mkdirSync(join(folder, "v3", "do"), { recursive: true });
  const program = join(folder, "workerd");
  copyFileSync(realpathSync("/bin/sleep"), program);
  const opened = openSync(join(files, "metadata.sqlite"), "w");
  const workerd = spawn(program, ["60"], { stdio: [opened, "ignore", "ignore"], detached: true });
  try {
    await once(workerd, "spawn");
    const pid = workerd.pid ?? null;
    await vi.waitFor(() => expect(workerdsIn(join(folder, "v3"))).toEqual([pid]));
    expect(serverBeside(folder, null)).toBe(isServer ? pid : null);
    expect(serverBeside(folder, pid)).toBeNull();
  } finally {
    workerd.kill("SIGKILL");
  }
});

test("of two that claim at once, one gets the folder", async () => {
  const claims = await Promise.allSettled([1, 2, 3].map(() => claim(folder, URL_HERE, 900)));
  expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a process has begun at one moment, and an ended one at none", async () => {
  expect(beganAt(process.pid)).toMatch(/\d/);
  expect(beganAt(process.pid)).toBe(beganAt(process.pid));
  expect(beganAt(await endedPid())).toBeNull();
});
