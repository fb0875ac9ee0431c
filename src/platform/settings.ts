// The service's variables and secrets, as text, and what they mean.

import { DAY_MS, SECOND_MS } from "../domain/units.ts";
import { ConfigurationError } from "./errors.ts";
import { type WalletVariables, walletSettings } from "./wallet-settings.ts";

export interface Variables extends WalletVariables {
  /** How long a hold lasts, in whole seconds. */
  readonly HOLD_SECONDS?: string;
  /** How long an object keeps reservations that have ended, in whole days. */
  readonly RETENTION_DAYS?: string;
  /** How long after its event the name and address of a counter's customer are kept, in days. */
  readonly CUSTOMER_DAYS?: string;
  /** How many clients may watch one ticket type at a time. Others must poll. */
  readonly MAX_WATCHERS?: string;
  /** Signs tokens: at least 32 characters. */
  readonly SESSION_SECRET?: string;
  /** While keys are rotated: accepted, but never used to sign. At least 32 characters. */
  readonly SESSION_SECRET_PREVIOUS?: string;
  /** Makes the check characters of ids, and is kept as long as they are. */
  readonly ID_SECRET?: string;
  /** Sign the codes of passes: `2:<64 hexadecimal digits>,1:<…>`. The first signs, all verify. */
  readonly PASS_KEYS?: string;
  /** `stripe`; on a developer's machine also `sandbox`, which moves no money. */
  readonly PAYMENT_PROVIDER?: string;
  readonly STRIPE_SECRET_KEY?: string;
  /** For front ends: they make payment methods with it. */
  readonly STRIPE_PUBLISHABLE_KEY?: string;
  /** Signs Stripe's notices. */
  readonly STRIPE_WEBHOOK_SECRET?: string;
  /** Where Stripe is played in tests; a production build ignores it. */
  readonly STRIPE_API_URL?: string;
  /** `off` for load tests on a local machine; a production build ignores it. */
  readonly RATE_LIMITS?: string;
  /** Origins whose pages may call the API, separated by commas: `https://shop.example`. */
  readonly ALLOWED_ORIGINS?: string;
  /** `local`: webhooks may go anywhere, for receivers on a developer's own machine. */
  readonly WEBHOOK_TARGETS?: string;
  /** From whom mails come: `Name <tickets@shop.example>`, or the address alone. */
  readonly MAIL_FROM?: string;
  /** Where the service is reached. Links in mails begin with it: `https://tickets.shop.example`. */
  readonly PUBLIC_URL?: string;
  readonly UPSTASH_REDIS_REST_URL?: string;
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
}

export type Settings = ReturnType<typeof parse>;

const HOLD_SECONDS = { name: "HOLD_SECONDS", least: 1, most: 24 * 60 * 60, fallback: "" } as const;
// A payment's message lives for four days in its queue, and for four more as a dead letter.
const RETENTION_DAYS = { name: "RETENTION_DAYS", least: 10, most: 3_650, fallback: "30" } as const;
const CUSTOMER_DAYS = { name: "CUSTOMER_DAYS", least: 1, most: 3_650, fallback: "90" } as const;
// An object has at most 32,768 sockets; the rest are for buyers who watch their own reservations.
const MAX_WATCHERS = { name: "MAX_WATCHERS", least: 0, most: 30_000, fallback: "2000" } as const;
const MIN_SECRET_LENGTH = 32;

/** No object forgets a reservation sooner than this after it ended. */
export const MIN_RETENTION_MS = RETENTION_DAYS.least * DAY_MS;

const parsed = new WeakMap<Variables, Settings>();

/** Parses once. A variable that is wrong fails what uses it, and nothing else. */
export function settingsOf(variables: Variables): Settings {
  const settings = parsed.get(variables) ?? parse(variables);
  parsed.set(variables, settings);
  return settings;
}

/** What is wrong with the numbers among the variables, for an operator who is about to deploy. */
export function wrongNumbers(variables: Variables): string[] {
  const numbers = [HOLD_SECONDS, RETENTION_DAYS, CUSTOMER_DAYS, MAX_WATCHERS].map((bounds) =>
    wholeNumber(variables, bounds),
  );
  return numbers.flatMap((number) => (number instanceof ConfigurationError ? [number.message] : []));
}

