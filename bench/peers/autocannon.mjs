// As bench/wrk.lua, by autocannon: URL, file of requests, how many, ms, connections.

import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const [url, file, most, mostMs, connections] = process.argv.slice(2);
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
let endMs = 0;
const clients = [];
const startMs = performance.now();
const run = autocannon({
  ...{ url, connections: Number(connections), amount: Number(most), timeout: 60 },
  setupClient: (client) => clients.push(client),
  requests: [{ setupRequest: (request) => ({ ...request, ...requests[asked++ % requests.length] }) }],
});
run.on("response", (_client, status) => {
  statuses[status] = (statuses[status] ?? 0) + 1;
  endMs = performance.now() - startMs;
  lastMs[status] = endMs;
});
/** Each asks nothing more, and waits for its last reply. */
function finish() {
  for (const client of clients) client.responseMax = client.reqsMade;
}
setTimeout(finish, Number(mostMs)).unref();
process.on("SIGINT", finish);
const { latency, errors, timeouts } = await run;
console.log(
  JSON.stringify({
    ...{ durationMs: endMs, p50Ms: latency.p50, p99Ms: latency.p99, maxMs: latency.max, statuses, lastMs },
    // autocannon counts a timeout as an error as well.
    broken: { connect: errors - timeouts, read: 0, write: 0, timeout: timeouts },
  }),
);
