// Does with autocannon what bench/wrk.lua does with wrk, and prints the same line. Arguments: the URL, the file of requests,
// how many to send in all (0 for no end), connections, seconds.

import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const [url, file, totalText, connections, seconds] = process.argv.slice(2);
const total = Number(totalText);
const requests = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => {
    const [path, token, body] = line.split("\t");
    return {
      ...{ path, method: body === "" ? "GET" : "POST" },
      headers: {
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
        ...(body === "" ? {} : { "content-type": "application/json" }),
      },
      ...(body === "" ? {} : { body }),
    };
  });

const [statuses, lastMs] = [{}, {}];
let asked = 0;
const startMs = performance.now();
const run = autocannon({
  ...{ url, connections: Number(connections), timeout: 10 },
  ...(total > 0 ? { amount: total } : { duration: Number(seconds) }),
  requests: [{ setupRequest: (request) => ({ ...request, ...requests[asked++ % requests.length] }) }],
});
run.on("response", (_client, status) => {
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (total > 0) lastMs[status] = performance.now() - startMs;
});
process.on("SIGINT", () => run.stop());
const { latency, errors, timeouts, duration } = await run;
console.log(
  JSON.stringify({
    ...{ requests: Object.values(statuses).reduce((sum, count) => sum + count, 0), durationMs: duration * 1_000 },
    ...{ p50Ms: latency.p50, p99Ms: latency.p99, maxMs: latency.max, statuses, lastMs },
    // autocannon counts a timeout as an error as well.
    broken: { connect: errors - timeouts, read: 0, write: 0, timeout: timeouts },
  }),
);
