// The scripts' settings: PORT, STATE_DIR, HOLD_SECONDS, RATE_LIMITS, and the secrets in .env.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";

export const ROOT = join(import.meta.dirname, "..", "..");

export interface Settings {
  readonly port: number;
  /** Local state. Wrangler's own default, so that plain `wrangler dev` sees the same. */
  readonly stateDir: string;
  /** Null: what wrangler.toml says. */
  readonly holdSeconds: number | null;
  /** False for load tests: nobody is told to slow down. */
  readonly rateLimits: boolean;
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  return {
    port: wholeNumber(env, "PORT", 1, 65_535) ?? 8787,
    stateDir: resolve(ROOT, env.STATE_DIR || ".wrangler/state"),
    holdSeconds: wholeNumber(env, "HOLD_SECONDS", 1, 86_400),
    rateLimits: isOn(env, "RATE_LIMITS"),
  };
}

/** Writes .env with fresh secrets where there is none. Fails where one is unusable. */
export function ensureSecrets(): void {
  const path = join(ROOT, ".env");
  if (existsSync(path)) {
    localSessionSecret();
    return;
  }
  const template = readFileSync(join(ROOT, ".env.template"), "utf8");
  const filled = template.replace(/^([A-Z_]+)=$/gm, (_, name: string) => `${name}=${randomBytes(32).toString("hex")}`);
  writeFileSync(path, filled, { mode: 0o600, flag: "wx" });
  console.log("Wrote .env with fresh secrets.");
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

function isOn(env: NodeJS.ProcessEnv, name: string): boolean {
  const text = env[name] || "on";
  if (text !== "on" && text !== "off") fail(`${name} must be on or off, not "${text}".`);
  return text === "on";
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
