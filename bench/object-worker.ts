// The service with a way to its objects past HTTP and sessions: a loop of calls to one of them, timed by whoever asks for it.

import type { AuditPage, ReserveRequest } from "../src/durable/ticket-type/protocol.ts";
import { newId, newReservationId } from "../src/platform/ids.ts";
import type { Env } from "../src/worker/env.ts";
import worker, { TicketType as Real } from "../src/worker/index.ts";

export { PublicCatalogue } from "../src/worker/index.ts";

export type Task =
  /** So many calls, one after the other, each for a batch of reservations by new buyers. `nothing` is what a call costs. */
  | {
      readonly type: "calls";
      readonly method: "reserve" | "nothing";
      readonly ticket: string;
      readonly calls: number;
      readonly batch: number;
    }
  /** Whether objects make copies in D1: what a million are filled with is not to be copied. */
  | { readonly type: "copies"; readonly on: boolean }
  /** Resolves once there is nothing left to copy. */
  | { readonly type: "rest"; readonly ticket: string }
  | { readonly type: "enlarge"; readonly ticket: string; readonly capacity: number }
  | { readonly type: "books"; readonly ticket: string };
export type Books = Pick<AuditPage, "ticketType" | "counted">;
type BenchEnv = Omit<Env, "TICKET_TYPES"> & { readonly TICKET_TYPES: DurableObjectNamespace<TicketType> };

const POLL_MS = 20;
let copies = true;

export class TicketType extends Real {
  constructor(ctx: DurableObjectState, env: Env) {
    const batch: D1Database["batch"] = async (statements) => (copies ? env.DB.batch(statements) : []);
    super(ctx, { ...env, DB: { prepare: (sql: string) => env.DB.prepare(sql), batch } as D1Database });
  }

  async nothing(_requests: readonly ReserveRequest[]): Promise<never[]> {
    return [];
  }

  /** Whether there are reservations of which D1 has no copy, or an old one. */
  async isBehind(): Promise<boolean> {
    const behind = this.ctx.storage.sql.exec("SELECT 1 FROM reservations WHERE projected_version < version LIMIT 1");
    return behind.toArray().length > 0;
  }
}

export default {
  ...worker,
  async fetch(request, env) {
    if (!request.url.endsWith("/bench")) return worker.fetch(request, env);
    return Response.json((await perform(await request.json<Task>(), env as unknown as BenchEnv)) ?? null);
  },
} satisfies ExportedHandler<Env>;

async function perform(task: Task, { TICKET_TYPES }: BenchEnv): Promise<unknown> {
  switch (task.type) {
    case "calls": {
      const object = TICKET_TYPES.getByName(task.ticket);
      let accepted = 0;
      for (let call = 0; call < task.calls; call++) {
        const requests = Array.from({ length: task.batch }, () => requestOf(task.ticket));
        for (const { ok } of await object[task.method](requests)) accepted += ok ? 1 : 0;
      }
      return accepted;
    }
    case "copies":
      copies = task.on;
      return;
    case "rest":
      while (await TICKET_TYPES.getByName(task.ticket).isBehind()) await scheduler.wait(POLL_MS);
      return;
    case "enlarge":
      return (await TICKET_TYPES.getByName(task.ticket).change({ capacity: task.capacity })).ok;
    case "books":
      return TICKET_TYPES.getByName(task.ticket).audit({ count: true, after: "", limit: 1 });
  }
}

function requestOf(ticket: string): ReserveRequest {
  return { reservationId: newReservationId(ticket), accountId: newId(), quantity: 1, idempotencyKey: null };
}
