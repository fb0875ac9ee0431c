// The sweep of each minute, with the simulated provider, which no variable names.

import { timeout } from "../../src/platform/time.ts";
import { sweepDisputes } from "../../src/worker/payments/disputes.ts";
import { sweep } from "../../src/worker/service/sweep.ts";
import type { Callers } from "./callers.ts";
import type { Stage } from "./stage.ts";
import { newOwner } from "./world.ts";

// A step that hangs does not keep the next sweep from reading.
const PATIENCE_MS = 50_000;

export function sweepAll({ d1, portFor }: Stage, callers: Callers): void {
  void sweep(callers.envOf("cron"));
  const reader = newOwner("caller", "cron that reads disputes");
  void timeout(PATIENCE_MS, sweepDisputes(d1.bindingFor(reader), portFor(reader))).catch(() => {});
}
