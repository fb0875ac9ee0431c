// Whether a door was right to keep somebody out, or to let them in at that time, by the pass as it
// was around the commit that decided it. Scans of one commit see each other, in an order that
// nobody keeps: what any of them did may have come before.

export interface PassAround {
  readonly generation: number;
  readonly revoked_at_ms: number | null;
  readonly check_in_key: string | null;
  readonly admitted_at_ms: number | null;
  readonly out_since_ms: number | null;
}

/** A scan as it is on record. */
export interface RecordedScan {
  readonly key: string;
  readonly type: string;
  readonly passId: string;
  /** NaN for what has none: taking an admission back. */
  readonly generation: number;
  /** By the device's clock; null: live. */
  readonly shownMs: number | null;
  /** When it truly was, by our clock as it was sent, each time that it was; null: live. */
  readonly moments: readonly number[] | null;
  /** Of an undo: which check-in it takes back; empty for whichever there is. */
  readonly checkInKey: string;
  readonly outcome: {
    readonly type: string;
    readonly atMs?: number;
    readonly admission?: { readonly key: string; readonly atMs: number };
    readonly displaced?: object | null;
  } | null;
  readonly refusal: { readonly type: string; readonly atMs?: number; readonly revokedAtMs?: number | null } | null;
}

export interface Around {
  /** A pass without a row is as it was bought. */
  readonly before: PassAround;
  readonly after: PassAround;
  /** Of the same pass and commit. */
  readonly together: readonly RecordedScan[];
  readonly wallMs: number;
  readonly doors: readonly { readonly openMs: number | null; readonly reentry: boolean }[];
}

export const UNTOUCHED: PassAround = {
  generation: 0,
  revoked_at_ms: null,
  check_in_key: null,
  admitted_at_ms: null,
  out_since_ms: null,
};

/** Null where it was right. */
export function wrongRefusal(scan: RecordedScan, around: Around): string | null {
  const { refusal, passId } = scan;
  if (refusal === null || isRight(scan, refusal, around)) return null;
  return `${passId} was kept out as ${JSON.stringify(refusal)} by ${JSON.stringify(scan)}, and was ${JSON.stringify(around.before)}`;
}

function isRight(scan: RecordedScan, refusal: NonNullable<RecordedScan["refusal"]>, around: Around): boolean {
  const { before, after, together, wallMs, doors } = around;
  const hasHappened = (...types: string[]) => together.some(({ outcome }) => types.includes(outcome?.type ?? ""));
  const ever = (is: (pass: PassAround) => boolean) => is(before) || is(after);
  switch (refusal.type) {
    case "unknown":
      return scan.generation > before.generation;
    case "revoked":
      return refusal.revokedAtMs == null
        ? scan.generation < after.generation
        : ever(({ revoked_at_ms }) => revoked_at_ms === refusal.revokedAtMs);
    case "too_early":
      return doors.some(({ openMs }) => openMs !== null && wallMs < openMs);
    case "reentry_not_allowed":
      return doors.some(({ reentry }) => !reentry);
    case "not_admitted":
      return (
        ever((pass) => pass.check_in_key === null || ![pass.check_in_key, ""].includes(scan.checkInKey)) ||
        hasHappened("undone")
      );
    case "already_out":
      return ever(({ out_since_ms }) => out_since_ms !== null) || hasHappened("went_out");
    case "already_admitted":
      return isAlreadyIn(scan, refusal.atMs ?? Number.NaN, around);
    default:
      return false;
  }
}

/** Null where what it did happened when it was scanned, by the true time. */
export function wrongMoment(scan: RecordedScan, { before, wallMs }: Around): string | null {
  const { type = "", atMs, admission } = scan.outcome ?? {};
  const counts = momentsOf(scan, wallMs);
  const wasDone = type === "admitted" && before.check_in_key === scan.key;
  const saidMs = type === "admitted" ? admission?.atMs : atMs;
  // Nobody goes out before they came in.
  const isRight = (moment: number) => (type === "went_out" ? Number(saidMs) >= moment : saidMs === moment);
  if (wasDone || !["admitted", "readmitted", "went_out"].includes(type) || counts.some(isRight)) return null;
  return `${scan.passId} is ${type} at ${saidMs} by ${scan.key}, which was at ${counts}`;
}

/** Nothing is scanned later than now. */
function momentsOf({ moments }: RecordedScan, wallMs: number): readonly number[] {
  return (moments ?? [wallMs]).map((moment) => Math.min(moment, wallMs));
}

/** Somebody went in at that time, no later than this scan, and is not outside. */
function isAlreadyIn(scan: RecordedScan, sinceMs: number, { before, after, together, wallMs }: Around): boolean {
  const admissions = together.flatMap(({ outcome }) => outcome?.admission?.atMs ?? []);
  const isThere = [before.admitted_at_ms, after.admitted_at_ms, ...admissions].includes(sinceMs);
  const isLive = scan.moments === null;
  const isLater = isLive || momentsOf(scan, wallMs).some((moment) => moment >= sinceMs);
  const wasOut = before.out_since_ms !== null && after.out_since_ms !== null;
  const isOutside = wasOut && isLive && together.every(({ outcome }) => outcome === null);
  return isThere && isLater && !isOutside;
}
