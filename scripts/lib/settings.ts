// The scripts' settings: PORT, STATE_DIR, the worker's variables, and the secrets in .env.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { ConfigurationError } from "../../src/platform/errors.ts";
import { passKeysIn, settingsOf, wrongNumbers } from "../../src/platform/settings.ts";

export const ROOT = join(import.meta.dirname, "..", "..");

export interface Settings {
  readonly port: number;
  /** Local state. Wrangler's own default, so that plain `wrangler dev` sees the same. */
  readonly stateDir: string;
  /** What the environment says in place of wrangler.toml and .env. */
  readonly variables: Readonly<Record<string, string>>;
}

const VARIABLES = [
  ...["HOLD_SECONDS", "RETENTION_DAYS", "CUSTOMER_DAYS", "MAX_WATCHERS", "ALLOWED_ORIGINS"],
  ...["RATE_LIMITS", "WEBHOOK_TARGETS"],
];
/** From .env alone: scripts and server must have the same. */
const SECRETS = [
  ...["SESSION_SECRET", "SESSION_SECRET_PREVIOUS", "ID_SECRET", "PASS_KEYS"],
  ...["PAYMENT_PROVIDER", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"],
  "MAIL_FROM",
  ...["GOOGLE_WALLET_ISSUER", "GOOGLE_WALLET_EMAIL", "GOOGLE_WALLET_KEY"],
  ...["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"],
];

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    port: wholeNumber(env, "PORT", 1, 65_535) ?? 8787,
    stateDir: resolve(ROOT, env.STATE_DIR || ".wrangler/state"),
    variables: variablesOf(env),
  };
}

/** Writes .env with fresh secrets where there is none. Fails where one is unusable. */
export function ensureSecrets(): void {
  const path = join(ROOT, ".env");
  if (existsSync(path)) {
    localSessionSecret();
    ensurePassKeys(path);
    return;
  }
  const template = readFileSync(join(ROOT, ".env.template"), "utf8");
  const filled = template.replace(/^[A-Z_]+=(?:1:)?$/gm, (line) => line + randomBytes(32).toString("hex"));
  writeFileSync(path, filled, { mode: 0o600, flag: "wx" });
  console.log("Wrote .env with fresh secrets.");
}

/** An .env of an earlier version has none. */
function ensurePassKeys(path: string): void {
  const text = readFileSync(path, "utf8");
  if (parseEnv(text).PASS_KEYS === undefined) {
    const line = `PASS_KEYS=1:${randomBytes(32).toString("hex")}\n`;
    writeFileSync(path, text === "" || text.endsWith("\n") ? line : `\n${line}`, { flag: "a" });
    console.log("Added PASS_KEYS to .env.");
  }
  const keys = passKeysIn(parseEnv(readFileSync(path, "utf8")).PASS_KEYS ?? "");
  if (keys instanceof ConfigurationError) fail(`.env: ${keys.message}.`);
}

/** The secret that signs local sessions. Only local: deployed secrets can't be read back. */
export function localSessionSecret(): string {
  const secret = parseEnv(readFileSync(join(ROOT, ".env"), "utf8")).SESSION_SECRET;
  if (secret === undefined || secret.length < 32) {
    fail("SESSION_SECRET in .env needs at least 32 characters. Delete .env, and `npm start` writes a fresh one.");
  }
  return secret;
}

/** A deployed service and its token, both or neither, from `--url` and `--token`. */
export function readTarget({ url, token }: { url?: string | undefined; token?: string | undefined }, usage: string) {
  if ((url === undefined) !== (token === undefined)) fail(usage);
  return url === undefined || token === undefined ? null : { url: url.replace(/\/$/, ""), token };
}

/** The script's arguments, or its usage where they can't be read. */
export function readArguments<T>(usage: string, parse: () => T): T {
  try {
    return parse();
  } catch (fault) {
    return fail(`${messageOf(fault)}\n${usage}`);
  }
}

/** Ends the script with a sentence for a person: a fault's message, without its stack. */
export function fail(fault: unknown): never {
  console.error(messageOf(fault));
  process.exit(1);
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}

/** Fails where one is wrong: the worker would go on with what nobody asked for. */
function variablesOf(env: NodeJS.ProcessEnv): Settings["variables"] {
  const ignored = SECRETS.filter((name) => env[name]);
  if (ignored.length > 0) console.log(`.env counts, and not the environment, for ${ignored.join(", ")}.`);
  const variables = Object.fromEntries(VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const { RATE_LIMITS = "on", ALLOWED_ORIGINS = "", WEBHOOK_TARGETS = "local" } = variables;
  if (RATE_LIMITS !== "on" && RATE_LIMITS !== "off") fail(`RATE_LIMITS must be on or off, not "${RATE_LIMITS}".`);
  if (WEBHOOK_TARGETS !== "local") fail(`WEBHOOK_TARGETS must be local, or not set, not "${WEBHOOK_TARGETS}".`);
  const [wrong] = wrongNumbers({ HOLD_SECONDS: "1", ...variables });
  if (wrong !== undefined) fail(`${wrong}.`);
  const { allowedOrigins } = settingsOf({ ALLOWED_ORIGINS });
  const origins = ALLOWED_ORIGINS.split(",").flatMap((origin) => origin.trim() || []);
  const unknown = origins.find((origin) => !allowedOrigins.includes(origin));
  if (unknown !== undefined) fail(`ALLOWED_ORIGINS: no browser sends "${unknown}". Write it as http://localhost:3000.`);
  return variables;
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, least: number, most: number): number | null {
  const text = env[name];
  if (text === undefined || text === "") return null;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    fail(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
  }
  return value;
}
