// `npm run deploy` in a copy of the project, up to the upload: no network, no account.

import { randomBytes } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { developmentMarks } from "../../../scripts/lib/build.ts";
import { copyProject, type Project } from "../../support/project.ts";

const STRONG = randomBytes(32).toString("hex");
const DATABASE_ID = "3f0c3c7e-1d2b-4b57-9a0f-0c8c7a1e5d42";
const ACCOUNT = "0".repeat(32);

let project: Project;
let cloudflare: Server;
let onCloudflare: string[];
let asked: string[];
let template: string;
beforeAll(async () => {
  cloudflare = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const result = onCloudflare.map((name) => ({ name, type: "secret_text" }));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ success: true, errors: [], messages: [], result }));
  });
  await new Promise<void>((listening) => cloudflare.listen(0, "127.0.0.1", listening));
  const { port } = cloudflare.address() as AddressInfo;
  project = await copyProject({
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}`,
    CLOUDFLARE_API_TOKEN: "not-a-token",
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    // What must not reach a deployment from a developer's shell.
    NODE_ENV: "development",
    SESSION_SECRET: "of the shell",
  });
  template = readFileSync(join(project.folder, "wrangler.toml"), "utf8");
});
afterAll(async () => {
  project?.remove();
  await new Promise((closed) => cloudflare.close(closed));
});
beforeEach(() => {
  asked = [];
  onCloudflare = [];
  configure((toml) => toml.replace(/^database_id = .*$/m, `database_id = "${DATABASE_ID}"`));
  for (const file of [".env", ".env.production"]) rmSync(join(project.folder, file), { force: true });
});

function configure(change: (toml: string) => string): void {
  writeFileSync(join(project.folder, "wrangler.toml"), change(template));
}

function writeSecrets(...lines: string[]): void {
  writeFileSync(join(project.folder, ".env.production"), lines.join("\n"));
}

function deploy(...args: string[]) {
  return project.run(["run", "--silent", "deploy", "--", ...args]);
}

describe("reaches Wrangler's dry run", () => {
  test("with a strong secret, which goes with the same version, and leaves no copy behind", async () => {
    const before = leftBehind();
    writeSecrets(`SESSION_SECRET=${STRONG}`, "SESSION_SECRET_PREVIOUS=", `PASS_KEYS=1:${STRONG}`);
    const { code, output } = await deploy("--dry-run", "--outdir", "dist", "--message", "A first one");
    expect(output).toContain("--dry-run: exiting now.");
    expect(output).toContain('env.SESSION_SECRET ("(hidden)")');
    expect(output).toContain('env.PASS_KEYS ("(hidden)")');
    expect(output).not.toMatch(/SESSION_SECRET_PREVIOUS|PAYMENT_PROVIDER/);
    expect(output).not.toContain(STRONG);
    expect(code).toBe(0);
    // Though the shell says NODE_ENV=development.
    expect(developmentMarks(readFileSync(join(project.folder, "dist", "index.js"), "utf8"))).toEqual([]);
    expect(leftBehind()).toEqual(before);
    expect(asked).toEqual([]);
  });

  test("with the secrets that Cloudflare has", async () => {
    onCloudflare = ["SESSION_SECRET", "PASS_KEYS"];
    const { code, output } = await deploy("--dry-run", "--keep-secrets");
    expect(output).toContain("--dry-run: exiting now.");
    expect(output).not.toContain("env.SESSION_SECRET");
    expect(code).toBe(0);
    expect(asked).toEqual([`GET /accounts/${ACCOUNT}/workers/scripts/ticket-overlord/secrets`]);
  });
});

// Each refusal has its row in test/unit/scripts/deployment.test.ts; here it is what people do.
describe("exits with 1 before anything is uploaded", () => {
  test.each<[string, () => void, string[], RegExp[]]>([
    [
      "from a fresh clone",
      () => configure((toml) => toml),
      [],
      [/There is no \.env\.production\. Make one: node -e/, /database_id in wrangler\.toml is the placeholder/],
    ],
    [
      "with the template's secrets, the limits off, and one that is not there",
      () => {
        const withoutOne = template.replace('name = "LIMIT_PAY"', 'name = "LIMIT_OTHER"');
        configure(() => withoutOne.replace("[vars]", '[vars]\nRATE_LIMITS = "off"'));
        copyFileSync(join(project.folder, ".env.template"), join(project.folder, ".env.production"));
      },
      ["--dry-run"],
      [
        ...[/SESSION_SECRET is missing/, /PAYMENT_PROVIDER=sandbox is for development/],
        /RATE_LIMITS=off is for development, and stands in wrangler\.toml/,
        /LIMIT_PAY is not among the ratelimits/,
      ],
    ],
    [
      "with this machine's secret, and arguments that go round the checks",
      () => {
        writeSecrets(`SESSION_SECRET=${STRONG}`, `PASS_KEYS=1:${STRONG}`);
        copyFileSync(join(project.folder, ".env.production"), join(project.folder, ".env"));
      },
      ["--var", "PAYMENT_PROVIDER:sandbox", "--no-bundle"],
      [
        /SESSION_SECRET is the one of \.env:/,
        /PASS_KEYS' key 1 is the one of \.env:/,
        /--var is not passed on/,
        /--no-bundle is not passed on/,
      ],
    ],
  ])("%s", async (_name, prepare, args, sentences) => {
    prepare();
    const { code, output } = await deploy(...args);
    for (const sentence of sentences) expect(output).toMatch(sentence);
    expect(output).toMatch(/^Not deployed:/);
    expect(output).not.toMatch(/Total Upload|Uploaded/);
    expect(output).not.toContain(STRONG);
    expect(code).toBe(1);
    expect(asked).toEqual([]);
  });

  test("with the sandbox among the secrets that Cloudflare has", async () => {
    onCloudflare = ["SESSION_SECRET", "PASS_KEYS", "PAYMENT_PROVIDER"];
    const { code, output } = await deploy("--keep-secrets");
    expect(output).toMatch(/PAYMENT_PROVIDER is a secret on Cloudflare/);
    expect(code).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test("where the build itself is one for development", async () => {
    configure((toml) =>
      toml
        .replace(/^database_id = .*$/m, `database_id = "${DATABASE_ID}"`)
        .concat('\n[define]\n"process.env.NODE_ENV" = "\'development\'"\n'),
    );
    writeSecrets(`SESSION_SECRET=${STRONG}`, `PASS_KEYS=1:${STRONG}`);
    const { code, output } = await deploy("--dry-run");
    expect(output).toMatch(/Not deployed: the build contains what is for development only: .*pm_sandbox/);
    expect(code).toBe(1);
  });
});

function leftBehind(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("ticket-overlord-deploy-"));
}
