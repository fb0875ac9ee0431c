// Where D1 is read. Without a session every statement goes to the primary.

/**
 * D1's nearest replica, possibly a moment behind: for public pages. What a change depends on and an
 * account's own data come from the primary, so that they include the caller's own writes.
 */
export function nearest(d1: D1Database): D1Database {
  // Queries use two methods of a database, which a session has as well.
  return d1.withSession("first-unconstrained") as Pick<D1Database, "prepare" | "batch"> as D1Database;
}
