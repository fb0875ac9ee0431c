// `npm start`: sets up what is missing, serves, and says what to try next.

import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boxOfficeToken } from "./lib/box-office.ts";
import { loadProgramme, readProgramme } from "./lib/programme.ts";
import { setUp, startServer } from "./lib/server.ts";
import { fail, ROOT, readSettings } from "./lib/settings.ts";

const settings = readSettings();
await setUp(settings);
let ready = false;
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stopping = true;
  });
}
const server = await startServer(settings, show).catch((fault: Error) => fail(stopping ? "Stopped." : fault.message));
server.process.on("exit", async () => {
  if (!stopping) console.error("The server has ended by itself.");
  await server.stop();
  process.exit(stopping ? 0 : 1);
});

await loadSampleIfEmpty(server.url).catch(async (fault: Error) => {
  await server.stop();
  fail(fault.message);
});
const elsewhere = process.env.STATE_DIR ? `STATE_DIR=${process.env.STATE_DIR} ` : "";
console.log(`
Ticket Overlord serves on ${server.url}

  What is on       curl ${server.url}/events
  The API          ${server.url}/docs
  Watch it work    ${elsewhere}npm run demo          (plays three reservations, in another terminal)
  Your own events  ${elsewhere}npm run grant -- <username> organizer

Ctrl-C stops it; what was sold stays in ${settings.stateDir}.
`);
ready = true;

/** A load that was cut short is finished by the next start. */
async function loadSampleIfEmpty(url: string): Promise<void> {
  const loading = join(settings.stateDir, "loading-the-sample");
  const events = (await (await fetch(`${url}/events?limit=1`)).json()) as unknown[];
  if (events.length > 0 && !existsSync(loading)) return;
  console.log("Loading the sample programme …");
  writeFileSync(loading, "");
  const programme = readProgramme(join(ROOT, "data", "programme.json"));
  const loaded = await loadProgramme(programme, url, await boxOfficeToken());
  rmSync(loading);
  console.log(`Loaded ${loaded.events} events with ${loaded.tickets} ticket types.`);
}

/** The service's log and errors; Wrangler's own line for each request adds nothing to them. */
function show(line: string): void {
  const isNoise = line.includes("[wrangler:info]") || line.trim() === "";
  // Wrangler decorates errors; a log line is JSON from its first character to its last.
  if (ready && !isNoise) console.log(/\{"level":.*\}/.exec(line)?.[0] ?? line);
}
