// What `npm run deploy` refuses, one row each; and one configuration that it takes.

import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { deployOptions } from "../../../scripts/lib/deploy-options.ts";
import { type Deployment, refusals, type Secrets, secretNames } from "../../../scripts/lib/deployment.ts";

const STRONG = randomBytes(32).toString("hex");
const OLDER = randomBytes(32).toString("hex");
const PASS_SEED = randomBytes(32).toString("hex");
const PASS_KEYS = `1:${PASS_SEED}`;
const OF_THIS_MACHINE = randomBytes(32).toString("hex");

const PI = "3141592653589793238462643383279502884197";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const ALLOWED_ORIGINS = "https://shop.example, https://kiosk.example";
const VARS = { HOLD_SECONDS: "900", RETENTION_DAYS: "30", CUSTOMER_DAYS: "90", MAX_WATCHERS: "2000", ALLOWED_ORIGINS };
const UPSTASH_REDIS_REST_URL = "https://eu1.upstash.example";
const REDIS = { UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN: "t0ken" };

const STRIPE = { PAYMENT_PROVIDER: "stripe" };
const KEYS = {
  STRIPE_SECRET_KEY: "sk_live_51abcdefgh",
  STRIPE_PUBLISHABLE_KEY: "pk_live_51abcdefgh",
  STRIPE_WEBHOOK_SECRET: "whsec_abcdefgh",
};
const TEST_KEYS = { STRIPE_SECRET_KEY: "rk_test_51abcdefgh", STRIPE_PUBLISHABLE_KEY: "pk_test_51abcdefgh" };
const walletKey = (modulusLength: number) =>
  generateKeyPairSync("rsa", { modulusLength }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const WALLET = {
  GOOGLE_WALLET_ISSUER: "3388000000012345678",
  GOOGLE_WALLET_EMAIL: "wallet@my-project.iam.gserviceaccount.com",
  GOOGLE_WALLET_KEY: walletKey(2_048).replaceAll("\n", "\\n"),
};
const SANDBOX = { PAYMENT_PROVIDER: "sandbox" };
const NO_FILE: Secrets = { from: "missing file", file: "x.env" };
const PLACEHOLDER = "00000000-0000-0000-0000-000000000000";

const RATE_LIMITS = [
  ...["LIMIT_REGISTER", "LIMIT_SIGN_IN", "LIMIT_SIGN_IN_ADDRESS", "LIMIT_SIGN_IN_STRANGERS", "LIMIT_REFRESH"],
  ...["LIMIT_ACCOUNT", "LIMIT_RESERVE", "LIMIT_RESERVE_ADDRESS", "LIMIT_PAY", "LIMIT_CODE"],
  ...["LIMIT_CODE_ADDRESS", "LIMIT_LIVE", "LIMIT_MAIL", "LIMIT_MAIL_ADDRESS", "LIMIT_LINK", "LIMIT_PASS_ON"],
  "LIMIT_SCAN",
];

const GOOD: Deployment = {
  vars: VARS,
  databaseIds: ["3f0c3c7e-1d2b-4b57-9a0f-0c8c7a1e5d42"],
  mailers: ["EMAIL"],
  rateLimits: RATE_LIMITS,
  logsInvocations: false,
  cachesEverything: false,
  secrets: file({ SESSION_SECRET: STRONG, PASS_KEYS }),
  environment: { PATH: "/usr/bin", NODE_ENV: "production" },
  knownSecrets: new Map([[OF_THIS_MACHINE, ".env"]]),
};

function file(values: Record<string, string>): Secrets {
  return { from: "file", file: ".env.production", values };
}

function kept(...names: string[]): Partial<Deployment> {
  return { secrets: { from: "Cloudflare", names } };
}

function secrets(values: Record<string, string>): Partial<Deployment> {
  return { secrets: file({ SESSION_SECRET: STRONG, PASS_KEYS, ...values }) };
}

/** Stripe, with other keys; a key that is empty is missing. */
function stripe(keys: Record<string, string>, changed: Record<string, unknown> = {}): Partial<Deployment> {
  return { ...vars({ ...STRIPE, ...changed }), ...secrets({ ...KEYS, ...keys }) };
}

function vars(changed: Record<string, unknown>): Partial<Deployment> {
  return { vars: { ...VARS, ...changed } };
}

const REDIS_TOKEN = secrets({ UPSTASH_REDIS_REST_TOKEN: "t0ken" });
const key = (value: string) => secrets({ SESSION_SECRET: value });
const passKeys = (value: string) => secrets({ PASS_KEYS: value });
const keyBefore = (value: string) => secrets({ SESSION_SECRET_PREVIOUS: value });
const origins = (value: unknown) => vars({ ALLOWED_ORIGINS: value });
const redisAt = (url: string) => secrets({ ...REDIS, UPSTASH_REDIS_REST_URL: url });
const mail = (from: string, url: string) => vars({ MAIL_FROM: from, PUBLIC_URL: url });
const databases = (...databaseIds: (string | undefined)[]): Partial<Deployment> => ({ databaseIds });

describe("is deployed", () => {
  test.each<[string, Partial<Deployment>]>([
    ["the least", {}],
    ["with Redis", secrets(REDIS)],
    ["with the address of Redis in wrangler.toml", { ...vars({ UPSTASH_REDIS_REST_URL }), ...REDIS_TOKEN }],
    ["with the key before", keyBefore(OLDER)],
    ["with the same key as the one before", keyBefore(STRONG)],
    ["with an empty key before", keyBefore("")],
    ["with a key of ids", secrets({ ID_SECRET: OLDER })],
    ["with several keys of passes", passKeys(`2:${OLDER}, ${PASS_KEYS}`)],
    ["without other origins", origins("")],
    ["with what Cloudflare has", kept("SESSION_SECRET", "PASS_KEYS")],
    ["with what Cloudflare has, Redis too", kept("SESSION_SECRET", "PASS_KEYS", ...Object.keys(REDIS))],
    ["with Stripe", stripe({})],
    ["with Stripe's test mode and a restricted key", stripe(TEST_KEYS)],
    [
      "with the publishable key in wrangler.toml",
      stripe({ STRIPE_PUBLISHABLE_KEY: "" }, { STRIPE_PUBLISHABLE_KEY: "pk_live_51abcdefgh" }),
    ],
    [
      "with Stripe's keys on Cloudflare",
      { ...vars(STRIPE), ...kept("SESSION_SECRET", "PASS_KEYS", ...Object.keys(KEYS)) },
    ],
    ["with Google Wallet", secrets(WALLET)],
    [
      "with Google Wallet's issuer and account in wrangler.toml",
      {
        ...vars({ GOOGLE_WALLET_ISSUER: WALLET.GOOGLE_WALLET_ISSUER, GOOGLE_WALLET_EMAIL: WALLET.GOOGLE_WALLET_EMAIL }),
        ...secrets({ GOOGLE_WALLET_KEY: WALLET.GOOGLE_WALLET_KEY }),
      },
    ],
    ["with Google Wallet's on Cloudflare", kept("SESSION_SECRET", "PASS_KEYS", ...Object.keys(WALLET))],
    ["with mail", mail("Shop <tickets@shop.example>", "https://tickets.shop.example")],
    ["without mail, and its binding", { mailers: [] }],
    ["with the rate limits on", secrets({ RATE_LIMITS: "on" })],
  ])("%s", (_name, change) => {
    expect(refusals({ ...GOOD, ...change })).toEqual([]);
  });
});

describe("is refused, by one sentence", () => {
  test.each<[string, Partial<Deployment>, RegExp]>([
    ["mail from nowhere", mail("", "https://shop.example"), /^PUBLIC_URL is set without MAIL_FROM/],
    ["mail without an address for links", mail("a@shop.example", ""), /^MAIL_FROM is set without PUBLIC_URL/],
    ["mail from no address", mail("Shop", "https://shop.example"), /^MAIL_FROM must be an address/],
    ["mail from this machine", mail("a@shop.test", "https://shop.example"), /^MAIL_FROM must be an address/],
    ["links to this machine", mail("a@shop.example", "http://localhost:8787"), /^PUBLIC_URL must be an https/],
    [
      "mail without its binding",
      { ...mail("a@shop.example", "https://shop.example"), mailers: [] },
      /^EMAIL is not among the send_email bindings/,
    ],
    ["the sandbox in the secrets file", secrets(SANDBOX), /^PAYMENT_PROVIDER=sandbox .* \.env\.production/],
    ["the sandbox, written otherwise", secrets({ PAYMENT_PROVIDER: " Sandbox " }), /^PAYMENT_PROVIDER=sandbox/],
    ["the sandbox in wrangler.toml", vars(SANDBOX), /^PAYMENT_PROVIDER=sandbox .* wrangler\.toml/],
    ["the sandbox in the shell", { environment: SANDBOX }, /^PAYMENT_PROVIDER=sandbox .* the environment/],
    [
      "the sandbox, kept",
      kept("SESSION_SECRET", "PASS_KEYS", "PAYMENT_PROVIDER"),
      /^PAYMENT_PROVIDER is a secret on Cloudflare/,
    ],
    ["another provider", vars({ PAYMENT_PROVIDER: "paypal" }), /^PAYMENT_PROVIDER in wrangler\.toml must be "stripe"/],
    ["Stripe, written otherwise", vars({ PAYMENT_PROVIDER: "Stripe" }), /^PAYMENT_PROVIDER in wrangler\.toml must be/],
    ["Stripe among the secrets", secrets({ ...STRIPE, ...KEYS }), /^PAYMENT_PROVIDER=stripe is no secret/],
    ["no secret key", stripe({ STRIPE_SECRET_KEY: "" }), /^STRIPE_SECRET_KEY is missing/],
    ["no publishable key", stripe({ STRIPE_PUBLISHABLE_KEY: "" }), /^STRIPE_PUBLISHABLE_KEY is missing/],
    ["no webhook secret", stripe({ STRIPE_WEBHOOK_SECRET: "" }), /^STRIPE_WEBHOOK_SECRET is missing/],
    [
      "no webhook secret, kept",
      { ...vars(STRIPE), ...kept("SESSION_SECRET", "PASS_KEYS", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY") },
      /^STRIPE_WEBHOOK_SECRET is missing/,
    ],
    ["keys that nobody uses", secrets({ STRIPE_SECRET_KEY: KEYS.STRIPE_SECRET_KEY }), /^STRIPE_SECRET_KEY is set, and/],
    [
      "the publishable key as the secret one",
      stripe({ STRIPE_SECRET_KEY: KEYS.STRIPE_PUBLISHABLE_KEY }),
      /^STRIPE_SECRET_KEY must look like sk_live/,
    ],
    [
      "the secret key for front ends",
      stripe({ STRIPE_PUBLISHABLE_KEY: KEYS.STRIPE_SECRET_KEY }),
      /^STRIPE_PUBLISHABLE_KEY must look like pk_live/,
    ],
    [
      "another service's webhook secret",
      stripe({ STRIPE_WEBHOOK_SECRET: "abcdefghijkl" }),
      /^STRIPE_WEBHOOK_SECRET must look like/,
    ],
    [
      "live and test keys",
      stripe({ STRIPE_SECRET_KEY: TEST_KEYS.STRIPE_SECRET_KEY }),
      /^The keys of Stripe's live mode/,
    ],
    [
      "a secret key in wrangler.toml",
      stripe({ STRIPE_SECRET_KEY: "" }, { STRIPE_SECRET_KEY: KEYS.STRIPE_SECRET_KEY }),
      /^STRIPE_SECRET_KEY stands in wrangler/,
    ],
    [
      "no issuer of Google Wallet",
      secrets({ ...WALLET, GOOGLE_WALLET_ISSUER: "" }),
      /^GOOGLE_WALLET_ISSUER is missing/,
    ],
    ["no account of Google Wallet", secrets({ ...WALLET, GOOGLE_WALLET_EMAIL: "" }), /^GOOGLE_WALLET_EMAIL is missing/],
    ["no key of Google Wallet", secrets({ ...WALLET, GOOGLE_WALLET_KEY: "" }), /^GOOGLE_WALLET_KEY is missing/],
    [
      "no key of Google Wallet on Cloudflare",
      kept("SESSION_SECRET", "PASS_KEYS", "GOOGLE_WALLET_ISSUER", "GOOGLE_WALLET_EMAIL"),
      /^GOOGLE_WALLET_KEY is missing/,
    ],
    [
      "an issuer of Google Wallet that is no number",
      secrets({ ...WALLET, GOOGLE_WALLET_ISSUER: "BCR2DN4T" }),
      /^GOOGLE_WALLET_ISSUER must look like 3388/,
    ],
    [
      "an account of Google Wallet that is no address",
      secrets({ ...WALLET, GOOGLE_WALLET_EMAIL: "wallet" }),
      /^GOOGLE_WALLET_EMAIL must look like wallet@/,
    ],
    [
      "a key of Google Wallet that is none",
      secrets({ ...WALLET, GOOGLE_WALLET_KEY: "abcdefgh" }),
      /^GOOGLE_WALLET_KEY must look like the "private_key"/,
    ],
    [
      "a short key of Google Wallet",
      secrets({ ...WALLET, GOOGLE_WALLET_KEY: walletKey(1_024) }),
      /^GOOGLE_WALLET_KEY is no RSA key of 2048 bits/,
    ],
    [
      "a key of Google Wallet in wrangler.toml",
      { ...vars({ GOOGLE_WALLET_KEY: WALLET.GOOGLE_WALLET_KEY }), ...secrets({ ...WALLET, GOOGLE_WALLET_KEY: "" }) },
      /^GOOGLE_WALLET_KEY stands in wrangler/,
    ],
    ["another Stripe", vars({ STRIPE_API_URL: "http://127.0.0.1:1" }), /^STRIPE_API_URL is for tests/],
    [
      "another Stripe, in the shell",
      { environment: { STRIPE_API_URL: "http://127.0.0.1:1" } },
      /^STRIPE_API_URL is for tests/,
    ],
    ["no limits, in the secrets file", secrets({ RATE_LIMITS: "off" }), /^RATE_LIMITS=off .* \.env\.production/],
    ["webhooks to anywhere", vars({ WEBHOOK_TARGETS: "local" }), /^WEBHOOK_TARGETS=local .* wrangler\.toml/],
    ["no limits, in wrangler.toml", vars({ RATE_LIMITS: "off" }), /^RATE_LIMITS=off .* wrangler\.toml/],
    ["no limits, in the shell", { environment: { RATE_LIMITS: "off" } }, /^RATE_LIMITS=off .* the environment/],
    [
      "no limits, on Cloudflare",
      kept("SESSION_SECRET", "PASS_KEYS", "RATE_LIMITS"),
      /^RATE_LIMITS is a secret on Cloudflare/,
    ],
    ["no secrets file", { secrets: NO_FILE }, /^There is no x\.env\. Make one: node -e .* > x\.env$/],
    ["no key", { secrets: file({ PASS_KEYS }) }, /^SESSION_SECRET is missing/],
    ["an empty key, as the template has it", key(""), /^SESSION_SECRET is missing/],
    ["no key on Cloudflare", kept("PASS_KEYS"), /^SESSION_SECRET is not among the secrets that Cloudflare has/],
    ["no key of passes", passKeys(""), /^PASS_KEYS is missing\. Make one: node -e/],
    ["no key of passes on Cloudflare", kept("SESSION_SECRET"), /^PASS_KEYS is not among the secrets/],
    ["a key of passes without its number", passKeys(PASS_SEED), /^PASS_KEYS must list keys as <number>:/],
    ["an empty key of passes, as the template has it", passKeys("1:"), /^PASS_KEYS must list keys/],
    ["two keys of passes with one number", passKeys(`${PASS_KEYS},1:${OLDER}`), /^PASS_KEYS must list keys/],
    ["a weak key of passes", passKeys(`7:${"0".repeat(64)}`), /^PASS_KEYS' key 7 can be guessed/],
    ["a weak older key of passes", passKeys(`${PASS_KEYS},3:${"0f".repeat(32)}`), /^PASS_KEYS' key 3 can be guessed/],
    ["this machine's key of passes", passKeys(`1:${OF_THIS_MACHINE}`), /^PASS_KEYS' key 1 is the one of \.env:/],
    ["a key of passes in wrangler.toml", vars({ PASS_KEYS }), /^PASS_KEYS stands in wrangler\.toml/],
    ["a short key", secrets({ SESSION_SECRET: STRONG.slice(0, 31) }), /^SESSION_SECRET needs at least 32 characters/],
    ["a weak key", key("changeme".repeat(8)), /^SESSION_SECRET can be guessed/],
    ["this machine's key", key(OF_THIS_MACHINE), /^SESSION_SECRET is the one of \.env:/],
    ["a short key before", keyBefore("x"), /^SESSION_SECRET_PREVIOUS needs at least 32/],
    ["a weak key before", keyBefore("0".repeat(64)), /^SESSION_SECRET_PREVIOUS can be guessed/],
    ["a weak key of ids", secrets({ ID_SECRET: "0".repeat(64) }), /^ID_SECRET can be guessed/],
    ["this machine's key before", keyBefore(OF_THIS_MACHINE), /^SESSION_SECRET_PREVIOUS is the one/],
    ["a key in wrangler.toml", vars({ SESSION_SECRET: STRONG }), /^SESSION_SECRET stands in wrangler\.toml/],
    ["a setting as a secret", secrets({ HOLD_SECONDS: "900" }), /^HOLD_SECONDS is none of the service's secrets/],
    ["a secret that is not the service's", secrets({ CLOUDFLARE_API_TOKEN: "x" }), /^CLOUDFLARE_API_TOKEN is none of/],
    ["Redis without its token", secrets({ UPSTASH_REDIS_REST_URL: "https://r.example" }), /URL is set without .*TOKEN/],
    ["Redis without its address", secrets({ UPSTASH_REDIS_REST_TOKEN: "t" }), /TOKEN is set without .*URL/],
    [
      "Redis without its token, on Cloudflare",
      kept("SESSION_SECRET", "PASS_KEYS", "UPSTASH_REDIS_REST_URL"),
      /URL is set without/,
    ],
    ["Redis in the clear", redisAt("http://r.example"), /URL must be an https address/],
    ["Redis on this machine", redisAt("https://localhost:1"), /URL must be an https/],
    ["any origin", origins("*"), /^ALLOWED_ORIGINS: \* is no https origin/],
    ["any origin of a domain", origins("https://*.shop.example"), /^ALLOWED_ORIGINS: https:\/\/\*/],
    ["an origin in the clear", origins("https://a.example,http://shop.example"), /: http:\/\/shop\.example is no/],
    ["an origin on this machine", origins("https://localhost:3000"), /: https:\/\/localhost:3000 is no/],
    ["an origin on this machine, by number", origins("https://127.0.0.1"), /: https:\/\/127\.0\.0\.1 is no/],
    ["an origin with a path", origins("https://shop.example/"), /: https:\/\/shop\.example\/ is no/],
    ["origins as a list of TOML's", origins(["https://shop.example"]), /^ALLOWED_ORIGINS must be one/],
    ...RATE_LIMITS.map((missing): [string, Partial<Deployment>, RegExp] => [
      `no ${missing}`,
      { rateLimits: RATE_LIMITS.filter((name) => name !== missing) },
      new RegExp(`^${missing} is not among the ratelimits in wrangler\\.toml`),
    ]),
    ["digits of a number that everybody knows", key(PI), /^SESSION_SECRET can be guessed/],
    ["the hash of nothing", key(sha256("")), /^SESSION_SECRET is the hash of a common word/],
    ["the hash of a word", key(sha256("iloveyou")), /^SESSION_SECRET is the hash/],
    ["an origin in a private network", origins("https://10.0.0.5"), /: https:\/\/10\.0\.0\.5 is no/],
    ["an origin on this machine, with a dot", origins("https://localhost."), /localhost\. is no/],
    ["a retention that is no number", vars({ RETENTION_DAYS: "a month" }), /^RETENTION_DAYS must be .* "a month"\.$/],
    ["a retention that is too short", vars({ RETENTION_DAYS: "9" }), /^RETENTION_DAYS must be/],
    ["customers kept for no time", vars({ CUSTOMER_DAYS: "0" }), /^CUSTOMER_DAYS must be/],
    ["watchers in words", vars({ MAX_WATCHERS: "many" }), /^MAX_WATCHERS must be .* "many"\.$/],
    ["half a watcher", vars({ MAX_WATCHERS: "0.5" }), /^MAX_WATCHERS must be/],
    ["more watchers than an object has sockets", vars({ MAX_WATCHERS: "30001" }), /^MAX_WATCHERS must be/],
    ["no database at all", databases(), /^There is no database/],
    ["a cache in front of what depends on who asks", { cachesEverything: true }, /^cache in wrangler\.toml/],
    ["the platform's own log of requests", { logsInvocations: true }, /^invocation_logs in wrangler\.toml/],
    ["a hold of no time", vars({ HOLD_SECONDS: "0" }), /^HOLD_SECONDS must be .*, not "0"\.$/],
    ["a hold of more than a day", vars({ HOLD_SECONDS: "86401" }), /^HOLD_SECONDS must be/],
    ["a hold in words", vars({ HOLD_SECONDS: "15 min" }), /^HOLD_SECONDS must be/],
    ["no hold", { vars: { ALLOWED_ORIGINS: "" } }, /^HOLD_SECONDS must be/],
    ["the placeholder of the database", databases(PLACEHOLDER), /^database_id .* placeholder/],
    ["no database", databases(undefined), /^database_id .* placeholder/],
    ["another environment", { environment: { CLOUDFLARE_ENV: "staging" } }, /^CLOUDFLARE_ENV chooses another/],
  ])("%s", (_name, change, sentence) => {
    const refused = refusals({ ...GOOD, ...change });
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(sentence);
  });

  test("each of many mistakes", () => {
    const many = { ...vars({ HOLD_SECONDS: "no" }), ...secrets({ SESSION_SECRET: "", RATE_LIMITS: "off" }) };
    expect(refusals({ ...GOOD, ...many, ...databases("") })).toHaveLength(4);
  });
});

test("the names are read from what Wrangler prints", () => {
  const printed = '[\n  {\n    "name": "SESSION_SECRET",\n    "type": "secret_text"\n  }\n]\n';
  expect(secretNames(printed)).toEqual(["SESSION_SECRET"]);
  expect(secretNames("[]\n")).toEqual([]);
});

describe("arguments", () => {
  test.each<[string, string[], Partial<ReturnType<typeof deployOptions>>]>([
    ["none", [], { secretsFile: ".env.production", keepSecrets: false, passedOn: [] }],
    ["ours", ["--secrets-file", "x.env", "--keep-secrets"], { secretsFile: "x.env", keepSecrets: true, passedOn: [] }],
    [
      "those that change nothing",
      ["--dry-run", "--outdir", "dist", "--message", "A fix", "--tag=v2"],
      { passedOn: ["--dry-run", "--outdir=dist", "--message=A fix", "--tag=v2"] },
    ],
  ])("%s", (_name, args, want) => {
    expect(deployOptions(args)).toMatchObject({ ...want, refused: [] });
  });

  test.each([
    ["--var", ["--var", "PAYMENT_PROVIDER:sandbox"], 1],
    ["--var=", ["--var=RATE_LIMITS:off"], 1],
    ["another environment", ["--env", "staging"], 1],
    ["another environment, in short", ["-e", "staging"], 1],
    ["a definition", ["--define", 'process.env.NODE_ENV:"development"'], 1],
    ["no bundle", ["--no-bundle"], 1],
    ["another entry", ["src/other.ts"], 1],
    ["another entry, after --", ["--", "src/other.ts"], 1],
    ["two at once", ["--no-bundle", "--latest"], 2],
    ["another configuration", ["--config=other.toml"], 1],
    ["another module in place of ours", ["--alias=./provider.ts:./other.ts"], 1],
    ["a file that is not named", ["--secrets-file"], 1],
    ["a value where none goes", ["--keep-secrets=no"], 1],
  ])("refuse %s", (_name, args, sentences) => {
    const { refused, passedOn } = deployOptions(args);
    expect(refused).toHaveLength(sentences);
    expect(passedOn).toEqual([]);
  });
});
