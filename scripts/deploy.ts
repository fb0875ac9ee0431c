// `npm run deploy`: deploys the worker and its secrets, unless a setting is for development only.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { unstable_readConfig } from "wrangler";
import { build, developmentMarks } from "./lib/build.ts";
import { type DeployOptions, deployOptions } from "./lib/deploy-options.ts";
import { refusals, type Secrets, secretNames } from "./lib/deployment.ts";
import { ENDED_BY } from "./lib/server.ts";
import { fail, ROOT } from "./lib/settings.ts";
import { runWrangler, startWrangler } from "./lib/wrangler.ts";

// What was checked is what Wrangler reads, whatever CLOUDFLARE_ENV or other files say.
const CHECKED = ["--config", "wrangler.toml", "--env="];

/** What is asked of wrangler.toml. */
interface Configured {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly d1_databases: readonly { readonly database_id?: string }[];
  readonly ratelimits: readonly { readonly name: string }[];
  readonly send_email?: readonly { readonly name: string }[] | undefined;
  readonly cache?: { readonly enabled: boolean } | undefined;
  readonly exports?: Readonly<Record<string, { readonly cache?: { readonly enabled: boolean } }>> | undefined;
  readonly observability?: { readonly logs?: { readonly invocation_logs?: boolean } } | undefined;
}

const options = deployOptions(process.argv.slice(2));
const config: Configured = unstable_readConfig({ config: join(ROOT, "wrangler.toml"), env: "" });
const secrets = await readSecrets(options);
const refused = [
  ...options.refused,
  ...refusals({
    vars: config.vars,
    databaseIds: config.d1_databases.map(({ database_id }) => database_id),
    mailers: (config.send_email ?? []).map(({ name }) => name),
    rateLimits: config.ratelimits.map(({ name }) => name),
    logsInvocations: config.observability?.logs?.invocation_logs !== false,
    cachesEverything: config.cache?.enabled === true && config.exports?.default?.cache?.enabled !== false,
    secrets,
    environment: process.env,
    knownSecrets: secretsForDevelopment(),
  }),
];
if (refused.length > 0) fail(`Not deployed:\n${refused.map((sentence) => `- ${sentence}`).join("\n")}`);

const folder = mkdtempSync(join(tmpdir(), "ticket-overlord-deploy-"));
// However it ends: the secrets are in there.
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const [signal, code] of Object.entries(ENDED_BY)) process.on(signal, () => process.exit(code));

const { text } = await build(folder, "production").catch(fail);
const marks = developmentMarks(text);
if (marks.length > 0) fail(`Not deployed: the build contains what is for development only: ${marks.join(", ")}.`);
process.exitCode = await deploy();

/** Wrangler may ask, as for a login: it has this terminal. */
function deploy(): Promise<number> {
  const withSecrets = secrets.from === "file" ? ["--secrets-file", writeSecrets(secrets.values)] : [];
  const args = ["deploy", ...CHECKED, ...withSecrets, ...options.passedOn];
  const child = startWrangler(args, "inherit", { env: { NODE_ENV: "production", CI: process.env.CI } });
  return new Promise((done) => child.on("close", (code) => done(code ?? 1)));
}

/** As JSON: from an .env file Wrangler would let the environment replace values. */
function writeSecrets(values: Readonly<Record<string, string | undefined>>): string {
  const file = join(folder, "secrets.json");
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  writeFileSync(file, JSON.stringify(given), { mode: 0o600 });
  return file;
}

async function readSecrets({ keepSecrets, secretsFile }: DeployOptions): Promise<Secrets> {
  if (keepSecrets) return { from: "Cloudflare", names: await keptSecrets() };
  const path = resolve(ROOT, secretsFile);
  if (!existsSync(path)) return { from: "missing file", file: secretsFile };
  return { from: "file", file: secretsFile, values: parseEnv(readFileSync(path, "utf8")) };
}

async function keptSecrets(): Promise<string[]> {
  const output = await runWrangler(["secret", "list", ...CHECKED, "--format", "json"]).catch((fault: Error) =>
    fail(`Not deployed: Cloudflare did not tell which secrets it has.\n${fault.message}`),
  );
  return secretNames(output);
}

/** Those of this machine, and those of everybody who has the repository. */
function secretsForDevelopment(): Map<string, string> {
  const files = [".env.template", ".env", ".dev.vars"].filter((file) => existsSync(join(ROOT, file)));
  const known = files.flatMap((file) => {
    const { SESSION_SECRET = "", ID_SECRET = "", PASS_KEYS = "" } = parseEnv(readFileSync(join(ROOT, file), "utf8"));
    const passKeys = PASS_KEYS.match(/[0-9a-f]{64}/g) ?? [];
    const secrets = [SESSION_SECRET, ID_SECRET, ...passKeys].filter((secret) => secret !== "");
    return secrets.map((secret) => [secret, file] as const);
  });
  return new Map(known);
}
