// The watchers of a ticket type, in their own process: they say when which message came.

import { setPriority } from "node:os";

export type FromWatchers =
  | { readonly type: "connected" }
  /** By the number of available tickets, when each watcher received it: ms since the epoch. */
  | { readonly type: "heard"; readonly atMs: Readonly<Record<number, readonly number[]>> };

const [url, watchers] = process.argv.slice(2);
if (url === undefined || process.send === undefined) throw new Error("This is started by bench/disturbance.ts");
process.on("disconnect", () => process.exit(0));
// Real watchers are on other machines: these shall not take the service's time.
setPriority(19);

const AT_ONCE = 50;
const heard = new Map<number, number[]>();
process.on("message", () => tell({ type: "heard", atMs: Object.fromEntries(heard) }));

for (let connected = 0; connected < Number(watchers); connected += AT_ONCE) {
  const size = Math.min(AT_ONCE, Number(watchers) - connected);
  await Promise.all(Array.from({ length: size }, connect));
}
tell({ type: "connected" });

/** Resolves with the first message: what is available on joining. */
function connect(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url ?? "");
    let last: number | null = null;
    for (const end of ["error", "close"] as const) {
      socket.addEventListener(end, () => reject(new Error(`${url} has no more room for a watcher`)));
    }
    socket.addEventListener("message", ({ data }) => {
      const atMs = performance.timeOrigin + performance.now();
      const { available } = JSON.parse(String(data)) as { available: number };
      if (available !== last) heard.get(available)?.push(atMs) ?? heard.set(available, [atMs]);
      last = available;
      resolve();
    });
  });
}

function tell(message: FromWatchers): void {
  process.send?.(message);
}
