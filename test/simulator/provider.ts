// A payment provider with a ledger. Like a real one it forgets an idempotency key after a day, has
// some buyers confirm a charge at their bank, who come late, never or twice, and carries refunds
// out at once, later or not at all: also what it has given back may come back.

import type { RefundOutcome } from "../../src/domain/refund.ts";
import type { RefundTask } from "../../src/durable/shared/refund-instructions.ts";
import type { Charge } from "../../src/durable/ticket-type/protocol.ts";
import type { AnyPaymentMessage } from "../../src/worker/payments/owners.ts";
import { messageAbout } from "../../src/worker/payments/owners.ts";
import {
  type ChargeOutcome,
  type DisputeMessage,
  type Movement as LedgerEntry,
  type PaymentProvider,
  ProviderBusy,
  ProviderUnreachable,
} from "../../src/worker/payments/provider.ts";
import { Disputes } from "./disputes.ts";
import { remote } from "./remote.ts";
import type { Owner } from "./timeline.ts";
import type { World } from "./world.ts";

/** One movement of money, or the attempt at one. It is never removed, only its key is forgotten. */
export interface Movement extends Omit<LedgerEntry, "currency" | "state"> {
  readonly madeAtMs: number;
  /** Until then it is `processing`; never, while it waits for its buyer. */
  completesAtMs: number;
  /** A provider may say no first and collect the money all the same. */
  declined: boolean;
  wasDeclined: boolean;
}

const NEVER_MS = Number.POSITIVE_INFINITY;
// When buyers come back from their bank: at once, about when their time is over, or much later.
const AT_BANK_MS = [2_000, 20_000, 120_000, 595_000, 600_000, 601_000, 899_000, 900_000, 901_000, 1_800_000];
const DECLINED = { code: "card_declined", message: "The card was declined." };
const REFUND_FAULTS = ["refund is pending", "refund fails", "refund comes back"] as const;

// Mostly minutes; now and then longer than a key is remembered.
const SLOW_MS = [1_000, 20_000, 20_000, 20_000, 300_000, 300_000, 300_000, 3_600_000];
const SLOWEST_MS = 90_000_000;
// Some are looked at once more by hand of the object, some longer than a person should wait.
const REFUND_PENDS_MS = [2_000, 60_000, 3_600_000, SLOWEST_MS];
// Stripe forgets an idempotency key after a day.
const REMEMBERED_FOR_MS = 24 * 3_600_000;

export class Provider {
  readonly movements: Movement[] = [];
  readonly disputes: Disputes;
  readonly #world: World;
  /** Sends a notice, which may be lost. */
  readonly #notify: (message: AnyPaymentMessage) => void;

  constructor(world: World, notify: (message: AnyPaymentMessage | DisputeMessage) => void) {
    this.#world = world;
    this.disputes = new Disputes(world, notify);
    this.#notify = notify;
  }

  portFor(owner: Owner): PaymentProvider {
    return {
      name: "sandbox",
      publishableKey: null,
      maxConcurrentCalls: 6,
      idempotencyWindowMs: REMEMBERED_FOR_MS,
      accepts: () => true,
      refuseAmount: () => null,
      charge: (charge) => this.#call(owner, "charge", charge.paymentId, () => this.#charge(charge)),
      lookUp: (paymentId) => this.#call(owner, "lookUp", paymentId, () => this.#lookUp(paymentId)),
      cancel: (paymentId) => this.#call(owner, "cancel", paymentId, () => this.#cancel(paymentId)),
      refundStepMinor: () => 1,
      lookUpRefund: (task) => this.#call(owner, "lookUpRefund", task.paymentId, () => this.#lookUpRefund(task)),
      disputesSince: (openedMs) => this.#call(owner, "disputesSince", null, () => this.disputes.since(openedMs)),
      dispute: (id) => this.#call(owner, "dispute", null, () => this.disputes.all.get(id) ?? null),
      ledger: () => Promise.reject(new Error("nobody reconciles here")),
      refund: (task) => this.#call(owner, "refund", task.paymentId, () => this.#refund(task)),
    };
  }

  /** A notice of a success, which may be late, repeated or false. */
  say(pick: number): void {
    const charges = this.movements.filter(({ kind }) => kind === "charge");
    const about = charges[pick % Math.max(1, charges.length)];
    const paymentId = about?.paymentId ?? "";
    const message = messageAbout(about?.reservationId ?? "", { paymentId, reference: paymentId });
    if (message !== null) this.#notify(message);
  }

