// Builds the pages of src/web into dist/web, which the worker serves. Everything that serves, tests
// or deploys calls this first; it takes a fraction of a second.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build, type Metafile } from "esbuild";
import { ROOT } from "./settings.ts";

/** Each has an entry `src/web/<page>/main.tsx`, and may have files in `src/web/<page>/public`. */
export const PAGES = { shop: "Tickets", "box-office": "Box office", door: "Door" } as const;

const WEB = join(ROOT, "src", "web");
export const WEB_DIST = join(ROOT, "dist", "web");
const SWAGGER = join(ROOT, "node_modules", "swagger-ui-dist");
// The files of the swagger-ui-dist package that the page at /docs loads. The package has many more.
const SWAGGER_FILES = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/** What is in dist/web, by path. Only files that differ are written, each at once. */
export async function buildWeb(): Promise<void> {
  const files = await bundled();
  files.set("assets/icon.svg", readFileSync(join(WEB, "icon.svg")));
  for (const name of SWAGGER_FILES) files.set(`docs/${name}`, readFileSync(join(SWAGGER, name)));
  for (const page of Object.keys(PAGES)) {
    for (const path of filesIn(join(WEB, page, "public"))) {
      files.set(`${page}/${path}`, readFileSync(join(WEB, page, "public", path)));
    }
  }
  for (const [path, content] of files) put(join(WEB_DIST, path), content);
  for (const path of filesIn(WEB_DIST)) if (!files.has(path)) rmSync(join(WEB_DIST, path), { force: true });
}

/** Builds again after each change of the sources, for a developer. */
export function watchWeb(onFault: (fault: unknown) => void): void {
  let timer: NodeJS.Timeout | undefined;
  const rebuild = () => void buildWeb().catch(onFault);
  watch(WEB, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(rebuild, 100);
  }).unref();
}

async function bundled(): Promise<Map<string, Uint8Array>> {
  const { outputFiles, metafile } = await build({
    entryPoints: Object.fromEntries(Object.keys(PAGES).map((page) => [page, join(WEB, page, "main.tsx")])),
    absWorkingDir: ROOT,
    outdir: WEB_DIST,
    // The names say what is in the files, so that browsers may keep them for good.
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [slashed(relative(WEB_DIST, path)), contents]));
  for (const [page, title] of Object.entries(PAGES)) {
    files.set(`${page}.html`, Buffer.from(shellOf(title, loadedBy(metafile, page))));
  }
  return files;
}

/** The files that a page loads at its beginning, as the service's paths. The script is first. */
function loadedBy({ outputs }: Metafile, page: string): string[] {
  const entry = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === `src/web/${page}/main.tsx`);
  if (entry === undefined) throw new Error(`${page} was not built`);
  const [script, { cssBundle, imports }] = entry;
  const chunks = imports.flatMap(({ path, kind }) => (kind === "import-statement" ? [path] : []));
  const all = [script, ...(cssBundle === undefined ? [] : [cssBundle]), ...chunks];
  return all.map((path) => `/${slashed(relative("dist/web", path))}`);
}

function shellOf(title: string, [script = "", ...others]: readonly string[]): string {
  const links = others.map((path) =>
    path.endsWith(".css") ? `<link rel="stylesheet" href="${path}">` : `<link rel="modulepreload" href="${path}">`,
  );
  links.push(`<script type="module" src="${script}"></script>`);
  const template = readFileSync(join(WEB, "shell.html"), "utf8");
  return template.replaceAll("{title}", title).replace("{links}", links.join("\n"));
}

function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => slashed(relative(folder, join(entry.parentPath, entry.name))));
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fault;
  }
}

/** Written aside first: a server that reads it meanwhile gets the old file or the new one. */
function put(path: string, content: Uint8Array): void {
  const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  try {
    if (hash(readFileSync(path)) === hash(content)) return;
  } catch {
    // It is not there yet.
  }
  mkdirSync(dirname(path), { recursive: true });
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}`);
  writeFileSync(aside, content);
  renameSync(aside, path);
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
