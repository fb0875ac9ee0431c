// Lies about what happened to passes: each changes a true end in one respect, so that the check
// that is named beside it must reject it.

import type { AskedPass } from "./gates.ts";
import type { EndOfPasses, GatePass } from "./look-at-doors.ts";
import type { PassAnswer, PassRequest } from "./pass-model.ts";
import type { EndState } from "./record.ts";
import { reservationOf, revocationOf } from "./verify-passes.ts";

const ONCE = "a pass goes in once, and a revoked one never";
const AFTER_MS = 0.001;
// Longer than a request may have been on its way.
const SURELY_WRONG_MS = 60_000;
const NO_ANSWER = { at: null, gate: null };

export const PASS_LIES: Readonly<
  Record<string, { readonly check: string; readonly tell: (end: EndState) => EndState[] }>
> = {
  "a pass went in at two gates": { check: ONCE, tell: twice },
  "a pass went in at two gates, by the count of answers": {
    check: "admissions are as many as were answered",
    tell: twice,
  },
  "an acknowledged admission was lost": { check: ONCE, tell: admissionLost },
  "an admission that was taken back is there": { check: ONCE, tell: notTakenBack },
  "a pass went in after it was revoked": { check: ONCE, tell: inThoughRevoked },
  "a code went in that was passed on": { check: ONCE, tell: inWithOldCode },
  "an acknowledged new holder was forgotten": { check: ONCE, tell: notPassedOn },
  "a scan counted as a wrong clock showed it": { check: ONCE, tell: asTheClockShowed },
  "another admission is on record than was answered": { check: ONCE, tell: anotherAdmission },
  "a repeated scan was let in again": { check: "a repeated scan has one answer", tell: anotherAnswer },
  "a scan was never answered": { check: "a repeated scan has one answer", tell: unanswered },
  "a pass is missing": { check: "passes are valid, admitted or revoked, and all are counted", tell: missing },
  "one more went in than there are": {
    check: "passes are valid, admitted or revoked, and all are counted",
    tell: countedOnceMore,
  },
  "a device has not heard of a change": {
    check: "a device that reads what is new misses nothing",
    tell: notHeardOf,
  },
  "a device never heard of a pass": { check: "a device that reads what is new misses nothing", tell: neverHeardOf },
  "D1 has a pass as it was": { check: "D1 equals the objects of passes", tell: copiedAsValid },
};

/** Of passes that nobody took back: those may go in again. */
function twice(end: EndState): EndState[] {
  return admissionsIn(end)
    .filter(({ request }) => !takenBack(end, request.pass))
    .map((asked) => withAsked(end, rightAfter(asked, "another gate", asked.request, asked.answers)));
}

function admissionLost(end: EndState): EndState[] {
  return admissionsIn(end)
    .filter(({ request }) => !takenBack(end, request.pass))
    .map(({ request }) => withPass(end, request.pass, { state: "valid", at: null, gate: null, outside: false }));
}

function notTakenBack(end: EndState): EndState[] {
  return end.askedPasses
    .filter(({ answers, request }) => {
      const isLeft = (end.passes.atGates.get(request.pass)?.at ?? null) === null;
      return answers[0]?.result === "undone" && isLeft;
    })
    .map(({ request, answers }) => {
      const { at = null, gate = null } = answers[0] ?? {};
      return withPass(end, request.pass, { state: "admitted", at, gate });
    });
}

function inThoughRevoked(end: EndState): EndState[] {
  return refusedAs(end, (at) => at !== null)
    .filter(({ request, startMs }) => revocationOf(end, request.pass).some(({ endMs }) => endMs < startMs))
    .map((asked) => letIn(end, asked));
}

function inWithOldCode(end: EndState): EndState[] {
  const isOld = ({ request: { pass }, startMs }: AskedPass) =>
    end.askedPasses.some(
      ({ request, answers, endMs }) =>
        request.pass === pass && request.type === "pass_on" && answers[0]?.result === "done" && endMs < startMs,
    );
  return refusedAs(end, (at) => at === null)
    .filter(isOld)
    .map((asked) => letIn(end, asked));
}

/** Also where it is on record so: its scan was answered otherwise. */
function letIn(end: EndState, asked: AskedPass): EndState {
  const { request, startMs } = asked;
  const at = new Date(startMs).toISOString();
  const gate = "gate" in request ? request.gate : "";
  const answer = { result: "admitted", at, gate, displaced: null };
  const told = end.askedPasses.map((one) => (one === asked ? { ...one, answers: [answer] } : one));
  return withPass({ ...end, askedPasses: told }, request.pass, { at, gate });
}

function notPassedOn(end: EndState): EndState[] {
  return end.askedPasses
    .filter(({ request, answers }) => request.type === "pass_on" && answers[0]?.result === "done")
    .map(({ request }) => withPass(end, request.pass, { generation: 0 }));
}

