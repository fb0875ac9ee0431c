// Holds each answer of the object against what it should be, and against what the same request was
// answered before.

import type {
  CancelResult,
  ChangeResult,
  FindResult,
  PayRequest,
  PayResult,
  ReserveRequest,
  ReserveResult,
  TicketTypeChange,
} from "../../src/durable/ticket-type/protocol.ts";
import type { Method } from "./host.ts";
import { expectCancel, expectChange, expectFind, expectPay, expectReserve, type Verdict } from "./verdicts.ts";
import type { World } from "./world.ts";

interface Remembered {
  request: string;
  /** Null while nobody has seen it: the call is under way, or was cut off. */
  answer: string | null;
  atWallMs: number;
  /**
   * It was used when it may have been forgotten or not: nothing can be said of it until it surely
   * is.
   */
  isUncertain: boolean;
  /** How many calls came with the key since its record began. */
  calls: number;
}

/** What is known of a key as a call comes with it. */
interface KeyUse {
  readonly name: string;
  readonly request: string;
  readonly known: Remembered;
  /** Whether the call is the first one with this key, as far as can be told. */
  readonly isFirst: boolean;
}

// Answers are kept for a day and an hour; the object's clock may be another hour behind.
const SURELY_KEPT_MS = 24 * 3_600_000;
const SURELY_GONE_MS = 27 * 3_600_000;

export class Answers {
  readonly #world: World;
  readonly #byKey = new Map<string, Remembered>();
  #latestWallMs = 0;
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
        const uses = requests.map((it) => this.#meet(it.accountId, it.idempotencyKey, `reserve ${it.quantity}`));
        // What a repetition is answered depends on the first time, and with it what is left for
        // those after it.
        const isRepeated = requests.some(({ reservationId }) => mirror.reservations.has(reservationId));
        const isPlain = !isRepeated && uses.every((use) => use === null || use.isFirst);
        return (result) => this.#reserved(requests, expected, uses, isPlain, result as ReserveResult[]);
      }
      case "pay": {
        const request = args[0] as PayRequest;
        const { accountId, reservationId, method, idempotencyKey = null } = request;
        const expected = expectPay(mirror, request, nowMs);
        // A reservation that is not theirs is refused before the key is looked at.
        const use =
          expected === "reservation_unknown"
            ? null
            : this.#meet(accountId, idempotencyKey, `pay ${reservationId} ${method}`);
        return (result) => this.#paid(request, expected, use, result as PayResult);
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
    uses: readonly (KeyUse | null)[],
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
      this.#judge(uses[index] ?? null, JSON.stringify(result), got);
    }
    if (results.every(({ ok }) => !ok)) this.refusedInThisStep = true;
  }

  #paid(request: PayRequest, expected: Verdict, use: KeyUse | null, result: PayResult): void {
    const got = result.ok ? "ok" : result.refusal;
    this.#world.note(`pay ${request.reservationId} is answered: ${got}`);
    const isPlain = use === null || use.isFirst;
    if (isPlain && got !== expected) this.#world.broken(`pay was answered "${got}" instead of "${expected}"`);
    if (!result.ok) this.refusedInThisStep = true;
    this.#judge(use, JSON.stringify(result), got);
  }

  /** What is known of the key at this moment. Where nothing is, this call is the first. */
  #meet(accountId: string, key: string | null, request: string): KeyUse | null {
    // An object that nobody has configured keeps nothing.
    if (key === null || this.#world.mirror.ticketType === null) return null;
    const nowMs = this.#world.timeline.wallMs;
    this.#latestWallMs = Math.max(this.#latestWallMs, nowMs);
    const name = `${accountId} ${key}`;
    const known = this.#byKey.get(name);
    if (known !== undefined && this.#latestWallMs - known.atWallMs < SURELY_GONE_MS) {
      if (this.#latestWallMs - known.atWallMs >= SURELY_KEPT_MS) known.isUncertain = true;
      if (known.isUncertain) known.atWallMs = this.#latestWallMs;
      known.calls += 1;
      return { name, request, known, isFirst: false };
    }
    // A call from before that is still repeated is answered by its reservation's id, though its key
    // is forgotten.
    const fresh: Remembered = { request, answer: null, atWallMs: nowMs, isUncertain: known !== undefined, calls: 1 };
    this.#byKey.set(name, fresh);
    return { name, request, known: fresh, isFirst: true };
  }

  /**
   * Promise 7: one key, one request, one answer. A refusal is not kept: the next call with its key
   * is decided anew.
   */
  #judge(use: KeyUse | null, answer: string, got: Verdict): void {
    if (use === null) return;
    const { known } = use;
    // As it is now: whose the key is may have been seen only after this call came.
    const isSame = known.request === use.request;
    const isKept = !known.isUncertain && known.answer !== null;
    if (isKept && !isSame && got !== "idempotency_key_reused")
      this.#world.broken(`promise 7: a key was used again: ${got}`);
    if (isKept && isSame && known.answer !== answer) {
      this.#world.broken(`promise 7: one key, two answers: ${known.answer} and ${answer}`);
    }
    if (known.answer !== null) return;
    if (got !== "ok") {
      // Where no other call came with the key, it is as new.
      if (known.calls === 1 && !known.isUncertain) this.#byKey.delete(use.name);
      return;
    }
    // Nobody knows whether a call that was cut off counted. The first success that is seen tells.
    known.request = use.request;
    known.answer = answer;
    this.#byKey.set(use.name, known);
  }
}

function verdictOf(result: ReserveResult): Verdict {
  if (result.ok) return "ok";
  const { refusal } = result;
  if (refusal.type === "sold_out") return `sold_out ${refusal.available}`;
  return refusal.type === "limit_reached" ? `limit_reached ${refusal.leftForBuyer}` : refusal.type;
}
