// What a deployment must not be configured with. Pure: the caller has read the files.

import { ConfigurationError } from "../../src/platform/errors.ts";
import { mailAddress, passKeysIn, wrongNumbers } from "../../src/platform/settings.ts";
import { WALLET_VARIABLES } from "../../src/platform/wallet-settings.ts";
import type { LimitName } from "../../src/worker/env.ts";
import { isHashOfCommonWord, strengthBits } from "./secret-strength.ts";
import { SECRET_STRIPE_KEYS, STRIPE_KEYS, stripeRefusals } from "./stripe-keys.ts";
import { SECRET_WALLET_KEY, walletRefusals } from "./wallet-keys.ts";

export interface Deployment {
  /** `[vars]` of wrangler.toml. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly databaseIds: readonly (string | undefined)[];
  /** The names of its `[[send_email]]`. */
  readonly mailers: readonly string[];
  /** The names of its `[[ratelimits]]`. */
  readonly rateLimits: readonly string[];
  /** Whether Cloudflare writes its own line about each request. */
  readonly logsInvocations: boolean;
  /** Whether the Workers Cache is in front of the whole worker, not only its public catalogue. */
  readonly cachesEverything: boolean;
  readonly secrets: Secrets;
  /** The shell's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Secrets that stand in files for development, by their value: where they stand. */
  readonly knownSecrets: ReadonlyMap<string, string>;
}

export type Secrets =
  | { readonly from: "file"; readonly file: string; readonly values: Readonly<Record<string, string | undefined>> }
  | { readonly from: "missing file"; readonly file: string }
  /** Those that Cloudflare has already: their names are all that it tells. */
  | { readonly from: "Cloudflare"; readonly names: readonly string[] };

const MAKE_ONE = `node -e "console.log('SESSION_SECRET=' + require('crypto').randomBytes(32).toString('hex'))"`;
const MAKE_PASS_KEY = `node -e "console.log('PASS_KEYS=1:' + require('crypto').randomBytes(32).toString('hex'))"`;
const MAKE_ALL = `node -e "for (const name of ['SESSION_SECRET=', 'ID_SECRET=', 'PASS_KEYS=1:']) console.log(name + require('crypto').randomBytes(32).toString('hex'))"`;

const SHORTEST_SECRET = 32;
const WEAKEST_BITS = 128;
/** Whoever makes hex has a machine make it, and 32 bytes of it never come to so little. */
const WEAKEST_BITS_IN_HEX = 192;
const KEYS = ["SESSION_SECRET", "SESSION_SECRET_PREVIOUS", "ID_SECRET"] as const;
/** Without them nobody can sign in, and no pass has a code. */
const REQUIRED = ["SESSION_SECRET", "PASS_KEYS"];
const REDIS_URL = "UPSTASH_REDIS_REST_URL";
const REDIS_TOKEN = "UPSTASH_REDIS_REST_TOKEN";
const SECRETS: ReadonlySet<string> = new Set([
  ...[...KEYS, "PASS_KEYS", REDIS_URL, REDIS_TOKEN],
  ...[...STRIPE_KEYS, ...WALLET_VARIABLES],
]);
/** What is for development alone, and the value that it has there. */
const SWITCHES = { PAYMENT_PROVIDER: "sandbox", RATE_LIMITS: "off", WEBHOOK_TARGETS: "local" } as const;
const CREATE_DATABASE = "npx wrangler d1 create ticket-overlord";
const PLACEHOLDER_ID = /^[0-]*$/;
/** All of them: a limit without its binding would limit nobody. */
const RATE_LIMITS: Readonly<Record<LimitName, true>> = {
  LIMIT_REGISTER: true,
  LIMIT_SIGN_IN: true,
  LIMIT_SIGN_IN_ADDRESS: true,
  LIMIT_SIGN_IN_STRANGERS: true,
  LIMIT_REFRESH: true,
  LIMIT_ACCOUNT: true,
  LIMIT_RESERVE: true,
  LIMIT_RESERVE_ADDRESS: true,
  LIMIT_PAY: true,
  LIMIT_PASS_ON: true,
  LIMIT_CODE: true,
  LIMIT_CODE_ADDRESS: true,
  LIMIT_LIVE: true,
  LIMIT_MAIL: true,
  LIMIT_MAIL_ADDRESS: true,
  LIMIT_LINK: true,
  LIMIT_SCAN: true,
};

