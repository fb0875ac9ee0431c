// Who a pass is for: its holder's name, and passing it on. Pure.

import type { Pass } from "./pass.ts";

/** The last byte of a code has the generation. */
export const MAX_GENERATION = 255;

export type PassRefusal =
  | { readonly type: "pass_unknown" }
  | { readonly type: "pass_revoked"; readonly revokedAtMs: number }
  | { readonly type: "pass_admitted"; readonly atMs: number; readonly gate: string }
  /** Names could be changed until then. */
  | { readonly type: "names_closed"; readonly closedAtMs: number }
  | { readonly type: "passed_on_too_often" };

/** `untilMs`: names can be changed before that moment; null: always. */
export function renamed(pass: Pass, name: string | null, untilMs: number | null, nowMs: number): Pass | PassRefusal {
  if (pass.holderName === name) return pass;
  if (untilMs !== null && nowMs >= untilMs) return { type: "names_closed", closedAtMs: untilMs };
  return refuseUsed(pass) ?? { ...pass, holderName: name };
}

export interface NewHolder {
  readonly email: string;
  /** `emailKeyOf` it. */
  readonly emailKey: string;
  /** The account that passes the pass on. */
  readonly by: string;
}

/** It belongs to the address from then on, and has a new code. */
export function passedOn(pass: Pass, { email, emailKey, by }: NewHolder, nowMs: number): Pass | PassRefusal {
  const refusal = refuseUsed(pass);
  if (refusal !== null) return refusal;
  if (pass.generation >= MAX_GENERATION) return { type: "passed_on_too_often" };
  const generation = pass.generation + 1;
  const holder = { holderName: null, holderEmail: email, emailKey };
  return { ...pass, ...holder, generation, passedOnAtMs: nowMs, passedOnBy: by };
}

/**
 * Nobody knows any more who it is for. Its code stays what it was, and good; one that was passed on
 * does not fall back to its buyer.
 */
export function withoutHolder(pass: Pass): Pass {
  return { ...pass, holderName: null, holderEmail: pass.holderEmail === null ? null : "", emailKey: null };
}

export function hasHolder({ holderName, emailKey }: Pass): boolean {
  return holderName !== null || emailKey !== null;
}

function refuseUsed({ revokedAtMs, admission }: Pass): PassRefusal | null {
  if (revokedAtMs !== null) return { type: "pass_revoked", revokedAtMs };
  return admission === null ? null : { type: "pass_admitted", atMs: admission.atMs, gate: admission.gate };
}
