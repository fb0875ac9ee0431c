// Whether D1 has the tables of this version.

import journal from "../../../migrations/meta/_journal.json" with { type: "json" };

const NEWEST = journal.entries.at(-1)?.tag;

/** Whether the newest migration was applied. Newer ones do not matter: this code runs on them. */
export async function isMigrated(d1: D1Database): Promise<boolean> {
  try {
    const row = await d1.prepare("SELECT 1 FROM d1_migrations WHERE name = ?").bind(`${NEWEST}.sql`).first();
    return row !== null;
  } catch (fault) {
    // Wrangler makes this table, with the first migration that it applies.
    if (fault instanceof Error && fault.message.includes("no such table")) return false;
    throw fault;
  }
}
