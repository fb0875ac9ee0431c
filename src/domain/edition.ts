// Editions of events and ticket types: another one with each change by an organiser, and never by a
// sale. A request that names the edition it is based on changes no later one. Pure.

/** What is new has this edition, and so has what was there before there were editions. */
export const FIRST_EDITION = "0";

/** The editions that a request may change or delete; null for any. */
export type IfMatch = readonly string[] | null;

/** Another change came in between. */
export interface PreconditionRefusal {
  readonly type: "precondition_failed";
}

export function isCurrent(edition: string, ifMatch: IfMatch): boolean {
  return ifMatch === null || ifMatch.includes(edition);
}
