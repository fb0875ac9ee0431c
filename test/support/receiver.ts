// A receiver of webhooks, on a port of its own in this process.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

export interface Delivered {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** `answers`: for each path the status that it replies with, or where it redirects to. */
export async function startReceiver(answers: Readonly<Record<string, number | string>>) {
  const delivered: Delivered[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? "";
    delivered.push({ path, headers: request.headers, text: Buffer.concat(chunks).toString() });
    const answer = answers[path] ?? 404;
    if (typeof answer === "number") response.writeHead(answer).end();
    else response.writeHead(307, { location: answer }).end();
  };
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delivered,
    /** What has come to a path, with its body. */
    at: (path: string) =>
      delivered.filter((one) => one.path === path).map((one) => ({ ...one, body: JSON.parse(one.text) })),
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
