// What is sent to browsers: how much, of whose packages, and types that are those of the API.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { apiTypes } from "../../../scripts/lib/api-types.ts";
import { ROOT } from "../../../scripts/lib/settings.ts";
import { buildWeb, PAGES, WEB_DIST } from "../../../scripts/lib/web.ts";
import { API } from "../../../src/worker/routes.ts";
import { describeApi } from "../../../src/worker/service/openapi.ts";
import { ALL_BROWSER_PACKAGES } from "../../support/runtime-packages.ts";

const MOST_OF_SHOP = 40 * 1024;

beforeAll(buildWeb);

/** A page's scripts: what it loads at its beginning, and what it may load later. */
function scriptsOf(page: string): string[] {
  const html = readFileSync(join(WEB_DIST, `${page}.html`), "utf8");
  const found = new Set([...html.matchAll(/"(\/assets\/[\w-]+\.js)"/g)].map(([, path = ""]) => path));
  for (const path of found) {
    const text = readFileSync(join(WEB_DIST, path), "utf8");
    for (const [, name] of text.matchAll(/"(?:\.|\/assets)\/([\w-]+\.js)"/g)) found.add(`/assets/${name}`);
  }
  return [...found];
}

test("the shop's scripts have at most 40 KiB gzipped, those that it loads later included", () => {
  const scripts = scriptsOf("shop");
  expect(scripts.length).toBeGreaterThan(1);
  // The level that Cloudflare compresses with is not lower.
  const sizes = scripts.map((path) => gzipSync(readFileSync(join(WEB_DIST, path)), { level: 6 }).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_OF_SHOP);
});

test("each page has one style and one entry, and dist has nothing that no page has", () => {
  for (const page of Object.keys(PAGES)) {
    const html = readFileSync(join(WEB_DIST, `${page}.html`), "utf8");
    expect(html.match(/<script type="module"/g), page).toHaveLength(1);
    expect(html.match(/rel="stylesheet"/g), page).toHaveLength(1);
  }
  const scripts = new Set(Object.keys(PAGES).flatMap(scriptsOf));
  const built = readdirSync(join(WEB_DIST, "assets")).filter((name) => name.endsWith(".js"));
  expect(built.map((name) => `/assets/${name}`).sort()).toEqual([...scripts].sort());
});

test("the packages in the pages' scripts are the known ones", async () => {
  const { metafile } = await build({
    entryPoints: [
      ...Object.keys(PAGES).map((page) => `src/web/${page}/main.tsx`),
      "src/web/door/scanner/decoder-worker.ts",
    ],
    ...{ absWorkingDir: ROOT, outdir: "dist/none", bundle: true, splitting: true, format: "esm", write: false },
    ...{ jsx: "automatic", jsxImportSource: "preact", metafile: true, logLevel: "silent" },
  });
  const packages = Object.keys(metafile.inputs).flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  expect([...new Set(packages)].sort()).toEqual(ALL_BROWSER_PACKAGES);
});

test("the types of the API in src/web are those of /openapi.json (npm run api-types)", () => {
  const file = join(ROOT, "src", "web", "ui", "api-types.ts");
  const biome = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
  const { stdout } = spawnSync(process.execPath, [biome, "format", `--stdin-file-path=${file}`], {
    ...{ cwd: ROOT, encoding: "utf8", input: apiTypes(describeApi(API)), maxBuffer: 16 * 1024 * 1024 },
  });
  expect(stdout === readFileSync(file, "utf8"), "run `npm run api-types`").toBe(true);
});
