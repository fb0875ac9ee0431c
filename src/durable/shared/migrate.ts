// Brings an object's tables to the newest version of its class.

/** Whether the tables are there: an object that nobody configured keeps its storage empty. */
export function hasTables(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'").toArray().length > 0;
}

/** Brings the tables to the newest of `migrations`, in the caller's transaction. */
export function migrate(sql: SqlStorage, migrations: readonly string[]): void {
  sql.exec("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
  const [row] = sql.exec<{ version: number }>("SELECT version FROM schema_version").toArray();
  if (row === undefined) sql.exec("INSERT INTO schema_version (version) VALUES (0)");
  const from = row?.version ?? 0;
  // A newer version of the code was here before: its tables and their number stay.
  if (from >= migrations.length) return;
  for (const migration of migrations.slice(from)) sql.exec(migration);
  sql.exec("UPDATE schema_version SET version = ?", migrations.length);
}
