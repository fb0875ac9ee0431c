// Times as an organiser writes them down: by the clock at the event's place.

/** What an input of type `datetime-local` shows. */
export function toLocal(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return format.format(Date.parse(instant)).replace(" ", "T");
}

/**
 * The moment at which the clocks of the time zone show it; of two such the first one. A time that
 * they leave out is as much later as they are put forward, as calendars have it.
 */
export function fromLocal(local: string, timeZone: string): string {
  // Browsers read much as a time that is none: even nothing with a zone.
  const wantedMs = isLocal(local) ? Date.parse(`${local}:00Z`) : Number.NaN;
  if (Number.isNaN(wantedMs)) return "";
  const shownMs = (atMs: number) => Date.parse(`${toLocal(new Date(atMs).toISOString(), timeZone)}:00Z`);
  // The zone's offset some hours before, and then at, the moment.
  const earlierMs = wantedMs - 26 * 3_600_000;
  const firstMs = wantedMs - (shownMs(earlierMs) - earlierMs);
  const secondMs = firstMs + wantedMs - shownMs(firstMs);
  return new Date(shownMs(secondMs) === wantedMs ? secondMs : firstMs).toISOString();
}

function isLocal(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text);
}

/** Whether the browser knows a time zone of this name: while one is typed it mostly does not. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "" && name !== "";
  } catch {
    return false;
  }
}

/** So many hours after it, which its clocks need not show as that many. */
export function laterLocal(local: string, hours: number, timeZone: string): string {
  const instant = fromLocal(local, timeZone);
  return instant === "" ? "" : toLocal(new Date(Date.parse(instant) + hours * 3_600_000).toISOString(), timeZone);
}

/** As much later or earlier as `to` is than `from`, by the clock on the wall. */
export function movedLocal(local: string, from: string, to: string): string {
  if (![local, from, to].every(isLocal)) return local;
  const movedMs = Date.parse(`${local}:00Z`) + Date.parse(`${to}:00Z`) - Date.parse(`${from}:00Z`);
  const moved = Number.isNaN(movedMs) ? "" : new Date(movedMs).toISOString().slice(0, local.length);
  return isLocal(moved) ? moved : local;
}

export function orNull(local: string, timeZone: string): string | null {
  return local === "" ? null : fromLocal(local, timeZone);
}

export function localOr(instant: string | null | undefined, timeZone: string): string {
  return instant ? toLocal(instant, timeZone) : "";
}

/** Of the visitor's own clock, for what belongs to no event. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
