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
      /** When a device without a network scanned it; null: now. */
      readonly at: string | null;
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
    for (const operation of left.filter(({ startMs }) => startMs <= firstEndMs)) {
      const after = "at" in operation ? revoked(pass, operation.at) : answered(pass, operation);
      if (after !== null) stack.push({ left: left.filter((other) => other !== operation), pass: after });
    }
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
function answered(pass: ModelPass, { request, answer }: Answered): ModelPass | null {
  switch (request.type) {
    case "in":
    case "out": {
      const { generation, revokedAt } = pass;
      const isRevoked = request.generation <= generation && (revokedAt !== null || request.generation < generation);
      if (answer.result === "revoked") return isRevoked && answer.at === revokedAt ? pass : null;
      if (answer.result === "unknown") return request.generation > generation ? pass : null;
      if (isRevoked || request.generation !== generation) return null;
      return request.type === "in" ? wentIn(pass, request, answer) : wentOut(pass, request, answer);
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

function wentIn(pass: ModelPass, { at, gate, key }: Scan, answer: PassAnswer): ModelPass | null {
  const { admission, outSince } = pass;
  const isFirst = admission !== null && at !== null && ms(at) < ms(admission.at);
  const comesBack = admission !== null && !isFirst && outSince !== null && (at === null || ms(at) >= ms(outSince));
  switch (answer.result) {
    case "admitted": {
      const isAsScanned = answer.at !== null && answer.gate === gate && (at === null || ms(answer.at) === ms(at));
      const displaces = isFirst ? admission : null;
      if (!isAsScanned || !isSame(answer.displaced, displaces) || (admission !== null && !isFirst)) return null;
      return { ...pass, admission: { at: answer.at, gate, key } };
    }
    case "readmitted":
      return comesBack ? { ...pass, outSince: null } : null;
    case "already_admitted":
      return admission !== null && !isFirst && !comesBack && isSame(answer, admission) ? pass : null;
    default:
      return null;
  }
}

function wentOut(pass: ModelPass, { at }: Scan, answer: PassAnswer): ModelPass | null {
  const { admission, outSince } = pass;
  switch (answer.result) {
    case "went_out": {
      if (admission === null || outSince !== null || answer.at === null) return null;
      const isAsScanned = at === null || ms(answer.at) === Math.max(ms(at), ms(admission.at));
      return isAsScanned ? { ...pass, outSince: answer.at } : null;
    }
    case "already_out":
      return outSince !== null && outSince === answer.at ? pass : null;
    case "not_admitted":
      return admission === null ? pass : null;
    default:
      return null;
  }
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
