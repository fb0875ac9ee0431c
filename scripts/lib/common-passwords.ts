// The list of common passwords, from the migration that fills its table.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./settings.ts";

export function commonPasswords(): string[] {
  const folder = join(ROOT, "migrations");
  const newest =
    readdirSync(folder)
      .sort()
      .findLast((file) => file.endsWith("_common_passwords.sql")) ?? "";
  const [, list = ""] = /json_each\('(.*)'\)/s.exec(readFileSync(join(folder, newest), "utf8")) ?? [];
  return JSON.parse(list);
}
