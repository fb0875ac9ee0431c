// Compares each result of the object with what it should be, and with what the same key got before.

import type { StepResult } from "../../src/domain/order.ts";
import type { ParticipantStep } from "../../src/domain/participation.ts";
import type { PriceChange } from "../../src/domain/price.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/units.ts";
import type { OrderHold, OrderHoldResult } from "../../src/durable/ticket-type/order-protocol.ts";
import type {
  CancelResult,
  ChangeResult,
  CodeBatch,
  CodesResult,
  FindResult,
  PayRequest,
  PayResult,
  PriceChangeResult,
  RefundResult,
  ReserveRequest,
  ReserveResult,
  RetireResult,
  TicketTypeChange,
} from "../../src/durable/ticket-type/protocol.ts";
import type { Mirror } from "./mirror.ts";
import {
  expectCancel,
  expectChange,
  expectCodes,
  expectFind,
  expectGiveBack,
  expectPay,
  expectPriceChange,
  expectReserve,
  type Verdict,
} from "./verdicts.ts";
import { expectOrderHold, expectStep } from "./verdicts-of-steps.ts";
import type { World } from "./world.ts";

/** What is known of a key. Refusals leave no trace: a request that repeats one is decided anew. */
interface Key {
  /** The request that succeeded, and the part of its result that replays repeat. */
  success: { readonly request: string; readonly result: string } | null;
  /** Calls that nobody saw the result of: any of them may have succeeded. */
  open: number;
  /** When the object may first, and when it may last have recorded the success. */
  earliestMs: number;
  latestMs: number;
  /** The object may or may not have forgotten it: nothing is checked until it surely has. */
  isUncertain: boolean;
}

interface KeyUse {
  readonly request: string;
  readonly key: Key;
  /** Whether no call before this one can have succeeded with the key. */
  readonly isFree: boolean;
  /** The success that was known when this call arrived. */
  readonly successBefore: Key["success"];
}

// A key is kept for a day and an hour; the object's clock may be another hour behind.
const SURELY_KEPT_MS = DAY_MS;
const SURELY_GONE_MS = DAY_MS + 3 * HOUR_MS;

export class Replies {
  readonly #world: World;
  readonly #mirror: Mirror;
  readonly #keys = new Map<string, Key>();
  #latestWallMs = 0;
  /** Holds that their object has released, by what it said: it may have been in this step. */
  readonly released: string[] = [];
  /** Such a step must have changed nothing. */
  refusedInThisStep = false;

  constructor(world: World, mirror: Mirror) {
    this.#world = world;
    this.#mirror = mirror;
  }

  /** A call arrives at the object. Returns the check of its result. */
  witness(method: string, args: readonly unknown[]): (result: unknown) => void {
    const mirror = this.#mirror;
    const nowMs = this.#world.timeline.wallMs;
    switch (method) {
      case "reserve":
        return this.#witnessReserve(args[0] as readonly ReserveRequest[], nowMs);
      case "pay":
        return this.#witnessPay(args[0] as PayRequest, nowMs);
      case "cancel":
        return this.#compare(method, expectCancel(mirror, ...(args as [string, string]), nowMs), cancelled);
      case "giveBack":
        return this.#compare(method, expectGiveBack(mirror, ...(args as [string, string]), nowMs), givenBack);
      case "find":
        return this.#compare(method, expectFind(mirror, ...(args as [string, string]), nowMs), found);
      case "change":
        return this.#compare(method, expectChange(mirror, args[0] as TicketTypeChange, nowMs), changed);
      case "changePrices":
        return this.#compare(method, expectPriceChange(mirror, args[0] as PriceChange, nowMs), changed);
      case "addCodes":
        return this.#compare(method, expectCodes(mirror, args[0] as CodeBatch), changed);
      case "holdForOrder":
        return this.#witnessHold(...(args as [string, readonly OrderHold[]]), nowMs);
      case "takeOrderSteps":
        return this.#witnessSteps(...(args as [string, readonly ParticipantStep[]]), nowMs);
      case "releaseHoldsOf": {
        const held = [...mirror.reservations.values()].filter((it) => it.accountId === args[0] && it.state === "held");
        return () => this.released.push(...held.map(({ id }) => id));
      }
      case "retire":
        return this.#compare(method, mirror.reservations.size > 0 ? "has_reservations" : "ok", retired);
      default:
        return () => {};
    }
  }