function parse(variables: Variables) {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = variables;
  const holdSeconds = wholeNumber(variables, HOLD_SECONDS);
  const retentionDays = wholeNumber(variables, RETENTION_DAYS);
  const customerDays = wholeNumber(variables, CUSTOMER_DAYS);
  const maxWatchers = wholeNumber(variables, MAX_WATCHERS);
  const sessionSecrets = secrets(variables);
  const passKeys = passKeysIn(String(variables.PASS_KEYS ?? ""));
  return {
    /** Throws `ConfigurationError`: nothing may be sold with a hold that nobody intended. */
    get holdMs() {
      return orThrow(holdSeconds) * SECOND_MS;
    },
    /** As long as possible where the variable is wrong. */
    retentionMs: (retentionDays instanceof ConfigurationError ? RETENTION_DAYS.most : retentionDays) * DAY_MS,
    customersKeptMs: (customerDays instanceof ConfigurationError ? CUSTOMER_DAYS.most : customerDays) * DAY_MS,
    maxWatchers: maxWatchers instanceof ConfigurationError ? Number(MAX_WATCHERS.fallback) : maxWatchers,
    hasSessionSecrets: !(sessionSecrets instanceof ConfigurationError),
    /** The one that signs, then the previous one. Throws `ConfigurationError` if too short. */
    get sessionSecrets() {
      return orThrow(sessionSecrets);
    },
    hasPassKeys: !(passKeys instanceof ConfigurationError),
    /** The one that signs, then the others. Throws `ConfigurationError` if the list is wrong. */
    get passKeys() {
      return orThrow(passKeys);
    },
    /** Null: new ids have no check characters. */
    idSecret: variables.ID_SECRET || null,
    allowedOrigins: origins(String(variables.ALLOWED_ORIGINS ?? "")),
    // Wrangler puts NODE_ENV in: nothing is left of these three in a production build.
    allowsLocalOrigins: process.env.NODE_ENV === "development",
    allowsLocalWebhooks: process.env.NODE_ENV !== "production" && variables.WEBHOOK_TARGETS === "local",
    enforcesRateLimits: process.env.NODE_ENV === "production" || variables.RATE_LIMITS !== "off",
    paymentProvider: variables.PAYMENT_PROVIDER || null,
    stripe: stripeSettings(variables),
    /** Null: no mail is sent. */
    mailFrom: mailAddress(variables.MAIL_FROM ?? ""),
    /** Without a slash at its end. Null: no mail is sent. */
    publicUrl: publicUrl(variables.PUBLIC_URL ?? ""),
    /** Null: no pass is saved to Google Wallet. */
    googleWallet: walletSettings(variables),
    redis: url && token ? { url, token } : null,
  };
}

function wholeNumber(
  variables: Variables,
  {
    name,
    least,
    most,
    fallback,
  }: typeof HOLD_SECONDS | typeof RETENTION_DAYS | typeof CUSTOMER_DAYS | typeof MAX_WATCHERS,
): number | ConfigurationError {
  const text = String(variables[name] || fallback);
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  return new ConfigurationError(`${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}

export interface StripeSettings {
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly webhookSecret: string;
  readonly apiUrl: string;
}

/** Null unless all three are there: nobody intends to take payments with less. */
function stripeSettings(variables: Variables): StripeSettings | null {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_PUBLISHABLE_KEY: publishableKey } = variables;
  const { STRIPE_WEBHOOK_SECRET: webhookSecret } = variables;
  if (!secretKey || !publishableKey || !webhookSecret) return null;
  const elsewhere = process.env.NODE_ENV === "production" ? undefined : variables.STRIPE_API_URL;
  return { secretKey, publishableKey, webhookSecret, apiUrl: elsewhere || "https://api.stripe.com" };
}

export interface MailAddress {
  readonly name: string | null;
  readonly email: string;
}

/** `Name <address>` or the address alone; null for anything else. */
export function mailAddress(text: string): MailAddress | null {
  const [, name, bracketed, alone] = /^\s*(?:"?([^<>"\p{Cc}]*?)"?\s*<([^<>\s]+)>|([^<>\s]+))\s*$/u.exec(text) ?? [];
  const email = bracketed ?? alone ?? "";
  return /^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/.test(email) ? { name: name || null, email } : null;
}

function publicUrl(text: string): string | null {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") return null;
  return url.href.replace(/\/+$/, "");
}

type Secrets = readonly [current: string, ...previous: string[]];

function secrets(variables: Variables): Secrets | ConfigurationError {
  const current = variables.SESSION_SECRET ?? "";
  const previous = variables.SESSION_SECRET_PREVIOUS ?? "";
  if (current.length < MIN_SECRET_LENGTH) return tooShort("SESSION_SECRET");
  if (previous === "") return [current];
  return previous.length < MIN_SECRET_LENGTH ? tooShort("SESSION_SECRET_PREVIOUS") : [current, previous];
}

function tooShort(name: keyof Variables): ConfigurationError {
  return new ConfigurationError(`${name} must have at least ${MIN_SECRET_LENGTH} characters`);
}

export interface PassKeySetting {
  /** 1 to 255: the codes that it signed have it. */
  readonly number: number;
  /** The private key: 32 bytes as hexadecimal digits. */
  readonly seed: string;
}

type PassKeySettings = readonly [signing: PassKeySetting, ...others: PassKeySetting[]];

/** The keys that `PASS_KEYS` lists. The error shows nothing of them. */
export function passKeysIn(list: string): PassKeySettings | ConfigurationError {
  const entries = list.split(",").map((entry) => /^\s*([1-9]\d{0,2}):([0-9a-f]{64})\s*$/.exec(entry));
  const keys = entries.flatMap((entry) => (entry === null ? [] : { number: Number(entry[1]), seed: entry[2] ?? "" }));
  const [signing, ...others] = keys;
  const areNumbered = new Set(keys.map(({ number }) => number)).size === entries.length;
  const isUsable = areNumbered && keys.every(({ number }) => number <= 255);
  if (signing !== undefined && isUsable) return [signing, ...others];
  return new ConfigurationError(
    "PASS_KEYS must list keys as <number>:<64 hexadecimal digits>, with commas between them and numbers from 1 to 255 that differ",
  );
}

/** Origins as browsers write them. Any page can be `null`, and no browser sends a `*`. */
function origins(list: string): string[] {
  const entries = list.split(",").map((entry) => entry.trim());
  return entries.filter((entry) => /^https?:[^*]+$/.test(entry) && URL.parse(entry)?.origin === entry);
}

function orThrow<T>(value: T | ConfigurationError): T {
  if (value instanceof ConfigurationError) throw value;
  return value;
}
