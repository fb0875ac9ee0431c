// Sends requests as they are written, also such as `fetch` would not send.

import { type Agent, request as ask } from "node:http";

export type Header = readonly [name: string, value: string];

export interface Request {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: Buffer | null;
  /** In pieces, without saying how long it is. */
  readonly isChunked: boolean;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: readonly Header[];
  /** Of a stream of events, which may have no end, the first one; empty where none came soon. */
  readonly body: string;
}

const LONGEST_MS = 30_000;
/** A stream's first events come at once, if there is anything to tell. */
const FIRST_EVENT_MS = 2_000;
const PIECE_BYTES = 5_000;

/** Rejects where there is no whole reply. */
export function send(base: URL, request: Request, agent: Agent): Promise<Reply> {
  const { method, target, headers, body, isChunked } = request;
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const says = names.has("content-length");
  const host = names.has("host") ? [] : ["host", base.host];
  const length = says ? [] : isChunked ? ["transfer-encoding", "chunked"] : ["content-length", `${body?.length ?? 0}`];
  return new Promise((resolve, reject) => {
    const asked = ask({
      hostname: base.hostname,
      port: base.port,
      method,
      path: target,
      timeout: LONGEST_MS,
      // What lies about its length leaves a connection that nobody can use again.
      agent: says ? false : agent,
      headers: [...host, ...headers.flat(), ...(body === null && !isChunked ? [] : length)],
    });
    asked.on("error", reject);
    asked.on("timeout", () => asked.destroy(new Error(`no reply within ${LONGEST_MS} ms`)));
    asked.on("response", (response) => {
      let text = "";
      const isStream = response.headers["content-type"] === "text/event-stream";
      const end = () => {
        const body = isStream ? (firstEvent(text) ?? "") : text;
        resolve({ status: response.statusCode ?? 0, headers: pairs(response.rawHeaders), body });
        if (says || isStream) asked.destroy();
      };
      if (isStream) setTimeout(end, FIRST_EVENT_MS).unref();
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (isStream && firstEvent(text) !== null) end();
      });
      response.on("error", reject).on("end", end);
    });
    if (isChunked)
      for (let at = 0; at < (body?.length ?? 0); at += PIECE_BYTES) asked.write(body?.subarray(at, at + PIECE_BYTES));
    else if (body !== null) asked.write(body);
    asked.end();
  });
}

/** A line for a shell that sends the same request. */
export function asCurl(base: URL, { method, target, headers, body, isChunked }: Request): string {
  const quoted = (text: string) => {
    const hex = (odd: string) => `\\x${odd.charCodeAt(0).toString(16).padStart(2, "0")}`;
    const escaped = text.replace(/[^ -&(-[\]-~]/g, hex);
    return escaped === text ? `'${text}'` : `$'${escaped}'`;
  };
  const sent = [...headers, ...(isChunked ? [["transfer-encoding", "chunked"] as const] : [])];
  const lines = sent.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  // No argument of a program can hold a NUL.
  if (body?.includes(0)) lines.push(`--data-binary @<(echo ${body.toString("base64")} | base64 -d)`);
  else if (body !== null) lines.push(`--data-binary ${quoted(body.toString("latin1"))}`);
  const how = method === "HEAD" ? "-I" : `-X ${method}`;
  return ["curl -si --path-as-is -g", how, ...lines, quoted(`${base.origin}${target}`)].join(" ");
}

function firstEvent(text: string): string | null {
  return /^data: (.*)\n\n/m.exec(text)?.[1] ?? null;
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, n) => [(raw[2 * n] ?? "").toLowerCase(), raw[2 * n + 1] ?? ""]);
}
