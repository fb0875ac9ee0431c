// What may happen to one pass, written a second time: the checker must not share the product's
// mistakes. Whether all that was answered about a pass could have happened one after the other.

/** What is asked of a pass: by a gate, by a manager, or by its buyer. */
export type PassRequest = {
  readonly pass: string;
  /** Of a name only for the record: who repeats it asks for the same name. */
  readonly key: string;
} & (
  | {
      readonly type: "in" | "out";
      readonly gate: string;
      /** The code's. */
      readonly generation: number;
      /** When a device without a network scanned it, by our clock; null: now. */
      readonly at: string | null;
      /** By how much the device's clock is ahead, if it says what it shows; null: it is right. */
      readonly clockAheadMs: number | null;
    }
  /** `checkIn`: the key of the one to take back; null for whichever counts. */
  | { readonly type: "undo"; readonly checkIn: string | null }
  | { readonly type: "pass_on" }
  | { readonly type: "name"; readonly name: string }
);

export interface Place {
  readonly at: string;
  readonly gate: string;
}

/** `result`: of a check-in its own, else `done` or the problem. */
export interface PassAnswer {
  readonly result: string;
  readonly at: string | null;
  readonly gate: string | null;
  readonly displaced: Place | null;
}

/** How it is in the end. */
export interface EndedPass {
  readonly state: string;
  readonly generation: number;
  readonly outside: boolean;
  /** When and where it went in. */
  readonly at: string | null;
  readonly gate: string | null;
  readonly name: string | null;
  readonly revokedAt: string | null;
}

interface Times {
  readonly startMs: number;
  readonly endMs: number;
}

/** A request that got this answer, or a refund that gave the pass back. */
export type PassOperation = Times &
  (
    | { readonly request: PassRequest; readonly answer: PassAnswer }
    | { readonly request: { readonly type: "revoke" }; readonly at: string }
  );

interface ModelPass {
  readonly generation: number;
  readonly name: string | null;
  readonly revokedAt: string | null;
  readonly admission: (Place & { readonly key: string }) | null;
  readonly outSince: string | null;
}

// Of the clock of requests and that of the day, within one request.
const CLOCKS_DIFFER_MS = 50;

const FRESH: ModelPass = { generation: 0, name: null, revokedAt: null, admission: null, outSince: null };

/** A pass that nothing has happened to. */
export const UNTOUCHED = endOf(FRESH);

/**
 * Whether the operations fit some order in which each took effect between its start and its end,
 * and leave the pass as it is in the end. Wing and Gong's search: of one pass there are few.
 */
export function isPossible(operations: readonly PassOperation[], end: EndedPass): boolean {
  const wanted = JSON.stringify(endOf(end));
  const seen = new Set<string>();
  const stack: { readonly left: readonly PassOperation[]; readonly pass: ModelPass }[] = [
    { left: operations, pass: FRESH },
  ];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { left, pass } = top;
    if (left.length === 0 && JSON.stringify(endOf(endedAs(pass))) === wanted) return true;
    const key = JSON.stringify([left.map((operation) => operations.indexOf(operation)), pass]);
    if (seen.has(key)) continue;
    seen.add(key);
    const firstEndMs = Math.min(...left.map(({ endMs }) => endMs));
    const next = left
      .filter(({ startMs }) => startMs <= firstEndMs)
      .map((operation) => ({
        left: left.filter((other) => other !== operation),
        pass: "at" in operation ? revoked(pass, operation.at) : answered(pass, operation),
      }));
    // What fits here and changes nothing is in nobody's way: it need not be tried later as well.
    const idle = next.find((after) => after.pass === pass);
    for (const { left, pass } of idle === undefined ? next : [idle]) if (pass !== null) stack.push({ left, pass });
  }
  return false;
}

function endedAs({ generation, name, revokedAt, admission, outSince }: ModelPass): EndedPass {
  const { at = null, gate = null } = admission ?? {};
  const state = revokedAt !== null ? "revoked" : admission === null ? "valid" : "admitted";
  return { state, generation, outside: outSince !== null, at, gate, name, revokedAt };
}

/** Its fields in one order. */
function endOf(pass: EndedPass | ModelPass): EndedPass {
  const { state, generation, outside, at, gate, name, revokedAt } = "state" in pass ? pass : endedAs(pass);
  return { state, generation, outside, at, gate, name, revokedAt };
}

function revoked(pass: ModelPass, at: string): ModelPass | null {
  return pass.revokedAt === null ? { ...pass, revokedAt: at } : null;
}

type Answered = Extract<PassOperation, { readonly answer: unknown }>;

/** The pass after this answer; itself if that changes nothing; null if it is impossible here. */
function answered(pass: ModelPass, operation: Answered): ModelPass | null {
  const { request, answer } = operation;
  switch (request.type) {
    case "in":
    case "out": {
      const { generation, revokedAt } = pass;
      const isRevoked = request.generation <= generation && (revokedAt !== null || request.generation < generation);
      if (answer.result === "revoked") return isRevoked && answer.at === revokedAt ? pass : null;
      if (answer.result === "unknown") return request.generation > generation ? pass : null;
      if (isRevoked || request.generation !== generation) return null;
      const scanned = windowOf(request, operation);
      return request.type === "in" ? wentIn(pass, request, scanned, answer) : wentOut(pass, scanned, answer);
    }
    case "undo":
      return undone(pass, request, answer);
    case "pass_on":
      return changed(pass, answer, { generation: pass.generation + 1, name: null });
    case "name":
      return changed(pass, answer, { name: request.name });
  }
}

