// Why a pass is not changed, as a problem.

import type { PassRefusal } from "../../domain/pass-holders.ts";
import { iso } from "../../platform/wire.ts";
import { problem } from "./problems.ts";

/** Of a request that changes a pass. */
export const PASS_PROBLEMS = ["pass-revoked", "pass-admitted"] as const;

export function refusePass(refusal: PassRefusal | { readonly type: "idempotency_key_reused" }): Response {
  switch (refusal.type) {
    case "pass_unknown":
      return problem("not-found");
    case "pass_revoked":
      return problem("pass-revoked", { members: { revoked_at: iso(refusal.revokedAtMs) } });
    case "pass_admitted":
      return problem("pass-admitted", { members: { admitted_at: iso(refusal.atMs), gate: refusal.gate } });
    case "names_closed":
      return problem("names-closed", { members: { closed_at: iso(refusal.closedAtMs) } });
    case "passed_on_too_often":
      return problem("passed-on-too-often");
    case "idempotency_key_reused":
      return problem("idempotency-key-reused");
  }
}