  /** A buyer's bank asks for money back that was taken. */
  dispute(pick: number): void {
    const taken = this.movements.filter((it) => it.kind === "charge" && !it.declined && !this.isProcessing(it));
    const charge = taken[pick % Math.max(1, taken.length)];
    if (charge !== undefined) this.disputes.open(charge);
  }

  /** Charges of a payment that took the money, or may still. */
  chargesOf(paymentId: string): Movement[] {
    return this.movements.filter((it) => it.kind === "charge" && it.paymentId === paymentId && !it.declined);
  }

  /** First attempts to give back all that a late payment took: others have ids of their own. */
  refundsOf(paymentId: string): Movement[] {
    return this.movements.filter((it) => it.kind === "refund" && it.refundId === paymentId);
  }

  isProcessing(movement: Movement): boolean {
    return this.#world.timeline.nowMs < movement.completesAtMs;
  }

  #charge(charge: Charge): ChargeOutcome {
    const known = this.#remembered("charge", charge.paymentId);
    return this.#outcome(known ?? this.#move("charge", charge));
  }

  #refund(task: RefundTask): RefundOutcome {
    return this.#refundOutcome(this.#remembered("refund", task.attemptId) ?? this.#giveBack(task));
  }

  #lookUp(paymentId: string): ChargeOutcome | null {
    this.#remembered("charge", paymentId);
    const found = this.movements.find((it) => it.kind === "charge" && it.paymentId === paymentId);
    return found === undefined ? null : this.#outcome(found);
  }

  /** What has ended can't be cancelled any more. */
  #cancel(paymentId: string): ChargeOutcome {
    const found = this.movements.find((it) => it.kind === "charge" && it.paymentId === paymentId);
    if (found === undefined) throw new Error(`${paymentId} is cancelled, and was never charged`);
    if (found.completesAtMs === NEVER_MS) this.#complete(found, true);
    return this.#outcome(found);
  }

  /** A buyer who has failed may try once more, until the charge counts as failed. */
  #atBank(movement: Movement, passes: boolean): void {
    const canTry = movement.completesAtMs === NEVER_MS || (movement.declined && !movement.wasDeclined);
    this.#world.record(`a buyer ${passes ? "passes" : "fails"} at the bank${canTry ? "" : ", too late"}`);
    if (!canTry) return;
    this.#complete(movement, !passes);
    const { paymentId, reservationId } = movement;
    const message = messageAbout(reservationId, { paymentId, reference: paymentId });
    if (message !== null && this.#world.choose().prng.chance(0.6)) this.#notify(message);
  }

  #complete(movement: Movement, declined: boolean): void {
    movement.declined = declined;
    movement.completesAtMs = this.#world.timeline.nowMs;
  }

  #lookUpRefund({ attemptId }: RefundTask): RefundOutcome | null {
    this.#remembered("refund", attemptId);
    const found = this.movements.find((it) => it.refundId === attemptId);
    return found === undefined ? null : this.#refundOutcome(found);
  }

  /** Never more than was charged. What fails later, at once or in the end has a notice, or none. */
  #giveBack(task: RefundTask): Movement {
    const { attemptId, paymentId, amountMinor, reference } = task;
    if (reference !== paymentId) this.#world.broken(`a refund of ${paymentId} says that its charge is ${reference}`);
    const back = this.movements.filter((it) => it.kind === "refund" && it.paymentId === paymentId && !it.declined);
    const charged = this.chargesOf(paymentId).reduce((sum, it) => sum + it.amountMinor, 0);
    const sum = back.reduce((sum, it) => sum + it.amountMinor, amountMinor);
    if (sum > charged) this.#world.broken(`promise 4: ${sum} is given back of ${charged} for ${paymentId}`);
    const movement = this.#move("refund", task);
    const choice = this.#world.choose();
    const fault = this.#world.strike(choice, REFUND_FAULTS, [paymentId]);
    const { prng } = choice;
    movement.declined = fault === "refund fails";
    if (fault === "refund is pending") {
      const slowMs = prng.pick(REFUND_PENDS_MS);
      movement.completesAtMs = this.#world.timeline.nowMs + slowMs;
      const isRefused = prng.chance(0.4);
      this.#world.timeline.add(slowMs, "a refund ends", null, () => this.#endRefund(movement, attemptId, isRefused));
    }
    if (fault === "refund comes back") {
      const afterMs = prng.pick([1_000, 60_000, 3_600_000]);
      this.#world.timeline.add(afterMs, "a refund fails", null, () => this.#endRefund(movement, attemptId, true));
    }
    return movement;
  }

  #endRefund(movement: Movement, attemptId: string, isRefused: boolean): void {
    movement.declined = isRefused;
    this.#world.record(`the money of ${attemptId} ${isRefused ? "comes back" : "has arrived"}`);
    const message = messageAbout(movement.reservationId, { paymentId: attemptId });
    if (message !== null && this.#world.choose().prng.chance(0.6)) this.#notify(message);
  }

  #refundOutcome(movement: Movement): RefundOutcome {
    if (this.isProcessing(movement)) return { state: "pending" };
    return movement.declined ? { state: "failed", failure: DECLINED } : { state: "succeeded" };
  }

  #outcome(movement: Movement): ChargeOutcome {
    const { nowMs } = this.#world.timeline;
    if (movement.completesAtMs === NEVER_MS) {
      const { paymentId: reference } = movement;
      return { state: "action_required", action: { reference, clientSecret: `secret of ${reference}` } };
    }
    if (nowMs < movement.completesAtMs) return { state: "processing", retryAfterMs: movement.completesAtMs - nowMs };
    if (!movement.declined) return { state: "succeeded", reference: movement.paymentId };
    movement.wasDeclined = true;
    return { state: "failed", failure: DECLINED };
  }

  /** `id`: of the payment, or of the attempt at a refund. */
  #remembered(kind: Movement["kind"], id: string): Movement | undefined {
    const sinceMs = this.#world.timeline.nowMs - REMEMBERED_FOR_MS;
    const known = this.movements.filter((it) => it.kind === kind && (it.refundId ?? it.paymentId) === id);
    const remembered = known.find((it) => it.madeAtMs > sinceMs);
    if (remembered === undefined && known.length > 0) this.#world.met("provider has forgotten", [id]);
    return remembered;
  }

  #move(kind: Movement["kind"], wanted: Charge | RefundTask): Movement {
    const { paymentId, reservationId, amountMinor, method } = wanted;
    const refundId = "attemptId" in wanted ? wanted.attemptId : null;
    const { nowMs } = this.#world.timeline;
    const isCharge = kind === "charge";
    const choice = this.#world.choose();
    const faults = isCharge ? (["provider is slow", "provider declines"] as const) : [];
    const fault = this.#world.strike(choice, faults, [paymentId]);
    const slowMs = choice.prng.chance(0.03) ? SLOWEST_MS : choice.prng.pick(SLOW_MS);
    const isSlow = isCharge && (method === "slow" || fault === "provider is slow");
    const declined = isCharge && (method === "declined" || fault === "provider declines");
    const isAtBank = isCharge && method === "bank" && fault === null;
    const completesAtMs = isAtBank ? NEVER_MS : isSlow ? nowMs + slowMs : nowMs;
    const about = { kind, paymentId, refundId, reservationId, amountMinor };
    const movement: Movement = { ...about, madeAtMs: nowMs, completesAtMs, declined, wasDeclined: false };
    this.movements.push(movement);
    // Some never come, some twice.
    for (let times = isAtBank ? choice.prng.pick([0, 1, 1, 1, 2]) : 0; times > 0; times--) {
      const passes = choice.prng.chance(0.7);
      const afterMs = choice.prng.pick(AT_BANK_MS);
      this.#world.timeline.add(afterMs, "a buyer is at the bank", null, () => this.#atBank(movement, passes));
    }
    this.#world.record(
      `the provider takes a ${kind} of ${amountMinor} for ${paymentId}${declined ? ", declined" : ""}`,
    );
    return movement;
  }

  #call<T>(owner: Owner, label: string, paymentId: string | null, execute: () => T): Promise<T> {
    return remote(this.#world, {
      label: `provider ${label}`,
      owner,
      execute,
      part: "provider",
      about: paymentId === null ? [] : [paymentId],
      error: (course) => (course === "busy" ? new ProviderBusy("too many") : new ProviderUnreachable("timed out")),
    });
  }
}
