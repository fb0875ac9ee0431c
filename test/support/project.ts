// A copy of the project in a folder of its own, for `npm start` and its companions.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { copyProject as copyFiles, removeCopy } from "../../scripts/lib/planted.ts";
import { freePort } from "../../scripts/lib/server.ts";

export type Project = Awaited<ReturnType<typeof copyProject>>;
export type RunningServer = Awaited<ReturnType<Project["start"]>>;

export async function copyProject(settings: Record<string, string>) {
  const folder = copyFiles();
  const port = await freePort();
  // What the tests in workerd are run with is not what a newcomer's shell has.
  const { CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: _, ...shell } = process.env;
  const stateDir = join(folder, "state");
  const env = { ...shell, ...settings, PORT: String(port), STATE_DIR: stateDir };

  const npm = (args: readonly string[], otherwise: Record<string, string>) => {
    const options = { cwd: folder, env: { ...env, ...otherwise }, detached: true };
    const child = spawn("npm", args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    return { child, output: () => output };
  };

  return {
    folder,
    stateDir,
    /** Runs an npm script to its end, with an environment that differs in what is given. */
    async run(args: readonly string[], otherwise: Record<string, string> = {}) {
      const { child, output } = npm(args, otherwise);
      const [code] = (await once(child, "close")) as [number | null];
      return { code, output: output() };
    },
    /** Starts the server and waits until it says what to try next. */
    async start() {
      const url = `http://localhost:${port}`;
      const { child, output } = npm(["start"], {});
      const ended = once(child, "close");
      // The first page that anybody got.
      let firstEvents: unknown[] | null = null;
      while (!output().includes("Ctrl-C stops it")) {
        if (child.exitCode !== null) throw new Error(`npm start ended:\n${output()}`);
        firstEvents ??= await fetch(`${url}/events?limit=100`)
          .then((page) => page.json() as Promise<unknown[]>)
          .catch(() => null);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const end = (signal: NodeJS.Signals, ...groups: number[]) => {
        const over = child.exitCode !== null || child.signalCode !== null;
        if (child.pid !== undefined && !over) for (const pid of [child.pid, ...groups]) process.kill(-pid, signal);
        return ended;
      };
      // The server is a process group of its own.
      const running = () => JSON.parse(readFileSync(join(stateDir, "server.json"), "utf8"));
      return {
        url,
        output,
        firstEvents,
        /** As Ctrl-C in a terminal: resolves when the last process of the group is gone. */
        stop: () => end("SIGINT"),
        /** As a power cut, at least for the processes: nothing more is written. */
        kill: () => end("SIGKILL", running().serverPid),
        /** As `kill` of the process that was typed. */
        endNpm: () => process.kill(child.pid ?? 0, "SIGTERM"),
        /** The shell that npm has started does not notice. */
        killNpm: () => process.kill(child.pid ?? 0, "SIGKILL"),
        /** When it has ended by itself. */
        ended: async () => void (await ended),
        killStarter: () => process.kill(running().pid, "SIGKILL"),
        /** Kills all but the server itself, which goes on. */
        leaveBehind: async () => {
          const { pid, serverPid } = running();
          const wrangler = spawnSync("pgrep", ["-P", String(serverPid)], { encoding: "utf8" }).stdout.trim();
          for (const each of [pid, serverPid, ...wrangler.split("\n")]) process.kill(Number(each), "SIGKILL");
          // Its npm ends with it, though the server holds on to what it writes to.
          await once(child, "exit");
        },
      };
    },
    remove: () => removeCopy(folder),
  };
}
