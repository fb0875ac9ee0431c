// `npm run grant -- <username> organizer`: sets an account's role; deployed with `--remote`.

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { ROLES, type Role } from "../src/platform/d1/schema/accounts.ts";
import { newLongId } from "../src/platform/ids.ts";
import { Username } from "../src/worker/accounts/schemas.ts";
import { client, must } from "./lib/client.ts";
import { operatorToken } from "./lib/local-accounts.ts";
import { withServer } from "./lib/server.ts";
import { fail, readArguments } from "./lib/settings.ts";
import { companionSettings } from "./lib/state.ts";
import { queryDatabase } from "./lib/wrangler.ts";

const USAGE = `Usage: npm run grant -- <username> ${ROLES.join("|")} [--remote]`;
const { positionals, values } = readArguments(USAGE, () =>
  parseArgs({ allowPositionals: true, options: { remote: { type: "boolean" } } }),
);
const [username = "", role = ""] = positionals;
if (positionals.length !== 2 || !ROLES.includes(role as Role)) fail(USAGE);
// What registration accepts. It also means that nothing in it needs quoting in SQL or in a query.
if (!Username.safeParse(username).success) fail(`"${username}" can't be a username.`);

try {
  const found = values.remote ? await grantRemote() : await grantHere();
  if (!found) fail(`There is no account "${username}". Register it first: POST /register`);
  console.log(`${username} is now: ${role}.`);
  process.exit(0);
} catch (fault) {
  fail(fault);
}

/** Through the running server: it alone writes to its database. */
async function grantHere(): Promise<boolean> {
  const settings = companionSettings();
  if (!existsSync(settings.stateDir)) fail(`There is no state in ${settings.stateDir}: \`npm start\` makes it.`);
  return withServer(settings, async (url) => {
    const api = client(url, await operatorToken());
    const [account] = (await must<{ id: string }[]>(api, "GET", `/accounts?username=${encodeURIComponent(username)}`))
      .body;
    if (account !== undefined) await must(api, "PATCH", `/accounts/${account.id}`, { role });
    return account !== undefined;
  });
}

/** Straight to the database, because the first admin has nobody to be made by. */
async function grantRemote(): Promise<boolean> {
  const rows = await queryDatabase(
    `UPDATE accounts SET role = '${role}' WHERE username = '${username}' COLLATE NOCASE RETURNING username;
     INSERT INTO audit_log (id, at_ms, action, object_type, object_id, details)
     SELECT '${newLongId()}', ${Date.now()}, 'role.change', 'account', id, '{"role":"${role}"}' FROM accounts
     WHERE username = '${username}' COLLATE NOCASE`,
    "remote",
  );
  return rows.length > 0;
}
