// `npm run seed -- FILE`: loads a programme file, whole or not at all; deployed with `--url`.

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { count } from "./lib/count.ts";
import { boxOfficeToken } from "./lib/local-accounts.ts";
import { loadProgramme, readProgramme } from "./lib/programme.ts";
import { withServer } from "./lib/server.ts";
import { fail, readArguments, readTarget } from "./lib/settings.ts";
import { companionSettings } from "./lib/state.ts";

const USAGE = "Usage: npm run seed -- FILE [--url https://… --token <an organiser's auth-token>]";
const { positionals, values } = readArguments(USAGE, () =>
  parseArgs({ allowPositionals: true, options: { url: { type: "string" }, token: { type: "string" } } }),
);
const [file] = positionals;
const target = readTarget(values, USAGE);
if (file === undefined || positionals.length > 1) fail(USAGE);

try {
  // A relative path is relative to where the command was typed; npm changes the folder.
  const programme = readProgramme(resolve(process.env.INIT_CWD ?? ".", file));
  const loaded =
    target !== null
      ? await loadProgramme(programme, target.url, target.token)
      : await withServer(companionSettings(), async (url) => loadProgramme(programme, url, await boxOfficeToken()));
  const sold = `${count(loaded.prices, "price")} and ${count(loaded.codes, "code")}`;
  console.log(`Loaded ${count(loaded.events, "event")} and ${count(loaded.tickets, "ticket type")}, with ${sold}.`);
  process.exit(0);
} catch (fault) {
  fail(fault);
}
