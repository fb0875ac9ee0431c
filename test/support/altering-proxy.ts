// A proxy before a service that alters some of its replies, as a service with a mistake would give
// them.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";

/** What becomes of a JSON body of `method` `path`. */
export type Alteration = (method: string, path: string, body: unknown) => unknown;

/** Hop by hop, or of a body that fetch has decoded. */
const NOT_PASSED_ON = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
]);

export async function alteringProxy(target: string, alter: Alteration) {
  const server = createServer((request, response) => {
    pass(target, alter, request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(
  target: string,
  alter: Alteration,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", url: path = "/" } = request;
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const left = new AbortController();
  response.on("close", () => left.abort());
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    NOT_PASSED_ON.has(name) || typeof value !== "string" ? [] : [[name, value] as [string, string]],
  );
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
  const reply = await fetch(target + path, { method, headers, signal: left.signal, redirect: "manual", ...body });
  const replied = [...reply.headers].filter(([name]) => !NOT_PASSED_ON.has(name));
  response.writeHead(reply.status, Object.fromEntries(replied));
  if (reply.headers.get("content-type")?.startsWith("application/json") === true) {
    response.end(JSON.stringify(alter(method, path, await reply.json())));
  } else if (reply.body === null) response.end();
  else
    Readable.fromWeb(reply.body as never)
      .on("error", () => response.destroy())
      .pipe(response);
}
