// In development: what is missing where `wrangler dev` was started without setting anything up.

import { isMigrated } from "../../platform/d1/migrated.ts";
import { ConfigurationError } from "../../platform/errors.ts";
import { settingsOf } from "../../platform/settings.ts";
import type { Env } from "../env.ts";

/** The detail of a failed request. None in a production build, and none where all is set up. */
export async function advice(env: Env): Promise<{ readonly detail?: string }> {
  if (process.env.NODE_ENV !== "development") return {};
  const missing = await missingPart(env).catch(() => null);
  return missing === null ? {} : { detail: `${missing} Or stop this server: \`npm run dev\` sets everything up.` };
}

async function missingPart(env: Env): Promise<string | null> {
  if (!(await isMigrated(env.DB))) {
    return "The local database lacks tables. `npx wrangler d1 migrations apply ticket-overlord --local` makes them.";
  }
  try {
    const settings = settingsOf(env);
    settings.sessionSecrets;
    settings.passKeys;
    return null;
  } catch (fault) {
    return fault instanceof ConfigurationError ? `${fault.message}. Copy .env.template to .env and set it.` : null;
  }
}