/** One sentence for each thing that is wrong; none: it may be deployed. */
export function refusals(deployment: Deployment): string[] {
  return [
    ...secretRefusals(deployment),
    ...switchRefusals(deployment),
    ...redisRefusals(deployment),
    ...stripeRefusals(deployment),
    ...walletRefusals(deployment),
    ...originRefusals(deployment.vars.ALLOWED_ORIGINS ?? ""),
    ...numberRefusals(deployment.vars),
    ...mailRefusals(deployment),
    ...placeRefusals(deployment),
  ];
}

/** The names that `wrangler secret list` printed. */
export function secretNames(printed: string): string[] {
  return (JSON.parse(printed) as { readonly name: string }[]).map(({ name }) => name);
}

function secretRefusals({ secrets, knownSecrets }: Deployment): string[] {
  switch (secrets.from) {
    case "missing file":
      return [`There is no ${secrets.file}. Make one: ${MAKE_ALL} > ${secrets.file}`];
    case "Cloudflare":
      return REQUIRED.filter((name) => !secrets.names.includes(name)).map(
        (name) => `${name} is not among the secrets that Cloudflare has: deploy once with a secrets file.`,
      );
    case "file":
      return [
        ...KEYS.flatMap((name) => keyRefusal(name, secrets.values[name] ?? "", knownSecrets) ?? []),
        ...passKeyRefusals(secrets.values.PASS_KEYS ?? "", knownSecrets),
      ];
  }
}

/** What is wrong with a key. All but the one that signs tokens may be missing. */
function keyRefusal(name: (typeof KEYS)[number], value: string, known: Deployment["knownSecrets"]) {
  if (value === "") return name === "SESSION_SECRET" ? `${name} is missing. Make one: ${MAKE_ONE}` : null;
  return weakness(name, value, known, MAKE_ONE);
}

function passKeyRefusals(list: string, known: Deployment["knownSecrets"]): string[] {
  if (list === "") return [`PASS_KEYS is missing. Make one: ${MAKE_PASS_KEY}`];
  const keys = passKeysIn(list);
  if (keys instanceof ConfigurationError) return [`${keys.message}.`];
  return keys.flatMap(({ number, seed }) => weakness(`PASS_KEYS' key ${number}`, seed, known, MAKE_PASS_KEY) ?? []);
}

/** Why somebody else may have a key, or guess it. */
function weakness(name: string, value: string, known: Deployment["knownSecrets"], makeOne: string): string | null {
  const place = known.get(value);
  if (place !== undefined) return `${name} is the one of ${place}: a deployment needs its own.`;
  if (value.length < SHORTEST_SECRET) return `${name} needs at least ${SHORTEST_SECRET} characters.`;
  if (isHashOfCommonWord(value)) return `${name} is the hash of a common word. Make one: ${makeOne}`;
  const bits = Math.floor(strengthBits(value));
  const least = /^[0-9a-f]+$/i.test(value) ? WEAKEST_BITS_IN_HEX : WEAKEST_BITS;
  return bits < least ? `${name} can be guessed: some ${bits} bits, not ${least}. Make one: ${makeOne}` : null;
}

/** None of them works in a production build, so setting one is a mistake. */
function switchRefusals({ vars, secrets, environment }: Deployment): string[] {
  return Object.entries(SWITCHES).flatMap(([name, forDevelopment]) => {
    const says = (value: unknown) => new RegExp(`^\\s*${forDevelopment}\\s*$`, "i").test(String(value ?? ""));
    const places = [
      ...(says(vars[name]) ? ["wrangler.toml"] : []),
      ...(secrets.from === "file" && says(secrets.values[name]) ? [secrets.file] : []),
      ...(says(environment[name]) ? ["the environment"] : []),
    ];
    const refused = places.map((place) => `${name}=${forDevelopment} is for development, and stands in ${place}.`);
    const isKept = secrets.from === "Cloudflare" && secrets.names.includes(name);
    if (isKept) refused.push(`${name} is a secret on Cloudflare. Remove it: npx wrangler secret delete ${name}`);
    return refused;
  });
}

function redisRefusals({ vars, secrets }: Deployment): string[] {
  const values = secrets.from === "file" ? secrets.values : {};
  const has = (name: string) =>
    Boolean(values[name] || vars[name]) || (secrets.from === "Cloudflare" && secrets.names.includes(name));
  const url = String(values[REDIS_URL] ?? vars[REDIS_URL] ?? "");
  return [
    ...(has(REDIS_URL) && !has(REDIS_TOKEN) ? [`${REDIS_URL} is set without ${REDIS_TOKEN}.`] : []),
    ...(has(REDIS_TOKEN) && !has(REDIS_URL) ? [`${REDIS_TOKEN} is set without ${REDIS_URL}.`] : []),
    ...(url !== "" && !isPublic(url) ? [`${REDIS_URL} must be an https address on the internet.`] : []),
  ];
}