  /** The object has lost those of late, and nobody knows which. */
  forgetKeys(): void {
    for (const key of this.#keys.values()) key.isUncertain = true;
  }

  #compare<R>(method: string, expected: Verdict, read: (result: R) => Verdict): (result: unknown) => void {
    return (result) => {
      const got = read(result as R);
      if (got !== expected) this.#world.broken(`${method} returned "${got}" instead of "${expected}"`);
      if (!got.startsWith("ok")) this.refusedInThisStep = true;
      this.#world.record(`${method} returns: ${got}`);
    };
  }

  #witnessReserve(requests: readonly ReserveRequest[], nowMs: number): (result: unknown) => void {
    const mirror = this.#mirror;
    const expected = expectReserve(mirror, requests, nowMs);
    const uses = requests.map((it) =>
      this.#use(
        it.accountId,
        it.idempotencyKey,
        `reserve ${it.quantity} at ${it.priceId} with ${it.code} under ${it.acceptedTerms}`,
      ),
    );
    // The result of a replay depends on the first call, and so does what is left for later ones.
    const isReplay = requests.some(({ reservationId }) => mirror.reservations.has(reservationId));
    const isPlain = !isReplay && uses.every((use) => use?.isFree !== false);
    return (returned) => {
      const results = returned as readonly ReserveResult[];
      if (results.length !== requests.length) this.#world.broken("reserve did not decide each request");
      for (const [index, result] of results.entries()) {
        const got = verdictOf(result);
        this.#world.record(`reserve ${requests[index]?.reservationId} returns: ${got}`);
        if (isPlain && got !== expected[index]) {
          this.#world.broken(`reserve returned "${got}" instead of "${expected[index]}"`);
        }
        this.#checkReplay(uses[index] ?? null, got, result.ok ? JSON.stringify(result.reservation) : got);
      }
      if (results.every(({ ok }) => !ok)) this.refusedInThisStep = true;
    };
  }

  #witnessPay(request: PayRequest, nowMs: number): (result: unknown) => void {
    const { accountId, reservationId, method, idempotencyKey = null } = request;
    const expected = expectPay(this.#mirror, request, nowMs);
    // Another's reservation is refused before the key matters.
    const isOwn = expected !== "reservation_unknown";
    const use = isOwn ? this.#use(accountId, idempotencyKey, `pay ${reservationId} ${method}`) : null;
    return (returned) => {
      const result = returned as PayResult;
      const got = result.ok ? "ok" : result.refusal;
      this.#world.record(`pay ${reservationId} returns: ${got}`);
      if (use?.isFree !== false && got !== expected) {
        this.#world.broken(`pay returned "${got}" instead of "${expected}"`);
      }
      if (!result.ok) this.refusedInThisStep = true;
      this.#checkReplay(use, got, result.ok ? JSON.stringify([result.reservation.id, result.payment]) : got);
    };
  }

  #witnessHold(orderId: string, holds: readonly OrderHold[], nowMs: number): (result: unknown) => void {
    // A repeated call finds what the first one held, whatever has become of it.
    const isReplay = holds.some(({ reservationId }) => this.#mirror.reservations.has(reservationId));
    const expected = expectOrderHold(this.#mirror, orderId, holds, nowMs);
    return isReplay ? () => {} : this.#compare("holdForOrder", expected, heldForOrder);
  }

  /** Each step meets a reservation of its own. */
  #witnessSteps(orderId: string, steps: readonly ParticipantStep[], nowMs: number): (result: unknown) => void {
    const expected = steps.map((step) => expectStep(this.#mirror, orderId, step, nowMs));
    return (returned) => {
      const results = (returned as readonly StepResult[]).map((it) => (it.ok ? `ok ${it.state}` : it.refusal));
      for (const [index, step] of steps.entries()) {
        const says = `${step.type} ${step.reservationId} returns: ${results[index]}`;
        this.#world.record(says);
        if (results[index] !== expected[index]) this.#world.broken(`${says}, not ${expected[index]}`);
      }
      if (results.every((got) => !got.startsWith("ok"))) this.refusedInThisStep = true;
    };
  }

  /** What is known of a key as a call with it arrives. */
  #use(accountId: string, idempotencyKey: string | null, request: string): KeyUse | null {
    // An object that nobody has configured keeps nothing.
    if (idempotencyKey === null || this.#mirror.ticketType === null) return null;
    const nowMs = this.#world.timeline.wallMs;
    this.#latestWallMs = Math.max(this.#latestWallMs, nowMs);
    const name = `${accountId} ${idempotencyKey}`;
    const earlier = this.#keys.get(name);
    const isGone = earlier === undefined || this.#latestWallMs - earlier.latestMs >= SURELY_GONE_MS;
    // A call from before that is still repeated finds its reservation by id, without its key.
    const isUncertain = earlier !== undefined;
    const key = isGone ? { success: null, open: 0, earliestMs: nowMs, latestMs: nowMs, isUncertain } : earlier;
    this.#keys.set(name, key);
    if (key.success === null && key.open === 0) key.earliestMs = nowMs;
    key.isUncertain ||= this.#latestWallMs - key.earliestMs >= SURELY_KEPT_MS;
    if (key.isUncertain || key.success === null) key.latestMs = this.#latestWallMs;
    const isFree = key.success === null && key.open === 0 && !key.isUncertain;
    key.open += 1;
    return { request, key, isFree, successBefore: key.success };
  }

  /** Promise 7: one key has one effect, and all its successes have one result. */
  #checkReplay(use: KeyUse | null, got: Verdict, result: string): void {
    if (use === null) return;
    const { key, request, successBefore } = use;
    key.open -= 1;
    if (key.isUncertain) return;
    if (!got.startsWith("ok")) {
      if (successBefore === null) return;
      const wanted = successBefore.request === request ? "ok" : "idempotency_key_reused";
      if (got !== wanted) this.#world.broken(`promise 7: a key that succeeded got "${got}" instead of "${wanted}"`);
      return;
    }
    key.success ??= { request, result };
    if (key.success.request !== request) this.#world.broken("promise 7: one key succeeded for two requests");
    else if (key.success.result !== result) {
      this.#world.broken(`promise 7: one key, two results: ${key.success.result} and ${result}`);
    }
  }
}

