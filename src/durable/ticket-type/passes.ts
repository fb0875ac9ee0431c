// What holders do with their passes, and what happens to them at doors. Scans that arrive while a
// commit is written share the next one.

import {
  maySee,
  type Pass,
  type PassClaim,
  type PassName,
  type PassReader,
  passesOf,
  passIdOf,
  passOf,
  passViewOf,
  readPassId,
} from "../../domain/pass.ts";
import { hasHolder, withoutHolder } from "../../domain/pass-holders.ts";
import type { NamedPass } from "../../domain/refund-passes.ts";
import { PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type {
  DoorChanges,
  DoorRequest,
  DoorResult,
  HolderToErase,
  NameRequest,
  PassOnRequest,
  PassQuestion,
  PassResult,
  ReadPass,
} from "./pass-protocol.ts";
import {
  doorKey,
  holdersKey,
  type PassFacts,
  type PassPlan,
  passOnText,
  planDoor,
  planNaming,
  planPassingOn,
  readPass,
} from "./plan-passes.ts";
import { PASS_REQUESTS_KEPT_MS } from "./retention.ts";

/** What a device reads in one call: about a quarter of a megabyte. */
const MOST_CHANGES = 1_000;

export class Passes {
  readonly #ledger: Ledger;
  readonly #outbox: Outbox;
  readonly #scanning: GroupCommit<DoorRequest, DoorResult>;

  /** `durable` resolves once all commits so far are on disk. */
  constructor(ledger: Ledger, outbox: Outbox, durable: () => Promise<void>) {
    this.#ledger = ledger;
    this.#outbox = outbox;
    this.#scanning = new GroupCommit((requests) => this.#scan(requests), durable);
  }

  /** Passes that the reader may see; all of them for null, which is the service itself. */
  read(question: PassQuestion, reader: PassReader | null): ReadPass[] {
    const { ticketType, store } = this.#ledger;
    if (ticketType === null) return [];
    if ("emailKey" in question) {
      const passes = store.passes.ofAddress(question.emailKey);
      return this.#shown(passes, passes, reader);
    }
    if ("passIds" in question) {
      const names = question.passIds.flatMap((id) => readPassId(id) ?? []);
      return this.#shown(names, store.passes.withNames(names), reader);
    }
    const claims = store.passes.claims(question.reservationIds);
    const recorded = Map.groupBy(
      store.passes.ofReservations(question.reservationIds),
      ({ reservationId }) => reservationId,
    );
    return question.reservationIds.flatMap((id) => {
      const claim = claims.get(id);
      if (claim === undefined) return [];
      return passesOf(claim, recorded.get(id) ?? [])
        .filter((pass) => reader === null || maySee(pass, claim, reader))
        .map((pass) => readPass(pass, claim, ticketType.ticketTypeId, reader));
    });
  }

  /** Of these the ones that there are. */
  named(passIds: readonly string[]): NamedPass[] {
    return this.read({ passIds }, null).map(({ reservationId, number, revokedAtMs }) => {
      return { reservationId, number, revokedAtMs };
    });
  }

  /** Says who goes in with a pass; null takes the name back. A repeated call changes nothing. */
  name(request: NameRequest): Promise<PassResult> {
    return this.#change(request.passId, [], (facts, nowMs) => planNaming(facts, request, nowMs));
  }

  /** Passes one on to an address, with a new code. A repeated call changes nothing. */
  passOn(request: PassOnRequest): Promise<PassResult> {
    return this.#change(request.passId, [holdersKey(request)], (facts, nowMs) => planPassingOn(facts, request, nowMs));
  }

  /**
   * Forgets who passes are for, and that they were passed on to these addresses. Returns the ones
   * that have no record here. May be repeated.
   */
  async eraseHolders(wanted: readonly HolderToErase[]): Promise<string[]> {
    const { ticketType, store } = this.#ledger;
    const ids = wanted.map(({ passId }) => passId);
    if (ticketType === null) return ids;
    const nowMs = Date.now();
    const unknown = this.#ledger.commit(nowMs, () => {
      const names = ids.flatMap((id) => readPassId(id) ?? []);
      const found = new Map(store.passes.withNames(names).map((pass) => [passIdOf(pass), pass]));
      const changes = wanted.flatMap(({ passId, emailKey }) => {
        const before = found.get(passId) ?? null;
        if (before === null || before.emailKey !== emailKey || !hasHolder(before)) return [];
        return [{ before, after: withoutHolder(before) }];
      });
      this.#ledger.applyPasses(changes, [], nowMs);
      store.passes.forgetRequests(changes.map(({ before }) => before));
      store.passes.forgetRequestsNamed(
        wanted.flatMap(({ passId, emailKey }) => (emailKey === null ? [] : [passOnText(passId, emailKey)])),
      );
      for (const { passId, aboveVersion } of wanted) {
        if (aboveVersion > 0) store.raisePassVersion(passId, aboveVersion);
      }
      return ids.filter((id) => !found.has(id));
    });
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return unknown;
  }

  /** Decides each request on its own, in order. Calls that wait share one commit. */
  checkIn(requests: readonly DoorRequest[]): Promise<DoorResult[]> {
    return this.#scanning.run(requests);
  }

  /** What has changed since `cursor`, from 0; null where there is no such ticket type. */
  changes(cursor: number): DoorChanges | null {
    const { ticketType, store } = this.#ledger;
    if (ticketType === null) return null;
    const { passes } = store;
    // A cursor from the future is of another life of this object: everything is new.
    const after = cursor > passes.lastVersion() ? 0 : cursor;
    const found = passes.changedAfter(after, MOST_CHANGES);
    const claims = passes.claims(found.map(({ reservationId }) => reservationId));
    const views = found.flatMap(({ version, ...pass }) => {
      const claim = claims.get(pass.reservationId);
      return claim === undefined ? [] : [passViewOf(pass, claim, ticketType.ticketTypeId)];
    });
    return {
      passes: views,
      cursor: found.at(-1)?.version ?? after,
      more: found.length === MOST_CHANGES,
      counts: passes.counts(),
    };
  }

  #scan(requests: readonly DoorRequest[]): DoorResult[] {
    if (this.#ledger.ticketType === null) {
      return requests.map(() => ({ ok: false, refusal: { type: "unknown" }, pass: null, isReplay: false }));
    }
    const nowMs = Date.now();
    return this.#ledger.commit(nowMs, () => {
      const passIds = requests.map(({ passId }) => passId);
      const keys = requests.map(({ key }) => doorKey(key));
      const { results, changes, records } = planDoor(this.#facts(passIds, keys, nowMs), requests, nowMs);
      this.#ledger.applyPasses(changes, records, nowMs);
      return [...results];
    });
  }

  #facts(passIds: readonly string[], keys: readonly string[], nowMs: number): PassFacts {
    const { passes } = this.#ledger.store;
    const names = passIds.flatMap((id) => readPassId(id) ?? []);
    return {
      ticketTypeId: this.#ledger.requireTicketType().ticketTypeId,
      terms: this.#ledger.requireTicketType(),
      claims: passes.claims(names.map(({ reservationId }) => reservationId)),
      passes: passes.withNames(names),
      records: passes.records(keys, nowMs - PASS_REQUESTS_KEPT_MS),
    };
  }

  async #change(
    passId: string,
    keys: readonly string[],
    plan: (facts: PassFacts, nowMs: number) => PassPlan<PassResult>,
  ): Promise<PassResult> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "pass_unknown" } };
    const nowMs = Date.now();
    const [result] = this.#ledger.commit(nowMs, () => {
      const { results, changes, records } = plan(this.#facts([passId], keys, nowMs), nowMs);
      this.#ledger.applyPasses(changes, records, nowMs);
      return results;
    });
    if (result === undefined) throw new Error("the plan gave no result");
    if (result.ok) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return result;
  }

  /** `recorded`: those of the named passes that have a row. */
  #shown(names: readonly PassName[], recorded: readonly Pass[], reader: PassReader | null): ReadPass[] {
    const { ticketTypeId } = this.#ledger.requireTicketType();
    const claims = this.#ledger.store.passes.claims(names.map(({ reservationId }) => reservationId));
    const byId = new Map(recorded.map((pass) => [passIdOf(pass), pass]));
    return names.flatMap((name) => {
      const claim: PassClaim | null = claims.get(name.reservationId) ?? null;
      const pass = passOf(claim, name.number, byId.get(passIdOf(name)) ?? null);
      if (claim === null || pass === null || (reader !== null && !maySee(pass, claim, reader))) return [];
      return [readPass(pass, claim, ticketTypeId, reader)];
    });
  }
}
