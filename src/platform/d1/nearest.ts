// Where D1 is read. Without a session every statement goes to the primary.

/**
 * D1 as the nearest replica has it, which may be a moment behind: for what everybody may see. What
 * somebody reads of their own, and whatever is read to be changed, is read from the primary, so
 * that it follows their own writes.
 */
export function nearest(d1: D1Database): D1Database {
  // A session has the two methods that queries use: `prepare` and `batch`.
  return d1.withSession("first-unconstrained") as unknown as D1Database;
}
