-- What wrk sends, and the line of JSON that it prints in the end.
-- After `--`: the file of requests (path, token, body, by tabs), and how many to send in all, each once; 0 for no end.

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
  local total = tonumber(args[2])
  -- wrk asks for one request before it starts, and does not send it.
  local asked, allowed, answered = -1, 0, 0

  function request()
    asked = asked + 1
    return requests[math.max(asked - 1, 0) % #requests + 1]
  end

  function response(status)
    answered = answered + 1
    statuses[status] = (statuses[status] or 0) + 1
    if total > 0 then
      lastMs[status] = nowMs()
      -- wrk itself sleeps until its time is over: whoever started it ends it at this word.
      if answered == total then
        io.stdout:write("all\n")
        io.stdout:flush()
      end
    end
  end

  if total > 0 then
    firstMs = nowMs()
    function delay()
      allowed = allowed + 1
      return allowed > total and FOREVER_MS or 0
    end
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
  print(string.format(
    '{"requests":%d,"durationMs":%.3f,"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f,"statuses":%s,"lastMs":%s,' ..
      '"broken":{"connect":%d,"read":%d,"write":%d,"timeout":%d}}',
    summary.requests, summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, json(thread:get("statuses"), 0), json(thread:get("lastMs"), thread:get("firstMs") or 0),
    errors.connect, errors.read, errors.write, errors.timeout))
end