function originRefusals(list: unknown): string[] {
  // The worker would get a list of TOML's as a list, and fail on every request.
  if (typeof list !== "string") return ["ALLOWED_ORIGINS must be one text, with commas between the origins."];
  const origins = list.split(",").map((origin) => origin.trim());
  const wrong = origins.filter((origin) => origin !== "" && !(isPublic(origin) && new URL(origin).origin === origin));
  return wrong.map(
    (origin) => `ALLOWED_ORIGINS: ${origin} is no https origin on the internet, as https://shop.example.`,
  );
}

/** The worker has a fallback for most of these. Nobody intends to deploy with it. */
function numberRefusals(vars: Deployment["vars"]): string[] {
  return wrongNumbers(vars).map((sentence) => `${sentence}.`);
}

/** Both or neither: nobody intends to send mails with less. */
function mailRefusals({ vars, mailers }: Deployment): string[] {
  const from = String(vars.MAIL_FROM ?? "");
  const url = String(vars.PUBLIC_URL ?? "");
  if (from === "" && url === "") return [];
  const address = mailAddress(from);
  const isMailable = address !== null && isPublic(`https://${address.email.slice(address.email.lastIndexOf("@") + 1)}`);
  return [
    ...(from === "" ? ["PUBLIC_URL is set without MAIL_FROM: no mail would be sent."] : []),
    ...(url === "" ? ["MAIL_FROM is set without PUBLIC_URL: no mail would be sent."] : []),
    ...(from !== "" && !isMailable
      ? [`MAIL_FROM must be an address on the internet, as Name <tickets@shop.example>.`]
      : []),
    ...(url !== "" && !isPublic(url) ? ["PUBLIC_URL must be an https address on the internet."] : []),
    ...(mailers.includes("EMAIL") ? [] : ["EMAIL is not among the send_email bindings in wrangler.toml."]),
  ];
}

/** What is in the wrong place, or in none yet. */
function placeRefusals(deployment: Deployment): string[] {
  const { vars, databaseIds, rateLimits, logsInvocations, cachesEverything, secrets, environment } = deployment;
  const file = secrets.from === "file" ? Object.keys(secrets.values) : [];
  const exposed = [...KEYS, "PASS_KEYS", REDIS_TOKEN, ...SECRET_STRIPE_KEYS, SECRET_WALLET_KEY].filter(
    (name) => name in vars,
  );
  const unknown = file.filter((name) => !SECRETS.has(name) && !(name in SWITCHES));
  const unlimited = Object.keys(RATE_LIMITS).filter((name) => !rateLimits.includes(name));
  const placeholders = databaseIds.filter((id) => PLACEHOLDER_ID.test(id ?? ""));
  const when = (isSo: boolean, sentence: string) => (isSo ? [sentence] : []);
  return [
    ...exposed.map(
      (name) => `${name} stands in wrangler.toml, where everybody can read it: it is for the secrets file.`,
    ),
    ...unknown.map(
      (name) => `${name} is none of the service's secrets: in the secrets file it would be uploaded as one.`,
    ),
    ...unlimited.map((name) => `${name} is not among the ratelimits in wrangler.toml: what it limits has no limit.`),
    ...when(databaseIds.length === 0, "There is no database in wrangler.toml: [[d1_databases]] is missing."),
    ...when(
      logsInvocations,
      "invocation_logs in wrangler.toml logs addresses and headers of requests: set it to false.",
    ),
    ...when(
      cachesEverything,
      "cache in wrangler.toml is on for replies that depend on the caller: see exports.default.",
    ),
    ...placeholders.map(() => `database_id in wrangler.toml is the placeholder: ${CREATE_DATABASE} prints yours.`),
    ...when(
      Boolean(environment.CLOUDFLARE_ENV),
      "CLOUDFLARE_ENV chooses another environment than was checked: unset it.",
    ),
  ];
}

function isPublic(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  // HTTPS needs a name that a certificate can be issued for, not an address.
  const isLocal = /(^|\.)(localhost|local|test|invalid|internal)\.?$|^[\d.]+$|^\[/.test(hostname);
  return protocol === "https:" && !isLocal && !hostname.includes("*");
}
