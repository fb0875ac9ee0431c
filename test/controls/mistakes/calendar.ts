// Calendars: that what one says of an event is true, there and in the calendar that has read it.

import { type Mistake, unit, workers } from "../mistake.ts";

const CALENDAR = workers("worker/calendar/calendar");
const FORM = unit("worker/calendar/icalendar");

export const CALENDAR_MISTAKES: readonly Mistake[] = [
  {
    name: "an entry that has changed does not say that it is newer",
    breaks: [10],
    file: "src/worker/calendar/entries.ts",
    find: "return statusVersion + textsVersion - 2;",
    replace: "return (statusVersion + textsVersion) * 0;",
    caughtBy: [CALENDAR],
  },
  {
    name: "what is held stands in the calendar as if it were bought",
    breaks: [10],
    file: "src/worker/calendar/entries.ts",
    find: '? "CONFIRMED" : "TENTATIVE"',
    replace: '? "CONFIRMED" : "CONFIRMED"',
    caughtBy: [CALENDAR],
  },
  {
    name: "a calendar says the first of two times that clocks show twice",
    breaks: [10],
    file: "src/worker/calendar/icalendar.ts",
    find: "return !isShownAgain(timeZone, startsAtMs) && !isShownAgain(timeZone, endsAtMs);",
    replace: "return startsAtMs <= endsAtMs || !isShownAgain(timeZone, startsAtMs);",
    caughtBy: [FORM],
  },
  {
    name: "a text breaks out of its line in a calendar",
    breaks: [8],
    file: "src/worker/calendar/icalendar.ts",
    find: ".replace(/[\\\\;,\\n]/g,",
    replace: ".replace(/[\\\\;,]/g,",
    caughtBy: [FORM],
  },
];
