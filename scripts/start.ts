// `npm start`: sets up what is missing, serves, and says what to try next.

import { join } from "node:path";
import { boxOfficeToken } from "./lib/box-office.ts";
import { loadProgramme, readProgramme } from "./lib/programme.ts";
import { setUp, startServer } from "./lib/server.ts";
import { fail, ROOT, readSettings } from "./lib/settings.ts";

const settings = readSettings();
await setUp(settings);
let ready = false;
const server = await startServer(settings, show).catch((fault: Error) => fail(fault.message));

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopping = true;
    void server.stop();
  });
}
server.process.on("exit", (code) => {
  if (stopping || ready) process.exit(stopping ? 0 : (code ?? 1));
});

await loadSampleIfEmpty(server.url).catch(async (fault: Error) => {
  await server.stop();
  fail(fault.message);
});
console.log(`
Ticket Overlord serves on ${server.url}

  What is on       curl ${server.url}/events
  The API          ${server.url}/docs
  Watch it work    npm run demo          (plays three reservations, in another terminal)
  Your own events  npm run grant -- <username> organizer

Ctrl-C stops it; what was sold stays in ${settings.stateDir}.
`);
ready = true;

async function loadSampleIfEmpty(url: string): Promise<void> {
  const events = (await (await fetch(`${url}/events?limit=1`)).json()) as unknown[];
  if (events.length > 0) return;
  console.log("The database is empty: loading the sample programme …");
  const programme = readProgramme(join(ROOT, "data", "programme.json"));
  const loaded = await loadProgramme(programme, url, await boxOfficeToken());
  console.log(`Loaded ${loaded.events} events with ${loaded.tickets} ticket types.`);
}

/** The service's own log, and what goes wrong; Wrangler's line for each request says what the log says better. */
function show(line: string): void {
  const isNoise = line.includes("[wrangler:info]") || line.trim() === "";
  if (ready && !isNoise) console.log(line);
}
