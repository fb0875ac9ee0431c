// `npm start`: sets up what is missing, serves, and says what to try next.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXAMPLES } from "../src/worker/http/examples.ts";
import { count } from "./lib/count.ts";
import { boxOfficeToken } from "./lib/local-accounts.ts";
import { loadProgramme, readProgramme } from "./lib/programme.ts";
import { freePort, openState, startServer } from "./lib/server.ts";
import { fail, ROOT, readSettings } from "./lib/settings.ts";
import { rememberState, serverBeside } from "./lib/state.ts";
import { watchWeb } from "./lib/web.ts";

// `wrangler dev` opens the state a second before it answers.
const LOOK_EVERY_MS = 2_000;

if (process.argv.length > 2) fail("npm start takes no arguments: PORT=8788 npm start. See docs/operations.md.");
const settings = readSettings();
let ready = false;
let stopping = false;
let whyEnded = "The server has ended by itself.";
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stopping = true;
  });
}
const server = await start().catch((fault: Error) => fail(stopping ? "Stopped." : fault.message));
server.process.on("exit", async () => {
  if (!stopping) console.error(whyEnded);
  await server.stop();
  process.exit(stopping ? 0 : 1);
});
setInterval(stopBesideAnother, LOOK_EVERY_MS);
watchWeb((fault) => console.error(fault instanceof Error ? fault.message : fault));
rememberState(settings.stateDir);
console.log(`
Ticket Overlord serves on ${server.url}

  The shop         ${server.url}/
  The box office   ${server.url}/box-office   (sign in as ${EXAMPLES.organizer.username}: it sells the sample programme)
  The door         ${server.url}/door
  The API          ${server.url}/docs     (its examples work; sign in as ${EXAMPLES.buyer.username})
  Watch it work    npm run evening       (a whole concert, from the sale to the door, in another terminal)
  Mails            ${server.url}/cdn-cgi/local/explorer   (nothing leaves this machine)
  Passwords        "${EXAMPLES.password}", of ${EXAMPLES.organizer.username} and of ${EXAMPLES.buyer.username}
  Your own account npm run grant -- <username> organizer

Ctrl-C stops it; what was sold stays in ${settings.stateDir}.
`);
ready = true;

async function start() {
  await openState(settings);
  await loadSampleOnce();
  return startServer(settings, show);
}

/**
 * The sample programme, at another port: whoever gets an answer at the usual one finds it complete.
 * A load that was cut short is finished by the next start.
 */
async function loadSampleOnce(): Promise<void> {
  const marker = join(settings.stateDir, "sample-programme");
  const progress = existsSync(marker) ? readFileSync(marker, "utf8") : null;
  if (progress === "loaded") return;
  const { url, stop } = await startServer({ ...settings, port: await freePort() }, () => {});
  try {
    const events = (await (await fetch(`${url}/events?limit=1`)).json()) as unknown[];
    if (events.length === 0 || progress === "loading") {
      console.log("Loading the sample programme …");
      writeFileSync(marker, "loading");
      const programme = readProgramme(join(ROOT, "data", "programme.json"));
      const added = await loadProgramme(programme, url, await boxOfficeToken());
      console.log(`Loaded ${count(added.events, "event")} with ${count(added.tickets, "ticket type")}.`);
    }
    writeFileSync(marker, "loaded");
  } finally {
    await stop();
  }
}

/** A plain `wrangler dev` asks nobody before it serves the same state. */
function stopBesideAnother(): void {
  const other = serverBeside(settings.stateDir, server.process.pid ?? null);
  if (other === null) return;
  whyEnded = `Another server has started on this state, as \`wrangler dev\` does (process ${other}). Two of them would sell
every ticket twice, so this one stops. The state: ${settings.stateDir}`;
  void server.stop();
}

/** The service's log and errors; Wrangler's own line for each request adds nothing to them. */
function show(line: string): void {
  const isNoise = line.includes("[wrangler:info]") || line.trim() === "";
  // Wrangler decorates errors; a log line is JSON from its first character to its last.
  if (ready && !isNoise) console.log(/\{"level":.*\}/.exec(line)?.[0] ?? line);
}
