// Clients that follow a live page of a running service, each in its own way.

import { spawn, spawnSync } from "node:child_process";

export interface Follower {
  /** All that came so far. */
  text: string;
  hasEnded: boolean;
  /** Of a WebSocket that has ended. */
  closeCode?: number;
  readonly leave: (code?: number, reason?: string) => void;
}

export const HAS_CURL = spawnSync("curl", ["--version"]).status === 0;

export function bySocket(url: string): Follower {
  const socket = new WebSocket(url.replace("http", "ws"));
  const leave = (code?: number, reason?: string) => socket.close(code, reason);
  const follower: Follower = { text: "", hasEnded: false, leave };
  socket.addEventListener("message", ({ data }) => (follower.text += `${data}\n`));
  socket.addEventListener("close", ({ code }) => {
    follower.closeCode = code;
    follower.hasEnded = true;
  });
  return follower;
}

export function byStream(url: string, headers: Record<string, string> = {}): Follower {
  const stop = new AbortController();
  const follower = { text: "", hasEnded: false, leave: () => stop.abort() };
  const read = async () => {
    const { body } = await fetch(url, { headers, signal: stop.signal });
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) follower.text += part;
  };
  const end = () => (follower.hasEnded = true);
  read().then(end, end);
  return follower;
}

export function byCurl(url: string): Follower {
  const child = spawn("curl", ["-sN", url], { stdio: ["ignore", "pipe", "ignore"] });
  const follower = { text: "", hasEnded: false, leave: () => child.kill("SIGKILL") };
  child.stdout.on("data", (part) => (follower.text += part));
  child.on("exit", () => (follower.hasEnded = true));
  return follower;
}
