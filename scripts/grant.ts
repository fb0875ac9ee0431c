// `npm run grant -- <username> organizer`: sets an account's role; deployed with `--remote`.

import { parseArgs } from "node:util";
import { ROLES, type Role } from "../src/platform/d1/schema.ts";
import { newLongId } from "../src/platform/ids.ts";
import { Username } from "../src/worker/accounts/schemas.ts";
import { setUp } from "./lib/server.ts";
import { fail, readArguments, readSettings } from "./lib/settings.ts";
import { queryDatabase } from "./lib/wrangler.ts";

const USAGE = `Usage: npm run grant -- <username> ${ROLES.join("|")} [--remote]`;
const { positionals, values } = readArguments(USAGE, () =>
  parseArgs({ allowPositionals: true, options: { remote: { type: "boolean" } } }),
);
const [username = "", role = ""] = positionals;
if (positionals.length !== 2 || !ROLES.includes(role as Role)) fail(USAGE);
// What registration accepts. It also means that nothing in it needs quoting in SQL.
if (!Username.safeParse(username).success) fail(`"${username}" can't be a username.`);

try {
  const settings = readSettings();
  if (!values.remote) await setUp(settings);
  const rows = await queryDatabase(
    `UPDATE accounts SET role = '${role}' WHERE username = '${username}' COLLATE NOCASE RETURNING username;
     INSERT INTO audit_log (id, at_ms, action, object_type, object_id, details)
     SELECT '${newLongId()}', ${Date.now()}, 'role.change', 'account', id, '{"role":"${role}"}' FROM accounts
     WHERE username = '${username}' COLLATE NOCASE`,
    values.remote ? "remote" : settings,
  );
  if (rows.length === 0) fail(`There is no account "${username}". Register it first: POST /register`);
  console.log(`${username} is now: ${role}.`);
} catch (fault) {
  fail(fault);
}
