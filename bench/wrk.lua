-- What wrk sends, and the line of JSON that it prints in the end.
-- After `--`: the file of requests (path, token, body, by tabs), how many to send in all, and for how many milliseconds.
-- What was sent is waited for, so that all that was carried out is counted.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } bench_time;
  int clock_gettime(int clock, bench_time *time);
]]

local MONOTONIC = 1
-- Longer than any run: whoever has nothing left to ask waits for the others.
local FOREVER_MS = 3600 * 1000
local clock = ffi.new("bench_time")

local function nowMs()
  ffi.C.clock_gettime(MONOTONIC, clock)
  return tonumber(clock.seconds) * 1000 + tonumber(clock.nanoseconds) / 1e6
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

-- Globals, because that is all of a thread that `done` can read.
statuses = {}
lastMs = {}

function init(args)
  local requests = {}
  for line in io.lines(args[1]) do
    local path, token, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(body == "" and "GET" or "POST", path, headers, body ~= "" and body or nil)
  end
  local most, mostMs = tonumber(args[2]), tonumber(args[3])
  -- wrk asks for one request before it starts, and does not send it.
  local asked, allowed, answered = -1, 0, 0
  startMs = nowMs()

  -- Called before each request of each connection, so after each reply as well.
  function delay()
    if allowed < most and nowMs() - startMs < mostMs then
      allowed = allowed + 1
      return 0
    end
    if answered == allowed then
      -- wrk itself sleeps until its time is over: whoever started it ends it at this word.
      io.stdout:write("all\n")
      io.stdout:flush()
    end
    return FOREVER_MS
  end

  function request()
    asked = asked + 1
    return requests[math.max(asked - 1, 0) % #requests + 1]
  end

  function response(status)
    answered = answered + 1
    statuses[status] = (statuses[status] or 0) + 1
    endMs = nowMs()
    lastMs[status] = endMs
  end
end

local function json(counts, from)
  local members = {}
  for status, value in pairs(counts) do members[#members + 1] = string.format('"%d":%.3f', status, value - from) end
  return "{" .. table.concat(members, ",") .. "}"
end

function done(summary, latency)
  local thread = threads[1]
  local errors = summary.errors
  local from = thread:get("startMs")
  print(string.format(
    '{"durationMs":%.3f,"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,"statuses":%s,"lastMs":%s,' ..
      '"broken":{"connect":%d,"read":%d,"write":%d,"timeout":%d}}',
    (thread:get("endMs") or from) - from, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, json(thread:get("statuses"), 0), json(thread:get("lastMs"), from),
    errors.connect, errors.read, errors.write, errors.timeout))
end
