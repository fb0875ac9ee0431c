// The service's variables and secrets, and what they mean. Each comes as text from wrangler.toml, .env or the platform.

import { ConfigurationError } from "./errors.ts";

export interface Variables {
  /** How long a hold lasts, in whole seconds. */
  readonly HOLD_SECONDS: string;
  /** How long an object keeps reservations that have ended, in whole days. D1 keeps them for good. */
  readonly RETENTION_DAYS?: string;
  /** How many may watch one ticket type at a time: 0 to 30000. Whoever comes beyond is told to poll. */
  readonly MAX_WATCHERS?: string;
  /** Signs tokens: at least 32 characters. */
  readonly SESSION_SECRET?: string;
  /** Accepted beside it, and never signs: while keys are rotated. At least 32 characters. */
  readonly SESSION_SECRET_PREVIOUS?: string;
  /** `sandbox` on a developer's machine; nothing else is built in. */
  readonly PAYMENT_PROVIDER?: string;
  /** `off` for load tests on a local machine; a production build does not know it. */
  readonly RATE_LIMITS?: string;
  /** Origins whose pages may call the API, separated by commas: `https://shop.example`. */
  readonly ALLOWED_ORIGINS?: string;
  readonly UPSTASH_REDIS_REST_URL?: string;
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
}

const MAX_HOLD_SECONDS = 24 * 60 * 60;

export function holdMs(variables: Variables): number {
  const seconds = Number(variables.HOLD_SECONDS);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_HOLD_SECONDS) {
    throw new ConfigurationError(`HOLD_SECONDS must be a whole number from 1 to ${MAX_HOLD_SECONDS}`);
  }
  return seconds * 1_000;
}

// A payment's message lives for at most four days in its queue, and for four more among the dead letters.
const MIN_RETENTION_DAYS = 10;
export const MIN_RETENTION_MS = MIN_RETENTION_DAYS * 24 * 60 * 60_000;
const MAX_RETENTION_DAYS = 3_650;
const DEFAULT_RETENTION_DAYS = "30";

/** What is not a number of days in bounds keeps reservations for as long as can be: an object never fails for it. */
export function retentionMs(variables: Variables): number {
  const days = variables.RETENTION_DAYS || DEFAULT_RETENTION_DAYS;
  return (isRetention(days) ? Number(days) : MAX_RETENTION_DAYS) * 24 * 60 * 60_000;
}

export function isRetention(days: string): boolean {
  const number = Number(days);
  return Number.isInteger(number) && number >= MIN_RETENTION_DAYS && number <= MAX_RETENTION_DAYS;
}

// An object has 32,768 sockets at the most; the rest is for those who watch their own reservations.
const MOST_WATCHERS = 30_000;
const DEFAULT_WATCHERS = "2000";

/** What is not a number in bounds counts as not set: an object never fails for it. */
export function maxWatchers(variables: Variables): number {
  const watchers = variables.MAX_WATCHERS || DEFAULT_WATCHERS;
  return Number(isWatchers(watchers) ? watchers : DEFAULT_WATCHERS);
}

export function isWatchers(watchers: string): boolean {
  return /^\d+$/.test(watchers) && Number(watchers) <= MOST_WATCHERS;
}

const MIN_SECRET_LENGTH = 32;

/** The secret that signs, and behind it the one that is accepted as well, if there is one. */
export function sessionSecrets(
  variables: Pick<Variables, "SESSION_SECRET" | "SESSION_SECRET_PREVIOUS">,
): readonly [current: string, ...previous: string[]] {
  const current = variables.SESSION_SECRET ?? "";
  const previous = variables.SESSION_SECRET_PREVIOUS ?? "";
  if (current.length < MIN_SECRET_LENGTH) {
    throw new ConfigurationError(`SESSION_SECRET must have at least ${MIN_SECRET_LENGTH} characters`);
  }
  if (previous !== "" && previous.length < MIN_SECRET_LENGTH) {
    throw new ConfigurationError(`SESSION_SECRET_PREVIOUS must have at least ${MIN_SECRET_LENGTH} characters`);
  }
  return previous === "" ? [current] : [current, previous];
}
