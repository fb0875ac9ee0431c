// The availability cache in Redis, as Upstash serves it over HTTP.

import { Redis } from "@upstash/redis/cloudflare";
import { ServiceError } from "../errors.ts";
import { withCircuitBreaker } from "./circuit-breaker.ts";
import type { Availability, AvailabilityCache } from "./port.ts";

const TTL_SECONDS = 15 * 60;
// After this long a read falls back to D1. Redis at the edge takes a few milliseconds.
const READ_TIMEOUT_MS = 150;
const WRITE_TIMEOUT_MS = 2_000;

// A stored value that `isAvailability` would reject counts as older than any.
const SET_IF_NEWER = `
local function version(text, id)
  local parsed, value = pcall(cjson.decode, text)
  if not parsed or type(value) ~= 'table' or value.ticketTypeId ~= id then return -1 end
  for _, name in ipairs({'capacity', 'held', 'sold', 'version'}) do
    local number = value[name]
    if type(number) ~= 'number' or number < 0 or number > 9007199254740991 or number % 1 ~= 0 then return -1 end
  end
  return value.held + value.sold <= value.capacity and value.version or -1
end
for index, key in ipairs(KEYS) do
  local new = ARGV[index + 1]
  local id = cjson.decode(new).ticketTypeId
  if version(redis.pcall('GET', key), id) <= version(new, id) then redis.call('SET', key, new, 'EX', ARGV[1]) end
end
return #KEYS`;

export function redisCache(url: string, token: string): AvailabilityCache {
  const connect = (timeoutMs: number) =>
    new Redis({ url, token, retry: false, enableTelemetry: false, signal: () => AbortSignal.timeout(timeoutMs) });
  return {
    keeps: true,
    async write(availabilities) {
      const keys = availabilities.map(({ ticketTypeId }) => keyOf(ticketTypeId));
      const values = availabilities.map((availability) => JSON.stringify(availability));
      // A circuit of its own: a Redis that is too slow to read from may still take writes.
      await withCircuitBreaker(`availability-writes ${url}`, async () => {
        const done = await connect(WRITE_TIMEOUT_MS).eval(SET_IF_NEWER, keys, [String(TTL_SECONDS), ...values]);
        if (done !== keys.length) throw new ServiceError("no answer to EVAL");
      });
    },
    async read(ticketTypeIds) {
      if (ticketTypeIds.length === 0) return [];
      try {
        return await withCircuitBreaker(`availability-reads ${url}`, async () => {
          const found: unknown = await connect(READ_TIMEOUT_MS).mget(ticketTypeIds.map(keyOf));
          const isAnswer = Array.isArray(found) && found.length === ticketTypeIds.length;
          if (!isAnswer) throw new ServiceError("no answer to MGET");
          return found.filter((value, index) => isAvailability(value, ticketTypeIds[index]));
        });
      } catch {
        return null;
      }
    },
    // How Redis is now: the health check neither heeds the circuits nor changes them.
    async answers() {
      try {
        return (await connect(READ_TIMEOUT_MS).ping()) === "PONG";
      } catch {
        return false;
      }
    },
  };
}

function keyOf(ticketTypeId: string): string {
  return `availability:${ticketTypeId}`;
}

function isAvailability(value: unknown, id: string | undefined): value is Availability {
  if (typeof value !== "object" || value === null) return false;
  const { ticketTypeId, capacity, held, sold, version } = value as Record<string, unknown>;
  const areNumbers = [capacity, held, sold, version].every((it) => Number.isSafeInteger(it) && Number(it) >= 0);
  return ticketTypeId === id && areNumbers && Number(held) + Number(sold) <= Number(capacity);
}
