// The days between which the programme is searched. Pure.

import { dayIn } from "../../domain/days.ts";

export interface SearchedTime {
  readonly from?: string;
  readonly to?: string;
}

/** Days begin and end in the zone where the visitor is; one that can't be read is no bound. */
export function searchedTime(from: string | null, to: string | null, timeZone: string): SearchedTime {
  const [first, last] = [dayOf(from, timeZone), dayOf(to, timeZone)];
  return {
    ...(first === null ? {} : { from: new Date(first.startMs).toISOString() }),
    ...(last === null ? {} : { to: new Date(last.endMs).toISOString() }),
  };
}

function dayOf(date: string | null, timeZone: string) {
  const isDate = date !== null && /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(`${date}T12:00:00Z`));
  return isDate ? dayIn(timeZone, date) : null;
}
