// Decides a batch of what happens at doors, and what holders do with their passes. Pure.

import { type DoorOutcome, type DoorRefusal, type DoorTerms, decideAtDoor } from "../../domain/check-in.ts";
import {
  isHolder,
  type Pass,
  type PassClaim,
  type PassReader,
  passIdOf,
  passOf,
  passViewOf,
  readPassId,
} from "../../domain/pass.ts";
import { passedOn, renamed } from "../../domain/pass-holders.ts";
import type { DoorRequest, DoorResult, NameRequest, PassOnRequest, PassResult, ReadPass } from "./pass-protocol.ts";

/** What a key was used for, and what came of it. Written with what the request did. */
export interface PassRecord {
  readonly key: string;
  /** In a canonical form: the same key with another request is refused. */
  readonly request: string;
  /** JSON. */
  readonly answer: string;
  readonly by: string;
}

export interface PassFacts {
  readonly ticketTypeId: string;
  readonly terms: DoorTerms & {
    /** Null where an older Worker has not said it. */
    readonly eventStartsMs: number | null;
  };
  /** Of the requests' passes: what their reservations say, and the ones that have a row. */
  readonly claims: ReadonlyMap<string, PassClaim>;
  readonly passes: readonly Pass[];
  readonly records: readonly PassRecord[];
}

export interface PassChange {
  /** Null where it had no row. */
  readonly before: Pass | null;
  readonly after: Pass;
}

export interface PassPlan<Result> {
  readonly results: readonly Result[];
  readonly changes: readonly PassChange[];
  readonly records: readonly PassRecord[];
}

type Answer = { readonly outcome: DoorOutcome } | { readonly refusal: DoorRefusal };

/** Records of scans are the door's: another account may bring in what a device has kept. */
export function doorKey(key: string): string {
  return `door ${key}`;
}

export function holdersKey({ reader, key }: Pick<PassOnRequest, "reader" | "key">): string {
  return `holder ${reader.accountId} ${key}`;
}

/** Each request on its own, in order: a later one sees what an earlier one did. */
export function planDoor(facts: PassFacts, requests: readonly DoorRequest[], nowMs: number): PassPlan<DoorResult> {
  const draft = new PassDraft(facts);
  const results = requests.map((request) => planAtDoor(request, facts, draft, nowMs));
  return { results, ...draft.written() };
}

export function planPassingOn(facts: PassFacts, request: PassOnRequest, nowMs: number): PassPlan<PassResult> {
  const draft = new PassDraft(facts);
  const result = planPassOn(request, facts, draft, nowMs);
  return { results: [result], ...draft.written() };
}

/** Needs no key: who repeats it asks for the name that the pass has. */
export function planNaming(facts: PassFacts, request: NameRequest, nowMs: number): PassPlan<PassResult> {
  const draft = new PassDraft(facts);
  const result = planName(request, facts, draft, nowMs);
  return { results: [result], ...draft.written() };
}

/** In a canonical form, as its record has it. */
export function passOnText(passId: string, emailKey: string): string {
  return `pass on ${passId} to ${emailKey}`;
}

export function readPass(pass: Pass, claim: PassClaim, ticketTypeId: string, reader: PassReader | null): ReadPass {
  return { ...passViewOf(pass, claim, ticketTypeId), isHolder: reader !== null && isHolder(pass, claim, reader) };
}

/** The passes of a batch as they become, and the records of its keys. */
class PassDraft {
  readonly #claims: ReadonlyMap<string, PassClaim>;
  readonly #before: ReadonlyMap<string, Pass>;
  readonly #changed = new Map<string, Pass>();
  readonly #records: Map<string, PassRecord>;
  readonly #newRecords: PassRecord[] = [];

  constructor({ claims, passes, records }: PassFacts) {
    this.#claims = claims;
    this.#before = new Map(passes.map((pass) => [passIdOf(pass), pass]));
    this.#records = new Map(records.map((record) => [record.key, record]));
  }

