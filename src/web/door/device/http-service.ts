// The service, as a device at the door asks it.

import { Problem, send } from "../../ui/api.ts";
import type { Outcome } from "../core/outcome.ts";
import type { DoorService, Failure, Reply } from "../core/service.ts";
import { bodyOf, outcomeOf, pageOf } from "./wire.ts";

// Somebody stands there and waits. After that the device decides by itself.
const SCAN_TIMEOUT_MS = 3_000;
const LONG_TIMEOUT_MS = 20_000;

/** `onReply` hears of each request whether the service has replied. */
export function httpService(onReply: (isReached: boolean) => void): DoorService {
  async function reply<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<Reply<T>> {
    try {
      const value = await timeout(timeoutMs, work);
      onReply(true);
      return { ok: true, value };
    } catch (fault) {
      const failure = failureOf(fault);
      onReply(failure.type !== "unreachable");
      return { ok: false, failure };
    }
  }
  return {
    checkIn: (scan) =>
      reply(SCAN_TIMEOUT_MS, async (signal) => {
        const { eventId, passId, code, gate, key, direction } = scan;
        const what = code === null ? { pass: passId } : { code };
        const body = { event: eventId, ...what, gate, key, direction };
        return outcomeOf((await send("POST /check-ins", { body, signal })).body);
      }),
    checkIns: (eventId, scans) =>
      reply(LONG_TIMEOUT_MS, async (signal) => {
        const body = { event: eventId, scans: scans.map(bodyOf) };
        const { results } = (await send("POST /check-ins/batch", { body, signal })).body;
        return results.map(outcomeOf);
      }),
    door: (eventId, after) =>
      reply(LONG_TIMEOUT_MS, async (signal) => {
        const query = after === null || after === "" ? {} : { after };
        return pageOf((await send("GET /events/{id}/door", { path: { id: eventId }, query, signal })).body);
      }),
  };
}

/** Takes an admission back. Throws where the service refuses or can't be reached. */
export async function undo(passId: string, checkInKey: string | null, key: string): Promise<Outcome> {
  const body = { key, ...(checkInKey === null ? {} : { check_in: checkInKey }) };
  return outcomeOf((await send("POST /check-ins/{pass}/undo", { path: { pass: passId }, body })).body);
}

export function failureOf(fault: unknown): Failure {
  if (!(fault instanceof Problem)) return { type: "unreachable" };
  const { status, retryAfterSeconds } = fault;
  if (status === 401) return { type: "signed_out" };
  if (status === 403 || status === 404) return { type: "not_crew" };
  if (status === 429) return { type: "slow_down", retryAfterMs: (retryAfterSeconds ?? 60) * 1_000 };
  return status >= 400 && status < 500 ? { type: "refused" } : { type: "unreachable" };
}

/** Rejects in time also where a renewal of the session is what takes so long. */
async function timeout<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work(signal), over]);
}
