// What a device asks the service, and what keeps it from an answer.

import type { Outcome } from "./outcome.ts";
import type { OwnScan } from "./scan.ts";
import type { ListPage } from "./store.ts";

export type Failure =
  /** No reply, or none in time, or the service says that it can't now. */
  | { readonly type: "unreachable" }
  | { readonly type: "slow_down"; readonly retryAfterMs: number }
  | { readonly type: "signed_out" }
  /** The account works at no such door. */
  | { readonly type: "not_crew" }
  /** The service takes this request for none: a repeat will not help. */
  | { readonly type: "refused" };

export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** `isTimed`: with the time of the scan, as one that was decided here. Else it counts as now. */
export interface SentScan {
  readonly scan: OwnScan;
  readonly isTimed: boolean;
}

export interface DoorService {
  checkIn(scan: OwnScan): Promise<Reply<Outcome>>;
  /** In the order of `scans`. */
  checkIns(eventId: string, scans: readonly SentScan[]): Promise<Reply<readonly Outcome[]>>;
  door(eventId: string, after: string | null): Promise<Reply<ListPage>>;
}
