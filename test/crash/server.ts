// The process that is killed: serves the built worker on Miniflare. Its parent may ask D1.

import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions } from "miniflare";

export type ToServer = { readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] };
export type FromServer =
  | { readonly type: "ready" }
  | { readonly type: "rows"; readonly id: number; readonly rows: readonly unknown[] }
  | { readonly type: "fault"; readonly id: number; readonly message: string };

const [optionsFile] = process.argv.slice(2);
if (optionsFile === undefined || process.send === undefined)
  throw new Error("This is started by test/crash/service.ts");
// The parent is gone, and nobody else will end this process.
process.on("disconnect", () => process.exit(0));

const options = JSON.parse(readFileSync(optionsFile, "utf8")) as V4MiniflareOptions;
const miniflare = new Miniflare(convertV4MiniflareOptions(options));
process.on("message", ({ id, sql, parameters }: ToServer) => {
  query(sql, parameters).then(
    (rows) => tell({ type: "rows", id, rows }),
    (fault) => tell({ type: "fault", id, message: `${fault}: ${sql}` }),
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

function tell(message: FromServer): void {
  process.send?.(message);
}