  find(passId: string): { readonly pass: Pass; readonly claim: PassClaim } | null {
    const name = readPassId(passId);
    const claim = name === null ? undefined : this.#claims.get(name.reservationId);
    if (name === null || claim === undefined) return null;
    const pass = passOf(claim, name.number, this.#changed.get(passId) ?? this.#before.get(passId) ?? null);
    return pass === null ? null : { pass, claim };
  }

  record(key: string): PassRecord | null {
    return this.#records.get(key) ?? null;
  }

  accept(pass: Pass): void {
    this.#changed.set(passIdOf(pass), pass);
  }

  keep(record: PassRecord): void {
    this.#records.set(record.key, record);
    this.#newRecords.push(record);
  }

  written(): Pick<PassPlan<never>, "changes" | "records"> {
    const changes = [...this.#changed].map(([id, after]) => ({ before: this.#before.get(id) ?? null, after }));
    return { changes, records: this.#newRecords };
  }
}

function planAtDoor(request: DoorRequest, facts: PassFacts, draft: PassDraft, nowMs: number): DoorResult {
  const found = draft.find(request.passId);
  if (found === null) return { ok: false, refusal: { type: "unknown" }, pass: null, isReplay: false };
  const { pass, claim } = found;
  const viewOf = (one: Pass) => passViewOf(one, claim, facts.ticketTypeId);
  const key = doorKey(request.key);
  const asked = requestText(request);
  const record = draft.record(key);
  if (record !== null && record.request !== asked) {
    return { ok: false, refusal: { type: "idempotency_key_reused" }, pass: viewOf(pass), isReplay: false };
  }
  if (record !== null) {
    const answer: Answer = JSON.parse(record.answer);
    const seen = { pass: viewOf(pass), isReplay: true };
    return "outcome" in answer ? { ok: true, ...answer, ...seen } : { ok: false, ...answer, ...seen };
  }
  const decision = decideAtDoor(pass, request, facts.terms, nowMs);
  const answer: Answer = decision.type === "refused" ? { refusal: decision.refusal } : { outcome: decision.outcome };
  draft.keep({ key, request: asked, answer: JSON.stringify(answer), by: request.by });
  if (decision.type === "refused") {
    return { ok: false, refusal: decision.refusal, pass: viewOf(pass), isReplay: false };
  }
  if (decision.type === "changed") draft.accept(decision.pass);
  const isReplay = decision.type === "unchanged";
  return { ok: true, outcome: decision.outcome, pass: viewOf(decision.pass), isReplay };
}

function planName(request: NameRequest, facts: PassFacts, draft: PassDraft, nowMs: number): PassResult {
  const { passId, reader, name } = request;
  const found = draft.find(passId);
  // An account can't tell another's pass from one that does not exist.
  if (found === null || !isHolder(found.pass, found.claim, reader)) {
    return { ok: false, refusal: { type: "pass_unknown" } };
  }
  const { pass, claim } = found;
  const { doorsOpenAtMs, eventStartsMs } = facts.terms;
  const after = renamed(pass, name, doorsOpenAtMs ?? eventStartsMs, nowMs);
  if ("type" in after) return { ok: false, refusal: after };
  const isReplay = after === pass;
  if (!isReplay) draft.accept(after);
  return { ok: true, pass: readPass(after, claim, facts.ticketTypeId, reader), isReplay };
}

function planPassOn(request: PassOnRequest, facts: PassFacts, draft: PassDraft, nowMs: number): PassResult {
  const { passId, reader, email, emailKey } = request;
  const found = draft.find(passId);
  if (found === null) return { ok: false, refusal: { type: "pass_unknown" } };
  const { pass, claim } = found;
  const key = holdersKey(request);
  const asked = passOnText(passId, emailKey);
  const record = draft.record(key);
  if (record !== null && record.request !== asked) return { ok: false, refusal: { type: "idempotency_key_reused" } };
  const shown = (one: Pass) => readPass(one, claim, facts.ticketTypeId, reader);
  if (record !== null) {
    const { generation }: Pick<Pass, "generation"> = JSON.parse(record.answer);
    const asMade = { ...pass, generation, holderEmail: email, emailKey, holderName: null };
    return { ok: true, pass: shown(asMade), isReplay: true };
  }
  // An account can't tell another's pass from one that does not exist.
  if (!isHolder(pass, claim, reader)) return { ok: false, refusal: { type: "pass_unknown" } };
  const after = passedOn(pass, { email, emailKey, by: reader.accountId }, nowMs);
  if ("type" in after) return { ok: false, refusal: after };
  // From here on nothing can be refused.
  draft.accept(after);
  const answer = JSON.stringify({ generation: after.generation });
  draft.keep({ key, request: asked, answer, by: reader.accountId });
  return { ok: true, pass: shown(after), isReplay: false };
}

function requestText(request: DoorRequest): string {
  const { passId } = request;
  if (request.type === "undo") return `undo ${passId} ${request.checkInKey ?? ""}`;
  const { type, generation, gate, atMs } = request;
  return `${type} ${passId} ${generation} ${atMs ?? "now"} ${gate}`;
}
