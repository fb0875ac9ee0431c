// The process that is killed: serves the built worker on Miniflare. Its parent may ask D1.

import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Miniflare, Response, type V4SharedOptions, type V4WorkerOptions } from "miniflare";

/** `script`: statements, in one transaction and without rows. */
export type Request =
  | { readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly script: readonly string[] };
export type ToServer = Request & { readonly id: number };
export type FromServer =
  | { readonly type: "ready" }
  | { readonly type: "rows"; readonly id: number; readonly rows: readonly unknown[] }
  | { readonly type: "fault"; readonly id: number; readonly message: string };

type OptionsFile = V4SharedOptions & { readonly workers: [V4WorkerOptions]; readonly isOffline: boolean };

const [optionsFile] = process.argv.slice(2);
if (optionsFile === undefined || process.send === undefined)
  throw new Error("This is started by test/crash/service.ts");
// The parent is gone, and nobody else will end this process.
process.on("disconnect", () => process.exit(0));

const { isOffline, ...options } = JSON.parse(readFileSync(optionsFile, "utf8")) as OptionsFile;
const [worker] = options.workers;
if (isOffline) worker.outboundService = () => new Response(null, { status: 502 });
const miniflare = new Miniflare(convertV4MiniflareOptions(options));
process.on("message", ({ id, ...request }: ToServer) => {
  const rows = "script" in request ? execute(request.script) : query(request.sql, request.parameters);
  rows.then(
    (rows) => tell({ type: "rows", id, rows }),
    (fault) => tell({ type: "fault", id, message: `${fault}: ${JSON.stringify(request)}` }),
  );
});
await miniflare.ready;
tell({ type: "ready" });

async function query(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
  const database = await miniflare.getD1Database("DB");
  const { results } = await database
    .prepare(sql)
    .bind(...parameters)
    .all();
  return results;
}

/** D1 takes each line as a statement. One call, where `query` makes several to a proxy. */
async function execute(script: readonly string[]): Promise<unknown[]> {
  const database = await miniflare.getD1Database("DB");
  const inOneLine = (statement: string) =>
    statement
      .split("\n")
      .filter((line) => !line.trimStart().startsWith("--"))
      .join(" ");
  await database.exec(script.map(inOneLine).join("\n"));
  return [];
}

function tell(message: FromServer): void {
  process.send?.(message);
}
