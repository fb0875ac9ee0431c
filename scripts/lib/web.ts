// Builds the pages of src/web into dist/web, which the worker serves. Everything that serves, tests
// or deploys calls this first; it takes a fraction of a second.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { ROOT } from "./settings.ts";

/**
 * Each has an entry `src/web/<page>/main.tsx`, and may have files in `src/web/<page>/public` and
 * more links for its head in `src/web/<page>/head.html`.
 */
export const PAGES = { shop: "Tickets", "box-office": "Box office", door: "Door" } as const;

const WEB = join(ROOT, "src", "web");
export const WEB_DIST = join(ROOT, "dist", "web");
const SWAGGER = join(ROOT, "node_modules", "swagger-ui-dist");
// The files of the swagger-ui-dist package that the page at /docs loads. The package has many more.
const SWAGGER_FILES = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/** The icon, and the picture of previews: what other sites name can't have a hash in its name. */
const NAMED_ASSETS = ["icon.svg", "preview.png"];

/** What is in dist/web, by path. Only files that differ are written, each at once. */
export async function buildWeb(): Promise<void> {
  const { files, metafile } = await bundled();
  for (const name of NAMED_ASSETS) files.set(`assets/${name}`, readFileSync(join(WEB, name)));
  for (const name of SWAGGER_FILES) files.set(`docs/${name}`, readFileSync(join(SWAGGER, name)));
  for (const page of Object.keys(PAGES)) {
    for (const path of filesIn(join(WEB, page, "public"))) {
      files.set(`${page}/${path}`, readFileSync(join(WEB, page, "public", path)));
    }
  }
  files.set("door/service-worker.js", await serviceWorker(files, metafile));
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

type Files = Map<string, Uint8Array>;

const SHARED = {
  absWorkingDir: ROOT,
  outdir: WEB_DIST,
  // The names say what is in the files, so that browsers may keep them for good.
  entryNames: "assets/[name]-[hash]",
  chunkNames: "assets/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  bundle: true,
  format: "esm",
  target: ["es2022", "safari16.4"],
  minify: true,
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "silent",
} as const satisfies BuildOptions;

async function bundled(): Promise<{ readonly files: Files; readonly metafile: Metafile }> {
  // A worker is a script of its own: the page has to know what it is called.
  const [decoder, decoderScript] = await script("src/web/door/scanner/decoder-worker.ts", {});
  const { outputFiles, metafile } = await build({
    ...SHARED,
    entryPoints: Object.fromEntries(Object.keys(PAGES).map((page) => [page, join(WEB, page, "main.tsx")])),
    splitting: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { DECODER_SCRIPT: JSON.stringify(`/${decoder}`) },
  });
  const files: Files = new Map([[decoder, decoderScript]]);
  for (const { path, contents } of outputFiles) files.set(slashed(relative(WEB_DIST, path)), contents);
  for (const [page, title] of Object.entries(PAGES)) {
    files.set(`${page}.html`, Buffer.from(shellOf(page, title, loadedBy(metafile, page))));
  }
  return { files, metafile };
}

async function script(entry: string, define: Readonly<Record<string, string>>): Promise<[string, Uint8Array]> {
  const { outputFiles } = await build({ ...SHARED, entryPoints: [entry], define });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry} was not built`);
  return [slashed(relative(WEB_DIST, file.path)), file.contents];
}

/** Keeps the door's page in the browser: all that it loads, now or later, and what is beside it. */
async function serviceWorker(files: Files, { outputs }: Metafile): Promise<Uint8Array> {
  const parts = new Set(loadedBy({ inputs: {}, outputs }, "door").map((path) => path.slice(1)));
  for (const part of parts) {
    const { imports = [] } = outputs[`dist/web/${part}`] ?? {};
    for (const { path } of imports) parts.add(slashed(relative("dist/web", path)));
  }
  const beside = [...files.keys()].filter((path) => /^(door\/|assets\/(icon|decoder-worker)[.-])/.test(path));
  const kept = ["door.html", ...parts, ...beside].sort();
  const hash = createHash("sha256");
  for (const path of kept) hash.update(`${path}\0`).update(files.get(path) ?? "");
  const paths = kept.map((path) => (path === "door.html" ? "/door" : `/${path}`));
  const [, content] = await script("src/web/door/service-worker.ts", {
    PRECACHE: JSON.stringify(paths),
    VERSION: JSON.stringify(hash.digest("hex").slice(0, 16)),
  });
  return content;
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

function shellOf(page: string, title: string, [script = "", ...others]: readonly string[]): string {
  const links = others.map((path) =>
    path.endsWith(".css") ? `<link rel="stylesheet" href="${path}">` : `<link rel="modulepreload" href="${path}">`,
  );
  const more = join(WEB, page, "head.html");
  if (existsSync(more)) links.push(readFileSync(more, "utf8").trimEnd());
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
