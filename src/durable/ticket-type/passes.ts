// What holders do with their passes, and what happens to them at doors. Scans that arrive while a
// commit is written share the next one.

import {
  maySee,
  type PassClaim,
  type PassName,
  type PassReader,
  passesOf,
  passOf,
  passViewOf,
  readPassId,
} from "../../domain/pass.ts";
import { renamed } from "../../domain/pass-holders.ts";
import { PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type {
  DoorChanges,
  DoorRequest,
  DoorResult,
  NameRequest,
  PassOnRequest,
  PassQuestion,
  PassResult,
  ReadPass,
} from "./pass-protocol.ts";
import { doorKey, holdersKey, type PassFacts, planDoor, planPassingOn, readPass } from "./plan-passes.ts";
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
    if ("emailKey" in question) return this.#shown(store.passes.ofAddress(question.emailKey), reader);
    if ("passIds" in question) {
      const names = question.passIds.flatMap((id) => readPassId(id) ?? []);
      return this.#shown(names, reader);
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

  /** Says who goes in with a pass; null takes the name back. A repeated call changes nothing. */
  async name({ passId, reader, name }: NameRequest): Promise<PassResult> {
    const { ticketType } = this.#ledger;
    const found = this.#find(passId);
    if (ticketType === null || found === null) return { ok: false, refusal: { type: "pass_unknown" } };
    const held = readPass(found.pass, found.claim, ticketType.ticketTypeId, reader);
    // An account can't tell another's pass from one that does not exist.
    if (!held.isHolder) return { ok: false, refusal: { type: "pass_unknown" } };
    const nowMs = Date.now();
    const after = renamed(found.pass, name, ticketType.doorsOpenAtMs ?? ticketType.eventStartsMs, nowMs);
    if ("type" in after) return { ok: false, refusal: after };
    const isReplay = after === found.pass;
    if (!isReplay) {
      this.#ledger.commit(nowMs, () => this.#ledger.applyPasses([{ before: found.recorded, after }], [], nowMs));
      await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    }
    return { ok: true, pass: { ...held, holderName: name }, isReplay };
  }

  /** Passes one on to an address, with a new code. A repeated call changes nothing. */
  async passOn(request: PassOnRequest): Promise<PassResult> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "pass_unknown" } };
    const nowMs = Date.now();
    const [result] = this.#ledger.commit(nowMs, () => {
      const facts = this.#facts([request.passId], [holdersKey(request)], nowMs);
      const { results, changes, records } = planPassingOn(facts, request, nowMs);
      this.#ledger.applyPasses(changes, records, nowMs);
      return results;
    });
    if (result === undefined) throw new Error("the plan gave no result");
    if (result.ok) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return result;
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

  #find(passId: string) {
    const name = readPassId(passId);
    if (name === null || this.#ledger.ticketType === null) return null;
    const { passes } = this.#ledger.store;
    const claim = passes.claims([name.reservationId]).get(name.reservationId);
    const [recorded = null] = passes.withNames([name]);
    const pass = passOf(claim ?? null, name.number, recorded);
    return claim === undefined || pass === null ? null : { pass, claim, recorded };
  }

  #shown(names: readonly PassName[], reader: PassReader | null): ReadPass[] {
    const { ticketTypeId } = this.#ledger.requireTicketType();
    const { passes } = this.#ledger.store;
    const claims = passes.claims(names.map(({ reservationId }) => reservationId));
    const recorded = new Map(passes.withNames(names).map((pass) => [nameText(pass), pass]));
    return names.flatMap((name) => {
      const claim: PassClaim | null = claims.get(name.reservationId) ?? null;
      const pass = passOf(claim, name.number, recorded.get(nameText(name)) ?? null);
      if (claim === null || pass === null || (reader !== null && !maySee(pass, claim, reader))) return [];
      return [readPass(pass, claim, ticketTypeId, reader)];
    });
  }
}

function nameText({ reservationId, number }: PassName): string {
  return `${reservationId} ${number}`;
}
