// Holds each answer of the object against what it should be, and against what the same request was answered before.

import type {
  CancelResult,
  ChangeResult,
  FindResult,
  PayRequest,
  PayResult,
  ReserveRequest,
  ReserveResult,
  TicketTypeChange,
} from "../../src/durable/protocol.ts";
import type { Method } from "./host.ts";
import { expectCancel, expectChange, expectFind, expectPay, expectReserve, type Verdict } from "./verdicts.ts";
import type { World } from "./world.ts";

interface Remembered {
  readonly request: string;
  /** As far as it is promised: what may differ is left out. Null while the call is under way, or was cut off. */
  answer: string | null;
  atMs: number;
}

// A key is kept for a day; a little less counts here, because the clock of the object may have jumped.
const KEPT_MS = 22 * 3_600_000;

export class Answers {
  readonly #world: World;
  readonly #byKey = new Map<string, Remembered>();
  /** Whether the answer of this step was a refusal that must have changed nothing. */
  refusedInThisStep = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** A call arrives. Returns what to do with its answer. */
  witness(method: Method, args: readonly unknown[]): (result: unknown) => void {
    const { mirror, timeline } = this.#world;
    const nowMs = timeline.wallMs;
    switch (method) {
      case "reserve": {
        const requests = args[0] as readonly ReserveRequest[];
        const expected = expectReserve(mirror, requests, nowMs);
        const keyed = requests.map((request) => this.#meet(request));
        // What a repetition is answered depends on the first time, and with it what is left for those after it.
        const isPlain =
          keyed.every((it) => it === null) &&
          requests.every(({ reservationId }) => !mirror.reservations.has(reservationId));
        return (result) => this.#reserved(requests, expected, keyed, isPlain, result as ReserveResult[]);
      }
      case "pay": {
        const request = args[0] as PayRequest;
        const expected = expectPay(mirror, request, nowMs);
        return (result) => this.#paid(request, expected, result as PayResult);
      }
      case "cancel": {
        const [reservationId, accountId] = args as [string, string];
        return this.#compare(method, expectCancel(mirror, reservationId, accountId, nowMs), (result: CancelResult) =>
          result.ok ? `ok ${result.deferred ? "deferred" : "cancelled"}` : result.refusal,
        );
      }
      case "find": {
        const [reservationId, accountId] = args as [string, string];
        return this.#compare(method, expectFind(mirror, reservationId, accountId, nowMs), (result: FindResult) =>
          result.ok ? `ok ${result.reservation.state}` : result.refusal,
        );
      }
      case "change":
        return this.#compare(
          method,
          expectChange(mirror, args[0] as TicketTypeChange, nowMs),
          (result: ChangeResult) => (result.ok ? "ok" : result.refusal.type),
        );
      default:
        return () => {};
    }
  }

  #compare<R>(method: Method, expected: Verdict, read: (result: R) => Verdict): (result: unknown) => void {
    return (result) => {
      const got = read(result as R);
      if (got !== expected) this.#world.broken(`${method} was answered "${got}" instead of "${expected}"`);
      if (!got.startsWith("ok")) this.refusedInThisStep = true;
      this.#world.note(`${method} is answered: ${got}`);
    };
  }

  #reserved(
    requests: readonly ReserveRequest[],
    expected: readonly Verdict[],
    keyed: readonly (Remembered | null)[],
    isPlain: boolean,
    results: readonly ReserveResult[],
  ): void {
    if (results.length !== requests.length) this.#world.broken("reserve did not answer each request");
    for (const [index, result] of results.entries()) {
      const got = verdictOf(result);
      this.#world.note(`reserve ${requests[index]?.reservationId} is answered: ${got}`);
      if (isPlain && got !== expected[index]) {
        this.#world.broken(`reserve was answered "${got}" instead of "${expected[index]}"`);
      }
      const known = keyed[index] ?? null;
      if (known !== null) this.#sameAsBefore(known, JSON.stringify(result), result.ok);
    }
    if (results.every(({ ok }) => !ok)) this.refusedInThisStep = true;
  }

  #paid(request: PayRequest, expected: Verdict, result: PayResult): void {
    const got = result.ok ? "ok" : result.refusal;
    this.#world.note(`pay ${request.reservationId} is answered: ${got}`);
    if (got !== expected) this.#world.broken(`pay was answered "${got}" instead of "${expected}"`);
    if (!result.ok) this.refusedInThisStep = true;
    const key = `pay ${request.accountId} ${request.reservationId} ${request.key}`;
    const shape = JSON.stringify(request.method);
    const known = this.#byKey.get(key);
    if (!result.ok) return;
    // What the reservation is like now is no part of the promise: the answer is the payment's.
    const { id, quantity, unitPriceMinor } = result.reservation;
    const answer = JSON.stringify({ id, quantity, unitPriceMinor, payment: result.payment });
    if (known === undefined) this.#byKey.set(key, { request: shape, answer, atMs: this.#world.timeline.nowMs });
    else if (known.request === shape) this.#sameAsBefore(known, answer, true);
  }

  #meet(request: ReserveRequest): Remembered | null {
    if (request.idempotencyKey === null) return null;
    const key = `reserve ${request.accountId} ${request.idempotencyKey}`;
    const shape = String(request.quantity);
    const known = this.#byKey.get(key);
    if (known?.request === shape) return known;
    const fresh: Remembered = { request: shape, answer: null, atMs: this.#world.timeline.nowMs };
    if (known === undefined) this.#byKey.set(key, fresh);
    return fresh;
  }

  /** Only an answer that stands is to be repeated: so far refusals are decided anew. */
  #sameAsBefore(known: Remembered, answer: string, ok: boolean): void {
    const isOld = this.#world.timeline.nowMs - known.atMs > KEPT_MS;
    if (known.answer !== null && !isOld && known.answer !== answer) {
      this.#world.broken(`one key, two answers: ${known.answer} and ${answer}`);
    }
    if (known.answer === null && ok) known.answer = answer;
  }
}

function verdictOf(result: ReserveResult): Verdict {
  if (result.ok) return "ok";
  const { refusal } = result;
  if (refusal.type === "sold_out") return `sold_out ${refusal.available}`;
  return refusal.type === "limit_reached" ? `limit_reached ${refusal.leftForBuyer}` : refusal.type;
}
