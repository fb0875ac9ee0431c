// The availability cache in Redis, as Upstash serves it: by HTTP, and no longer waited for than a reader would.

import { Redis } from "@upstash/redis/cloudflare";
import { ServiceError } from "../errors.ts";
import type { Availability, AvailabilityCache } from "./cache.ts";
import { guarded } from "./circuits.ts";

const TTL_SECONDS = 15 * 60;
// Readers go on with D1 after this long; an answer from Redis at the edge takes a few milliseconds.
const READ_TIMEOUT_MS = 150;
const WRITE_TIMEOUT_MS = 2_000;

// Whatever stands there that readers would not take for an availability counts as older than any.
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
      // Readers and writers are told apart: a Redis that is too slow for readers may still take what is written.
      await guarded(`writes ${url}`, async () => {
        const done = await connect(WRITE_TIMEOUT_MS).eval(SET_IF_NEWER, keys, [String(TTL_SECONDS), ...values]);
        if (done !== keys.length) throw new ServiceError("no answer to EVAL");
      });
    },
    async read(ticketTypeIds) {
      if (ticketTypeIds.length === 0) return [];
      try {
        return await guarded(`reads ${url}`, async () => {
          const found: unknown = await connect(READ_TIMEOUT_MS).mget(ticketTypeIds.map(keyOf));
          if (!Array.isArray(found) || found.length !== ticketTypeIds.length)
            throw new ServiceError("no answer to MGET");
          return found.filter((value, index) => isAvailability(value, ticketTypeIds[index]));
        });
      } catch {
        return null;
      }
    },
    // Whoever asks for the service's health wants to know how Redis is now.
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
