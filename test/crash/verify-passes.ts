// What must be true at rest of passes: each went in once, a revoked one never did, what was
// answered stands, and the sums come out.

import type { AskedPass } from "./gates.ts";
import { copiesDiffer, missedByDevice } from "./look-at-doors.ts";
import { type EndedPass, isPossible, type PassAnswer, type PassOperation, UNTOUCHED } from "./pass-model.ts";
import type { Body, EndState } from "./record.ts";
import { windowOf } from "./refund-histories.ts";
import { isSold } from "./verify-refunds.ts";

export const PASS_CHECKS: Readonly<Record<string, (end: EndState) => string[]>> = {
  "a pass goes in once, and a revoked one never": goesInOnce,
  "admissions are as many as were answered": admissionsAddUp,
  "a repeated scan has one answer": oneAnswerPerKey,
  "passes are valid, admitted or revoked, and all are counted": passesAddUp,
  "D1 equals the objects of passes": ({ passes }) => copiesDiffer(passes),
  "a device that reads what is new misses nothing": ({ passes }) => missedByDevice(passes),
};

/** All that was answered about a pass could have happened one after the other. */
function goesInOnce(end: EndState): string[] {
  const byPass = Map.groupBy(end.askedPasses, ({ request }) => request.pass);
  return [...byPass].flatMap(([id, asked]) => {
    const operations = [...asked.flatMap(operationOf), ...revocationOf(end, id)];
    if (isPossible(operations, endOf(end, id))) return [];
    const inOrder = operations.toSorted((one, other) => one.startMs - other.startMs);
    return [`${id}: ${inOrder.map(textOf).join("; ")}; and in the end ${JSON.stringify(endOf(end, id))}`];
  });
}

function operationOf({ request, startMs, endMs, answers: [answer] }: AskedPass): PassOperation[] {
  return answer === undefined ? [] : [{ request, answer, startMs, endMs }];
}

/** By one of the refunds of what was bought. */
export function revocationOf(end: EndState, passId: string): PassOperation[] {
  const reservationId = reservationOf(passId);
  const at = endOf(end, passId).revokedAt;
  if (at === null) return [];
  const reservation = end.shown.get(reservationId);
  const bought = typeof reservation?.order === "string" ? end.shownOrders.get(reservation.order) : reservation;
  const refunds =
    bought?.refunds?.filter(({ items }) => items.some((item) => item.reservation === reservationId)) ?? [];
  const windows = bought === undefined ? [] : refunds.map((refund) => windowOf(bought, refund, end));
  const startMs = Math.min(...windows.map((window) => window.startMs));
  return [{ request: { type: "revoke" }, at, startMs, endMs: Math.max(...windows.map(({ endMs }) => endMs)) }];
}

function endOf({ passes, shown }: EndState, id: string): EndedPass {
  const atGate = passes.atGates.get(id);
  const ofBuyer = passes.ofBuyers.get(reservationOf(id))?.find((pass) => pass.id === id);
  if (atGate === undefined || !shown.has(reservationOf(id))) return UNTOUCHED;
  const { state, generation, outside, at, gate } = atGate;
  const name = passes.rows.get(id)?.holder_name ?? null;
  return { state, generation, outside, at, gate, name, revokedAt: ofBuyer?.revoked_at ?? null };
}

/** By the answers alone: it went in once more than it was taken back, or as often. */
function admissionsAddUp({ askedPasses, passes }: EndState): string[] {
  const byPass = Map.groupBy(askedPasses, ({ request }) => request.pass);
  return [...byPass].flatMap(([id, asked]) => {
    const results = asked.map(({ answers: [answer] }) => answer);
    const admitted = results.filter((one) => one?.result === "admitted" && one.displaced === null).length;
    const undone = results.filter((one) => one?.result === "undone").length;
    const isIn = Number((passes.atGates.get(id)?.at ?? null) !== null);
    return admitted - undone === isIn ? [] : [`${id} was let in ${admitted} times and taken back ${undone}: ${isIn}`];
  });
}

function oneAnswerPerKey({ askedPasses }: EndState): string[] {
  return askedPasses.flatMap(({ request, answers }) => {
    const texts = [...new Set(answers.map((answer) => JSON.stringify(answer)))];
    return texts.length === 1 ? [] : [`${JSON.stringify(request)} was answered ${texts.join(" and ") || "never"}`];
  });
}

function passesAddUp(end: EndState): string[] {
  const sold = [...end.shown.values()].filter(isSold);
  return [...sold.flatMap((body) => wrongOf(end, body)), ...wrongCounts(end)];
}

/** As many as were bought, and as many revoked as were given back; to buyers as at the gates. */
function wrongOf({ passes }: EndState, { id, quantity, refunded_quantity: givenBack = 0 }: Body): string[] {
  const all = passes.ofBuyers.get(id) ?? [];
  const of = (state: string) => all.filter((pass) => pass.state === state).length;
  const [valid, admitted, revoked] = [of("valid"), of("admitted"), of("revoked")];
  const isWhole = valid + admitted + revoked === quantity && all.length === quantity && revoked === givenBack;
  const unlike = all.filter((pass) => pass.state !== (passes.atGates.get(pass.id)?.state ?? "valid"));
  return [
    ...(isWhole ? [] : [`${id}: ${valid} + ${admitted} + ${revoked} of ${quantity}, and ${givenBack} were given back`]),
    ...unlike.map((pass) => `${pass.id} is ${pass.state} to its buyer, and not at the gates`),
  ];
}

function wrongCounts({ passes, shown }: EndState): string[] {
  const strange = [...passes.atGates.keys()].filter((id) => !isSold(shown.get(reservationOf(id)) ?? { state: "" }));
  const wrong = [...passes.counted].flatMap(([ticket, { admitted, inside, gates }]) => {
    const own = [...passes.atGates.values()].filter((pass) => shown.get(reservationOf(pass.id))?.ticket === ticket);
    const wentIn = own.filter(({ at }) => at !== null);
    const left = wentIn.filter(({ outside }) => outside).length;
    const byGate = gates.reduce((sum, gate) => sum + gate.admitted, 0);
    const isRight = admitted === wentIn.length && inside === admitted - left && byGate === admitted;
    return isRight ? [] : [`${ticket} counts ${admitted}, ${byGate} and ${inside}: ${wentIn.length}, ${left} left`];
  });
  return [...strange.map((id) => `${id} is a pass of nothing that was sold`), ...wrong];
}

export function reservationOf(passId: string): string {
  return passId.slice(0, passId.lastIndexOf("-"));
}

function textOf(operation: PassOperation): string {
  const { request, startMs, endMs } = operation;
  const said: PassAnswer | string = "at" in operation ? operation.at : operation.answer;
  return `${startMs.toFixed(0)} to ${endMs.toFixed(0)}: ${JSON.stringify(request)} ${JSON.stringify(said)}`;
}