type Scan = Extract<PassRequest, { readonly type: "in" | "out" }>;

/** Between which moments a scan counts as made; null: when it was decided. */
type Window = { readonly earliestMs: number; readonly latestMs: number } | null;

/** What a request takes on its way counts as its device's clock being behind. */
function windowOf({ at, clockAheadMs }: Scan, { startMs, endMs }: Times): Window {
  if (at === null) return null;
  const longestWayMs = clockAheadMs === null ? 0 : endMs - startMs + CLOCKS_DIFFER_MS;
  return { earliestMs: ms(at), latestMs: ms(at) + longestWayMs };
}

function wentIn(pass: ModelPass, { gate, key }: Scan, scanned: Window, answer: PassAnswer): ModelPass | null {
  const { admission, outSince } = pass;
  switch (answer.result) {
    case "admitted": {
      if (answer.at === null || answer.gate !== gate || !isWithin(answer.at, scanned)) return null;
      const isFirst = admission !== null && scanned !== null && ms(answer.at) < ms(admission.at);
      if (!isSame(answer.displaced, isFirst ? admission : null) || (admission !== null && !isFirst)) return null;
      return { ...pass, admission: { at: answer.at, gate, key } };
    }
    case "readmitted": {
      if (admission === null || outSince === null) return null;
      return scanned === null || scanned.latestMs >= ms(outSince) ? { ...pass, outSince: null } : null;
    }
    case "already_admitted":
      return admission !== null && wasInside(pass, scanned) && isSame(answer, admission) ? pass : null;
    default:
      return null;
  }
}

/** At a moment of those at which it may have been scanned. */
function wasInside({ admission, outSince }: ModelPass, scanned: Window): boolean {
  if (scanned === null) return outSince === null;
  const sinceMs = Math.max(scanned.earliestMs, ms(admission?.at ?? ""));
  return sinceMs <= scanned.latestMs && (outSince === null || sinceMs < ms(outSince));
}

function wentOut(pass: ModelPass, scanned: Window, answer: PassAnswer): ModelPass | null {
  const { admission, outSince } = pass;
  switch (answer.result) {
    case "went_out": {
      if (admission === null || outSince !== null || answer.at === null) return null;
      // Nobody leaves before they came in.
      const counts = scanned === null ? null : notBefore(ms(admission.at), scanned);
      return isWithin(answer.at, counts) ? { ...pass, outSince: answer.at } : null;
    }
    case "already_out":
      return outSince !== null && outSince === answer.at ? pass : null;
    case "not_admitted":
      return admission === null ? pass : null;
    default:
      return null;
  }
}

function notBefore(atMs: number, { earliestMs, latestMs }: NonNullable<Window>): Window {
  return { earliestMs: Math.max(earliestMs, atMs), latestMs: Math.max(latestMs, atMs) };
}

function isWithin(at: string, scanned: Window): boolean {
  return scanned === null || (ms(at) >= scanned.earliestMs && ms(at) <= scanned.latestMs);
}

function undone(
  pass: ModelPass,
  { checkIn }: Extract<PassRequest, { readonly type: "undo" }>,
  answer: PassAnswer,
): ModelPass | null {
  const { admission, revokedAt } = pass;
  if (answer.result === "revoked") return revokedAt !== null && revokedAt === answer.at ? pass : null;
  if (revokedAt !== null) return null;
  const isMeant = admission !== null && (checkIn === null || checkIn === admission.key);
  if (answer.result === "not_admitted") return isMeant ? null : pass;
  if (answer.result !== "undone" || !isMeant || !isSame(answer, admission)) return null;
  return { ...pass, admission: null, outSince: null };
}

/** What its buyer asks for. Who has passed it on holds it no more. */
function changed(
  pass: ModelPass,
  { result }: PassAnswer,
  change: Partial<Pick<ModelPass, "generation" | "name">>,
): ModelPass | null {
  const { generation, revokedAt, admission } = pass;
  const isHeld = generation === 0;
  switch (result) {
    case "done":
      return isHeld && revokedAt === null && admission === null ? { ...pass, ...change } : null;
    case "pass_revoked":
      return isHeld && revokedAt !== null ? pass : null;
    case "pass_admitted":
      return isHeld && revokedAt === null && admission !== null ? pass : null;
    case "not_found":
      return isHeld ? null : pass;
    default:
      return null;
  }
}

function isSame(one: Pick<PassAnswer, "at" | "gate"> | null, other: Place | null): boolean {
  if (one === null || other === null) return one === other;
  return one.at === other.at && one.gate === other.gate;
}

function ms(at: string): number {
  return Date.parse(at);
}