function cancelled(result: CancelResult): Verdict {
  return result.ok ? `ok ${result.deferred ? "deferred" : "cancelled"}` : result.refusal;
}

function givenBack(result: RefundResult): Verdict {
  return result.ok ? "ok" : result.refusal.type;
}

function found(result: FindResult): Verdict {
  return result.ok ? `ok ${result.reservation.state}` : result.refusal;
}

function changed(result: ChangeResult | PriceChangeResult | CodesResult): Verdict {
  return result.ok ? "ok" : result.refusal.type;
}

function retired(result: RetireResult): Verdict {
  return result.ok ? "ok" : result.refusal.type;
}

function heldForOrder(result: OrderHoldResult): Verdict {
  if (result.ok) return "ok";
  const { because, reservationId } = result.refusal;
  return `${verdictOf({ ok: false, refusal: because })} for ${reservationId}`;
}

function verdictOf(result: ReserveResult): Verdict {
  if (result.ok) return "ok";
  const { refusal } = result;
  switch (refusal.type) {
    case "sold_out":
      return `sold_out ${refusal.available}`;
    case "limit_reached":
      return `limit_reached ${refusal.leftForBuyer}`;
    case "code_used_up":
      return `code_used_up ${refusal.usesLeft}`;
    case "terms_not_accepted":
      return `terms_not_accepted ${refusal.version}`;
    case "quantity_not_allowed":
      return `quantity_not_allowed ${refusal.minPerOrder}-${refusal.maxPerOrder}`;
    default:
      return refusal.type;
  }
}