/** Answered so, and on record so. */
function asTheClockShowed(end: EndState): EndState[] {
  return admissionsIn(end).flatMap((asked) => {
    const { request, answers } = asked;
    const { at, gate } = answers[0] ?? NO_ANSWER;
    const aheadMs = "at" in request && request.at !== null ? (request.clockAheadMs ?? 0) : 0;
    const isOnRecord = end.passes.atGates.get(request.pass)?.at === at;
    if (at === null || !isOnRecord || Math.abs(aheadMs) < SURELY_WRONG_MS) return [];
    const shown = new Date(Date.parse(at) + aheadMs).toISOString();
    const answer = { result: "admitted", at: shown, gate, displaced: null };
    const told = end.askedPasses.map((one) => (one === asked ? { ...one, answers: [answer] } : one));
    return [withPass({ ...end, askedPasses: told }, request.pass, { at: shown, gate })];
  });
}

function anotherAdmission(end: EndState): EndState[] {
  return [...end.passes.atGates.values()]
    .filter(({ at }) => at !== null)
    .map(({ id, at }) => withPass(end, id, { at: new Date(Date.parse(at ?? "") + 1).toISOString() }));
}

function anotherAnswer(end: EndState): EndState[] {
  return end.askedPasses
    .filter(({ answers }) => answers[0]?.result === "already_admitted")
    .map((asked) => {
      const { at = null, gate = null } = asked.answers[0] ?? {};
      const again = { ...asked, answers: [...asked.answers, { result: "admitted", at, gate, displaced: null }] };
      return { ...end, askedPasses: end.askedPasses.map((one) => (one === asked ? again : one)) };
    });
}

function unanswered(end: EndState): EndState[] {
  const { askedPasses } = end;
  return askedPasses.slice(0, 1).map((asked) => ({
    ...end,
    askedPasses: askedPasses.map((one) => (one === asked ? { ...one, answers: [] } : one)),
  }));
}

function missing(end: EndState): EndState[] {
  return [...end.passes.ofBuyers].map(([id, own]) => {
    return withPasses(end, { ofBuyers: new Map(end.passes.ofBuyers).set(id, own.slice(1)) });
  });
}

function countedOnceMore(end: EndState): EndState[] {
  return [...end.passes.counted].map(([id, counts]) => {
    const more = { ...counts, admitted: counts.admitted + 1, inside: counts.inside + 1 };
    return withPasses(end, { counted: new Map(end.passes.counted).set(id, more) });
  });
}

function copiedAsValid(end: EndState): EndState[] {
  return [...end.passes.rows]
    .filter(([, { state }]) => state !== "valid")
    .map(([id, row]) => withPasses(end, { rows: new Map(end.passes.rows).set(id, { ...row, state: "valid" }) }));
}

function notHeardOf(end: EndState): EndState[] {
  return [...end.passes.onDevice]
    .filter(([, { state }]) => state !== "valid")
    .map(([id, pass]) =>
      onDevice(end, [...end.passes.onDevice, [id, { ...pass, state: "valid", at: null, gate: null }]]),
    );
}

function neverHeardOf(end: EndState): EndState[] {
  const all = [...end.passes.onDevice];
  return all.map(([missed]) =>
    onDevice(
      end,
      all.filter(([id]) => id !== missed),
    ),
  );
}

function onDevice(end: EndState, passes: readonly (readonly [string, GatePass])[]): EndState {
  return withPasses(end, { onDevice: new Map(passes) });
}

function admissionsIn({ askedPasses }: EndState): AskedPass[] {
  return askedPasses.filter(({ answers }) => answers[0]?.result === "admitted" && answers[0].displaced === null);
}

function takenBack({ askedPasses }: EndState, passId: string): boolean {
  return askedPasses.some(({ request, answers }) => request.pass === passId && answers[0]?.result === "undone");
}

function refusedAs({ askedPasses }: EndState, isSo: (at: PassAnswer["at"]) => boolean): AskedPass[] {
  return askedPasses.filter(({ request, answers: [answer] }) => {
    return request.type === "in" && answer?.result === "revoked" && isSo(answer.at);
  });
}

function rightAfter(
  { endMs }: AskedPass,
  key: string,
  request: PassRequest,
  answers: readonly PassAnswer[],
): AskedPass {
  return {
    request: { ...request, key },
    startMs: endMs + AFTER_MS,
    endMs: endMs + 2 * AFTER_MS,
    answers: [...answers],
  };
}

function withAsked(end: EndState, asked: AskedPass): EndState {
  return { ...end, askedPasses: [...end.askedPasses, asked] };
}

/** To gates, to its buyer, and in D1. */
function withPass(
  end: EndState,
  id: string,
  change: Partial<{ state: string; generation: number; outside: boolean; at: string | null; gate: string | null }>,
): EndState {
  const { passes } = end;
  const untouched = { id, state: "valid", generation: 0, outside: false, at: null, gate: null };
  const atGates = new Map(passes.atGates).set(id, { ...(passes.atGates.get(id) ?? untouched), ...change });
  const { state } = change;
  const own = passes.ofBuyers.get(reservationOf(id)) ?? [];
  const told = own.map((pass) => (pass.id === id && state !== undefined ? { ...pass, state } : pass));
  return withPasses(end, { atGates, ofBuyers: new Map(passes.ofBuyers).set(reservationOf(id), told) });
}

function withPasses(end: EndState, change: Partial<EndOfPasses>): EndState {
  return { ...end, passes: { ...end.passes, ...change } };
}
