// Dependencies: how few run in production, and that all are pinned.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/lib/settings.ts";
import {
  ALL_BROWSER_PACKAGES,
  ALL_RUNTIME_PACKAGES,
  BROWSER_PACKAGES,
  RUNTIME_PACKAGES,
} from "../../support/runtime-packages.ts";

interface Entry {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly license?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Why an integrity hash is missing is in docs/decisions/0005. Once one is known, its line goes. */
const WITHOUT_INTEGRITY = [
  "@cloudflare/workerd-darwin-64",
  "@cloudflare/workerd-darwin-arm64",
  "@cloudflare/workerd-windows-64",
];

/** Packages with an install script, which .npmrc does not let run, and why they work without it. */
const WITH_INSTALL_SCRIPT = {
  "node_modules/esbuild": "puts the program in place of a wrapper that starts it: faster, no more",
  "node_modules/drizzle-kit/node_modules/esbuild": "the same",
  "node_modules/@esbuild-kit/core-utils/node_modules/esbuild": "the same",
  "node_modules/workerd": "the same",
  "node_modules/@scarf/scarf": "tells a server of its makers' who installs what; it has no other use",
};

const PERMISSIVE = new Set(["MIT", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "(MIT OR Apache-2.0)"]);

const PRODUCTION = { ...RUNTIME_PACKAGES, ...BROWSER_PACKAGES };
const ALL_OF_PRODUCTION = [...new Set([...ALL_RUNTIME_PACKAGES, ...ALL_BROWSER_PACKAGES])].sort();

const manifest = readJson<Manifest>("package.json");
const { packages } = readJson<{ packages: Record<string, Entry> }>("package-lock.json");
const entries = Object.entries(packages).filter(([path]) => path !== "");

test("every version is pinned exactly", () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(all.length).toBeGreaterThan(15);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  const installed = all.map(([name]) => [name, packages[`node_modules/${name}`]?.version]);
  expect(installed).toEqual(all);
});

test.each(["bench/peers", "test/controls/mutation"])(
  "what one command alone installs, in %s, is pinned too, and comes from the registry by its hash",
  (folder) => {
    const extra = readJson<{ packages: Record<string, Entry & Manifest> }>(`${folder}/package-lock.json`).packages;
    const { dependencies = {} } = readJson<Manifest>(`${folder}/package.json`);
    const installed = Object.keys(dependencies).map((name) => [name, extra[`node_modules/${name}`]?.version]);
    expect(installed).toEqual(Object.entries(dependencies));
    const all = Object.entries(extra).filter(([path]) => path !== "");
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter(([, { integrity = "" }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))).toEqual([]);
    expect(
      all.filter(([, { resolved, hasInstallScript }]) => resolved !== undefined || hasInstallScript === true),
    ).toEqual([]);
  },
);

test("every entry of the lockfile comes from the registry, by the hash of what it was when it was chosen", () => {
  const elsewhere = entries.filter(([, { resolved, link }]) => resolved !== undefined || link === true);
  expect(elsewhere.map(([path]) => path)).toEqual([]);
  const unknown = entries.filter(([, { integrity = "" }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity));
  expect(unknown.map(([path]) => path.replace("node_modules/", "")).sort()).toEqual(WITHOUT_INTEGRITY);
  // Nothing that runs in production is among them.
  expect(unknown.filter(([, { dev }]) => dev !== true)).toEqual([]);
});

test("no install script runs, and what has one is known to work without", () => {
  expect(readText(".npmrc")).toMatch(/^ignore-scripts=true$/m);
  const scripted = entries.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path);
  expect(scripted.sort()).toEqual(Object.keys(WITH_INSTALL_SCRIPT).sort());
  const ownHooks = Object.keys(manifest.scripts ?? {}).filter((name) =>
    /^(pre|post)?(install|prepare|publish)/.test(name),
  );
  expect(ownHooks).toEqual([]);
});

test("what runs in production, and what that pulls in", () => {
  expect(Object.keys(manifest.dependencies ?? {}).sort()).toEqual(Object.keys(PRODUCTION).sort());
  const pulled = Object.keys(PRODUCTION).map((name) => [name, reachedFrom(name)]);
  expect(Object.fromEntries(pulled)).toEqual(PRODUCTION);
  expect(ALL_RUNTIME_PACKAGES).toHaveLength(9);
  expect(ALL_BROWSER_PACKAGES).toHaveLength(4);
  const forProduction = entries.filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional);
  expect(forProduction.map(([path]) => path.replace("node_modules/", "")).sort()).toEqual(ALL_OF_PRODUCTION);
});

test("the licences of what runs in production are permissive", () => {
  const licences = ALL_OF_PRODUCTION.map((name) => {
    const { license } = readJson<Manifest>(`node_modules/${name}/package.json`);
    return [name, license ?? "none"] as const;
  });
  expect(licences.filter(([, licence]) => !PERMISSIVE.has(licence))).toEqual([]);
});

test("npm run sbom lists exactly that, each with its version, its hash and its licence", () => {
  interface Component {
    readonly name: string;
    readonly version: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
    readonly licenses?: readonly unknown[];
  }
  const options = { cwd: ROOT, encoding: "utf8" as const, shell: process.platform === "win32" };
  const bill = JSON.parse(execFileSync("npm", ["run", "--silent", "sbom"], options)) as {
    readonly bomFormat: string;
    readonly components: readonly Component[];
  };
  expect(bill.bomFormat).toBe("CycloneDX");
  const listed = bill.components.map(({ name, version, hashes, licenses }) => ({
    name,
    version,
    licences: licenses?.length,
    integrity: hashes?.map(({ alg, content }) => `${alg} ${content}`),
  }));
  const wanted = ALL_OF_PRODUCTION.map((name) => {
    const { version, integrity = "" } = packages[`node_modules/${name}`] ?? {};
    const hash = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
    return { name, version, licences: 1, integrity: [`SHA-512 ${hash}`] };
  });
  expect(listed.sort((one, other) => (one.name < other.name ? -1 : 1))).toEqual(wanted);
});

/** What a package brings with it, over all steps. */
function reachedFrom(name: string, reached: string[] = []): string[] {
  const { dependencies, optionalDependencies } = packages[`node_modules/${name}`] ?? {};
  for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) {
    if (reached.includes(next)) continue;
    reached.push(next);
    reachedFrom(next, reached);
  }
  return reached;
}

function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function readJson<T>(path: string): T {
  return JSON.parse(readText(path)) as T;
}
